"""The standing cast in a real database: Nordlicht, Sommer (host), Winter (stranger). Fixtures for every test above the pure floors.

``world`` commits the cast before a test and empties the tables after it, so code under test may commit as it does in production.
The cast is made once per process; later tests are given copies of its rows, with the same keys.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.access.actor import Actor, driver, system
from app.db.base import Base
from app.demo.cast import PEOPLE, Cast, seed_cast
from app.domain.contracts.grants import load_actor
from app.kernel.clock import FixedClock
from app.live.messages import LiveMessage
from app.work.unit import Work, WorkRoom, enter_tenant

#: the tests' present: a Wednesday, 14 October 2026, 14:05 in Hamburg
NOW = datetime(2026, 10, 14, 12, 5, tzinfo=UTC)
FIRST_MONTH = date(2026, 8, 1)
PASSWORD = "Nordlicht-am-Abend-26"


@dataclass
class HeardBus:
    """A bus that remembers what was said after commits."""

    messages: list[LiveMessage] = field(default_factory=list)

    def publish(self, messages: Sequence[LiveMessage]) -> None:
        self.messages.extend(messages)

    def names(self) -> list[str]:
        """Names of the messages heard, in order."""
        return [m.name for m in self.messages]


@dataclass
class World:
    """The cast, the engines of the three database roles, a clock that stands still, a bus that remembers."""

    cast: Cast
    database: Any
    settings: Any
    clock: FixedClock
    bus: HeardBus = field(default_factory=HeardBus)

    @property
    def room(self) -> WorkRoom:
        """Units of work as the web opens them: role voltpact_web, row-level security in force."""
        return WorkRoom(lambda: Session(self.database.web, expire_on_commit=False), self.clock, self.bus)

    def actor(self, key: str) -> Actor:
        """Somebody of the cast, loaded as at sign-in: ``actor("moritz")``."""
        _, _, _, account = PEOPLE[key]
        with Session(self.database.web) as session:
            user_id = self.cast.people[key].id
            if account is None:
                return load_actor(session, user_id, operator_id=self.cast.operator.id)
            return load_actor(session, user_id, partner_code=self.cast.partners[account].code)

    @contextmanager
    def work(self, who: str | Actor) -> Iterator[Work]:
        """A unit of work of somebody of the cast; commits at the end."""
        with self.room.open(self.actor(who) if isinstance(who, str) else who) as work:
            yield work

    def system(self) -> Actor:
        """The house at work for Nordlicht."""
        return system(self.cast.operator.id)

    def driver_at(self, label: str) -> Actor:
        """Somebody who scanned that charge point's label."""
        return driver(self.cast.operator.id, self.cast.stations[label].partner_id)

    @contextmanager
    def owner(self) -> Iterator[Session]:
        """A session that sees everything, for arranging and checking; commits at the end."""
        with Session(self.database.owner, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def tenant(self, actor: Actor) -> Iterator[Session]:
        """A bare session of the web role with the tenant set, for row-level security tests."""
        with Session(self.database.web) as session:
            enter_tenant(session, actor)
            yield session


@dataclass(frozen=True)
class KeptCast:
    """The cast as it was just after it was made: its rows in a schema of its own, its objects pickled."""

    schema: str
    tables: list[str]
    objects: bytes

    @classmethod
    def make(cls, database: Any, secret_key: str, schema: str, at: datetime, first_month: date) -> KeptCast:
        """Make the cast, which begins ``at``, keep it, and leave the tables empty."""
        with Session(database.owner, expire_on_commit=False) as session:
            cast = seed_cast(session, at, secret_key=secret_key, first_month=first_month)
            known = (t.name for t in Base.metadata.sorted_tables)
            tables = [name for name in known if session.execute(text(f'select exists (table "{name}")')).scalar_one()]
            session.execute(text(f"create schema {schema}"))
            for name in tables:
                session.execute(text(f'create table {schema}."{name}" as table "{name}"'))
            session.commit()
        empty(database)
        return cls(schema, tables, pickle.dumps(cast))

    def restore(self, database: Any, months: str) -> Cast:
        """The same rows again, and new objects over them; ``months``: the first and the last day that tests charge in, as SQL."""
        _asleep(database, [f"select voltpact_ensure_partitions({months})", *(_copy(self.schema, name) for name in self.tables)])
        return pickle.loads(self.objects)  # noqa: S301 - our own, of this process


def _copy(schema: str, name: str) -> str:
    columns = ", ".join(f'"{c.name}"' for c in Base.metadata.tables[name].columns if c.computed is None)
    return f'insert into "{name}" ({columns}) overriding system value select {columns} from {schema}."{name}"'


@pytest.fixture(scope="session")
def kept_cast(database: Any, settings: Any) -> KeptCast:
    """The cast, made once: row by row it takes longer than most tests."""
    return KeptCast.make(database, settings.secret_key, "kept", datetime(2026, 7, 1, tzinfo=UTC), FIRST_MONTH)


@pytest.fixture
def world(database: Any, settings: Any, kept_cast: KeptCast) -> Iterator[World]:
    """A fresh cast, committed; every table emptied afterwards."""
    yield World(kept_cast.restore(database, "'2026-08-01', '2026-11-01'"), database, settings, FixedClock(NOW))
    empty(database)


def empty(database: Any) -> None:
    """Delete every row of every table."""
    _asleep(database, [f'delete from "{t.name}"' for t in Base.metadata.sorted_tables])


def _asleep(database: Any, statements: Sequence[str]) -> None:
    """Run them with history triggers asleep, in one message, since tables are many."""
    with database.owner.begin() as connection:
        raw = connection.connection.dbapi_connection
        raw.execute("set local session_replication_role = replica; " + "; ".join(statements))


@dataclass
class QueryCount:
    """SQL statements seen while counting."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def counting(database: Any) -> Iterator[QueryCount]:
    """Count the statements of the web role's engine: ``with counting(world.database) as queries``."""
    count = QueryCount()

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        count.statements.append(statement)

    event.listen(database.web, "before_cursor_execute", note)
    try:
        yield count
    finally:
        event.remove(database.web, "before_cursor_execute", note)


def ids(rows: Sequence[Any]) -> set[UUID]:
    """The keys of rows."""
    return {row.id for row in rows}
