"""The change prepared for an order: what was, what is wanted, who planned it, who agreed, when it ran and was taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.kernel.ids import uuid7


class ChangeOrderPlan(Base):
    """One attempt; what it would do is never changed (the programs may not update it), how it goes is added."""

    __tablename__ = "change_order_plan"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        CheckConstraint("kind in ('price', 'sheet', 'access', 'contact')", "kind"),
        CheckConstraint("state in ('waiting', 'scheduled', 'done', 'undone', 'dropped')", "state"),
        CheckConstraint("approved_by is null or approved_by is distinct from planned_by", "second"),
        CheckConstraint("second_person or kind not in ('price', 'sheet')", "money"),
        CheckConstraint("approved_by is not null or not second_person or state in ('waiting', 'dropped')", "approved"),
        CheckConstraint("(state in ('done', 'undone')) = (ran_at is not null)", "ran"),
        Index("uq_change_order_plan_open", "order_id", unique=True, postgresql_where=text("state in ('waiting', 'scheduled', 'done')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("change_order.id"))
    number: Mapped[int]
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    kind: Mapped[str]
    thing: Mapped[str] = mapped_column(comment="what is changed: a code, a label, a key")
    thing_name: Mapped[str] = mapped_column(comment="as people call it")
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    starts_at: Mapped[datetime | None] = mapped_column(comment="from when; null: at once")
    second_person: Mapped[bool] = mapped_column(
        comment="somebody else than who planned it agrees before it runs: money moves, or the planner may not make it alone"
    )
    state: Mapped[str]
    planned_at: Mapped[datetime]
    planned_by: Mapped[UUID]
    planned_name: Mapped[str]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    approved_name: Mapped[str | None]
    ran_at: Mapped[datetime | None]
    took_effect_at: Mapped[datetime | None] = mapped_column(comment="since when it counts; prices begin at a quarter hour")
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
    undone_name: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="", server_default="", comment="why it was dropped")
