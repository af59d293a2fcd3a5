"""Dated settings of a partner account: what it may do by itself, and charging on its account. Rows are added, never changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned, Pct


class PartnerFeatures(Keyed, Owned, Base):
    """The switches from ``valid_from`` until the next number."""

    __tablename__ = "partner_features"
    __table_args__ = (
        UniqueConstraint("partner_id", "number"),
        CheckConstraint("package in ('basic', 'plus', 'premium')", "package"),
        CheckConstraint("(receipt_prefix is null) = (receipt_start is null) and coalesce(receipt_start, 1) > 0", "range"),
        CheckConstraint("not supplier_on_receipts or receipt_prefix is not null", "supplier"),
    )

    number: Mapped[int]
    valid_from: Mapped[datetime]
    create_users: Mapped[bool]
    add_balance: Mapped[bool]
    control_tariffs: Mapped[bool]
    control_groups: Mapped[bool]
    supplier_on_receipts: Mapped[bool]
    fault_mail: Mapped[bool]
    settlement_mail: Mapped[bool]
    price_mail: Mapped[bool]
    care_points: Mapped[bool] = mapped_column(comment="a sub-operator commands the charge points of the partners in its care")
    care_prices: Mapped[bool] = mapped_column(comment="a sub-operator sets tariffs and groups of the partners in its care")
    package: Mapped[str]
    receipt_prefix: Mapped[str | None] = mapped_column(comment="own series of receipts: prefix-year-number")
    receipt_start: Mapped[int | None]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]


class PartnerCorporate(Keyed, Owned, Base):
    """Drivers charge on this partner's account, from ``valid_from`` until the next number."""

    __tablename__ = "partner_corporate"
    __table_args__ = (
        UniqueConstraint("partner_id", "number"),
        CheckConstraint("coalesce(monthly_limit_minor, 0) >= 0 and coalesce(driver_limit_minor, 0) >= 0", "limits"),
        CheckConstraint("discount_pct between 0 and 100", "discount"),
    )

    number: Mapped[int]
    valid_from: Mapped[datetime]
    enabled: Mapped[bool]
    monthly_limit_minor: Mapped[int | None] = mapped_column(BigInteger, comment="gross, per calendar month of the partner; null: none")
    driver_limit_minor: Mapped[int | None] = mapped_column(BigInteger)
    discount_pct: Mapped[Pct]
    own_points_only: Mapped[bool]
    private_points: Mapped[bool]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]
