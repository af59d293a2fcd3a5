"""Charge points on their way to another partner."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class Handover(Keyed, Owned, Base):
    """These charge points leave the partner on a day and go under another partner's contract, once a second person agrees."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'agreed', 'refused')", "state"),
        CheckConstraint("cardinality(station_ids) > 0", "points"),
        CheckConstraint("state <> 'agreed' or (decided_by is not null and decided_by is distinct from asked_by)", "two"),
    )

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id"), comment="under which the receiver takes")
    station_ids: Mapped[list[UUID]]
    day: Mapped[date] = mapped_column(comment="local day of the giving contract; from its midnight the receiver counts")
    reason: Mapped[str]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None]
    asked_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_name: Mapped[str | None]
