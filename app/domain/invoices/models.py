"""Numbered papers: receipts, corrections, statements, invoices; their frozen content and files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class NumberSeries(Keyed, Owned, Base):
    """The next number of a kind of paper in a year. Locked by the issuing transaction, so numbers have no gaps."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("operator_id", "partner_id", "kind", "year", postgresql_nulls_not_distinct=True),)

    kind: Mapped[str]
    year: Mapped[int]
    prefix: Mapped[str]
    next_number: Mapped[int] = mapped_column(default=1)


class Document(Keyed, Owned, Base):
    """An issued paper: copies of addresses, texts and lines in the language of issue. Never changed (a trigger refuses)."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("operator_id", "number"),
        UniqueConstraint("refund_id"),
        UniqueConstraint("kind", "statement_id"),
        CheckConstraint("kind in ('receipt', 'correction', 'statement', 'self_billing', 'invoice', 'own_part')", "kind"),
        CheckConstraint("(kind = 'correction') = (corrects_id is not null)", "correction"),
        CheckConstraint("gross_minor = net_minor + vat_minor", "total"),
        Index("ix_document_list", "operator_id", "issued_at", "id"),
        Index("uq_document_kind_session_id", "kind", "session_id", unique=True, postgresql_where=text("refund_id is null")),
        Index("ix_document_corrects_id", "corrects_id", postgresql_where=text("corrects_id is not null")),
        Index("ix_document_session_id", "session_id", postgresql_where=text("session_id is not null")),
    )

    kind: Mapped[str]
    number: Mapped[str]
    language: Mapped[str]
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("charging_session.id"))
    statement_id: Mapped[UUID | None] = mapped_column(ForeignKey("statement.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("session_refund.id"))
    corrects_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("document.id"), comment="the paper that this one corrects; both stay as they are"
    )
    receiver: Mapped[str]
    currency: Mapped[Currency]
    net_minor: Mapped[int] = mapped_column(BigInteger)
    vat_minor: Mapped[int] = mapped_column(BigInteger)
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]


class DocumentFile(Base):
    """The rendered file of a document, stored once."""

    __tablename__ = "document_file"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    media_type: Mapped[str] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    body: Mapped[bytes]
    body_hash: Mapped[str]
    rendered_at: Mapped[datetime]
