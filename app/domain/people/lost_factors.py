"""A lost second factor: somebody who may takes it away, so that the person sets up another at the next sign-in.

All factors and recovery codes of the person go, and every sign-in made before ends. Whoever also works elsewhere loses a factor only by
somebody who may do this in all these places, or by the installation's keeper (``./voltpact people remove-factor``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import delete, func, select

from app.access.actor import Actor, ActorKind
from app.access.permissions import Permission
from app.domain.people import checks
from app.domain.people.events import FactorsCleared
from app.domain.people.members import about_member, find_member, require_within_own, tell_member
from app.domain.people.models import Factor, Membership, RecoveryCode, User
from app.kernel.errors import Conflict, NotFound
from app.work.unit import Work, enter_tenant


def clear_factors(work: Work, membership_id: UUID, reason: str) -> None:
    """Take away every second factor of somebody with a role here; they are told by mail.

    Refuses ``own_factor`` for oneself, ``no_factor`` where there is none, ``works_elsewhere`` where the actor has no say in another account
    of the person, and ``missing`` at ``reason``.
    """
    membership = find_member(work, membership_id)
    work.require(Permission.FACTOR_RESET, partner_id=membership.partner_id)
    require_within_own(work, membership)
    why = checks.text(reason, "reason", longest=500)
    if membership.user_id == work.actor.id:
        raise Conflict("own_factor")
    for place in _places(work, membership.user_id):
        if place.operator_id != work.operator_id or not work.can(Permission.FACTOR_RESET, partner_id=place.partner_id):
            raise Conflict("works_elsewhere")
    _clear(work, membership, why)


def clear_by_keeper(work: Work, email: str, reason: str) -> str:
    """The same by whoever keeps the installation, wherever the person works; ``work`` is the house's, without a tenant's limits.

    Returns the person's name; ``NotFound`` for an address nobody with a role has.
    """
    found = select(Membership).join(User, User.id == Membership.user_id).where(func.lower(User.email) == email.strip().lower())
    at_home = found.where(Membership.operator_id == work.operator_id, Membership.ended_at.is_(None))
    membership = work.session.scalars(at_home.order_by(Membership.partner_id.nulls_first(), Membership.id).limit(1)).one_or_none()
    if membership is None:
        raise NotFound
    _clear(work, membership, checks.text(reason, "reason", longest=500))
    return work.session.get_one(User, membership.user_id).name


def _places(work: Work, user_id: UUID) -> list[Membership]:
    """Everywhere the person has a role, also where the actor may not look."""
    with _as_person(work, user_id):
        return list(work.session.scalars(select(Membership).where(Membership.user_id == user_id, Membership.ended_at.is_(None))))


def _clear(work: Work, membership: Membership, reason: str) -> None:
    user = work.session.get_one(User, membership.user_id, with_for_update=True)
    if user.second_factor_at is None:
        raise Conflict("no_factor")
    with _as_person(work, user.id):
        work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        work.session.execute(delete(Factor).where(Factor.user_id == user.id))
    user.second_factor_at, user.signed_out_at = None, work.now
    work.session.flush()
    work.record(FactorsCleared(**about_member(membership), user_id=user.id, person=user.name, email=user.email, reason=reason))
    tell_member(work, membership)
    work.later("people.factor_notice", membership=membership.id, by=work.actor.name)


@contextmanager
def _as_person(work: Work, user_id: UUID) -> Iterator[None]:
    """Row-level security shows a person's factors and memberships elsewhere to that person only."""
    work.session.flush()
    enter_tenant(work.session, Actor(ActorKind.USER, "factor", id=user_id))
    try:
        yield
    finally:
        enter_tenant(work.session, work.actor)
