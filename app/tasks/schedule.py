"""What is done at set times, and the sweep that makes the outbox reliable.

Beat has one entry: the sweep, every five seconds. It writes the jobs that are due by the table below (their key names the time slot,
so any number of sweeps writes each once), then hints again at every job that waits, in case its hint was lost with Redis or a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from app.settings import Settings

#: at most so many hints per sweep; the oldest jobs first
BATCH = 500


@dataclass(frozen=True)
class Scheduled:
    """One job per time slot: for the house, or for each operator."""

    name: str
    every: timedelta
    per_operator: bool = False
    args: dict[str, Any] = field(default_factory=dict)


def schedule_of(settings: Settings) -> tuple[Scheduled, ...]:
    """What this installation does at set times."""
    return (
        Scheduled("sessions.sweep", timedelta(seconds=30), per_operator=True),
        Scheduled("network.silence", timedelta(minutes=1), per_operator=True),
        Scheduled("network.fault_mail", timedelta(minutes=10), per_operator=True),
        Scheduled("network.fault_mail_at_once", timedelta(minutes=1), per_operator=True),
        # mornings fall on quarter hours of UTC, wherever somebody is
        Scheduled("mail.summaries", timedelta(minutes=15), per_operator=True),
        Scheduled("upkeep.partitions", timedelta(hours=6)),
        Scheduled("upkeep.message_log", timedelta(hours=6), args={"days": settings.message_log_days}),
        Scheduled("upkeep.readings", timedelta(days=1), args={"months": settings.readings_months}),
        Scheduled("upkeep.traces", timedelta(days=1), args={"mail_days": settings.mail_days}),
        Scheduled("upkeep.jobs", timedelta(hours=6)),
        Scheduled("audit.anchor", timedelta(days=1), per_operator=True),
        # local midnights fall on quarter hours of UTC, wherever a contract is
        Scheduled("contracts.turn_day", timedelta(minutes=15), per_operator=True),
        Scheduled("sessions.site_use", timedelta(hours=1), per_operator=True),
        Scheduled("today.keep_days", timedelta(hours=1), per_operator=True),
        Scheduled("contracts.renewals", timedelta(hours=1), per_operator=True),
    )


_ARGS = bindparam("args", type_=JSONB)
_WRITE_HOUSE = text(
    "insert into job (id, name, args, key, state, due_at, created_at, attempts, done) "
    "values (uuidv7(), :name, :args, :key, 'queued', :now, :now, 0, 0) on conflict (key) do nothing"
).bindparams(_ARGS)
_WRITE_OPERATORS = text(
    "insert into job (id, operator_id, name, args, key, state, due_at, created_at, attempts, done) "
    "select uuidv7(), o.id, :name, :args, :key || ':' || o.id, 'queued', :now, :now, 0, 0 from operator o on conflict (key) do nothing"
).bindparams(_ARGS)
_DUE = text("select id, name from job where state in ('queued', 'running') and due_at <= :now order by due_at limit :most")


def write_due(books: Engine, now: datetime, schedule: tuple[Scheduled, ...]) -> None:
    """Write the jobs of the present time slots, each once."""
    with books.begin() as connection:
        for entry in schedule:
            slot = int(now.timestamp() // entry.every.total_seconds())
            values = {"name": entry.name, "args": entry.args, "key": f"scheduled:{entry.name}:{slot}", "now": now}
            connection.execute(_WRITE_OPERATORS if entry.per_operator else _WRITE_HOUSE, values)


def waiting(books: Engine, now: datetime) -> list[tuple[UUID, str]]:
    """Id and name of the jobs that are due and not done, oldest first.

    One being run is among them: its runner holds the lock, so a hint is harmless.
    """
    with books.connect() as connection:
        return [(row.id, row.name) for row in connection.execute(_DUE, {"now": now, "most": BATCH})]


def sweep(books: Engine, now: datetime, hint: Callable[[list[tuple[UUID, str]]], None], schedule: tuple[Scheduled, ...]) -> int:
    """One sweep; how many jobs wait."""
    write_due(books, now, schedule)
    found = waiting(books, now)
    if found:
        hint(found)
    return len(found)
