"""Electricity rates: what the power at a place costs whoever buys it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class ElectricityRate(Keyed, Owned, Base):
    """The rate of a location, or of one charge point (which then counts instead). One per place; its prices are in versions."""

    __tablename__ = "electricity_rate"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("location_id"),
        UniqueConstraint("station_id"),
        CheckConstraint("num_nonnulls(location_id, station_id) = 1", "place"),
        Index("ix_electricity_rate_list", "operator_id", "name", "id"),
    )

    code: Mapped[str]
    name: Mapped[str]
    currency: Mapped[Currency]
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    created_at: Mapped[datetime]


class ElectricityRateVersion(Keyed, Owned, Base):
    """Prices from a local day on; the next version's first day ends it. Never edited."""

    __tablename__ = "electricity_rate_version"
    __table_args__ = (UniqueConstraint("rate_id", "first_day"), UniqueConstraint("rate_id", "number"))

    rate_id: Mapped[UUID] = mapped_column(ForeignKey("electricity_rate.id"))
    number: Mapped[int]
    first_day: Mapped[date] = mapped_column(comment="on the wall clock of the place")
    terms: Mapped[dict[str, Any]] = mapped_column(comment="windows and prices per kWh with tax, as app.money reads tariffs")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]
