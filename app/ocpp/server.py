"""The worker as a whole: door, links, batch, outbox, follow-up; how it starts, keeps house, and ends without losing a message."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

import app.tables  # noqa: F401 - every table, for the actions that follow a session's end
from app.db.engine import make_engine, make_sessions
from app.domain.network import bulk_roster
from app.domain.network.bulk import GoneRow, LinkRow
from app.kernel.clock import Clock, system_clock
from app.live.job_nudge import CeleryNudge
from app.live.redis_bus import RedisBus
from app.ocpp.admission import Admission, Admitted
from app.ocpp.batch import GATHER_S, Inbox
from app.ocpp.connection import SERVICE_RESTART, StationConnection
from app.ocpp.followup import Speaker
from app.ocpp.items import Effects, KeyUsed, LinkDown, LinkUp
from app.ocpp.links import Desk, Link
from app.ocpp.outbox import Outbox
from app.ocpp.plans import plan_again, plan_once
from app.ocpp.rater import Rater
from app.ocpp.replies import HEARTBEAT_SECONDS
from app.ocpp.schemas import PROTOCOLS, load_schemas
from app.ocpp.signs import Signs
from app.ocpp.stations import Station, Stations
from app.places import libpq_url, networks
from app.settings import Settings
from app.work.unit import WorkRoom

log = logging.getLogger(__name__)

#: frames above are closed with 1009; device models of 64 KB and more are normal (T17)
LARGEST_FRAME: Final = 1 << 20
#: five thousand stations may dial in the same second
BACKLOG: Final = 4096
REPLACED: Final = 1001
POLICY: Final = 1008


@dataclass(frozen=True)
class Patience:
    """Times of the worker, in seconds; tests shorten them."""

    gather_s: float = GATHER_S
    #: silence after which a station is pinged (unless its own setting says otherwise), and how long a pong may take (T03)
    ping_after_s: float = 30.0
    pong_within_s: float = 20.0
    #: silence after which a station that never answers pings is taken for gone: three heartbeats (T08)
    silence_s: float = 3.0 * HEARTBEAT_SECONDS
    look_s: float = 2.0
    reload_s: float = 60.0
    flush_s: float = 8.0


@dataclass
class Worker:
    """One OCPP worker process. ``start``, then ``close``."""

    settings: Settings
    clock: Clock = system_clock
    patience: Patience = field(default_factory=Patience)
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}")

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Restores what a dead worker left behind."""
        url = self.settings.worker_database_url
        self._engine: Engine = make_engine(url, pool_size=4, application="voltpact ocpp")
        event.listen(self._engine, "connect", plan_once)
        event.listen(self._engine, "checkout", plan_again)
        self.stations = Stations(libpq_url(url))
        self._links: dict[str, Link] = {}
        room = WorkRoom(
            make_sessions(self._engine), self.clock, RedisBus.connect(self.settings.redis_url), CeleryNudge(self.settings.redis_url)
        )
        self.speaker = Speaker(room, self._outlets)
        self.rater = Rater(room, self.speaker.hear)
        self.inbox = Inbox(self._engine, self.name, self._heard, self._assert_links, gather_s=self.patience.gather_s)
        self.outbox = Outbox(self._engine, self.name, self.clock, self.inbox, self._links, self._heard)
        self.admission = Admission(self.stations, self.settings.secret_key, self.clock, networks(self.settings.ocpp_proxies))
        self._desk = Desk(self.inbox, load_schemas(), self.stations, self.clock, self.outbox.late)
        await self.stations.load()
        await asyncio.to_thread(self._leave_dead)
        for thread in (self.inbox.writer, self.speaker, self.rater):
            thread.start()
        self._signs = Signs(self.settings.redis_url, self.outbox.nudge, self._station_changed)
        self._tasks = [asyncio.create_task(each) for each in (self.outbox.run(), self._signs.run(), self._watch(), self._keep_house())]
        self._server = await self._listen(host, port)
        gc.collect()
        gc.freeze()
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def close(self) -> None:
        """No new links, a goodbye to the others, everything received made durable."""
        self._server.close(code=SERVICE_RESTART, reason="service restart")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.patience.flush_s):
                await self._server.wait_closed()
        self._signs.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=2)
        if not await self.inbox.close(self.patience.flush_s):
            log.error("the database took too long; what was not answered will be sent again by the stations")
        await asyncio.to_thread(self.rater.close, 2.0)
        await asyncio.to_thread(self.speaker.close, 2.0)
        self._engine.dispose()

    async def _listen(self, host: str, port: int) -> Server:
        return await serve(
            self._serve,
            host,
            port,
            process_request=self._admit,
            select_subprotocol=_chosen,
            subprotocols=list(PROTOCOLS),  # type: ignore[arg-type]
            create_connection=StationConnection,
            compression=None,
            server_header=None,
            backlog=BACKLOG,
            max_size=LARGEST_FRAME,
            ping_interval=None,
            close_timeout=3,
            open_timeout=20,
            reuse_port=True,
        )

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        peer = connection.remote_address
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        try:
            judged = await self.admission.judge(request.path, request.headers, address)
        except psycopg.Error:
            return connection.respond(503, "The database is out of reach. Try again in a moment.\n")
        if isinstance(judged, Admitted):
            assert isinstance(connection, StationConnection)  # noqa: S101 - create_connection says so
            connection.admitted = judged
            return None
        response = connection.respond(judged.status, judged.text)
        for name, value in judged.headers:
            response.headers[name] = value
        return response

    async def _serve(self, connection: ServerConnection) -> None:
        """One link, from its first to its last frame. The newest link of a station is the one that counts (T01)."""
        assert isinstance(connection, StationConnection)  # noqa: S101
        admitted: Admitted = connection.admitted
        station = admitted.station
        link = Link(self._desk, station, connection, admitted.protocol, secure=admitted.secure)
        old, station.link = station.link, link
        self._links[station.id] = link
        self.inbox.tell(self._up(link))
        if admitted.new_key:
            station.old_key_hash = None
            self.inbox.tell(KeyUsed(station.id))
        if old is not None:
            log.info("%s connected again; the older link is closed", station.identity)
            self._aside(old.connection.leave(REPLACED, "replaced by a newer connection"))
        try:
            await link.serve()
        finally:
            link.give_up_calls()
            if station.link is link:
                station.link = None
                self._links.pop(station.id, None)
            self.inbox.tell(LinkDown(GoneRow(station.id, link.id, self.clock())))

    def _up(self, link: Link) -> LinkUp:
        return LinkUp(LinkRow(link.station.id, self.name, link.id, link.protocol, link.since, link.secure))

    def _assert_links(self) -> None:
        """After the database was away: say again which stations are here."""
        for link in self._links.values():
            self.inbox.tell(self._up(link))

    def _heard(self, effects: Effects) -> None:
        self.speaker.hear(effects)
        self.rater.hear(effects)

    def _outlets(self, station_id: str) -> list[str]:
        station = self.stations.by_id.get(station_id)
        return [outlet.connector_id for outlet in station.by_wire.values()] if station else []

    def _station_changed(self, station_id: str) -> None:
        self._aside(self._refresh(station_id))

    async def _refresh(self, station_id: str) -> None:
        with contextlib.suppress(psycopg.Error):
            await self.stations.refresh(station_id)

    def _aside(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        task.add_done_callback(lambda done: self._tasks.remove(done) if done in self._tasks else None)

    async def _watch(self) -> None:
        """Silent stations are pinged; those that do not answer are gone (T02, T03, T07, T08)."""
        while True:
            await asyncio.sleep(self.patience.look_s)
            now = asyncio.get_running_loop().time()
            for link in list(self._links.values()):
                if _is_gone(link, now, self.patience):
                    log.info("%s is silent; the link is given up", link.station.identity)
                    link.connection.cut()

    async def _keep_house(self) -> None:
        """Now and then: who knocked, who was added or retired, which workers died."""
        rounds = 0
        while True:
            await asyncio.sleep(self.patience.look_s)
            rounds += 1
            try:
                await asyncio.to_thread(self._report_knocks)
                if rounds * self.patience.look_s >= self.patience.reload_s:
                    rounds = 0
                    await asyncio.to_thread(self._leave_dead)
                    await self.stations.load()
                    for link in [each for each in self._links.values() if each.station.id not in self.stations.by_id]:
                        self._aside(link.connection.leave(REPLACED, "not registered any more"))
                    for link in [each for each in self._links.values() if each.station.tls_only and not each.secure]:
                        self._aside(link.connection.leave(POLICY, "use TLS"))
            except (psycopg.Error, DBAPIError) as error:
                log.warning("house-keeping is put off (%s)", type(error).__name__)

    def _report_knocks(self) -> None:
        rows = self.admission.knocks()
        if rows:
            self._in_database(lambda cur: bulk_roster.note_knocks(cur, rows))

    def _leave_dead(self) -> None:
        left = self._in_database(lambda cur: bulk_roster.leave_dead(cur, self.clock(), self.name))
        if left:
            log.info("%s station(s) of dead workers are marked as disconnected", len(left))
            self.speaker.hear(Effects(stations=set(left)))

    def _in_database(self, act: Callable[[Any], Any]) -> Any:
        with self._engine.begin() as connection:
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cur:
                return act(cur)


def _chosen(connection: ServerConnection, _offered: Any) -> Any:
    """The sub-protocol that the door found."""
    assert isinstance(connection, StationConnection)  # noqa: S101
    return connection.admitted.protocol


def _is_gone(link: Link, now: float, patience: Patience) -> bool:
    """Whether nobody is there any more; sends a ping where one is due. Any byte counts as life."""
    connection, station = link.connection, link.station
    if link.pinged_at is not None:
        station.answers_pings = station.answers_pings or connection.pong_at >= link.pinged_at
        if connection.heard_at > link.pinged_at:
            link.pinged_at = None
    silent_s = now - connection.heard_at
    if silent_s > patience.silence_s:
        return True
    every_s = patience.ping_after_s if station.ping_seconds is None else station.ping_seconds
    if not every_s or silent_s < every_s:
        return False
    if link.pinged_at is None:
        link.pinged_at = now
        connection.ping_now()
        return False
    return station.answers_pings and now - link.pinged_at > patience.pong_within_s


__all__ = ["Patience", "Station", "Worker"]
