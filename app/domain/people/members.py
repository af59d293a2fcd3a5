"""Roles in an account: who may give and take them, what they may be limited to, changing them, ending them."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.access.permissions import Permission
from app.access.roles import PARTNER_ROLES, STAFF_ROLES, Role
from app.domain.people.events import AccessChanged, MemberAdded, MemberChanged, MemberEnded
from app.domain.people.models import Membership, Partner, User
from app.domain.people.queries import within
from app.domain.people.rows import LimitsInput
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.live.messages import user_topic
from app.work.unit import Work

_MOST_NETWORKS = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """A role as it is kept: None is no limit."""

    role: Role
    location_ids: list[UUID] | None
    networks: list[str] | None


def require_people_right(work: Work, partner_id: UUID | None, *roles: str) -> None:
    """The right to give or take these roles: staff's by administrators, owners' by who may make owners."""
    if partner_id is None:
        work.require(Permission.STAFF_EDIT)
        return
    work.require(Permission.USER_EDIT, partner_id=partner_id)
    if Role.OWNER in roles:
        work.require(Permission.OWNER_EDIT, partner_id=partner_id)


def checked_limits(work: Work, partner: Partner | None, wanted: LimitsInput) -> Limits:
    """The role and its limits, or the first refusal. Whoever is limited to locations can only give away some of them."""
    allowed = _roles_of(partner)
    if wanted.role not in {role.value for role in allowed}:
        raise Invalid("unknown_role", field="role", value=wanted.role)
    sites = list(dict.fromkeys(wanted.location_ids))
    own = work.actor.locations
    if own is not None and (not sites or not own.issuperset(sites)):
        raise NotAllowed("only_own_locations")
    if sites and (partner is None or _sites_of(work, partner, sites) != len(sites)):
        raise Invalid("unknown_location", field="location_ids")
    return Limits(Role(wanted.role), sites or None, _networks(wanted.networks) or None)


def grant(work: Work, *, operator_id: UUID, partner_id: UUID | None, user_id: UUID, limits: Limits) -> UUID:
    """Internal to joining: the person holds the role from now on; a role ended before begins anew. Refuses ``already_member``."""
    statement = select(Membership).where(
        Membership.user_id == user_id, Membership.operator_id == operator_id, Membership.partner_id.is_not_distinct_from(partner_id)
    )
    found = work.session.scalars(statement.with_for_update()).one_or_none()
    if found is None:
        found = Membership(user_id=user_id, operator_id=operator_id, partner_id=partner_id, role="", created_at=work.now)
        work.session.add(found)
    elif found.ended_at is None:
        raise Conflict("already_member", role=found.role)
    found.role, found.location_ids, found.networks = limits.role.value, limits.location_ids, limits.networks
    found.created_at, found.ended_at = work.now, None
    work.session.flush()
    person = work.session.get_one(User, user_id)
    work.record(MemberAdded(**about_member(found), user_id=person.id, person=person.name, email=person.email, role=found.role))
    tell_member(work, found)
    return found.id


def change_member(work: Work, membership_id: UUID, wanted: LimitsInput) -> None:
    """Another role or other limits, in force at once. The last owner and the last administrator stay what they are."""
    membership = find_member(work, membership_id)
    require_people_right(work, membership.partner_id, membership.role, wanted.role)
    require_within_own(work, membership)
    partner = work.session.get_one(Partner, membership.partner_id) if membership.partner_id is not None else None
    limits = checked_limits(work, partner, wanted)
    before, after = _kept(membership), {"role": limits.role.value, "location_ids": limits.location_ids, "networks": limits.networks}
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return
    if "role" in changed or limits.location_ids or limits.networks:
        _require_not_last(work, membership)
    for name in changed:
        setattr(membership, name, after[name])
    work.session.flush()
    person = work.session.get_one(User, membership.user_id)
    shown = [_named(work, {name: values[name] for name in changed}) for values in (before, after)]
    work.record(MemberChanged(**about_member(membership), user_id=person.id, person=person.name, before=shown[0], after=shown[1]))
    tell_member(work, membership)


def end_member(work: Work, membership_id: UUID) -> None:
    """Take the role away, at once. The last owner of an account and the last administrator stay: ``last_owner``, ``last_admin``."""
    membership = find_member(work, membership_id)
    require_people_right(work, membership.partner_id, membership.role)
    require_within_own(work, membership)
    _require_not_last(work, membership)
    membership.ended_at = work.now
    work.session.flush()
    person = work.session.get_one(User, membership.user_id)
    work.record(MemberEnded(**about_member(membership), user_id=person.id, person=person.name, role=membership.role))
    tell_member(work, membership)


def find_member(work: Work, membership_id: UUID) -> Membership:
    """The membership in force within reach; staff's only for who may change staff."""
    statement = select(Membership).where(Membership.id == membership_id, Membership.ended_at.is_(None))
    membership = work.session.scalars(statement.with_for_update()).one_or_none()
    if membership is None or membership.operator_id != work.operator_id:
        raise NotFound
    if membership.partner_id is None:
        if not work.can(Permission.STAFF_EDIT):
            raise NotFound
    elif not work.session.scalar(
        select(Partner.id).where(Partner.id == membership.partner_id, within(Partner.id, work.scope(Permission.USER_VIEW)))
    ):
        raise NotFound
    return membership


def roles_to_give(work: Work, kind: str | None, partner_id: UUID | None) -> list[str]:
    """Roles the actor may give in an account of that kind (None: the operator's own), in the order of the role table."""
    if partner_id is None:
        return [role.value for role in Role if role in STAFF_ROLES]
    owners = work.can(Permission.OWNER_EDIT, partner_id=partner_id)
    roles = PARTNER_ROLES if kind == "sub_operator" else PARTNER_ROLES - {Role.SUB_OPERATOR}
    return [role.value for role in Role if role in roles and (owners or role is not Role.OWNER)]


def _roles_of(partner: Partner | None) -> frozenset[Role]:
    if partner is None:
        return STAFF_ROLES
    return PARTNER_ROLES if partner.kind == "sub_operator" else PARTNER_ROLES - {Role.SUB_OPERATOR}


def require_within_own(work: Work, membership: Membership) -> None:
    """Whoever is limited to locations changes only people limited to some of them."""
    own = work.actor.locations
    if own is not None and (membership.location_ids is None or not own.issuperset(membership.location_ids)):
        raise NotAllowed("only_own_locations")


def _require_not_last(work: Work, membership: Membership) -> None:
    last = {Role.OWNER.value: "last_owner", Role.ADMIN.value: "last_admin"}.get(membership.role)
    if last is None:
        return
    # one change of owners at a time: two that each see the other would leave nobody
    lock = f"last of {membership.partner_id or membership.operator_id}"
    work.session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": lock})
    others = select(Membership.id).where(
        Membership.operator_id == membership.operator_id,
        Membership.partner_id.is_not_distinct_from(membership.partner_id),
        Membership.role == membership.role,
        Membership.ended_at.is_(None),
        Membership.location_ids.is_(None),
        Membership.id != membership.id,
    )
    if work.session.scalar(others.limit(1)) is None:
        raise Conflict(last)


def _sites_of(work: Work, partner: Partner, ids: Sequence[UUID]) -> int:
    """How many of the ids are locations where the partner holds something."""
    statement = text(
        "select count(*) from location l where l.id = any(:ids) and (l.partner_id = :partner "
        "or exists (select from station s where s.location_id = l.id and s.partner_id = :partner))"
    )
    return work.session.scalar(statement, {"ids": list(ids), "partner": partner.id}) or 0


def _networks(typed: str) -> list[str]:
    """Networks in CIDR form, each once; refuses ``bad_network``."""
    parts = typed.replace(",", " ").replace(";", " ").split()
    if len(parts) > _MOST_NETWORKS:
        raise Invalid("too_many_networks", field="networks", most=_MOST_NETWORKS)
    found = []
    for part in parts:
        try:
            found.append(str(ipaddress.ip_network(part, strict=False)))
        except ValueError as error:
            raise Invalid("bad_network", field="networks", value=part) from error
    return list(dict.fromkeys(found))


def _kept(membership: Membership) -> dict[str, Any]:
    return {"role": membership.role, "location_ids": membership.location_ids, "networks": membership.networks}


def _named(work: Work, values: dict[str, Any]) -> dict[str, Any]:
    """Locations by name, as the log shows them."""
    ids = values.get("location_ids")
    if not ids:
        return values
    names = work.session.scalars(text("select name from location where id = any(:ids) order by name"), {"ids": list(ids)})
    return {**values, "location_ids": list(names)}


def about_member(membership: Membership) -> dict[str, Any]:
    """Whom an event about somebody's role belongs to, and its subject."""
    subject = ("membership", membership.id)
    return {"operator_id": membership.operator_id, "partner_id": membership.partner_id, "subject": subject}


def tell_member(work: Work, membership: Membership) -> None:
    """Open streams of the person are opened anew, or no more."""
    work.record(AccessChanged(**about_member(membership), user_id=membership.user_id), topics=(user_topic(membership.user_id),))
