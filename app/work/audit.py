"""The append-only audit log: one row per audited event, written in the transaction of the change.

The database links the entries of an operator into a chain as they are committed: each link holds the hash of the one before and of its
entry, so an entry changed, taken out or slipped in later is found. A daily anchor keeps the end of the chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Mapped, Session, mapped_column

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
    address: Mapped[str | None] = mapped_column(comment="network address the act came from; null: not from a browser")


class AuditLink(Base):
    """A link of an operator's chain. Written by the database alone, at commit."""

    __tablename__ = "audit_link"
    __table_args__ = (UniqueConstraint("entry_id"),)

    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_entry.id"))
    prev_hash: Mapped[bytes]
    row_hash: Mapped[bytes] = mapped_column(comment="SHA-256 of the hash before and of the entry in its canonical form")


class AuditAnchor(Keyed, Base):
    """The end of an operator's chain at an instant, with the answer of the check up to there."""

    __tablename__ = "audit_anchor"
    __table_args__ = (Index("ix_audit_anchor_at", "operator_id", "at"),)

    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(BigInteger)
    row_hash: Mapped[bytes]
    checked: Mapped[int] = mapped_column(BigInteger)
    broken_seq: Mapped[int | None] = mapped_column(BigInteger, comment="the first link that did not fit; null: the chain was whole")


def last_entry(session: Session, act: str, subject: tuple[str, UUID], *, changed: Sequence[str] = ()) -> AuditEntry | None:
    """The newest entry of that act about a subject (kind, key) that the session sees; with ``changed`` one that changed some of these."""
    about = [AuditEntry.subject_kind == subject[0], AuditEntry.subject_id == subject[1], AuditEntry.act == act]
    if changed:
        about.append(AuditEntry.facts["after"].has_any(array(changed)))
    return session.scalars(select(AuditEntry).where(*about).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1)).one_or_none()
