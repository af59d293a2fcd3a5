"""Changes to partners, contacts and people: find, require, decide, change, record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.db.constraints import refusing
from app.domain.people import checks
from app.domain.people.events import (
    AccessChanged,
    CareBegan,
    CareEnded,
    PartnerCreated,
    PartnerEdited,
    PartnerStateChanged,
)
from app.domain.people.general import checked, find_partner, meanwhile, shown
from app.domain.people.models import Membership, Partner, PartnerCare
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerInput, PartnerRow
from app.kernel.errors import Conflict, Invalid, Refusal
from app.kernel.ids import new_code, uuid7
from app.live.messages import user_topic
from app.work.unit import Work

#: partner state -> states it may be set to by hand (closing is an act of the contracts room, which knows what is still open)
_STEPS = {"draft": {"active"}, "active": {"paused"}, "paused": {"active"}}


def create_partner(work: Work, wanted: PartnerInput) -> PartnerRow:
    """A new partner in state draft; it becomes active with its first contract."""
    work.require(Permission.PARTNER_EDIT)
    values = checked(work, wanted, None)
    partner = Partner(operator_id=work.operator_id, code=new_code("P"), state="draft", created_at=work.now, **values)
    with refusing(work.session, _names(wanted)):
        work.session.add(partner)
    work.record(
        PartnerCreated(
            **_about(partner),
            code=partner.code,
            partner_name=partner.name,
            after={name: value for name, value in shown(work, values).items() if value},
        )
    )
    _tell_care(work, partner, CareBegan, partner.parent_id)
    return partner_by_code(work, partner.code)


def edit_partner(work: Work, code: str, wanted: PartnerInput, version: int) -> PartnerRow:
    """New general data; ``version`` is the state the form showed. Changed meanwhile: ``Conflict`` with before, theirs, yours per field."""
    partner = find_partner(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    values = checked(work, wanted, partner)
    conflict = meanwhile(work, partner, values, version)
    if conflict is not None:
        raise conflict
    before = {name: getattr(partner, name) for name in values}
    changed = {name for name in values if values[name] != before[name]}
    if not changed:
        return partner_by_code(work, partner.code)
    with refusing(work.session, _names(wanted) | {"partner_zone_kept": Invalid("zone_kept", field="time_zone")}):
        for name in changed:
            setattr(partner, name, values[name])
    if "parent_id" in changed:
        care = PartnerCare(id=uuid7(), operator_id=partner.operator_id, partner_id=partner.id, since=work.now, parent_id=partner.parent_id)
        work.session.add(care)
        _tell_care(work, partner, CareEnded, before["parent_id"])
        _tell_care(work, partner, CareBegan, partner.parent_id)
    work.record(
        PartnerEdited(
            **_about(partner),
            code=partner.code,
            version=partner.version,
            before=shown(work, {name: before[name] for name in values if name in changed}),
            after=shown(work, {name: values[name] for name in values if name in changed}),
        )
    )
    return partner_by_code(work, partner.code)


def _tell_care(work: Work, partner: Partner, what: type[CareBegan], parent_id: UUID | None) -> None:
    """Note in a sub-operator's account (None: nobody's) that its care of the partner begins or ends; its people's open pages hear by it."""
    if parent_id is not None:
        about: dict[str, Any] = {"operator_id": partner.operator_id, "partner_id": parent_id, "subject": ("partner", parent_id)}
        work.record(what(**about, code=partner.code, partner=partner.name))
        tell_members(work, parent_id)


def set_partner_state(work: Work, code: str, state: str, reason: str = "") -> PartnerRow:
    """Pause (its people cannot sign in, charging goes on), resume, or activate a partner. A pause needs a reason."""
    partner = find_partner(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    if state not in _STEPS.get(partner.state, set()):
        raise Conflict("state_changed", state=partner.state)
    why = checks.text(reason, "reason", longest=500, required=state == "paused")
    record_state(work, partner, state, why)
    if state == "paused" or partner.state == "active":
        tell_members(work, partner.id)
    return partner_by_code(work, partner.code)


def record_state(work: Work, partner: Partner, state: str, reason: str) -> None:
    """Internal: set a partner's state and record it; the caller has asked the gate and decided."""
    before, partner.state = partner.state, state
    work.session.flush()
    work.record(
        PartnerStateChanged(
            **_about(partner),
            code=partner.code,
            partner_name=partner.name,
            before={"state": before},
            after={"state": state},
            reason=reason,
        )
    )


def _about(thing: Partner | Membership) -> dict[str, Any]:
    """Whom an event about it belongs to, and its subject."""
    if isinstance(thing, Partner):
        return {"operator_id": thing.operator_id, "partner_id": thing.id, "subject": ("partner", thing.id)}
    return {"operator_id": thing.operator_id, "partner_id": thing.partner_id, "subject": (thing.__tablename__, thing.id)}


def _names(wanted: PartnerInput) -> dict[str, Refusal]:
    """What must be unique, and the refusal at its field."""
    return {"uq_partner_operator_id_external_id": Invalid("taken", field="external_id", value=wanted.external_id)}


def tell_members(work: Work, partner_id: UUID) -> None:
    """Internal: streams of the account's people are opened anew, or no more."""
    statement = select(Membership).where(Membership.partner_id == partner_id, Membership.ended_at.is_(None))
    for membership in work.session.scalars(statement):
        work.record(AccessChanged(**_about(membership), user_id=membership.user_id), topics=(user_topic(membership.user_id),))


__all__ = [
    "create_partner",
    "edit_partner",
    "record_state",
    "set_partner_state",
    "tell_members",
]  # fmt: skip
