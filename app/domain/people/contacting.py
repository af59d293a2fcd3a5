"""Contacts of a partner (B4): naming, changing, removing them, and the mail by which one says that its address is right.

The link's token is known by its hash only, works once and for seven days; another address or a newer mail makes it void.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import exists, select, text

from app.access.actor import Actor, ActorKind
from app.access.permissions import Permission
from app.db.constraints import refusing
from app.domain.people import checks
from app.domain.people.events import ContactSaved
from app.domain.people.features import Features, features_at
from app.domain.people.general import find_partner
from app.domain.people.models import Contact, Operator, Partner
from app.domain.people.queries import contact_row
from app.domain.people.rows import CONTACTS, ORDERS, ContactInput, ContactRow
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.events import Event
from app.kernel.tokens import new_token, token_hash
from app.work.unit import Work, enter_tenant

VALID = timedelta(days=7)
#: within so many seconds of the clock one mail is written, however often it is asked for
_PATIENCE_S = 600
#: switch of the account -> the contact that its messages go to
RECEIVER = {"fault_mail": "technical", "settlement_mail": "billing", "price_mail": "administrative"}


@dataclass(frozen=True, kw_only=True)
class ContactRemoved(Event):
    """A contact is none any more."""

    audited: ClassVar[bool] = True
    kind: str
    person: str
    email: str


@dataclass(frozen=True, kw_only=True)
class ContactAsked(Event):
    """A contact was asked by mail whether its address is right."""

    audited: ClassVar[bool] = True
    kind: str
    email: str


@dataclass(frozen=True, kw_only=True)
class ContactConfirmed(Event):
    """Somebody who reads the contact's mail said that it is right."""

    audited: ClassVar[bool] = True
    kind: str
    email: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody with a link is asked to confirm."""

    contact: ContactRow
    partner_name: str
    operator_name: str
    help_phone: str | None


def save_contact(work: Work, code: str, kind: str, wanted: ContactInput, contact_id: UUID | None = None) -> None:
    """Name a contact of a partner (``contact_id`` None), or change one. Another address is not confirmed. Refuses ``contact_twice``."""
    partner = find_partner(work, code)
    work.require(Permission.CONTACT_EDIT, partner_id=partner.id)
    checks.one_of(kind, CONTACTS, "kind")
    values = _checked(wanted, partner)
    contact = _found(work, partner.id, contact_id) if contact_id is not None else None
    if contact is None:
        empty: dict[str, Any] = {name: [] if name == "orders" else "" for name in values}
        contact = Contact(operator_id=partner.operator_id, partner_id=partner.id, kind=kind, **empty)
    elif contact.kind != kind:
        raise NotFound
    before = {name: getattr(contact, name) for name in values if getattr(contact, name) != values[name]}
    if not before:
        return
    for name in before:
        setattr(contact, name, values[name])
    if "email" in before:
        contact.confirmed_at = contact.token_hash = contact.token_until = None
    with refusing(work.session, {"uq_contact_one": Invalid("contact_twice", field="email")}):
        work.session.add(contact)
    after = {name: values[name] for name in before}
    work.record(ContactSaved(**_about(contact), kind=kind, before=before, after=after))


def _checked(wanted: ContactInput, partner: Partner) -> dict[str, Any]:
    for order in wanted.orders:
        checks.one_of(order, ORDERS, "orders")
    return {
        "person": checks.text(wanted.person, "person"),
        "email": checks.email(wanted.email),
        "phone": checks.phone(wanted.phone, partner.country),
        "language": checks.language(wanted.language),
        "hours": checks.text(wanted.hours, "hours", required=False),
        "orders": [order for order in ORDERS if order in wanted.orders],
    }


def remove_contact(work: Work, code: str, contact_id: UUID) -> None:
    """Take a contact away. Refuses ``contact_only_receiver`` while messages are switched on that would reach nobody."""
    partner = find_partner(work, code)
    work.require(Permission.CONTACT_EDIT, partner_id=partner.id)
    contact = _found(work, partner.id, contact_id)
    switches = features_at(work.session, [partner.id], work.now).get(partner.id, Features())
    switched = [name for name, kind in RECEIVER.items() if kind == contact.kind and getattr(switches, name)]
    others = exists().where(Contact.partner_id == partner.id, Contact.kind == contact.kind, Contact.id != contact.id)
    if switched and not work.session.scalar(select(others)):
        raise Conflict("contact_only_receiver", switch=switched[0])
    work.record(ContactRemoved(**_about(contact), kind=contact.kind, person=contact.person, email=contact.email))
    work.session.delete(contact)


def ask_contact(work: Work, code: str, contact_id: UUID) -> None:
    """Want the mail by which a contact confirms its address, at most one in ten minutes; an older link is void once it is written."""
    partner = find_partner(work, code)
    work.require(Permission.CONTACT_EDIT, partner_id=partner.id)
    contact = _found(work, partner.id, contact_id)
    if contact.confirmed_at is not None:
        raise Conflict("contact_confirmed")
    work.record(ContactAsked(**_about(contact), kind=contact.kind, email=contact.email))
    soon = int(work.now.timestamp()) // _PATIENCE_S
    work.later("people.ask_contact", key=f"ask-contact:{contact.id}:{contact.email}:{soon}", partner_id=partner.id, contact_id=contact.id)


def fresh_link(work: Work, contact_id: UUID) -> tuple[Contact, str] | None:
    """The job's part: the contact with a new token; None: it was removed or has confirmed meanwhile."""
    contact = work.session.get(Contact, contact_id, with_for_update=True)
    if contact is None or contact.confirmed_at is not None:
        return None
    token, contact.token_hash = new_token()
    contact.token_until = work.now + VALID
    return contact, token


def asked_of(work: Work, token: str) -> Asked:
    """What a link asks to confirm; ``contact_link_over`` when it is too old, ``NotFound`` when used, replaced or made up."""
    contact = _of_link(work, token)
    partner, operator = work.session.get_one(Partner, contact.partner_id), work.session.get_one(Operator, contact.operator_id)
    return Asked(contact_row(contact), partner.name, operator.name, operator.help_phone)


def confirm_contact(work: Work, token: str) -> None:
    """Whoever reads the contact's mail says that it is right; refuses as ``asked_of``. The link is used up."""
    contact = _of_link(work, token)
    contact.confirmed_at, contact.token_hash, contact.token_until = work.now, None, None
    work.record(ContactConfirmed(**_about(contact), kind=contact.kind, email=contact.email))


def _of_link(work: Work, token: str) -> Contact:
    door = work.session.execute(text("select * from door_contact(:hash)"), {"hash": token_hash(token)}).first()
    if door is None:
        raise NotFound
    reach = frozenset({UUID(str(door.partner_id))})
    work.actor = Actor(ActorKind.NOBODY, "contact", operator_id=door.operator_id, partners=reach)
    enter_tenant(work.session, work.actor)
    contact = work.session.get_one(Contact, door.contact_id, with_for_update=True, populate_existing=True)
    if contact.token_hash != token_hash(token) or contact.token_until is None or contact.token_until <= work.now:
        raise Conflict("contact_link_over")
    work.actor = Actor(ActorKind.NOBODY, contact.person, operator_id=door.operator_id, partners=reach)
    return contact


def _found(work: Work, partner_id: UUID, contact_id: UUID) -> Contact:
    statement = select(Contact).where(Contact.id == contact_id, Contact.partner_id == partner_id)
    found = work.session.scalars(statement.with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    return found


def _about(contact: Contact) -> dict[str, Any]:
    return {"operator_id": contact.operator_id, "partner_id": contact.partner_id, "subject": ("contact", contact.id)}
