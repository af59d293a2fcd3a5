"""Whom staff may see the partner portal as (ux 1.7): somebody with a role, or a certain person; now, or at an instant that has passed.

Rights are those of the role (a person's role of that time), the contract and the switches in force at the instant; what staff may not read
themselves they do not read here either, and nothing can be changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import Actor, SeenAs
from app.access.gate import READS, can_anywhere, require
from app.access.permissions import Permission
from app.access.roles import PARTNER_ROLES, Role
from app.domain.contracts.grants import AccountRow, account_row, granted, load_actor, require_enabled, require_open, sites_of
from app.domain.people.care import cared_for
from app.domain.people.models import Membership, Operator, Partner, User
from app.domain.people.then import role_at
from app.kernel.errors import Invalid, NotFound
from app.kernel.ids import read_code
from app.work.unit import enter_tenant

#: a right of partners alone -> the right of staff to see the same
_OF_STAFF = {Permission.CARE_VIEW: Permission.PARTNER_VIEW}


@dataclass(frozen=True, slots=True)
class Eyes:
    """Through whose eyes: the account's code and a role, or a person there (whose role then counts); ``at`` None: now."""

    code: str
    role: str = ""
    user_id: UUID | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What eyes turned out to be: the account, the role, and the person's name and sites where it is a person."""

    account: Partner
    role: Role
    person: str = ""
    locations: frozenset[UUID] | None = None


def load_preview(
    session: Session, user_id: UUID, eyes: Eyes, *, operator_id: UUID, now: datetime, address: str | None
) -> tuple[Actor, AccountRow]:
    """The actor of staff who look through these eyes, and the account as it is entered.

    Every change is refused. Nothing is read that the person could not read as staff. Refuses as ``seen_through`` does.
    """
    staff = load_actor(session, user_id, operator_id=operator_id, address=address)
    enter_tenant(session, staff)
    seen = seen_through(session, staff, eyes, now)
    held = cared_for(seen.account.id, eyes.at or now)
    children = select(Partner).where(Partner.id.in_(held), Partner.state != "closed").order_by(Partner.id)
    care = list(session.scalars(children)) if seen.role is Role.SUB_OPERATOR else []
    partners = frozenset(p.id for p in (seen.account, *care))
    seen_as = SeenAs(seen.account.name, seen.role, seen.person)
    narrow = replace(staff, grants={}, partners=partners, locations=_both(staff.locations, seen.locations), seen_as=seen_as)
    actor = granted(session, narrow, seen.role, [seen.account, *care], seen.account.id, eyes.at or now)
    read = {right: reach for right, reach in actor.grants.items() if right not in READS or can_anywhere(staff, _OF_STAFF.get(right, right))}
    return replace(actor, grants=read), account_row(seen.account, seen.role.value, care)


def seen_through(session: Session, staff: Actor, eyes: Eyes, now: datetime) -> Seen:
    """Whom staff would see as; the session is in the tenant of ``staff``.

    Needs ``PREVIEW_AS``. Refuses like the sign-in of the person shown (paused, closed, disabled); ``unknown_choice`` at ``role`` or
    ``person`` for somebody who has no role there, ``no_role_then`` for who had none yet, ``in_the_future`` at ``at``.
    """
    require(staff, Permission.PREVIEW_AS)
    if eyes.at is not None and eyes.at > now:
        raise Invalid("in_the_future", field="at")
    statement = select(Partner, Operator).join(Operator, Operator.id == Partner.operator_id)
    wanted = Partner.code == (read_code("P", eyes.code) or "")
    found = session.execute(statement.where(Partner.operator_id == staff.operator_id, wanted)).one_or_none()
    if found is None:
        raise NotFound
    account, operator = found.tuple()
    seen = _role(account, eyes.role) if eyes.user_id is None else _person(session, account, eyes.user_id, eyes.at)
    require_open(account, operator)
    return seen


def _role(account: Partner, role: str) -> Seen:
    if role not in roles_shown(account.kind):
        raise Invalid("unknown_choice", field="role", value=role)
    return Seen(account, Role(role))


def _person(session: Session, account: Partner, user_id: UUID, at: datetime | None) -> Seen:
    held = select(Membership, User).join(User, User.id == Membership.user_id)
    of_person = held.where(Membership.partner_id == account.id, Membership.user_id == user_id).order_by(Membership.created_at.desc())
    rows = session.execute(of_person).tuples().all()
    if not rows:
        raise Invalid("unknown_choice", field="person", value=str(user_id))
    for membership, person in rows:
        role = role_at(session, membership, at) if at is not None else membership.role if membership.ended_at is None else None
        if role is not None:
            require_enabled(person)
            return Seen(account, Role(role), person.name, sites_of(membership))
    raise Invalid("no_role_then", field="person", name=rows[0][1].name)


def _both(one: frozenset[UUID] | None, other: frozenset[UUID] | None) -> frozenset[UUID] | None:
    return other if one is None else one if other is None else one & other


def roles_shown(kind: str) -> list[str]:
    """The roles that people of a partner account of that kind may have."""
    return [role.value for role in Role if role in PARTNER_ROLES and (role is not Role.SUB_OPERATOR or kind == "sub_operator")]
