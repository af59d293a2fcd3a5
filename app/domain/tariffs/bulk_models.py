"""Prices given to many EVSEs at once: what was wanted, and what became of each EVSE."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class BulkAssignment(Keyed, Owned, Base):
    """One wish for many EVSEs. ``undo_of``: it takes another one back, which can be done once."""

    __tablename__ = "bulk_assignment"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("undo_of"),
        CheckConstraint("source in ('filter', 'csv', 'undo')", "source"),
        Index("ix_bulk_assignment_list", "operator_id", "created_at"),
    )

    code: Mapped[str]
    source: Mapped[str]
    tariff_id: Mapped[UUID | None] = mapped_column(ForeignKey("tariff.id"))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("tariff_group.id"))
    starts_at: Mapped[datetime]
    total: Mapped[int]
    undo_of: Mapped[UUID | None] = mapped_column(ForeignKey("bulk_assignment.id"))
    problems: Mapped[list[Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]


class BulkAssignmentItem(Base):
    """One EVSE of it: what it shall have, what it had, and the result."""

    __tablename__ = "bulk_assignment_item"
    __table_args__ = (CheckConstraint("result in ('done', 'skipped')", "result"), Index("ix_bulk_assignment_item_evse", "evse_id"))

    bulk_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_assignment.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    evse_id: Mapped[UUID] = mapped_column(ForeignKey("evse.id", ondelete="CASCADE"))
    label: Mapped[str]
    tariff_id: Mapped[UUID | None]
    group_id: Mapped[UUID | None]
    before_tariff_id: Mapped[UUID | None]
    before_group_id: Mapped[UUID | None]
    result: Mapped[str | None] = mapped_column(comment="null: waits for its job; then done or skipped with a reason")
    reason: Mapped[str | None]
