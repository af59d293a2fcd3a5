"""Card holds and what became of them, cards that drivers stored, and the provider's webhooks as they arrived."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class Payment(Keyed, Owned, Base):
    """One hold per attempt, of a session or of a driver's own parts: takes at most what is reserved, pays back at most what it took."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("provider", "provider_ref"),
        CheckConstraint("state in ('created', 'to_confirm', 'reserved', 'charged', 'released', 'failed', 'expired')", "state"),
        CheckConstraint("hold_minor > 0 and captured_minor between 0 and hold_minor", "captured"),
        CheckConstraint("refunded_minor between 0 and captured_minor", "refunded"),
        CheckConstraint("num_nonnulls(session_id, driver_id) = 1", "whose"),
        Index("ix_payment_driver_id", "driver_id", postgresql_where=text("driver_id is not null")),
        Index("ix_payment_stored_card_id", "stored_card_id", postgresql_where=text("stored_card_id is not null")),
    )

    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("charging_session.id"), index=True)
    driver_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("driver.id"), comment="pays the own part of this driver's charges; null: the hold of one session"
    )
    provider: Mapped[str]
    provider_ref: Mapped[str | None]
    key: Mapped[str] = mapped_column(comment="idempotency key towards the provider")
    state: Mapped[str] = mapped_column(default="created")
    currency: Mapped[Currency]
    hold_minor: Mapped[int] = mapped_column(BigInteger)
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    card_brand: Mapped[str | None]
    card_last4: Mapped[str | None]
    failure: Mapped[str | None] = mapped_column(comment="declined, confirmation_failed, expired …")
    page_url: Mapped[str | None] = mapped_column(comment="the provider's hosted card page")
    created_at: Mapped[datetime]
    reserved_at: Mapped[datetime | None]
    charged_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    stored_card_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("stored_card.id"), comment="charged to this card without the driver; null: the card was typed for it"
    )


class StoredCard(Keyed, Owned, Base):
    """A card of a driver at the provider. Its partner cannot see it: it is the driver's own (row-level security)."""

    __tablename__ = "stored_card"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("provider", "provider_ref"),
        CheckConstraint("state in ('created', 'to_confirm', 'failed', 'stored', 'removed')", "state"),
        CheckConstraint("(state = 'stored') = (token is not null)", "token"),
        CheckConstraint("state = 'stored' or not is_default", "default"),
        Index("uq_stored_card_default", "driver_id", unique=True, postgresql_where=text("is_default")),
    )

    driver_id: Mapped[UUID] = mapped_column(ForeignKey("driver.id"), index=True)
    provider: Mapped[str]
    provider_ref: Mapped[str | None]
    key: Mapped[str]
    state: Mapped[str]
    name: Mapped[str]
    token: Mapped[str | None] = mapped_column(
        comment="the provider's word for the card; with brand, last four and expiry all that is kept of it"
    )
    card_brand: Mapped[str | None]
    card_last4: Mapped[str | None]
    expires_on: Mapped[date | None]
    is_default: Mapped[bool]
    consent: Mapped[str] = mapped_column(comment="what the driver agreed to, as it was shown; stays as proof when the card is gone")
    consent_at: Mapped[datetime]
    page_url: Mapped[str | None]
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Webhook(Keyed, Base):
    """An event of the provider, stored before anything is done with it; the same event id is stored once."""

    __tablename__ = "webhook"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operator.id"))
    provider: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    note: Mapped[str | None]
