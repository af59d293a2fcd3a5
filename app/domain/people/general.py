"""A partner found for a change; its general data on the way in: checked, as the log shows it, compared if somebody was faster."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.people import checks
from app.domain.people.managers import manager_id
from app.domain.people.models import Partner, User
from app.domain.people.queries import edits_since, within
from app.domain.people.rows import KINDS, PartnerInput
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import read_code
from app.work.unit import Work


def find_partner(work: Work, code: str) -> Partner:
    """The partner of that code within sight, locked until the end of the unit of work."""
    statement = select(Partner).where(
        Partner.operator_id == work.operator_id,
        Partner.code == (read_code("P", code) or ""),
        within(Partner.id, work.scope(Permission.PARTNER_VIEW)),
    )
    partner = work.session.scalars(statement.with_for_update()).one_or_none()
    if partner is None:
        raise NotFound
    return partner


def checked(work: Work, wanted: PartnerInput, partner: Partner | None) -> dict[str, Any]:
    """The columns as they will be kept, or the first refusal."""
    country = checks.country(wanted.country)
    kind = checks.one_of(wanted.kind, KINDS, "kind")
    values: dict[str, Any] = {
        "name": checks.text(wanted.name, "name", longest=80),
        "legal_name": checks.text(wanted.legal_name, "legal_name"),
        "kind": kind,
        "register_no": checks.text(wanted.register_no, "register_no", required=False) or None,
        "vat_id": checks.vat_id(wanted.vat_id, country),
        "street": checks.text(wanted.street, "street"),
        "postcode": checks.text(wanted.postcode, "postcode", longest=20),
        "city": checks.text(wanted.city, "city"),
        "country": country,
        "language": checks.language(wanted.language),
        "time_zone": checks.time_zone(wanted.time_zone),
        "currency": checks.currency(wanted.currency),
        "external_id": checks.text(wanted.external_id, "external_id", longest=80, required=False) or None,
        "staff_notes": checks.notes(wanted.staff_notes, "staff_notes"),
    }
    values["manager_id"] = manager_id(work, wanted.manager, partner)
    values["parent_id"] = _parent(work, wanted.parent_code, kind, partner)
    if partner is not None and partner.kind == "sub_operator" and kind != "sub_operator" and _has_children(work, partner):
        raise Invalid("has_children", field="kind")
    return values


def _parent(work: Work, code: str, kind: str, partner: Partner | None) -> UUID | None:
    if not code.strip():
        return None
    if kind == "sub_operator":
        raise Invalid("two_levels", field="parent_code")
    statement = select(Partner).where(
        Partner.operator_id == work.operator_id, Partner.code == (read_code("P", code) or ""), Partner.kind == "sub_operator"
    )
    parent = work.session.scalars(statement).one_or_none()
    if parent is None or (partner is not None and parent.id == partner.id) or parent.state == "closed":
        raise Invalid("unknown_sub_operator", field="parent_code", value=code)
    return parent.id


def _has_children(work: Work, partner: Partner) -> bool:
    return work.session.scalar(select(Partner.id).where(Partner.parent_id == partner.id, Partner.state != "closed").limit(1)) is not None


def shown(work: Work, values: dict[str, Any]) -> dict[str, Any]:
    """The values as the log shows them: the parent by its code, the account manager by e-mail, never by keys."""
    values_shown = {name: value for name, value in values.items() if name not in {"parent_id", "manager_id"}}
    if "parent_id" in values:
        parent = values["parent_id"] and work.session.get(Partner, values["parent_id"])
        values_shown["parent_code"] = parent.code if parent else None
    if "manager_id" in values:
        manager = values["manager_id"] and work.session.get(User, values["manager_id"])
        values_shown["manager"] = manager.email if manager else None
    return values_shown


def meanwhile(work: Work, partner: Partner, values: dict[str, Any], version: int) -> Conflict | None:
    """What a form that showed ``version`` did not know: per field its starting value, the value now, the value typed. None: nothing."""
    entries = edits_since(work, partner.id, version) if partner.version != version else []
    if not entries:
        return None
    known: dict[str, Any] = {}
    for entry in entries:
        for name, value in entry.facts["before"].items():
            known.setdefault(name, value)
    now = shown(work, {name: getattr(partner, name) for name in values})
    yours = shown(work, values)
    names = [name for name in yours if name in known or yours[name] != now[name]]
    fields = [{"name": n, "before": known.get(n, now[n]), "theirs": now[n], "yours": yours[n]} for n in names]
    last = entries[-1]
    return Conflict("changed_meanwhile", fields=fields, version=partner.version, by=last.actor_name, at=last.at)
