"""What is known about contracts: rows for pages, the version in force, delegated rights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.domain.contracts.models import Assignment, ContractVersion
from app.kernel.periods import local_date


def in_force(on: date) -> ColumnElement[bool]:
    """A version binds in a month if it was activated, began by then, and has not ended; one that renews itself has no end."""
    month = on.replace(day=1)
    return and_(
        ContractVersion.state != "draft",
        ContractVersion.first_month <= month,
        or_(ContractVersion.last_month.is_(None), ContractVersion.last_month >= month, ContractVersion.auto_renewal),
    )


def delegated_rights(session: Session, zones: Mapping[UUID, str], at: datetime) -> dict[UUID, frozenset[str]]:
    """Rights delegated to each partner (id -> its time zone) at an instant; no scope: asked while the actor is being made.

    With several contracts only what all of those give that have charge points: a right for some of the points would reach the others too.
    """
    days = {partner_id: local_date(at, zone) for partner_id, zone in zones.items()}
    holds = exists().where(
        Assignment.contract_id == ContractVersion.contract_id,
        Assignment.valid_from <= max(days.values()),
        or_(Assignment.valid_until.is_(None), Assignment.valid_until > min(days.values())),
    )
    terms = or_(*(and_(ContractVersion.partner_id == p, in_force(day)) for p, day in days.items()))
    rows = session.execute(select(ContractVersion.partner_id, ContractVersion.permissions, holds).where(terms)).all()
    given: dict[UUID, frozenset[str]] = {}
    for partner_id in days:
        mine = [(frozenset(rights), used) for owner, rights, used in rows if owner == partner_id]
        counted = [rights for rights, used in mine if used] or [rights for rights, _ in mine]
        if counted:
            given[partner_id] = frozenset.intersection(*counted)
    return given
