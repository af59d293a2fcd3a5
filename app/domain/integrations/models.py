"""Access keys of programs. The key itself is shown once and never stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class ApiKey(Keyed, Owned, Base):
    """A key by its hash. ``calls`` are those since ``calls_since``, for the limit per minute."""

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("key_hash"),
        CheckConstraint("cardinality(scopes) > 0 and scopes <@ array['curves']", "scopes"),
        Index("ix_api_key_list", "operator_id", "created_at", "id"),
    )

    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(comment="the first characters, to tell keys apart")
    key_hash: Mapped[bytes] = mapped_column(comment="SHA-256 of the key, which has 160 random bits")
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_name: Mapped[str | None]
    calls: Mapped[int] = mapped_column(default=0)
    calls_since: Mapped[datetime | None]
