"""How many people work in a partner account, or are invited to; the service package says for how many there is room."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from app.db.paging import AnySelect
from app.domain.people.models import Invitation, Membership, Partner
from app.work.unit import Work


def people_of(session: Session, partner_id: UUID, at: datetime) -> int:
    """How many work in the account or may still accept an invitation; no scope, one statement."""
    taken = _taken(at)
    return session.scalar(select(func.count()).select_from(taken).where(taken.c.partner_id == partner_id)) or 0


def crowded(work: Work, partners: AnySelect, room: int, most: int) -> list[tuple[str, int]]:
    """Of these partners (a statement of their keys) those with more people than there is room for, by name; at most ``most``."""
    taken = _taken(work.now)
    number = func.count()
    asked = select(Partner.name, number).join(taken, taken.c.partner_id == Partner.id).where(Partner.id.in_(partners))
    rows = work.session.execute(
        asked.group_by(Partner.id, Partner.name).having(number > room).order_by(Partner.name, Partner.id).limit(most)
    )
    return [(row[0], row[1]) for row in rows]


def _taken(at: datetime) -> Any:
    """One row of ``partner_id`` for each place that is taken."""
    works = select(Membership.partner_id).where(Membership.ended_at.is_(None), Membership.partner_id.is_not(None))
    invited = select(Invitation.partner_id).where(
        Invitation.accepted_at.is_(None), Invitation.declined_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.expires_at > at
    )
    return union_all(works, invited.where(Invitation.partner_id.is_not(None))).subquery()
