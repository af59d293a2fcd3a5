"""What stood at an instant, and who had made it so: people and their roles, read from the roles and from the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.people.models import Membership, User
from app.domain.people.queries import within
from app.work.audit import AuditEntry
from app.work.unit import Work

_JOINED, _CHANGED, _ENDED = "MemberAdded", "MemberChanged", "MemberEnded"


@dataclass(frozen=True, slots=True)
class MemberThen:
    """Somebody who had a role in an account; ``by`` None: the log does not say who gave it."""

    name: str
    role: str
    since: datetime
    by: str | None


def recorded_by(work: Work, subject_id: UUID, act: str) -> str | None:
    """Who did that to a thing, the first time; None: nothing was recorded."""
    statement = select(AuditEntry.actor_name).where(
        AuditEntry.operator_id == work.operator_id, AuditEntry.subject_id == subject_id, AuditEntry.act == act
    )
    return work.session.scalar(statement.order_by(AuditEntry.at, AuditEntry.id).limit(1))


def members_at(work: Work, partner_id: UUID, at: datetime) -> list[MemberThen]:
    """People with a role in the account at an instant, by name, with the role of then. Two statements."""
    rows = work.session.execute(
        select(Membership, User.name)
        .join(User, User.id == Membership.user_id)
        .where(Membership.partner_id == partner_id, within(Membership.partner_id, work.scope(Permission.USER_VIEW)))
        .order_by(User.name, Membership.id)
    ).all()
    told: dict[UUID, list[AuditEntry]] = {membership.id: [] for membership, _name in rows}
    acts = AuditEntry.act.in_((_JOINED, _CHANGED, _ENDED))
    log = select(AuditEntry).where(AuditEntry.operator_id == work.operator_id, AuditEntry.subject_id.in_(told), acts)
    for entry in work.session.scalars(log.order_by(AuditEntry.at, AuditEntry.id)):
        if entry.subject_id is not None:
            told[entry.subject_id].append(entry)
    found = [_member(membership, name, told[membership.id], at) for membership, name in rows]
    return [one for one in found if one is not None]


def role_at(session: Session, membership: Membership, at: datetime) -> str | None:
    """The role somebody had by a membership at an instant; None: none. One statement, no scope."""
    acts = AuditEntry.act.in_((_JOINED, _CHANGED, _ENDED))
    log = select(AuditEntry).where(AuditEntry.operator_id == membership.operator_id, AuditEntry.subject_id == membership.id, acts)
    found = _member(membership, "", list(session.scalars(log.order_by(AuditEntry.at, AuditEntry.id))), at)
    return found.role if found is not None else None


def _member(membership: Membership, name: str, log: list[AuditEntry], at: datetime) -> MemberThen | None:
    """The role at the instant: what the last entry before it said, else what the first entry after it found."""
    before = [entry for entry in log if entry.at <= at]
    after = [entry for entry in log if entry.at > at]
    if before:
        last = before[-1]
        if last.act == _ENDED:
            return None
        since = next(entry.at for entry in reversed(before) if entry.act == _JOINED or "role" in _after(entry) or entry is before[0])
        return MemberThen(name, _role(before, membership, after), since, last.actor_name)
    joined_later = bool(after) and after[0].act == _JOINED
    if joined_later or membership.created_at > at or (membership.ended_at is not None and membership.ended_at <= at):
        return None
    return MemberThen(name, _role([], membership, after), membership.created_at, None)


def _role(before: list[AuditEntry], membership: Membership, after: list[AuditEntry]) -> str:
    for entry in reversed(before):
        said = entry.facts.get("role") if entry.act == _JOINED else _after(entry).get("role")
        if said:
            return str(said)
    for entry in after:
        said = (entry.facts.get("before") or {}).get("role") if entry.act == _CHANGED else entry.facts.get("role")
        if said:
            return str(said)
    return membership.role


def _after(entry: AuditEntry) -> dict[str, object]:
    return dict(entry.facts.get("after") or {})
