"""Jobs as people see them: the own ones, and what failed in the house lately."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import defer

from app.kernel.errors import NotFound
from app.work.jobs import Job
from app.work.unit import Work

#: how long a finished job stays in the list
KEPT = timedelta(days=7)
_OPEN = ("queued", "running")


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job: what, how far, and how it ended."""

    id: UUID
    name: str
    state: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    done: int
    total: int | None
    error: str | None
    #: name of the CSV file it left; None: no such file
    file: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still move."""
        return self.state in _OPEN


def own_jobs(work: Work, partner_id: UUID | None = None, limit: int = 50) -> list[JobRow]:
    """The actor's own jobs of the last days, the newest first; ``partner_id``: those asked for in that account."""
    left = case((func.jsonb_exists(Job.result, "csv"), Job.result["name"].astext))
    statement = select(Job, left).where(Job.requested_by == work.actor.id, or_(Job.state.in_(_OPEN), Job.created_at > work.now - KEPT))
    if partner_id is not None:
        statement = statement.where(Job.partner_id == partner_id)
    newest = statement.options(defer(Job.result)).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    return [replace(_row(job), file=name) for job, name in work.session.execute(newest)]


def own_job(work: Work, job_id: UUID, partner_id: UUID | None = None) -> tuple[JobRow, dict[str, Any] | None]:
    """One of the actor's own jobs with what it left; ``NotFound`` for anybody else's, or for another account's than ``partner_id``."""
    asked = select(Job).where(Job.id == job_id, Job.requested_by == work.actor.id)
    found = work.session.scalars(asked if partner_id is None else asked.where(Job.partner_id == partner_id)).one_or_none()
    if found is None or work.actor.id is None:
        raise NotFound
    return _row(found), found.result


def own_job_by_key(work: Work, key: str) -> JobRow | None:
    """The actor's own job of that key, if there is one."""
    found = work.session.scalars(select(Job).where(Job.key == key, Job.requested_by == work.actor.id)).one_or_none()
    return None if found is None else _row(found)


def failed_jobs(work: Work, limit: int = 50) -> list[JobRow]:
    """What failed for the operator in the last days, whoever wanted it."""
    statement = select(Job).where(Job.operator_id == work.operator_id, Job.state == "failed", Job.created_at > work.now - KEPT)
    return [_row(job) for job in work.session.scalars(statement.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit))]


def _row(job: Job) -> JobRow:
    return JobRow(
        job.id, job.name, job.state, job.created_at, job.started_at, job.finished_at, job.attempts, job.done, job.total, job.last_error
    )
