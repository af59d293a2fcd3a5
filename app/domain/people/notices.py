"""Who is told of an event by mail, and how: at once, in one summary a day, or not (A5). The only place that decides it.

The contacts of a partner are told as the switches of the account say. People of the account are told of what they chose and their role may
read. Whoever is both gets one mail: a contact can put it off to the summary, not switch it off, and a statement always comes at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.access.permissions import Permission
from app.access.roles import GRANTS
from app.domain.people.models import Contact, Membership, Partner, User
from app.domain.people.notice_models import MailWish
from app.domain.people.signin import HabitsChanged, record_own
from app.kernel.errors import Invalid, NotAllowed
from app.kernel.ids import uuid7
from app.work.unit import Work

WAYS = ("now", "daily", "off")
#: event of a partner account -> what one must be allowed to read, and the contact that is told of it (empty: none)
EVENTS = {
    "faults": (Permission.NETWORK_VIEW, "technical"),
    "statement": (Permission.STATEMENT_VIEW, "billing"),
    "contract_ends": (Permission.CONTRACT_VIEW, "administrative"),
    "price_change": (Permission.TARIFF_VIEW, "administrative"),
    "driver_limit": (Permission.DRIVER_VIEW, "billing"),
    "order_moved": (Permission.ORDER_VIEW, ""),
}
#: event -> what people of the operator must be allowed to do to be told of it; nobody else is
STAFF_EVENTS = {"order_asked": Permission.ORDER_HANDLE}
#: mails that nobody can put off or switch off: they hold a link asked for, or guard against a stranger
ALWAYS = ("new_sign_in", "factor_notice", "bank_notice", "reset", "invitation")
#: a contact gets it at once: it is a document of law
_PROMPT = frozenset({"statement"})
#: the only event whose parts are told by location, so that people limited to some can be told
_BY_LOCATION = frozenset({"faults"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Somebody to be told, ``way`` is ``now`` or ``daily``; ``locations``: only of what happens there (None: everywhere)."""

    address: str
    language: str
    person: str
    way: str = "now"
    user_id: UUID | None = None
    is_contact: bool = True
    locations: frozenset[UUID] | None = None

    @property
    def waits_for(self) -> UUID | None:
        """Whose daily summary it goes into; None: a mail of its own."""
        return self.user_id if self.way == "daily" else None


def wants(event: str, chosen: str, *, is_contact: bool) -> str:
    """How somebody is told of the event, of ``WAYS``; as a contact never ``off``."""
    if not is_contact:
        return chosen
    return "daily" if chosen == "daily" and event not in _PROMPT else "now"


def receivers(work: Work, event: str, partner_ids: Collection[UUID], contacts_of: Collection[UUID]) -> dict[UUID, list[Receiver]]:
    """By partner whom to tell, contacts first; the contacts only of the partners in ``contacts_of``. Two statements."""
    found: dict[UUID, list[Receiver]] = defaultdict(list)
    people = _people(work, event, partner_ids)
    statement = select(Contact).where(Contact.partner_id.in_(contacts_of), Contact.kind == EVENTS[event][1], Contact.email != "")
    for contact in work.session.scalars(statement.order_by(Contact.partner_id, Contact.id)):
        known = people[contact.partner_id].pop(contact.email.lower(), None) if contact.partner_id in people else None
        way = wants(event, known.way if known else "off", is_contact=True)
        told = Receiver(
            address=contact.email, language=contact.language, person=contact.person, way=way, user_id=known.user_id if known else None
        )
        found[contact.partner_id].append(told)  # type: ignore[index]
    for partner_id, wishing in people.items():
        for row in wishing.values():
            if row.location_ids is None or event in _BY_LOCATION:
                found[partner_id].append(_receiver(event, row))
    return found


def staff_receivers(work: Work, event: str) -> list[Receiver]:
    """Whom of the operator to tell of an event of ``STAFF_EVENTS``. One statement."""
    return [_receiver(event, row) for row in work.session.execute(_wishes(work, event))]


def told_of(work: Work, event: str, partner_id: UUID | None) -> set[str]:
    """Addresses, in small letters, of everybody who is told of the event as things stand; ``partner_id`` None: of the operator."""
    if event in STAFF_EVENTS:
        return {to.address.lower() for to in staff_receivers(work, event)}
    return {to.address.lower() for one in (partner_id,) if one for to in receivers(work, event, [one], [one])[one]}


def partners_wishing(work: Work, event: str) -> set[UUID]:
    """Partners of which somebody wants to be told of the event."""
    return {row.partner_id for row in work.session.execute(_wishes(work, event))}


def _people(work: Work, event: str, partner_ids: Collection[UUID]) -> dict[UUID, dict[str, Row[Any]]]:
    """By partner and address the people who chose something about the event."""
    found: dict[UUID, dict[str, Row[Any]]] = defaultdict(dict)
    for row in work.session.execute(_wishes(work, event).where(Membership.partner_id.in_(partner_ids))):
        found[row.partner_id][row.email.lower()] = row
    return found


def _wishes(work: Work, event: str) -> Any:
    """Who may read of the event from anywhere, and what they chose; a role bound to network addresses is not told outside of them."""
    return (
        select(Membership.partner_id, Membership.location_ids, User.id.label("user_id"), User.email, User.name, User.language, MailWish.way)
        .join(User, User.id == Membership.user_id)
        .join(MailWish, MailWish.user_id == User.id)
        .outerjoin(Partner, Partner.id == Membership.partner_id)
        .where(
            Membership.operator_id == work.operator_id,
            Membership.ended_at.is_(None),
            Membership.networks.is_(None),
            Membership.role.in_(_roles(event)),
            Membership.partner_id.is_(None) if event in STAFF_EVENTS else Partner.state.in_(("draft", "active")),
            User.disabled_at.is_(None),
            MailWish.event == event,
        )
        .order_by(Membership.partner_id, User.id)
    )


def _roles(event: str) -> list[str]:
    right = STAFF_EVENTS.get(event) or EVENTS[event][0]
    return [role.value for role, rights in GRANTS.items() if right in rights]


def _receiver(event: str, row: Row[Any]) -> Receiver:
    sites = None if row.location_ids is None else frozenset(row.location_ids)
    way = wants(event, row.way, is_contact=False)
    about = {"address": row.email, "language": row.language, "person": row.name}
    return Receiver(**about, way=way, user_id=row.user_id, is_contact=False, locations=sites)


def my_wishes(work: Work) -> dict[str, str]:
    """Event -> way, for what one of the actor's roles lets them be told of; in the order of ``EVENTS``, then ``STAFF_EVENTS``."""
    held = select(Membership.role, Membership.location_ids, Membership.partner_id.is_(None)).where(
        Membership.user_id == work.actor.id, Membership.ended_at.is_(None), Membership.networks.is_(None)
    )
    roles = work.session.execute(held).all()
    chosen = {w.event: w.way for w in work.session.scalars(select(MailWish).where(MailWish.user_id == work.actor.id))}
    return {
        event: chosen.get(event, "off")
        for event in (*EVENTS, *STAFF_EVENTS)
        if any(
            is_staff == (event in STAFF_EVENTS) and role in _roles(event) and (sites is None or event in _BY_LOCATION)
            for role, sites, is_staff in roles
        )
    }


def summary_zone(work: Work) -> str | None:
    """Where it is morning when the actor's summary comes; None: at the operator."""
    return work.session.get_one(User, work.actor.id).time_zone


def choose_mails(work: Work, wanted: Mapping[str, str], zone: str | None) -> None:
    """Keep how the actor wants to be told; ``zone``: where it is morning when the summary comes, None: as before."""
    if work.actor.id is None:
        raise NotAllowed
    present = my_wishes(work)
    for event, way in wanted.items():
        if event not in present or way not in WAYS:
            raise Invalid("unknown_choice", field=event)
    changed = {event: way for event, way in wanted.items() if way != present[event]}
    for event, way in changed.items():
        if way == "off":
            work.session.execute(delete(MailWish).where(MailWish.user_id == work.actor.id, MailWish.event == event))
            continue
        row = insert(MailWish).values(id=uuid7(), user_id=work.actor.id, event=event, way=way)
        work.session.execute(row.on_conflict_do_update(index_elements=["user_id", "event"], set_={"way": row.excluded.way}))
    if zone is not None:
        work.session.get_one(User, work.actor.id).time_zone = zone
    if changed:
        before = {event: present[event] for event in changed}
        record_own(work, HabitsChanged, work.actor.id, before=before, after=changed)
