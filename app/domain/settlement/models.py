"""Month close: runs, statements and their rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class SettlementRun(Keyed, Owned, Base):
    """The wish to build (or issue) the statements of a month; its progress is its jobs'."""

    __tablename__ = "settlement_run"
    __table_args__ = (Index("ix_settlement_run_month", "operator_id", "month"), CheckConstraint("kind in ('draft', 'issue')", "kind"))

    month: Mapped[date]
    kind: Mapped[str]
    requested_by: Mapped[UUID | None]
    requested_name: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[Any]] = mapped_column(default=list, comment="[{partner, code, params}]")


class Statement(Keyed, Owned, Base):
    """What one partner earned, owes and is paid for one month. Frozen once issued (a trigger refuses changes)."""

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("partner_id", "currency", "month", "revision"),
        UniqueConstraint("operator_id", "number"),
        CheckConstraint("state in ('draft', 'issued', 'partly_paid', 'paid')", "state"),
        CheckConstraint("state = 'draft' or (number is not null and answer_hash is not null)", "issued"),
        Index("ix_statement_month", "operator_id", "month"),
    )

    code: Mapped[str]
    number: Mapped[str | None]
    month: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)
    currency: Mapped[Currency]
    time_zone: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    input: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any]]
    input_hash: Mapped[str]
    answer_hash: Mapped[str]
    calc_version: Mapped[str]
    accrued_minor: Mapped[int] = mapped_column(BigInteger)
    collected_minor: Mapped[int] = mapped_column(BigInteger)
    awaited_minor: Mapped[int] = mapped_column(BigInteger)
    expenses_minor: Mapped[int] = mapped_column(BigInteger)
    payout_net_minor: Mapped[int] = mapped_column(BigInteger)
    payout_gross_minor: Mapped[int] = mapped_column(BigInteger)
    carried_in_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    carried_out_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    carry_months: Mapped[int] = mapped_column(default=0)
    built_at: Mapped[datetime]
    built_by: Mapped[UUID | None]
    built_name: Mapped[str]
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[UUID | None]
    issued_name: Mapped[str | None]


class CompanyBill(Keyed, Owned, Base):
    """A statement asked a company for its part of a driver's session, or of a refund of one; asked once, netted once."""

    __tablename__ = "company_bill"
    __table_args__ = (
        UniqueConstraint("session_id", "refund_id", postgresql_nulls_not_distinct=True),
        Index("ix_company_bill_waiting", "partner_id", "statement_id", postgresql_where=text("netted_at is null")),
    )

    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True, comment="the company that pays")
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statement.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("charging_session.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("session_refund.id"))
    minor: Mapped[int] = mapped_column(BigInteger, comment="its part, gross; negative: of a refund")
    netted_at: Mapped[datetime | None] = mapped_column(
        comment="when a statement that leaves no debt covered it; null: the operator waits for it"
    )


class StatementRow(Base):
    """A session in a statement, or a refund of one (``refund_id``); each is settled in one statement only."""

    __tablename__ = "statement_row"
    __table_args__ = (
        Index("ix_statement_row_session", "session_id"),
        Index("ix_statement_row_refund_id", "refund_id", postgresql_where=text("refund_id is not null")),
    )

    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statement.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    session_id: Mapped[UUID]
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("session_refund.id"))
    state: Mapped[str]
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    vat_minor: Mapped[int] = mapped_column(BigInteger)
    partner_minor: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(comment="the row as the engine answered it")
