"""The journal: accounts, entries, postings. Append-only; the database refuses what does not balance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class Account(Keyed, Owned, Base):
    """An account of an operator in one currency; ``partner_id`` where it is kept for a partner."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("operator_id", "code", "currency"),
        UniqueConstraint("id", "operator_id", "currency"),
    )

    code: Mapped[str] = mapped_column(comment="psp_clearing, partner_payable:<id>, vat_output:DE:19 …")
    kind: Mapped[str] = mapped_column(comment="asset, liability, income, expense")
    currency: Mapped[Currency]


class Entry(Keyed, Owned, Base):
    """A business event in the books. At commit: two or more postings, sum zero per currency."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("operator_id", "key"),
        UniqueConstraint("reverses"),
        UniqueConstraint("id", "operator_id"),
        Index("ix_ledger_entry_effective", "operator_id", "effective_on"),
        Index("ix_ledger_entry_session", "session_id"),
    )

    key: Mapped[str] = mapped_column(comment="session:<id>, capture:<payment> …; the same key is the same entry")
    body_hash: Mapped[str]
    kind: Mapped[str]
    effective_on: Mapped[date]
    posted_at: Mapped[datetime]
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"))
    reverses: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    statement_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Posting(Keyed, Owned, Base):
    """One leg: debit positive, credit negative, in minor units."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        ForeignKeyConstraint(["entry_id", "operator_id"], ["ledger_entry.id", "ledger_entry.operator_id"], name="fk_ledger_posting_entry"),
        ForeignKeyConstraint(
            ["account_id", "operator_id", "currency"],
            ["ledger_account.id", "ledger_account.operator_id", "ledger_account.currency"],
            name="fk_ledger_posting_account",
        ),
        CheckConstraint("amount_minor <> 0", "amount"),
        Index("ix_ledger_posting_account", "account_id", "entry_id"),
        Index("ix_ledger_posting_entry", "entry_id"),
    )

    entry_id: Mapped[UUID]
    account_id: Mapped[UUID]
    currency: Mapped[Currency]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
