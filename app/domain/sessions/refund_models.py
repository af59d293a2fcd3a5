"""Refunds: what was given back of a session's price. Append-only; a session itself never changes once it is rated."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class SessionRefund(Keyed, Owned, Base):
    """All or part of a rated session taken back: the difference of every figure, so amounts are negative."""

    __tablename__ = "session_refund"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("session_id", "number"),
        UniqueConstraint("operator_id", "key"),
        CheckConstraint("gross_minor < 0 and gross_minor = net_minor + vat_minor", "mirrored"),
        CheckConstraint("net_minor = partner_minor + rest_minor", "parts"),
        CheckConstraint("payback_minor between 0 and - gross_minor", "payback"),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("charging_session.id"))
    code: Mapped[str]
    number: Mapped[int] = mapped_column(comment="first, second … of its session")
    key: Mapped[str]
    booked_on: Mapped[date] = mapped_column(comment="local day of the partner; its month has the row")
    reason: Mapped[str]
    note: Mapped[str]
    currency: Mapped[Currency]
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    vat_minor: Mapped[int] = mapped_column(BigInteger)
    partner_minor: Mapped[int] = mapped_column(BigInteger)
    rest_minor: Mapped[int] = mapped_column(BigInteger, comment="of all levels above the partner")
    payback_minor: Mapped[int] = mapped_column(BigInteger, comment="what goes back to the card")
    lines: Mapped[list[Any] | None] = mapped_column(
        comment="price lines as corrected, as the settlement reads them; null: the whole session is cancelled"
    )
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    made_name: Mapped[str]


class RefundWish(Keyed, Owned, Base):
    """A refund above a limit as it was asked for, until a second person has decided."""

    __tablename__ = "refund_wish"
    __table_args__ = (
        UniqueConstraint("operator_id", "key"),
        CheckConstraint("state in ('waiting', 'done', 'refused')", "state"),
        CheckConstraint("minor > 0", "minor"),
        CheckConstraint("state = 'waiting' or decided_by is not null and decided_by is distinct from asked_by", "two"),
        Index("uq_refund_wish_waiting", "session_id", unique=True, postgresql_where=text("state = 'waiting'")),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("charging_session.id"))
    key: Mapped[str]
    minor: Mapped[int] = mapped_column(BigInteger)
    part: Mapped[int | None]
    reason: Mapped[str]
    note: Mapped[str]
    currency: Mapped[Currency]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None]
    asked_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_name: Mapped[str | None]
