"""Where a partner's money goes, and its agreement that the operator writes the documents about it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class BankAccount(Keyed, Owned, Base):
    """A version of the account. Number and holder are never changed; a second person verifies after the waiting time."""

    __tablename__ = "bank_account"
    __table_args__ = (
        UniqueConstraint("partner_id", "number"),
        CheckConstraint("state in ('pending', 'verified', 'suspended', 'replaced')", "state"),
        CheckConstraint("state <> 'verified' or (decided_by is not null and decided_by is distinct from entered_by)", "two"),
        Index("ix_bank_account_pending", "operator_id", "verify_after", postgresql_where=text("state = 'pending'")),
        Index("uq_bank_account_current", "partner_id", unique=True, postgresql_where=text("state <> 'replaced'")),
    )

    number: Mapped[int]
    holder: Mapped[str]
    iban_sealed: Mapped[bytes] = mapped_column(comment="encrypted with the installation's secret key")
    iban_mark: Mapped[bytes] = mapped_column(comment="keyed hash: the same number is recognised without being read")
    country: Mapped[str]
    last4: Mapped[str]
    bank: Mapped[str]
    state: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None]
    entered_name: Mapped[str]
    verify_after: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_name: Mapped[str | None]
    reason: Mapped[str]


class SelfBillingAgreement(Keyed, Owned, Base):
    """Who agreed for the partner, to which text, when. Never changed."""

    __tablename__ = "self_billing_agreement"

    text_version: Mapped[str]
    text_hash: Mapped[str]
    language: Mapped[str]
    agreed_at: Mapped[datetime]
    agreed_by: Mapped[UUID | None]
    agreed_name: Mapped[str]
    for_whom: Mapped[str]


class TaxStatus(Keyed, Owned, Base):
    """Under which tax codes a partner is credited and charged from a day on. Never changed; a later entry for the same day replaces it."""

    __tablename__ = "tax_status"
    __table_args__ = (UniqueConstraint("partner_id", "number"),)

    number: Mapped[int]
    valid_from: Mapped[date] = mapped_column(
        comment="first local day on which a supply counts under it; of two from one day the later number"
    )
    tax_credit: Mapped[str]
    tax_fees: Mapped[str]
    evidence: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID | None]
    entered_name: Mapped[str]
