"""The outbox of jobs: done exactly once in effect, tried again after errors, stopped by refusals, found again after losses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from sqlalchemy import text

from app.access.actor import system
from app.db.engine import make_sessions
from app.kernel.clock import FixedClock
from app.kernel.errors import Conflict, Unavailable
from app.kernel.ids import uuid7
from app.live.bus import NoBus
from app.live.job_nudge import LISTS, CeleryNudge
from app.settings import Settings
from app.tasks import registry, schedule
from app.tasks.runner import MOST_ATTEMPTS, Runner, pause_after, report_progress
from app.work.unit import Work, WorkRoom
from tests.conftest import Database

NOW = datetime(2026, 10, 14, 12, 5, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def runner(database: Database, clock: FixedClock) -> Iterator[Runner]:
    tenants = WorkRoom(make_sessions(database.web), clock, NoBus())
    house = WorkRoom(make_sessions(database.worker), clock, NoBus())
    yield Runner(tenants, house, database.worker, clock)
    with database.owner.begin() as connection:
        connection.execute(text("delete from job"))


@pytest.fixture
def job() -> Iterator[Callable[[str, registry.JobFunction], None]]:
    """Register jobs for one test."""
    before = dict(registry._jobs)

    def add(name: str, function: registry.JobFunction) -> None:
        registry.job(name)(function)

    yield add
    registry._jobs.clear()
    registry._jobs.update(before)


def ask(runner: Runner, name: str, **args: Any) -> UUID:
    with runner.house.open(system(None)) as work:
        return work.later(name, **args)


def row(runner: Runner, job_id: UUID) -> Any:
    with runner.books.connect() as connection:
        return connection.execute(text("select * from job where id = :id"), {"id": job_id}).one()


def test_work_and_mark_are_one_transaction(runner: Runner, job: Any) -> None:
    def write_another(work: Work, other: str) -> dict[str, Any]:
        work.later(other, key="made by the job")
        return {"made": other}

    job("test.write", write_another)
    job_id = ask(runner, "test.write", other="test.other")
    assert runner.run(job_id) == "done"
    done = row(runner, job_id)
    assert (done.state, done.attempts, done.result) == ("done", 1, {"made": "test.other"})
    assert runner.run(job_id) == "nothing to do"
    with runner.books.connect() as connection:
        assert connection.scalar(text("select count(*) from job where key = 'made by the job'")) == 1


def test_an_error_undoes_the_work_and_tries_again_later(runner: Runner, job: Any, clock: FixedClock) -> None:
    tries: list[int] = []

    def fail_twice(work: Work) -> None:
        work.later("test.never", key=f"try {len(tries)}")
        tries.append(1)
        if len(tries) < 3:
            raise ZeroDivisionError("so far")

    job("test.fail", fail_twice)
    job_id = ask(runner, "test.fail")
    assert runner.run(job_id) == "queued"
    failed = row(runner, job_id)
    assert failed.last_error == "ZeroDivisionError: so far"
    assert failed.due_at == NOW + timedelta(seconds=5)
    assert runner.run(job_id) == "nothing to do", "not before its time"
    clock.move(seconds=5)
    assert runner.run(job_id) == "queued"
    assert row(runner, job_id).due_at == NOW + timedelta(seconds=5 + 10)
    clock.move(seconds=10)
    assert runner.run(job_id) == "done"
    with runner.books.connect() as connection:
        kept = connection.scalars(text("select key from job where name = 'test.never'")).all()
    assert kept == ["try 2"], "only the try that ended well left something"


def test_it_gives_up_after_the_last_attempt(runner: Runner, job: Any, clock: FixedClock) -> None:
    def always(work: Work) -> None:
        raise ZeroDivisionError

    job("test.always", always)
    job_id = ask(runner, "test.always")
    for _ in range(MOST_ATTEMPTS - 1):
        assert runner.run(job_id) == "queued"
        clock.move(hours=1)
    assert runner.run(job_id) == "failed"
    assert pause_after(MOST_ATTEMPTS) == timedelta(hours=1)


def test_a_refusal_stops_it_and_unavailable_does_not(runner: Runner, job: Any) -> None:
    def refuse(work: Work) -> None:
        raise Conflict("month_closed", month="2026-09")

    def away(work: Work) -> None:
        raise Unavailable("provider_away")

    job("test.refuse", refuse)
    job("test.away", away)
    refused, waiting = ask(runner, "test.refuse"), ask(runner, "test.away")
    assert runner.run(refused) == "failed"
    assert "month_closed" in row(runner, refused).last_error
    assert runner.run(waiting) == "queued"


def test_an_unknown_name_fails_at_once(runner: Runner) -> None:
    job_id = ask(runner, "test.nobody_wrote_it")
    assert runner.run(job_id) == "failed"
    assert row(runner, job_id).last_error == "no job is called test.nobody_wrote_it"


def test_two_workers_do_it_once(runner: Runner, job: Any) -> None:
    started, go_on, runs = threading.Event(), threading.Event(), []

    def slow(work: Work) -> None:
        runs.append(1)
        started.set()
        assert go_on.wait(10)

    job("test.slow", slow)
    job_id = ask(runner, "test.slow")
    answers: list[str] = []
    first = threading.Thread(target=lambda: answers.append(runner.run(job_id)))
    first.start()
    assert started.wait(10)
    assert runner.run(job_id) == "busy"
    go_on.set()
    first.join()
    assert (answers, runs) == (["done"], [1])


def test_progress_is_seen_while_it_runs(runner: Runner, job: Any) -> None:
    seen: list[tuple[int, int]] = []
    wanted: list[UUID] = []

    def count(work: Work) -> None:
        report_progress(2, 5)
        now = row(runner, wanted[0])
        seen.append((now.done, now.total))

    job("test.count", count)
    wanted.append(ask(runner, "test.count"))
    assert runner.run(wanted[0]) == "done"
    assert seen == [(2, 5)]
    assert row(runner, wanted[0]).done == 5


def test_a_cancelled_job_leaves_no_effect(runner: Runner, job: Any, database: Database) -> None:
    def cancel_myself(work: Work) -> None:
        work.later("test.effect", key="effect of a cancelled job")
        with database.owner.begin() as connection:
            connection.execute(text("update job set state = 'cancelled' where name = 'test.cancel'"))

    job("test.cancel", cancel_myself)
    assert runner.run(ask(runner, "test.cancel")) == "gone"
    with runner.books.connect() as connection:
        assert connection.scalar(text("select count(*) from job where key = 'effect of a cancelled job'")) == 0


def test_the_sweep_finds_jobs_whose_worker_was_killed(runner: Runner, job: Any) -> None:
    job("test.lost", lambda work: None)  # noqa: ARG005 - the shape of every job
    job_id = ask(runner, "test.lost")
    with runner.books.begin() as connection:
        connection.execute(text("update job set state = 'running', attempts = 1 where id = :id"), {"id": job_id})
    hinted: list[tuple[UUID, str]] = []
    assert schedule.sweep(runner.books, NOW, hinted.extend, ()) == 1
    assert hinted == [(job_id, "test.lost")]
    assert runner.run(job_id) == "done"
    assert schedule.sweep(runner.books, NOW, hinted.extend, ()) == 0


def test_a_time_slot_is_written_once(runner: Runner) -> None:
    entry = schedule.Scheduled("test.hourly", timedelta(hours=1), args={"days": 3})
    for minutes in (0, 5, 50):
        schedule.write_due(runner.books, NOW + timedelta(minutes=minutes), (entry,))
    schedule.write_due(runner.books, NOW + timedelta(minutes=60), (entry,))
    with runner.books.connect() as connection:
        rows = connection.execute(text("select args, due_at from job where name = 'test.hourly' order by due_at")).all()
    # 12:05, 12:10 and 12:55 lie in one hour, 13:05 in the next
    assert [(r.args, r.due_at) for r in rows] == [({"days": 3}, NOW), ({"days": 3}, NOW + timedelta(minutes=60))]


def test_every_scheduled_name_is_a_registered_job(settings: Any) -> None:
    registered = registry.load_all()
    assert {entry.name for entry in schedule.schedule_of(settings)} <= registered.keys()


@pytest.mark.parametrize("name", ["upkeep.partitions", "upkeep.message_log", "upkeep.readings", "upkeep.traces", "upkeep.jobs"])
def test_upkeep_runs_in_the_role_of_the_worker(runner: Runner, settings: Settings, name: str) -> None:
    registry.load_all()
    entry = next(entry for entry in schedule.schedule_of(settings) if entry.name == name)
    job_id = ask(runner, name, **entry.args)
    assert runner.run(job_id) == "done", row(runner, job_id).last_error


def test_a_key_names_one_job(runner: Runner) -> None:
    key = str(uuid4())
    assert ask(runner, "test.key", key=key) == ask(runner, "test.key", key=key)


def test_what_somebody_waits_for_goes_first(settings: Settings, redis_client: redis.Redis) -> None:
    """Hints lie in two lists of Redis; the worker reads the first until it is empty."""
    nudge = CeleryNudge(settings.redis_url)
    nudge([(uuid7(), "documents.statement"), (uuid7(), "payments.webhook"), (uuid7(), "documents.receipt"), (uuid7(), "mail.send")])
    assert [redis_client.llen(name) for name in LISTS] == [2, 2]
