"""What the test provider remembers: holds, what was paid back, and events on their way to us. Nothing here is a tenant's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed


class CardHold(Keyed, Base):
    """One hold, or one stored card: asked for once per key, answered on the card page, captured or given back once."""

    __tablename__ = "testprovider_hold"
    __table_args__ = (
        UniqueConstraint("ref"),
        UniqueConstraint("key"),
        CheckConstraint("state in ('open', 'to_confirm', 'reserved', 'captured', 'voided', 'expired')", "state"),
        UniqueConstraint("token"),
        CheckConstraint("(amount_minor > 0) <> saves and captured_minor between 0 and amount_minor", "captured"),
        CheckConstraint("refunded_minor between 0 and captured_minor", "refunded"),
    )

    ref: Mapped[str] = mapped_column(comment="unguessable; also the address of the card page")
    key: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    seller: Mapped[str]
    description: Mapped[str]
    language: Mapped[str]
    return_url: Mapped[str]
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    capture_key: Mapped[str | None]
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    card_brand: Mapped[str | None]
    card_last4: Mapped[str | None]
    behaviour: Mapped[str | None] = mapped_column(
        comment="what the card number asks for: late, duplicate, and of a stored card to be declined or to ask first"
    )
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    saves: Mapped[bool] = mapped_column(default=False, comment="reserves nothing: the card is stored, and charged later by its token")
    token: Mapped[str | None]
    card_expires_on: Mapped[date | None]


class CardRefund(Keyed, Base):
    """Money given back after a capture; the key makes a repeat the same refund."""

    __tablename__ = "testprovider_refund"
    __table_args__ = (UniqueConstraint("key"),)

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("testprovider_hold.id"))
    key: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class CardEvent(Keyed, Base):
    """A webhook to be delivered: when, how often, and how far it got."""

    __tablename__ = "testprovider_event"
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index("ix_testprovider_event_due", "due_at", postgresql_where=text("sent < copies")),
    )

    event_id: Mapped[str]
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("testprovider_hold.id"))
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    copies: Mapped[int] = mapped_column(default=1, comment="2: the same event is delivered twice")
    sent: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
