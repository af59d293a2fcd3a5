"""Who somebody is in one account: the actor from membership, role and delegated rights. Every sign-in and every request comes through here.

A role says what a person could do; rights in ``DELEGATED`` hold for a partner only where the contract in force gives them. A sub-operator's
people also hold their rights for the partners in its care. Foreign or ended: not found. Paused, closed or disabled: refused with a reason.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import ALL, Actor, ActorKind, Reach
from app.access.permissions import Permission
from app.access.roles import CARED, COMES_WITH, DELEGATED, FEATURED, GRANTS, OWN_ONLY, Role
from app.domain.contracts.queries import delegated_rights
from app.domain.people.features import Features, features_at
from app.domain.people.models import Membership, Operator, Partner, User
from app.kernel.clock import system_clock
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.ids import read_code
from app.work.unit import enter_tenant


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account that somebody may enter: an operator ("cpo") or one partner account ("partner")."""

    kind: str
    operator_id: UUID
    partner_id: UUID | None
    code: str
    name: str
    role: str
    state: str
    #: partner accounts whose rows and live messages belong to this account: its own and those in its care; empty for "cpo"
    partner_ids: tuple[UUID, ...] = ()
    #: IANA name; the clock of what happens at no site
    time_zone: str = "UTC"

    @property
    def usable(self) -> bool:
        """Whether entering it would not be refused."""
        return self.state in {"draft", "active"}


@dataclass(frozen=True, slots=True)
class _Place:
    """A membership in force with what surrounds it."""

    membership: Membership
    person: User
    operator: Operator
    partner: Partner | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is where: memberships in force, and who is in the care of the sub-operators among the accounts."""

    places: list[_Place]
    care: dict[UUID, list[Partner]]


def standing_of(session: Session, user_id: UUID) -> Standing:
    """Read once, it answers both ``accounts_of`` and ``load_actor``. Leaves the session in the person's own narrow tenant."""
    places = _places(session, user_id)
    return Standing(places, _in_care(session, places))


def accounts_of(known: Standing) -> list[AccountRow]:
    """Every account of a person: operators first, then partner accounts by name, those in a sub-operator's care included."""
    places, care = known.places, known.care
    staff = [
        AccountRow(
            "cpo", p.operator.id, None, p.operator.code, p.operator.name, p.membership.role, "active", time_zone=p.operator.time_zone
        )
        for p in places
        if p.partner is None
    ]
    entered: dict[UUID, AccountRow] = {}
    for place in places:
        if place.partner is not None:
            entered[place.partner.id] = account_row(place.partner, place.membership.role, care.get(place.partner.id, []))
    for children in care.values():
        for child in children:
            entered.setdefault(child.id, account_row(child, Role.SUB_OPERATOR.value, []))
    return sorted(staff, key=lambda a: a.name) + sorted(entered.values(), key=lambda a: (a.name.casefold(), a.code))


def load_actor(
    session: Session,
    user_id: UUID,
    *,
    operator_id: UUID | None = None,
    partner_code: str | None = None,
    at: datetime | None = None,
    address: str | None = None,
    standing: Standing | None = None,
) -> Actor:
    """The actor a person is at an operator, or in the partner account of that code, with the rights in force ``at`` (default: now).

    With neither account: the person alone, without rights (own account pages). ``NotFound`` without a membership in force; ``NotAllowed``
    as ``user_disabled``, ``account_paused``, ``account_closed`` or, where the role may only be used from some networks and the person's
    ``address`` is in none of them, ``wrong_network``. Leaves the session in a narrow tenant: enter the actor's own next.
    ``standing``: what was read of the person in this transaction already.
    """
    known = standing or standing_of(session, user_id)
    if operator_id is None and partner_code is None:
        return _person_alone(session, user_id)
    if partner_code is None:
        return _staff(known.places, operator_id, address)
    return _partner_person(session, known, read_code("P", partner_code), at or system_clock(), address)


def _places(session: Session, user_id: UUID) -> list[_Place]:
    """Memberships in force. Row-level security shows, before any account is chosen, a person's own memberships and where they lead."""
    enter_tenant(session, Actor(ActorKind.USER, "sign-in", id=user_id))
    rows = session.execute(
        select(Membership, User, Operator, Partner)
        .join(User, User.id == Membership.user_id)
        .join(Operator, Operator.id == Membership.operator_id)
        .outerjoin(Partner, Partner.id == Membership.partner_id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None))
        .order_by(Membership.created_at, Membership.id)
    )
    found = [_Place(*row) for row in rows]
    return [p for p in found if p.partner is not None or p.membership.partner_id is None]


def _in_care(session: Session, places: list[_Place]) -> dict[UUID, list[Partner]]:
    """Partners in the care of the sub-operators among the accounts, by sub-operator."""
    carers = [p.partner for p in places if p.partner is not None and p.membership.role == Role.SUB_OPERATOR]
    care: dict[UUID, list[Partner]] = {carer.id: [] for carer in carers if carer.kind == "sub_operator"}
    if care:
        for child in session.scalars(select(Partner).where(Partner.parent_id.in_(care), Partner.state != "closed").order_by(Partner.id)):
            if child.parent_id is not None:
                care[child.parent_id].append(child)
    return care


def account_row(partner: Partner, role: str, in_care: list[Partner]) -> AccountRow:
    """Internal: a partner account as somebody with the role enters it."""
    reach = (partner.id, *(child.id for child in in_care))
    return AccountRow("partner", partner.operator_id, partner.id, partner.code, partner.name, role, partner.state, reach, partner.time_zone)


def _person_alone(session: Session, user_id: UUID) -> Actor:
    person = session.get(User, user_id)
    if person is None:
        raise NotFound
    require_enabled(person)
    return Actor(ActorKind.USER, person.name, id=person.id)


def _staff(places: list[_Place], operator_id: UUID | None, address: str | None) -> Actor:
    place = next((p for p in places if p.partner is None and p.operator.id == operator_id), None)
    if place is None:
        raise NotFound
    require_enabled(place.person)
    _require_network(place.membership, address)
    rights = GRANTS[Role(place.membership.role)]
    return Actor(
        ActorKind.USER,
        place.person.name,
        id=place.person.id,
        operator_id=place.operator.id,
        partners=ALL,
        grants=dict.fromkeys(rights, ALL),
        locations=sites_of(place.membership),
    )


def _partner_person(session: Session, known: Standing, code: str | None, at: datetime, address: str | None) -> Actor:
    place, account, reach = _entered(known, code)
    require_enabled(place.person)
    require_open(account, place.operator)
    _require_network(place.membership, address)
    narrow = Actor(
        ActorKind.USER,
        place.person.name,
        id=place.person.id,
        operator_id=place.operator.id,
        partners=frozenset(p.id for p in reach),
        locations=sites_of(place.membership),
    )
    own = place.partner.id if place.partner is not None else account.id
    return granted(session, narrow, Role(place.membership.role), reach, own, at)


def granted(session: Session, narrow: Actor, role: Role, reach: list[Partner], own: UUID, at: datetime) -> Actor:
    """Internal: the actor with what the role may do for these partner accounts at the instant. Enters its tenant.

    ``own`` is the account of the membership: what the operator lets a sub-operator do for the others is kept there.
    """
    ids = frozenset(p.id for p in reach)
    enter_tenant(session, replace(narrow, partners=ids | {own}))
    switches = features_at(session, ids | {own}, at)
    if own not in ids:
        enter_tenant(session, narrow)
    delegated = delegated_rights(session, {p.id: p.time_zone for p in reach}, at)
    given = switches.get(own, Features())
    own_only = {right for right in GRANTS[role] if right in OWN_ONLY or (right in CARED and not getattr(given, CARED[right]))}
    grants: dict[Permission, Reach] = {
        right: frozenset(
            p for p in (ids & {own} if right in own_only else ids) if _gives(right, delegated.get(p, frozenset()), switches.get(p))
        )
        for right in GRANTS[role]
    }
    return replace(narrow, grants=grants, home=own)


def _entered(known: Standing, code: str | None) -> tuple[_Place, Partner, list[Partner]]:
    """The membership through which an account is entered, the account, and the partners it reaches."""
    places, care = known.places, known.care
    own = next((p for p in places if p.partner is not None and p.partner.code == code), None)
    if own is not None and own.partner is not None:
        return own, own.partner, [own.partner, *care.get(own.partner.id, [])]
    for place in places:
        for child in care.get(place.partner.id, []) if place.partner is not None else []:
            if child.code == code:
                return place, child, [child]
    raise NotFound


def _gives(right: Permission, delegated: frozenset[str], switches: Features | None) -> bool:
    """A saved switch decides; where none was saved yet the contract does for what is delegated, else the switch's usual setting."""
    right = COMES_WITH.get(right, right)
    switch = FEATURED.get(right)
    if switch is not None and (switches is not None or right not in DELEGATED):
        return bool(getattr(switches or Features(), switch))
    return right not in DELEGATED or right.value in delegated


def sites_of(membership: Membership) -> frozenset[UUID] | None:
    """Internal: the locations a role is limited to; None: no such limit."""
    return None if membership.location_ids is None else frozenset(membership.location_ids)


def require_enabled(person: User) -> None:
    """Internal: refuse ``user_disabled``."""
    if person.disabled_at is not None:
        raise NotAllowed("user_disabled")


def _require_network(membership: Membership, address: str | None) -> None:
    """A role limited to networks is used from one of them; outside the web (``address`` None) nobody comes from anywhere."""
    if membership.networks is None or address is None:
        return
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        raise NotAllowed("wrong_network", address=address) from None
    plain = getattr(here, "ipv4_mapped", None) or here
    if not any(plain in ipaddress.ip_network(network) for network in membership.networks):
        raise NotAllowed("wrong_network", address=address)


def require_open(account: Partner, operator: Operator) -> None:
    """Internal: refuse ``account_paused`` and ``account_closed``."""
    if account.state in {"paused", "closed"}:
        raise NotAllowed(f"account_{account.state}", name=account.name, phone=operator.help_phone)
