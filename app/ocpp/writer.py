"""The one thread that writes: it takes whole batches, makes each durable, then reports. It never gives up on a message.

A lost connection, a deadlock or a serialization failure is tried again until it works; a message that the database refuses is found by
halving the batch and kept by itself (T26). The thread is the worker's only writer, so the order per station is kept.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.network import bulk, bulk_roster
from app.ocpp import store
from app.ocpp.items import Effects, FrameSeen, Item, Load
from app.ocpp.plans import Planner

log = logging.getLogger(__name__)

#: classes of SQLSTATE that pass by themselves: connection, rolled back by others, full, stopped by hand, the system's own trouble
_PASSING: Final = ("08", "40", "53", "57", "58")
_LONGEST_PAUSE_S: Final = 1.0
#: so often a batch is tried again whole although the database answers; then its parts
_TRIES: Final = 5


class Writer(threading.Thread):
    """Runs until ``source`` gives None. ``done`` is called with each durable load and what it changed; ``back`` after a reconnect."""

    def __init__(
        self,
        engine: Engine,
        worker: str,
        source: Callable[[], Load | None],
        done: Callable[[Load, Effects], None],
        back: Callable[[], None],
    ) -> None:
        super().__init__(name="ocpp writer", daemon=True)
        self._engine = engine
        self._worker = worker
        self._source = source
        self._done = done
        self._back = back
        self._connection: Connection | None = None
        self._planner = Planner()
        self.reachable = threading.Event()

    def run(self) -> None:
        """Take, write, report; until the source is dry."""
        self._connect()
        while (load := self._source()) is not None:
            self._write(load, frames=True)
        if self._connection is not None:
            self._connection.close()

    def _write(self, load: Load, *, frames: bool) -> None:
        """Make a load durable, whole or in parts, and report each part."""
        tries = 0
        while True:
            try:
                effects = self._attempt(load, frames=frames)
            except (psycopg.Error, DBAPIError) as error:
                if self._is_lost():
                    self._reconnect()
                    frames = frames and not self._kept(load)
                    continue
                tries += 1
                if not _passes(error) or (tries > _TRIES and _state(error) != "53"):
                    return self._halve(load, error, frames=frames)
                log.info("a batch of %s is tried again (%s)", len(load.items), error)
                time.sleep(min(0.01 * 2**tries, _LONGEST_PAUSE_S))
            except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
                return self._halve(load, error, frames=frames)
            else:
                return self._done(load, effects)

    def _attempt(self, load: Load, *, frames: bool) -> Effects:
        connection = self._connection
        if connection is None:
            raise psycopg.OperationalError("not connected")
        with connection.begin(), self._raw().cursor() as cur, Session(connection) as session:
            self._planner.plan_again(cur)
            return store.write(cur, session, load, time.monotonic(), frames=frames)

    def _halve(self, load: Load, error: Exception, *, frames: bool) -> None:
        """Write the halves by themselves; news first, so that they are not lost with a bad message."""
        whole = [*load.items]
        if load.news and whole:
            self._write(Load((), load.news), frames=frames)
            self._write(Load(whole, ()), frames=frames)
        elif len(whole) > 1:
            middle = len(whole) // 2
            self._write(Load(whole[:middle], ()), frames=frames)
            self._write(Load(whole[middle:], ()), frames=frames)
        elif len(load.news) > 1:
            for each in load.news:
                self._write(Load((), (each,)), frames=frames)
        else:
            self._set_aside(load, error)

    def _set_aside(self, load: Load, error: Exception) -> None:
        """A single message that cannot be stored as what it is: kept raw and answered if at all possible."""
        what = load.items[0].station.identity if load.items else type(load.news[0]).__name__
        log.error("message of %s cannot be stored", what, exc_info=error)
        if load.items and self._connection is not None:
            item: Item = load.items[0]
            try:
                with self._connection.begin(), self._raw().cursor() as cur:
                    store.keep_only(cur, item)
            except (psycopg.Error, DBAPIError) as second:
                log.error("message of %s cannot even be kept: %s", what, second)
        self._done(load, Effects())

    def _raw(self) -> psycopg.Connection[Any]:
        """The driver's connection under SQLAlchemy's; in the same transaction."""
        if self._connection is None or self._connection.invalidated:
            raise psycopg.OperationalError("not connected")
        driver = self._connection.connection.driver_connection
        if not isinstance(driver, psycopg.Connection):
            raise psycopg.OperationalError("not connected")
        return driver

    def _is_lost(self) -> bool:
        return self._connection is None or self._connection.invalidated or self._raw().closed

    def _kept(self, load: Load) -> bool:
        """Whether the commit whose answer was lost had happened: then the frames are in, and only the answers are missing."""
        rows = [item.row() for item in load.items[:1]] or [each.row for each in load.news if isinstance(each, FrameSeen)][:1]
        if not rows or self._connection is None:
            return False
        try:
            with self._connection.begin(), self._raw().cursor() as cur:
                return bulk.frame_kept(cur, rows[0])
        except (psycopg.Error, DBAPIError):
            return False

    def _reconnect(self) -> None:
        log.warning("the database is out of reach; nothing is answered until it is back")
        self.reachable.clear()
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
        self._connect()
        log.info("the database is back")
        self._back()

    def _connect(self) -> None:
        pause = 0.05
        while True:
            try:
                self._connection = self._engine.connect()
                with self._connection.begin(), self._raw().cursor() as cur:
                    bulk_roster.stay(cur, self._worker)
            except (psycopg.Error, DBAPIError):
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            else:
                self.reachable.set()
                return


def _state(error: psycopg.Error | DBAPIError) -> str:
    """The class of the SQLSTATE, empty if there is none."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (getattr(cause, "sqlstate", None) or "")[:2]


def _passes(error: psycopg.Error | DBAPIError) -> bool:
    """Whether the same statements may well work in a moment."""
    return _state(error) in _PASSING
