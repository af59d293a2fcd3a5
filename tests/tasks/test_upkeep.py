"""What is kept no longer than it is needed: mails, links, attempts to sign in, readings without a signature (GDPR Art. 5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.access.actor import system
from app.db.engine import make_sessions
from app.live.bus import NoBus
from app.tasks.upkeep import drop_old_readings, forget_traces
from app.work.unit import Work, WorkRoom
from tests.cast import NOW, World

LONG_AGO, LATELY = NOW - timedelta(days=181), NOW - timedelta(days=179)


@contextmanager
def house(world: World) -> Iterator[Work]:
    """The work of a job of no operator, as the runner opens it."""
    with WorkRoom(make_sessions(world.database.worker), world.clock, NoBus()).open(system(None)) as work:
        yield work


def write(world: World, statement: str, **values: Any) -> None:
    with world.owner() as session:
        session.execute(text(statement), values)
        session.commit()


def kept(world: World, statement: str) -> list[Any]:
    with world.owner() as session:
        return list(session.scalars(text(statement)))


def mail(world: World, subject: str, state: str, at: datetime) -> None:
    write(
        world,
        "insert into mail_message (id, operator_id, to_address, subject, body_text, body_html, language, document_ids, is_secret, state, "
        "created_at) values (uuidv7(), :operator, 'dora@sommer.example', :subject, 'x', 'x', 'de', '{}', false, :state, :at)",
        operator=world.cast.operator.id, subject=subject, state=state, at=at,
    )  # fmt: skip


def test_mails_and_traces_of_people_are_forgotten(world: World) -> None:
    for state in ("sent", "failed", "kept", "queued"):
        mail(world, f"old {state}", state, LONG_AGO)
    mail(world, "new sent", "sent", LATELY)
    attempts = "insert into sign_in_throttle (key, failures, since, blocked_until) values (:key, 1, :since, :until)"
    write(world, attempts, key="account:old", since=NOW - timedelta(hours=25), until=None)
    write(world, attempts, key="account:waits", since=NOW - timedelta(hours=25), until=NOW + timedelta(minutes=1))
    write(world, attempts, key="account:new", since=NOW - timedelta(hours=23), until=None)
    reset = (
        "insert into password_reset (id, user_id, token_hash, created_at, expires_at) "
        "values (uuidv7(), :user, decode(:token, 'hex'), :at, cast(:at as timestamptz) + interval '30 minutes')"
    )
    for token, ago in (("aa", 26), ("bb", 2)):
        write(world, reset, user=world.cast.people["olga"].id, token=token * 32, at=NOW - timedelta(hours=ago))
    with house(world) as work:
        assert forget_traces(work, 180) == {"mails": 3, "invitations": 0, "attempts": 1, "resets": 1}
    assert kept(world, "select subject from mail_message order by subject") == ["new sent", "old queued"]
    assert kept(world, "select key from sign_in_throttle order by key") == ["account:new", "account:waits"]
    assert kept(world, "select encode(token_hash, 'hex') from password_reset") == ["bb" * 32]


def test_readings_go_after_two_years_but_for_signed_ones(world: World) -> None:
    reading = (
        "insert into meter_reading (received_at, id, operator_id, station_id, at, energy_wh, signed) "
        "values (:at, uuidv7(), :operator, :station, :at, 1, :signed)"
    )
    of = {"operator": world.cast.operator.id, "station": world.cast.stations["NL-0417"].id}
    for days, signed in ((740, None), (740, "OCMF|…"), (720, None)):
        write(world, reading, at=NOW - timedelta(days=days), signed=signed, **of)
    with house(world) as work:
        assert drop_old_readings(work, 24) == {"deleted": 1}
    assert kept(world, "select coalesce(signed, 'plain') from meter_reading order by received_at") == ["OCMF|…", "plain"]
