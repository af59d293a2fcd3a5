"""What follows a batch, in threads of its own, never before an answer: live messages, running prices, rating of what has ended.

All of it can be lost and repaired: pages read the database, the next reading prices again, and what is stopped but not rated is found
at the start and every minute.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

from orjson import Fragment
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.access.actor import system
from app.domain.network.bulk_facts import RowFacts, connector_facts
from app.domain.network.events import CommandChanged, ConnectorChanged, StationChanged
from app.domain.network.queries import command_rows, station_rows
from app.domain.sessions.actions import rate_all, start_refused
from app.domain.sessions.bulk_facts import session_facts
from app.domain.sessions.events import SessionChanged
from app.domain.sessions.limits import stop_at_limit
from app.domain.sessions.overdue import refused_by
from app.domain.sessions.queries import live_rows
from app.domain.sessions.rows import LiveSessionRow
from app.domain.sessions.running import Running, limit_reached, limited, running
from app.kernel.errors import Refusal
from app.kernel.events import Event
from app.live.messages import LiveMessage
from app.ocpp.items import Effects
from app.work.unit import WorkRoom

log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: changes gather so long; of each subject only the newest state is sent
SPEAK_EVERY_S: Final = 0.15
#: readings of one connector or session are told at most so often; the first after a while at once
MOVED_EVERY_S: Final = 5.0
#: a running session is priced at most so often
PRICE_EVERY_S: Final = 10.0
SWEEP_EVERY_S: Final = 60.0
_CHUNK: Final = 500
#: sessions rated in one unit of work: they are locked meanwhile, and their readings wait
_RATED_AT_ONCE: Final = 100
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
            for some in _chunks(changed.connectors):
                work.messages += [_message(ConnectorChanged, "connector", row) for row in connector_facts(work.session, some)]
            for some in _chunks(changed.sessions):
                work.messages += [_message(SessionChanged, "session", row) for row in session_facts(work.session, some)]
            for ids in _chunks(_uuids(changed.stations)):
                for station in station_rows(work.session, ids, at=work.now):
                    work.record(StationChanged.of(station))
            for ids in _chunks(_uuids(changed.commands)):
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


def _message(event: type[Event], kind: str, row: RowFacts) -> LiveMessage:
    """The message that the event about that row would leave as; its facts are JSON already."""
    topics = [f"operator:{row.operator_id}"]
    if row.partner_id:
        topics.append(f"partner:{row.partner_id}")
    if kind == "session":
        topics.append(f"session:{row.subject_id}")
    return LiveMessage(event.__name__, f"{kind}:{row.subject_id}", tuple(topics), Fragment(row.facts))  # type: ignore[arg-type]


class Rater(Follower):
    """Prices what runs, rates what has ended, ends what was refused, stops what has used up its hold or reached a limit.

    ``heard`` learns which sessions changed.
    """

    def __init__(self, room: WorkRoom, heard: Callable[[Effects], None]) -> None:
        super().__init__("ocpp rater", room, SPEAK_EVERY_S)
        self._heard = heard
        self._lock = threading.Lock()
        self._stopped: set[str] = set()
        self._metered: set[str] = set()
        self._commands: set[str] = set()
        self._priced_at: dict[str, float] = {}
        self._swept_at = -SWEEP_EVERY_S

    def hear(self, effects: Effects) -> None:
        """Remember which sessions ended or got readings, and which commands were answered; called from any thread."""
        if effects.stopped or effects.metered or effects.commands:
            with self._lock:
                self._stopped.update(effects.stopped)
                self._metered.update(effects.metered)
                self._commands.update(effects.commands)
            self.wake()

    def work(self) -> None:
        """Rate first: it is what people wait for."""
        now = time.monotonic()
        with self._lock:
            stopped, self._stopped = self._stopped, set()
            commands, self._commands = self._commands, set()
            due = {each for each in self._metered if now - self._priced_at.get(each, -PRICE_EVERY_S) >= PRICE_EVERY_S}
            self._metered -= due
        if now - self._swept_at >= SWEEP_EVERY_S:
            stopped |= self._unrated()
            due |= self._limited()
            self._swept_at = now
            self._priced_at = {k: at for k, at in self._priced_at.items() if now - at < 2 * PRICE_EVERY_S}
        for operator_id, ids in self._owners(stopped).items():
            for some in _chunks(ids, _RATED_AT_ONCE):
                self._rate(operator_id, some)
        for ids in _chunks(_uuids(commands)):
            self._end_refused(ids)
        for ids in _chunks(_uuids(due - stopped)):
            self._price(ids)
        self._priced_at.update(dict.fromkeys(due, now))

    def _rate(self, operator_id: UUID, ids: Sequence[UUID]) -> None:
        """Rate sessions of one operator together; where one cannot be, each by itself, so that it keeps no other from its price."""
        try:
            with self.room.open(system(operator_id, "OCPP worker")) as work:
                rate_all(work, ids)
        except OperationalError:
            # the database is away: the next sweep finds them
            raise
        except Exception as error:
            if len(ids) > 1:
                for each in ids:
                    self._rate(operator_id, [each])
            elif isinstance(error, Refusal):
                log.warning("session %s is not rated: %s", ids[0], error)
            else:
                log.exception("session %s is not rated", ids[0])

    def _end_refused(self, commands: list[UUID]) -> None:
        """Drivers whose start was refused learn it at once, and get their hold back."""
        with self.room.sessions() as session:
            found = refused_by(session, commands)
        for session_id, operator_id, reason in found:
            with self.room.open(system(operator_id, "OCPP worker")) as work:
                start_refused(work, session_id, reason)

    def _price(self, ids: list[UUID]) -> None:
        with self.room.open(system(None, "OCPP worker")) as work:
            asked = text("select id from charging_session where id = any (:ids) and state = 'charging' and tariff is not null")
            found = running(work.session, work.session.scalars(asked, {"ids": ids}), work.now)
            _write_prices(work.session, {key: each.gross_minor for key, each in found.items()})
            near = [(row, found[row.session_id].limit or "hold") for row in live_rows(work.session, found) if _ends(row, found)]
        if found:
            self._heard(Effects(moved_sessions={str(each) for each in found}))
        for row, limit in near:
            try:
                with self.room.open(system(row.operator_id, "OCPP worker")) as work:
                    stop_at_limit(work, row.session_id, limit)
            except Refusal as refusal:
                log.warning("session %s cannot be stopped at its limit (%s): %s", row.code, limit, refusal)

    def _owners(self, ids: Iterable[str]) -> dict[UUID, list[UUID]]:
        """Which of these sessions can be rated, by operator."""
        wanted = _uuids(ids)
        found: dict[UUID, list[UUID]] = {}
        if wanted:
            asked = text("select id, operator_id from charging_session where id = any (:ids) and state = 'stopped' and tariff is not null")
            with self.room.sessions() as session:
                for row in session.execute(asked, {"ids": wanted}):
                    found.setdefault(row.operator_id, []).append(row.id)
        return found

    def _limited(self) -> set[str]:
        """Sessions with a limit: time passes, whatever their meters say."""
        with self.room.sessions() as session:
            return {str(each) for each in limited(session)}

    def _unrated(self) -> set[str]:
        """What is stopped and not rated: a crash came between."""
        with self.room.sessions() as session:
            asked = text(
                "select id::text from charging_session where state = 'stopped' and not 'held' = any (flags) order by ended_at limit 5000"
            )
            return set(session.scalars(asked))


def _ends(row: LiveSessionRow, found: Mapping[UUID, Running]) -> bool:
    return found[row.session_id].limit is not None or limit_reached(row)


def _write_prices(session: Session, found: dict[UUID, int]) -> None:
    if found:
        session.execute(
            text(
                "update charging_session s set running_gross_minor = r.gross, seq = s.seq + 1 "
                "from unnest(cast(:ids as uuid[]), cast(:sums as bigint[])) as r(id, gross) "
                "where s.id = r.id and s.state = 'charging' and s.running_gross_minor is distinct from r.gross"
            ),
            {"ids": list(found), "sums": list(found.values())},
        )


def _uuids(ids: Iterable[str]) -> list[UUID]:
    return [UUID(each) for each in ids]


def _chunks(ids: Iterable[_T], most: int = _CHUNK) -> list[list[_T]]:
    every = list(ids)
    return [every[at : at + most] for at in range(0, len(every), most)]
