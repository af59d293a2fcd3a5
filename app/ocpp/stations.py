"""Every charge point that may connect, in memory: a storm of reconnects costs no query per station.

Filled in bulk at the start; read again when an identity or outlet is missing, when a key does not fit, on a nudge, and now and then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg

from app.domain.network.bulk_roster import RosterRow, roster
from app.domain.network.bulk_states import StatusRow
from app.ocpp.facts import Place

if TYPE_CHECKING:
    from app.ocpp.links import Link

#: the same question is asked again only after so many seconds
_AGAIN_S = 5.0
_MOST_MISSES = 10_000
#: the power shown at a connector is written at most so often; readings and the session's energy always are
POWER_EVERY_S: Final = 5.0


class Outlet(NamedTuple):
    """A connector and its EVSE, ids as text."""

    connector_id: str
    evse_id: str


@dataclass(slots=True)
class Station:
    """One charge point and its newest link here. ``answers_pings`` is remembered over links (T07).

    ``unsaid`` are states of connectors that were told again and not written, since they are shown already.
    """

    id: str
    identity: str
    key_hash: bytes
    old_key_hash: bytes | None
    ping_seconds: int | None
    by_wire: dict[int, Outlet] = field(default_factory=dict)
    by_evse: dict[int, dict[int, Outlet]] = field(default_factory=dict)
    tls_only: bool = False
    link: Link | None = None
    answers_pings: bool = False
    seen_written: float = 0.0
    power_written: dict[str, float] = field(default_factory=dict)
    unsaid: dict[str, StatusRow] = field(default_factory=dict)

    def learn(self, row: RosterRow) -> None:
        """Take over what the database says now."""
        self.identity, self.key_hash, self.old_key_hash, self.ping_seconds = row.identity, row.key_hash, row.old_key_hash, row.ping_seconds
        self.tls_only = row.security_profile > 1
        by_wire: dict[int, Outlet] = {}
        by_evse: dict[int, dict[int, Outlet]] = {}
        for wire, evse, connector, connector_id, evse_id in row.outlets:
            outlet = Outlet(connector_id, evse_id)
            by_wire[wire] = outlet
            by_evse.setdefault(evse, {})[connector] = outlet
        self.by_wire, self.by_evse = by_wire, by_evse

    def shows_power(self, connector_id: str, moment: float) -> bool:
        """Whether the power at a connector is to be written now: where readings come every second, every few seconds is enough to see."""
        if moment - self.power_written.get(connector_id, -POWER_EVERY_S) < POWER_EVERY_S:
            return False
        self.power_written[connector_id] = moment
        return True

    def outlet(self, place: Place) -> Outlet | None:
        """The connector at a place of the wire; an EVSE without connector is its first (T54). None: unknown, or the whole station."""
        if place.evse is None:
            return self.by_wire.get(place.connector) if place.connector else None
        plugs = self.by_evse.get(place.evse)
        if not plugs:
            return None
        return plugs.get(place.connector or 1) or next(iter(plugs.values()))


class Stations:
    """The directory. Reads run in a thread on a connection of their own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.by_identity: dict[str, Station] = {}
        self.by_id: dict[str, Station] = {}
        self._asked: dict[str, float] = {}

    async def load(self) -> None:
        """All of them; those that are gone are forgotten once their link is."""
        rows = await asyncio.to_thread(self._read)
        self._learn(rows)
        known = {row.station_id for row in rows}
        for station in [each for each in self.by_id.values() if each.id not in known]:
            del self.by_id[station.id]
            self.by_identity.pop(station.identity, None)

    async def find(self, identity: str) -> Station | None:
        """The station of an identity; asks the database if it is not known here."""
        if identity not in self.by_identity and self._may_ask(f"identity {identity}"):
            self._learn(await asyncio.to_thread(self._read, identity=identity))
        return self.by_identity.get(identity)

    async def refresh(self, station_id: str) -> Station | None:
        """Read one again, unless it was just read."""
        if self._may_ask(station_id):
            self._learn(await asyncio.to_thread(self._read, station_id=station_id))
        return self.by_id.get(station_id)

    def _may_ask(self, what: str) -> bool:
        now = time.monotonic()
        if now - self._asked.get(what, -_AGAIN_S) < _AGAIN_S:
            return False
        if len(self._asked) >= _MOST_MISSES:
            self._asked.clear()
        self._asked[what] = now
        return True

    def _read(self, *, identity: str | None = None, station_id: str | None = None) -> list[RosterRow]:
        with psycopg.connect(self._url, connect_timeout=5) as connection, connection.cursor() as cur:
            return roster(cur, identity=identity, station_id=station_id)

    def _learn(self, rows: Iterable[RosterRow]) -> None:
        for row in rows:
            station = self.by_id.get(row.station_id)
            if station is None:
                station = Station(row.station_id, row.identity, row.key_hash, row.old_key_hash, row.ping_seconds)
                self.by_id[station.id] = station
            elif station.identity != row.identity:
                self.by_identity.pop(station.identity, None)
            station.learn(row)
            self.by_identity[station.identity] = station
