"""The append-only audit log: one row per audited event, written in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class AuditEntry(Keyed, Owned, Base):
    """Who did what, for whom, when. Update and delete are refused by a trigger."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_kind", "subject_id", "at"), Index("ix_audit_entry_at", "operator_id", "at"))

    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(comment="name of the event, in the past tense")
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    on_behalf_of: Mapped[str | None]
    subject_kind: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]]
    work_id: Mapped[UUID] = mapped_column(index=True)
