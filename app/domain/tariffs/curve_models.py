"""Day-ahead prices of market areas."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency


class DayAheadPrice(Base):
    """What a market area pays per kWh without tax, from an instant on for at most an hour. A later import may replace it: sessions
    keep what they fixed."""

    __tablename__ = "day_ahead_price"
    __table_args__ = (CheckConstraint("ends_at > starts_at and ends_at <= starts_at + interval '1 hour'", "span"),)

    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"), primary_key=True)
    market: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    per_kwh: Mapped[Decimal] = mapped_column(Numeric(14, 9), comment="without tax; may be negative")
    imported_at: Mapped[datetime]
