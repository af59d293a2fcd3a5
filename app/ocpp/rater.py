"""What follows a batch for money: running prices, rating of what has ended, ends of what was refused; and what a sweep finds.

All of it can be lost and repaired: the next reading prices again, and what is stopped but not rated is found at the start and every
minute.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.access.actor import system
from app.domain.sessions.actions import rate_all, start_refused
from app.domain.sessions.limits import stop_at_limit
from app.domain.sessions.lone_stops import make_sessions
from app.domain.sessions.overdue import refused_by
from app.domain.sessions.queries import live_rows
from app.domain.sessions.rows import LiveSessionRow
from app.domain.sessions.running import Running, limit_reached, limited, running
from app.kernel.errors import Refusal
from app.ocpp.followup import SPEAK_EVERY_S, Follower, chunks, uuids
from app.ocpp.items import Effects
from app.work.unit import WorkRoom

log = logging.getLogger(__name__)

#: a running session is priced at most so often
PRICE_EVERY_S: Final = 10.0
SWEEP_EVERY_S: Final = 60.0
#: sessions rated in one unit of work: they are locked meanwhile, and their readings wait
_RATED_AT_ONCE: Final = 100


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
            self._take_lone_stops()
            stopped |= self._unrated()
            due |= self._limited()
            self._swept_at = now
            self._priced_at = {k: at for k, at in self._priced_at.items() if now - at < 2 * PRICE_EVERY_S}
        for operator_id, ids in self._owners(stopped).items():
            for some in chunks(ids, _RATED_AT_ONCE):
                self._rate(operator_id, some)
        for ids in chunks(uuids(commands)):
            self._end_refused(ids)
        for ids in chunks(uuids(due - stopped)):
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
        wanted = uuids(ids)
        found: dict[UUID, list[UUID]] = {}
        if wanted:
            asked = text("select id, operator_id from charging_session where id = any (:ids) and state = 'stopped' and tariff is not null")
            with self.room.sessions() as session:
                for row in session.execute(asked, {"ids": wanted}):
                    found.setdefault(row.operator_id, []).append(row.id)
        return found

    def _take_lone_stops(self) -> None:
        """Sessions of which only the stop ever came (T43)."""
        with self.room.open(system(None, "OCPP worker")) as work:
            made = make_sessions(work)
        if made:
            self._heard(Effects(sessions={str(each) for each in made}))

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
