"""The application of the stream process: ``/live/*`` here, everything else on to the web process (one origin under ``up``).

A stream begins with what the browser missed since its last event, or since its page was read (``since``), then carries fragments and
named events, a comment every 15 seconds, and ends after 15 minutes, when rights change or when its browser session ends; the browser
comes back through the door by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import redis
import redis.asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from app.kernel.clock import Clock, system_clock
from app.live.mailbox import newer
from app.settings import Settings
from app.stream.door import Door, Refused
from app.stream.gateway import Gateway
from app.stream.hub import Client, Hub
from app.stream.listener import Listener, listening_client
from app.stream.render import Renderer

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 15.0
#: an event, not a comment: only so can the page tell a silent stream from a dead one (static/js/live.js)
SIGN_OF_LIFE = b"event: alive\n\n"
LIFETIME_S = 15 * 60.0
#: how often browser sessions of open streams are looked up again
RECHECK_S = 20.0
_MILLISECONDS = re.compile(r"[1-9][0-9]{0,14}")
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class Times:
    """Durations of a stream, in seconds; shorter in tests."""

    keep_alive: float = KEEP_ALIVE_S
    lifetime: float = LIFETIME_S
    recheck: float = RECHECK_S


@dataclass
class Live:
    """The endpoints under ``/live``."""

    hub: Hub
    door: Door
    listener: Listener
    times: Times

    async def cpo(self, request: Request) -> Response:
        """Everything the operator's staff may hear."""
        return await self._portal(request, "cpo")

    async def partner(self, request: Request) -> Response:
        """Everything the people of one partner account may hear."""
        return await self._portal(request, request.path_params["code"])

    async def session(self, request: Request) -> Response:
        """One session, for the driver with its secret."""
        try:
            self.door.check_origin(request)
            client = await self.door.driver(request, request.path_params["secret"])
        except Refused as refused:
            return _refusal(refused)
        return await self._open(request, client)

    async def healthz(self, _: Request) -> Response:
        """200 while the bus is heard, else 503."""
        clients = len(self.hub.clients)
        if not self.listener.connected:
            return PlainTextResponse("no bus\n", status_code=503, headers=_HEADERS)
        return PlainTextResponse(f"ok {clients} streams, {self.hub.heard} heard, {self.hub.renderer.count} rendered\n", headers=_HEADERS)

    async def unknown(self, _: Request) -> Response:
        """Nothing else lives here."""
        return PlainTextResponse("Not found.\n", status_code=404, headers=_HEADERS)

    async def _portal(self, request: Request, key: str) -> Response:
        try:
            self.door.check_origin(request)
            client = await self.door.portal(request, key)
        except Refused as refused:
            return _refusal(refused)
        return await self._open(request, client)

    async def _open(self, request: Request, client: Client) -> Response:
        if request.method == "HEAD":
            return Response(media_type="text/event-stream", headers=_HEADERS)
        return StreamingResponse(self._feed(client, request), media_type="text/event-stream", headers=_HEADERS)

    def _missed_from(self, request: Request) -> str | None:
        """The place on the bus up to which the browser knows everything; None when nothing can have happened since its page was read."""
        last_seen = request.headers.get("last-event-id")
        since = request.query_params.get("since", "")
        if last_seen or not _MILLISECONDS.fullmatch(since):
            return last_seen
        # one earlier: what was said within that millisecond may not be in the page
        began = f"{int(since) - 1}-0"
        return began if newer(self.hub.last_id, began) else None

    async def _feed(self, client: Client, request: Request) -> AsyncIterator[bytes]:
        """The stream of one browser. It joins first and reads what was missed after, so nothing falls between."""
        loop = asyncio.get_running_loop()
        over_at = loop.time() + self.times.lifetime
        self.hub.join(client)
        try:
            yield f"id: {self.hub.last_id}\n\n".encode()
            if last_seen := self._missed_from(request):
                await self._replay(client, last_seen)
            while not client.mailbox.ended and (left := over_at - loop.time()) > 0:
                try:
                    async with asyncio.timeout(min(self.times.keep_alive, left)):
                        await client.mailbox.ready.wait()
                except TimeoutError:
                    yield SIGN_OF_LIFE
                    continue
                if batch := client.mailbox.drain():
                    yield batch
        finally:
            self.hub.leave(client)

    async def _replay(self, client: Client, last_seen: str) -> None:
        missed = await self.listener.missed(last_seen)
        if missed is None:
            client.mailbox.resync(self.hub.last_id)
        else:
            self.hub.catch_up(client, missed)

    async def recheck(self) -> None:
        """End streams whose browser session is gone, again and again until cancelled."""
        while True:
            await asyncio.sleep(self.times.recheck)
            try:
                for client in await self.door.gone(self.hub.clients):
                    client.mailbox.end(farewell=True)
            except (redis.RedisError, OSError) as error:
                log.warning("browser sessions were not looked up (%s)", type(error).__name__)


def make_app(settings: Settings, *, clock: Clock = system_clock, times: Times | None = None, hub: Hub | None = None) -> Starlette:
    """The application over one installation's settings."""
    bus = listening_client(settings.redis_url)
    client = redis.asyncio.Redis.from_pool(_few_connections(settings.redis_url))
    hub = hub or Hub(Renderer(clock))
    live = Live(hub, Door(client, clock, settings.public_url), Listener(bus, hub, clock), times or Times())
    gateway = Gateway(settings.web_socket, settings.trusted_proxies)

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(live.listener.run()), asyncio.create_task(live.recheck())]
        try:
            yield
        finally:
            for stream in hub.clients:
                stream.mailbox.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await gateway.aclose()
            await bus.aclose()
            await client.aclose()

    return Starlette(
        routes=[
            Route("/live/cpo", live.cpo),
            Route("/live/partner/{code}", live.partner),
            Route("/live/session/{secret}", live.session),
            Route("/live/healthz", live.healthz),
            Route("/live/{rest:path}", live.unknown),
            Mount("/", app=gateway),
        ],
        lifespan=lifespan,
    )


def _few_connections(url: str) -> redis.asyncio.BlockingConnectionPool:
    """When hundreds of browsers come back at once their questions queue here, instead of as many connections at Redis."""
    return redis.asyncio.BlockingConnectionPool.from_url(url, max_connections=8, timeout=10, socket_timeout=5.0, socket_connect_timeout=5.0)


def _refusal(refused: Refused) -> Response:
    return PlainTextResponse("\n", status_code=refused.status, headers=_HEADERS)
