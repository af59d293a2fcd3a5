"""What follows a batch, in threads of its own, never before an answer: here live messages, in ``rater`` prices.

All of it can be lost and repaired: pages read the database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final, TypeVar
from uuid import UUID

from orjson import Fragment
from sqlalchemy.exc import SQLAlchemyError

from app.access.actor import system
from app.domain.network.bulk_facts import RowFacts, connector_facts
from app.domain.network.events import CommandChanged, ConnectorChanged, StationChanged
from app.domain.network.queries import command_rows, station_rows
from app.domain.sessions.bulk_facts import session_facts
from app.domain.sessions.events import SessionChanged
from app.kernel.errors import Refusal
from app.kernel.events import Event
from app.live.messages import LiveMessage
from app.ocpp.items import Effects
from app.work.unit import WorkRoom

log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: changes gather so long; of each subject only the newest state is sent
SPEAK_EVERY_S: Final = 0.15
#: where more than this changes, they gather longer, at most so long: who looks at a page cannot follow them one by one
ROWS_PER_S: Final = 1000
SPEAK_AT_LEAST_EVERY_S: Final = 0.5
#: readings of one connector or session are told at most so often; the first after a while at once
MOVED_EVERY_S: Final = 5.0
_CHUNK: Final = 500
_MOST_TOLD: Final = 50_000


class Follower(threading.Thread):
    """A thread that wakes when there is something to do, and survives everything but the end of the process."""

    def __init__(self, name: str, room: WorkRoom, pause_s: float) -> None:
        super().__init__(name=name, daemon=True)
        self.room = room
        self._pause_s = pause_s
        self._some = threading.Event()
        self._closing = False

    def wake(self) -> None:
        """There is something to do."""
        self._some.set()

    def close(self, patience_s: float) -> None:
        """Finish what waits, then end."""
        self._closing = True
        self._some.set()
        self.join(patience_s)

    def run(self) -> None:
        """Gather for a moment, then work."""
        while True:
            self._some.wait(1.0)
            if not self._closing:
                time.sleep(self._pause_s)
            self._some.clear()
            try:
                self.work()
            except (SQLAlchemyError, Refusal) as error:
                log.warning("%s: %s", self.name, type(error).__name__)
            except Exception:
                log.exception("%s failed", self.name)
            if self._closing:
                return

    def work(self) -> None:
        """One round."""
        raise NotImplementedError


class Speaker(Follower):
    """Tells the live bus the newest state of whatever changed. ``outlets`` gives the connectors of a station."""

    def __init__(self, room: WorkRoom, outlets: Callable[[str], Iterable[str]]) -> None:
        super().__init__("ocpp speaker", room, SPEAK_EVERY_S)
        self._outlets = outlets
        self._lock = threading.Lock()
        self._changed = Effects()
        self._told: dict[str, float] = {}

    def hear(self, effects: Effects) -> None:
        """Remember what changed; called from any thread."""
        with self._lock:
            self._changed.connectors |= effects.connectors
            self._changed.sessions |= effects.sessions
            self._changed.stations |= effects.stations
            self._changed.commands |= effects.commands
            self._changed.moved_connectors |= effects.moved_connectors
            self._changed.moved_sessions |= effects.moved_sessions
        self.wake()

    def work(self) -> None:
        """Read the rows as they are now and publish them in one go."""
        with self._lock:
            changed, self._changed = self._changed, Effects()
            self._hold_back(changed)
        for station_id in changed.stations:
            changed.connectors.update(self._outlets(station_id))
        if not (changed.connectors or changed.sessions or changed.stations or changed.commands):
            return
        with self.room.open(system(None, "OCPP worker")) as work:
            for some in chunks(changed.connectors):
                work.messages += [_message(ConnectorChanged, "connector", row) for row in connector_facts(work.session, some)]
            for some in chunks(changed.sessions):
                work.messages += [_message(SessionChanged, "session", row) for row in session_facts(work.session, some)]
            self._pause_s = pause_after(len(work.messages))
            for ids in chunks(uuids(changed.stations)):
                for station in station_rows(work.session, ids, at=work.now):
                    work.record(StationChanged.of(station))
            for ids in chunks(uuids(changed.commands)):
                for command in command_rows(work.session, ids):
                    work.record(CommandChanged.of(command))

    def _hold_back(self, changed: Effects) -> None:
        """Readings that were told a moment ago wait for their turn."""
        now = time.monotonic()
        for moved, urgent, later in (
            (changed.moved_connectors, changed.connectors, self._changed.moved_connectors),
            (changed.moved_sessions, changed.sessions, self._changed.moved_sessions),
        ):
            due = {each for each in moved if self._closing or now - self._told.get(each, -MOVED_EVERY_S) >= MOVED_EVERY_S}
            later.update(moved - due - urgent)
            urgent.update(due)
            self._told.update(dict.fromkeys(urgent, now))
        if len(self._told) > _MOST_TOLD:
            self._told = {each: at for each, at in self._told.items() if now - at < MOVED_EVERY_S}


def pause_after(rows: int) -> float:
    """Seconds to gather until the next round, after one that told so many rows."""
    return min(max(SPEAK_EVERY_S, rows / ROWS_PER_S), SPEAK_AT_LEAST_EVERY_S)


def _message(event: type[Event], kind: str, row: RowFacts) -> LiveMessage:
    """The message that the event about that row would leave as; its facts are JSON already."""
    topics = [f"operator:{row.operator_id}"]
    if row.partner_id:
        topics.append(f"partner:{row.partner_id}")
    if kind == "session":
        topics.append(f"session:{row.subject_id}")
    return LiveMessage(event.__name__, f"{kind}:{row.subject_id}", tuple(topics), Fragment(row.facts))  # type: ignore[arg-type]


def uuids(ids: Iterable[str]) -> list[UUID]:
    """Ids out of text."""
    return [UUID(each) for each in ids]


def chunks(ids: Iterable[_T], most: int = _CHUNK) -> list[list[_T]]:
    """Lists of at most so many."""
    every = list(ids)
    return [every[at : at + most] for at in range(0, len(every), most)]
