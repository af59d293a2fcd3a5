"""Runs one job of the outbox: exactly once in effect, whatever dies in between.

The job is claimed under an advisory lock that ends with our connection, so a second worker steps aside and a killed one leaves
nothing locked. Its work and the mark "done" are one transaction. An error is noted and tried again with a growing pause; a refusal
ends the job, since trying again would only be refused again.
"""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

from app.access.actor import system
from app.kernel.clock import Clock
from app.kernel.errors import Refusal, Unavailable
from app.tasks import registry
from app.work.unit import Work, WorkRoom

MOST_ATTEMPTS = 12
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=1)
_OPEN = "state in ('queued', 'running')"

log = logging.getLogger(__name__)
_progress: ContextVar[Callable[[int, int | None], None] | None] = ContextVar("progress", default=None)


class GoneError(Exception):
    """The job was cancelled, or finished by another worker, while we worked: our work must not count."""


@dataclass(frozen=True)
class Runner:
    """Where jobs are run: ``tenants`` opens work for an operator's jobs, ``house`` for those of no operator; ``books`` keeps the rows."""

    tenants: WorkRoom
    house: WorkRoom
    books: Engine
    clock: Clock

    def run(self, job_id: UUID) -> str:
        """Run one job if it is due and nobody else is at it. The answer is for tests and logs."""
        with self.books.connect() as connection, _alone(connection, job_id) as alone:
            if not alone:
                return "busy"
            claimed = self._claim(connection, job_id)
            if claimed is None:
                return "nothing to do"
            return self._run_claimed(connection, job_id, claimed)

    def _claim(self, connection: Connection, job_id: UUID) -> Any:
        row = connection.execute(
            text(
                "update job set state = 'running', attempts = attempts + 1, started_at = :now "  # noqa: S608 - only a constant is put in
                f"where id = :id and {_OPEN} and due_at <= :now "
                "returning name, args, operator_id, attempts"
            ),
            {"id": job_id, "now": self.clock()},
        ).one_or_none()
        connection.commit()
        return row

    def _run_claimed(self, connection: Connection, job_id: UUID, claimed: Any) -> str:
        function = registry.find(claimed.name)
        if function is None:
            return self._failed(connection, job_id, claimed.attempts, f"no job is called {claimed.name}", final=True)
        token = _progress.set(lambda done, total: _note_progress(connection, job_id, done, total))
        try:
            self._do(job_id, claimed, function)
        except GoneError:
            return "gone"
        except Unavailable as refusal:
            return self._failed(connection, job_id, claimed.attempts, str(refusal), final=False)
        except Refusal as refusal:
            return self._failed(connection, job_id, claimed.attempts, str(refusal), final=True)
        except Exception as error:  # noqa: BLE001 - whatever a job raises is noted on its row and tried again
            log.warning("job %s (%s) failed: %s", claimed.name, job_id, "".join(traceback.format_exception(error)))
            return self._failed(connection, job_id, claimed.attempts, f"{type(error).__name__}: {error}", final=False)
        finally:
            _progress.reset(token)
        return "done"

    def _do(self, job_id: UUID, claimed: Any, function: registry.JobFunction) -> None:
        """The job's work and its mark in one transaction."""
        room = self.house if claimed.operator_id is None else self.tenants
        with room.open(system(claimed.operator_id)) as work:
            result = function(work, **claimed.args)
            _mark_done(work, job_id, result)

    def _failed(self, connection: Connection, job_id: UUID, attempts: int, reason: str, *, final: bool) -> str:
        state = "failed" if final or attempts >= MOST_ATTEMPTS else "queued"
        now = self.clock()
        values = {"id": job_id, "state": state, "error": reason[:2000], "due": now + pause_after(attempts)}
        values["finished"] = now if state == "failed" else None
        statement = f"update job set state = :state, last_error = :error, due_at = :due, finished_at = :finished where id = :id and {_OPEN}"  # noqa: S608
        try:
            connection.execute(text(statement), values)
            connection.commit()
        except DBAPIError:
            # the database is away: the row stays "running" without a lock, and the sweep sends it again
            return "unwritten"
        return state


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 5 s, 10 s, 20 s … at most an hour."""
    return min(_FIRST_PAUSE * int(2 ** (attempts - 1)), _LONGEST_PAUSE)


def report_progress(done: int, total: int | None = None) -> None:
    """Show how far the running job is, at once and outside its transaction. Does nothing where no job runs (tests, commands)."""
    note = _progress.get()
    if note is not None:
        note(done, total)


def _note_progress(connection: Connection, job_id: UUID, done: int, total: int | None) -> None:
    connection.execute(
        text("update job set done = :done, total = coalesce(:total, total) where id = :id"), {"id": job_id, "done": done, "total": total}
    )
    connection.commit()


def _mark_done(work: Work, job_id: UUID, result: dict[str, Any] | None) -> None:
    now: datetime = work.now
    statement = text(
        "update job set state = 'done', finished_at = :now, last_error = null, done = coalesce(total, done), result = :result "
        "where id = :id and state = 'running' returning id"
    ).bindparams(bindparam("result", type_=JSONB(none_as_null=True)))
    if work.session.execute(statement, {"id": job_id, "now": now, "result": result}).one_or_none() is None:
        raise GoneError


@contextmanager
def _alone(connection: Connection, job_id: UUID) -> Iterator[bool]:
    """Hold the job's advisory lock while the block runs; False if another worker has it."""
    key = int.from_bytes(hashlib.sha256(b"job:" + job_id.bytes).digest()[:8], "big", signed=True)
    held = bool(connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": key}))
    connection.commit()
    try:
        yield held
    finally:
        if held:
            try:
                connection.rollback()
                connection.execute(text("select pg_advisory_unlock(:key)"), {"key": key})
                connection.commit()
            except DBAPIError:
                # a lost connection has let go of its locks already
                connection.invalidate()
