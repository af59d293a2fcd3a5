"""Jobs leave through an outbox table in the transaction that wanted them, so none is lost and none runs for a change that failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed


class Job(Keyed, Base):
    """A piece of work to be done once. ``key`` makes a wish repeatable: the same key is the same job."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("state in ('queued', 'running', 'done', 'failed', 'cancelled')", "state"),
        CheckConstraint("done >= 0 and (total is null or total >= done)", "progress"),
        Index("ix_job_due", "due_at", postgresql_where=text("state in ('queued', 'running')")),
        Index("ix_job_requested_by", "requested_by", "created_at"),
        Index("ix_job_failed", "operator_id", "created_at", postgresql_where=text("state = 'failed'")),
    )

    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operator.id"))
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    name: Mapped[str] = mapped_column(comment="registered name such as documents.statement")
    args: Mapped[dict[str, Any]]
    key: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="queued")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    requested_by: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    result: Mapped[dict[str, Any] | None]


class JobNudge(Protocol):
    """Tells the task worker, after commit, that jobs wait. May fail silently: the sweep finds them."""

    def __call__(self, jobs: list[tuple[UUID, str]]) -> None:
        """These jobs, id and name, were committed."""


def no_nudge(jobs: list[tuple[UUID, str]]) -> None:
    """Leave the jobs to the sweep."""
