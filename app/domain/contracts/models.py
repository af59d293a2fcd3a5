"""Contracts between operator and partner, their versions, and which charge point is under which from when until when."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Minor, Owned, Pct, Price


class Contract(Keyed, Owned, Base):
    """One agreement with one partner; terms live in its versions."""

    __tablename__ = "contract"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str]
    name: Mapped[str]
    currency: Mapped[Currency]
    time_zone: Mapped[str]
    created_at: Mapped[datetime]


class ContractVersion(Keyed, Owned, Base):
    """Terms for whole months. Money terms are exact decimals in ``terms``, shaped as the settlement input wants them."""

    __tablename__ = "contract_version"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint("state in ('draft', 'scheduled', 'active', 'expired', 'terminated')", "state"),
        CheckConstraint("ac_pct between 0 and 100 and dc_pct between 0 and 100", "shares"),
        CheckConstraint("extract(day from first_month) = 1 and (last_month is null or extract(day from last_month) = 1)", "months"),
        CheckConstraint("last_month is null or last_month >= first_month", "term"),
        CheckConstraint("not auto_renewal or last_month is not null", "renewal"),
        CheckConstraint("not reimburse_electricity or deduct_electricity", "reimbursement"),
        CheckConstraint("kind in ('revenue_sharing', 'payment_facilitation')", "kind"),
        CheckConstraint("minimum_payout_minor >= 0 and carry_months between 0 and 24", "payout"),
        CheckConstraint("electricity_price is null or electricity_price >= 0", "electricity"),
        CheckConstraint("reimbursement_fee >= 0", "reimbursement_fee"),
        CheckConstraint("jsonb_typeof(price_limits) = 'object'", "price_limits"),
        CheckConstraint("approved_by is null or (approved_by is distinct from asked_by and approved_by <> all (authors))", "second_person"),
        CheckConstraint("term_first < first_month and extract(day from term_first) = 1", "term_first"),
        Index("uq_contract_version_draft", "contract_id", unique=True, postgresql_where=text("state = 'draft'")),
        Index("ix_contract_version_contract", "contract_id", "first_month"),
        Index("ix_contract_version_ending", "operator_id", "last_month", postgresql_where=text("state <> 'draft' and not auto_renewal")),
        Index("ix_contract_version_asked", "asked_at", postgresql_where=text("state = 'draft' and asked_at is not null")),
    )

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default="draft")
    first_month: Mapped[date] = mapped_column(comment="first day of the first month")
    last_month: Mapped[date | None] = mapped_column(comment="first day of the last month, included; null: open end")
    auto_renewal: Mapped[bool] = mapped_column(default=False)
    term_first: Mapped[date | None] = mapped_column(comment="first month of the term it renews by, where terms changed within it")
    ac_pct: Mapped[Pct]
    dc_pct: Mapped[Pct]
    exclude_connection_fee: Mapped[bool] = mapped_column(default=False)
    deduct_electricity: Mapped[bool] = mapped_column(default=False)
    reimburse_electricity: Mapped[bool] = mapped_column(default=False)
    terms: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="fees, platform_fee, overrides, negative_margin … as in the settlement input, decimals as strings"
    )
    price_limits: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="highest prices the partner may set: app.domain.contracts.price_limits"
    )
    permissions: Mapped[list[str]] = mapped_column(default=list, comment="delegated rights, values of Permission")
    kind: Mapped[str] = mapped_column(default="revenue_sharing")
    minimum_payout_minor: Mapped[Minor] = mapped_column(default=0, comment="less is carried over")
    carry_months: Mapped[int] = mapped_column(default=3, comment="statements a debt is carried before it is invoiced")
    electricity_price: Mapped[Price | None] = mapped_column(comment="per kWh with VAT, for all charge points; null: none")
    electricity_vat_pct: Mapped[Pct] = mapped_column(default=Decimal(0))
    reimbursement_fee: Mapped[Price] = mapped_column(default=Decimal(0), comment="each month, without VAT, where electricity is reimbursed")
    authors: Mapped[list[UUID]] = mapped_column(default=list, comment="who changed money terms of the draft")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    asked_at: Mapped[datetime | None] = mapped_column(comment="since when a draft waits for the second person")
    asked_by: Mapped[UUID | None]
    asked_name: Mapped[str | None]
    approved_by: Mapped[UUID | None]
    approved_name: Mapped[str | None]
    activated_at: Mapped[datetime | None]
    cut: Mapped[dict[str, Any] | None] = mapped_column(comment="what the version before had: id, last_month, auto_renewal")
    preview_id: Mapped[UUID | None] = mapped_column(comment="the what-if attached to these terms")

    __mapper_args__ = {"version_id_col": version}


class ContractPreview(Keyed, Owned, Base):
    """A month's real sessions replayed under the terms of a draft; for the operator's staff only."""

    __tablename__ = "contract_preview"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'done', 'failed')", "state"),
        Index("ix_contract_preview_version", "version_id", "created_at"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("contract_version.id", ondelete="CASCADE"))
    month: Mapped[date]
    terms_hash: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued")
    job_id: Mapped[UUID | None]
    problem: Mapped[str | None] = mapped_column(comment="the code of a refusal")
    result: Mapped[dict[str, Any] | None] = mapped_column(comment="figures in minor units, rows by the size of their change")
    requested_by: Mapped[UUID | None]
    requested_name: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ContractAcceptance(Keyed, Owned, Base):
    """The partner's yes to a version: who, when, and what exactly was on the paper. Append-only."""

    __tablename__ = "contract_acceptance"
    __table_args__ = (UniqueConstraint("version_id", "content_hash"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("contract_version.id"))
    accepted_at: Mapped[datetime]
    accepted_by: Mapped[UUID]
    accepted_name: Mapped[str]
    language: Mapped[str]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]


class Assignment(Keyed, Owned, Base):
    """[from, until): this charge point is under this contract. A trigger refuses overlaps per station."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("valid_until is null or valid_until > valid_from", "span"),
        Index("ix_assignment_station", "station_id", "valid_from"),
        Index("ix_assignment_contract", "contract_id"),
        Index("uq_assignment_open", "station_id", unique=True, postgresql_where=text("valid_until is null")),
    )

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"))
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    created_at: Mapped[datetime]
