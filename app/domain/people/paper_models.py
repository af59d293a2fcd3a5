"""Papers of the relationship with a partner, as somebody uploaded them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class PartnerPaper(Keyed, Owned, Base):
    """A signed contract, a certificate …; kind and name stay, what it says is in its versions. Never deleted (a trigger refuses)."""

    __tablename__ = "partner_paper"
    __table_args__ = (
        CheckConstraint("kind in ('contract', 'certificate', 'authority', 'identity', 'plan', 'other')", "kind"),
        CheckConstraint("(published_at is null) = (published_name is null)", "published"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(comment="since when the partner reads it; null: staff alone")
    published_name: Mapped[str | None]


class PartnerPaperVersion(Base):
    """A file of a paper, kept once and never changed."""

    __tablename__ = "partner_paper_version"
    __table_args__ = (CheckConstraint("octet_length(body) = body_size and body_size between 1 and 10485760", "size"),)

    paper_id: Mapped[UUID] = mapped_column(ForeignKey("partner_paper.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    file_name: Mapped[str]
    media_type: Mapped[str]
    language: Mapped[str]
    valid_until: Mapped[date | None] = mapped_column(comment="last day on which the paper says what is so; null: no end")
    body: Mapped[bytes]
    body_size: Mapped[int]
    body_hash: Mapped[str]
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[UUID | None]
    uploaded_name: Mapped[str]
