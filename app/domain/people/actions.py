"""Changes to partners, contacts and people: find, require, decide, change, record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.access.permissions import Permission
from app.access.roles import PARTNER_ROLES, Role
from app.db.constraints import refusing
from app.domain.people import checks
from app.domain.people.events import (
    AccessChanged,
    ContactSaved,
    MemberAdded,
    MemberEnded,
    PartnerCreated,
    PartnerEdited,
    PartnerStateChanged,
)
from app.domain.people.general import checked, find_partner, meanwhile, shown
from app.domain.people.models import Contact, Membership, Partner, User
from app.domain.people.queries import partner_by_code, within
from app.domain.people.rows import CONTACTS, ContactInput, MemberInput, PartnerInput, PartnerRow
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.kernel.ids import new_code
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
    with refusing(work.session, _names(wanted)):
        for name in changed:
            setattr(partner, name, values[name])
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


def save_contact(work: Work, code: str, kind: str, wanted: ContactInput) -> None:
    """Name or change one of the three contacts of a partner."""
    partner = find_partner(work, code)
    work.require(Permission.CONTACT_EDIT, partner_id=partner.id)
    checks.one_of(kind, CONTACTS, "kind")
    values = {
        "person": checks.text(wanted.person, "person"),
        "email": checks.email(wanted.email),
        "phone": checks.phone(wanted.phone, partner.country),
        "language": checks.language(wanted.language),
        "hours": checks.text(wanted.hours, "hours", required=False),
    }
    contact = work.session.scalars(select(Contact).where(Contact.partner_id == partner.id, Contact.kind == kind)).one_or_none()
    if contact is None:
        empty = dict.fromkeys(values, "")
        contact = Contact(operator_id=partner.operator_id, partner_id=partner.id, kind=kind, **empty)
        work.session.add(contact)
    before = {name: getattr(contact, name) for name in values if getattr(contact, name) != values[name]}
    if not before:
        return
    for name in before:
        setattr(contact, name, values[name])
    work.session.flush()
    work.record(
        ContactSaved(
            **_about(contact),
            kind=kind,
            before=before,
            after={name: values[name] for name in before},
        )
    )


def add_member(work: Work, code: str, wanted: MemberInput) -> UUID:
    """Give somebody a role in a partner account; a person not known yet is made without password (an invitation lets them in)."""
    partner = find_partner(work, code)
    work.require(Permission.USER_EDIT, partner_id=partner.id)
    role = _partner_role(partner, wanted.role)
    person_id = _person(work, wanted)
    membership = _membership(work, partner, person_id)
    if membership.ended_at is None and membership.role:
        raise Invalid("already_member", field="email", role=membership.role)
    membership.role, membership.created_at, membership.ended_at = role.value, work.now, None
    work.session.flush()
    person = work.session.get_one(User, person_id)
    work.record(MemberAdded(**_about(membership), user_id=person.id, person=person.name, email=person.email, role=role.value))
    work.record(AccessChanged(**_about(membership), user_id=person.id), topics=(user_topic(person.id),))
    return membership.id


def end_member(work: Work, membership_id: UUID) -> None:
    """Take the role away, at once. The last owner of an account stays: ``last_owner``."""
    reach = work.scope(Permission.USER_EDIT)
    membership = work.session.scalars(
        select(Membership).where(Membership.id == membership_id, within(Membership.partner_id, reach), Membership.ended_at.is_(None))
    ).one_or_none()
    if membership is None or membership.partner_id is None:
        raise NotFound
    work.require(Permission.USER_EDIT, partner_id=membership.partner_id)
    if membership.role == Role.OWNER and not _other_owner(work, membership):
        raise Conflict("last_owner")
    membership.ended_at = work.now
    work.session.flush()
    person = work.session.get_one(User, membership.user_id)
    work.record(MemberEnded(**_about(membership), user_id=person.id, person=person.name, role=membership.role))
    work.record(AccessChanged(**_about(membership), user_id=person.id), topics=(user_topic(person.id),))


def _about(thing: Partner | Contact | Membership) -> dict[str, Any]:
    """Whom an event about it belongs to, and its subject."""
    if isinstance(thing, Partner):
        return {"operator_id": thing.operator_id, "partner_id": thing.id, "subject": ("partner", thing.id)}
    return {"operator_id": thing.operator_id, "partner_id": thing.partner_id, "subject": (thing.__tablename__, thing.id)}


def _names(wanted: PartnerInput) -> dict[str, Refusal]:
    """What must be unique, and the refusal at its field."""
    return {"uq_partner_operator_id_external_id": Invalid("taken", field="external_id", value=wanted.external_id)}


def _partner_role(partner: Partner, role: str) -> Role:
    allowed = PARTNER_ROLES if partner.kind == "sub_operator" else PARTNER_ROLES - {Role.SUB_OPERATOR}
    if role not in {r.value for r in allowed}:
        raise Invalid("unknown_role", field="role", value=role)
    return Role(role)


def _person(work: Work, wanted: MemberInput) -> UUID:
    """The person of that address, known anywhere in the house, or a new one."""
    address = checks.email(wanted.email)
    known: UUID | None = work.session.scalar(text("select user_id from door_sign_in(:email)"), {"email": address})
    if known is not None:
        return known
    person = User(name=checks.text(wanted.name, "name"), email=address, language=checks.language(wanted.language), created_at=work.now)
    work.session.add(person)
    work.session.flush()
    return person.id


def _membership(work: Work, partner: Partner, person_id: UUID) -> Membership:
    """The person's membership in the account, running, ended or new (then without a role yet)."""
    statement = select(Membership).where(Membership.user_id == person_id, Membership.partner_id == partner.id)
    found = work.session.scalars(statement.with_for_update()).one_or_none()
    if found is None:
        found = Membership(user_id=person_id, operator_id=partner.operator_id, partner_id=partner.id, role="", created_at=work.now)
        work.session.add(found)
    return found


def _other_owner(work: Work, membership: Membership) -> bool:
    statement = select(Membership.id).where(
        Membership.partner_id == membership.partner_id,
        Membership.role == Role.OWNER,
        Membership.ended_at.is_(None),
        Membership.id != membership.id,
    )
    return work.session.scalar(statement.limit(1)) is not None


def tell_members(work: Work, partner_id: UUID) -> None:
    """Internal: streams of the account's people are opened anew, or no more."""
    statement = select(Membership).where(Membership.partner_id == partner_id, Membership.ended_at.is_(None))
    for membership in work.session.scalars(statement):
        work.record(AccessChanged(**_about(membership), user_id=membership.user_id), topics=(user_topic(membership.user_id),))


__all__ = [
    "add_member",
    "create_partner",
    "edit_partner",
    "end_member",
    "record_state",
    "save_contact",
    "set_partner_state",
    "tell_members",
]  # fmt: skip
