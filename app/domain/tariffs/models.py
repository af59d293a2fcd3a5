"""Tariffs, their versions, and which EVSE has which from when."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class Tariff(Keyed, Owned, Base):
    """A named price sheet. ``partner_id`` null: the operator's."""

    __tablename__ = "tariff"
    __table_args__ = (UniqueConstraint("code"), Index("ix_tariff_list", "operator_id", "name", "id"))

    code: Mapped[str]
    name: Mapped[str]
    currency: Mapped[Currency]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class TariffVersion(Keyed, Owned, Base):
    """Terms from an instant on; its end is the next version's start, so overlaps cannot exist. Never edited; withdrawn before it starts,
    it never counts (the database refuses any other change)."""

    __tablename__ = "tariff_version"
    __table_args__ = (
        Index("uq_tariff_version_start", "tariff_id", "valid_from", unique=True, postgresql_where=text("withdrawn_at is null")),
        UniqueConstraint("tariff_id", "number"),
        CheckConstraint("withdrawn_at is null or withdrawn_at < valid_from", "withdrawn"),
    )

    tariff_id: Mapped[UUID] = mapped_column(ForeignKey("tariff.id"))
    number: Mapped[int]
    valid_from: Mapped[datetime]
    terms: Mapped[dict[str, Any]] = mapped_column(comment="OCPI 2.2.1 tariff with the extensions, as app.money reads it")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_name: Mapped[str | None]


class TariffAssignment(Keyed, Owned, Base):
    """From an instant on this EVSE has this tariff, or this tariff group; neither: nothing of its own, the next level counts.

    The newest start not after an instant counts. A tariff is a group of one line.
    """

    __tablename__ = "tariff_assignment"
    __table_args__ = (
        UniqueConstraint("evse_id", "valid_from"),
        CheckConstraint("num_nonnulls(tariff_id, group_id) <= 1", "one"),
        Index("ix_tariff_assignment_tariff", "tariff_id"),
        Index("ix_tariff_assignment_group", "group_id"),
        Index("ix_tariff_assignment_start", "operator_id", "valid_from"),
    )

    evse_id: Mapped[UUID] = mapped_column(ForeignKey("evse.id", ondelete="CASCADE"))
    tariff_id: Mapped[UUID | None] = mapped_column(ForeignKey("tariff.id"))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("tariff_group.id"))
    valid_from: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]


class EvseCount(Base):
    """EVSEs by kind and own price, kept by the database; a kind may have several rows, which are to be summed."""

    __tablename__ = "evse_count"
    __table_args__ = (
        Index("ix_evse_count_operator", "operator_id"),
        {"comment": "EVSEs by kind and own price, kept by the database; to be summed, a kind may have several rows"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    tariff_id: Mapped[UUID | None]
    group_id: Mapped[UUID | None]
    in_service: Mapped[bool]
    country: Mapped[str]
    current: Mapped[str]
    max_w: Mapped[int]
    public: Mapped[bool]
    clock_approved: Mapped[bool]
    evses: Mapped[int]
