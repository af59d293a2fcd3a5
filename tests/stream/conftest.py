"""A real stream process's application on a real uvicorn, over a real Redis; browsers are httpx clients."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import redis
import uvicorn

from app.domain.network.events import ConnectorChanged
from app.domain.network.rows import ConnectorRow
from app.kernel.ids import uuid7
from app.live.messages import LiveMessage, message_of, operator_topic, partner_topic, user_topic
from app.live.redis_bus import RedisBus
from app.settings import Settings
from app.stream.hub import Hub
from app.stream.render import Renderer
from app.stream.server import Times, make_app

NOW = datetime(2026, 10, 14, 12, 5, tzinfo=UTC)
OPERATOR, SOMMER, WINTER = uuid7(), uuid7(), uuid7()
RIGHTS = ["network.view", "session.view", "session.amounts"]


def connector(number: int = 1, **over: Any) -> ConnectorRow:
    """NL-0417/<number> of Sommer, charging."""
    values: dict[str, Any] = {
        "connector_id": UUID(int=number), "evse_id": UUID(int=100 + number), "station_id": UUID(int=1000), "operator_id": OPERATOR,
        "partner_id": SOMMER, "location_id": UUID(int=7), "station_label": "NL-0417", "evse_number": number,
        "evse_label": f"NL-0417/{number}", "slug": f"NL-0417-{number}", "evse_uid": f"DE*NLT*E0417*{number}", "current": "AC",
        "max_w": 22_000, "plug": "type2",
        "status": "Charging", "status_at": NOW, "error_code": None, "error_info": None, "power_w": 10_800, "session_code": "S-7KQ2M4",
        "session_energy_wh": 4_200, "session_started_at": NOW - timedelta(minutes=31), "session_gross_minor": 206, "currency": "EUR",
        "time_zone": "Europe/Berlin", "station_connected": True, "last_message_at": NOW, "seq": 1,
    }  # fmt: skip
    return ConnectorRow(**values | over)


def changed(number: int = 1, **over: Any) -> LiveMessage:
    """The message about that connector."""
    return message_of(ConnectorChanged.of(connector(number, **over)))


@dataclass
class House:
    """The running process with what surrounds it."""

    url: str
    hub: Hub
    redis: redis.Redis
    bus: RedisBus
    app: Any
    clock_at: datetime = NOW
    users: dict[str, UUID] = field(default_factory=dict)

    def sign_in(self, name: str, *keys: tuple[str, list[str]], rights: list[str] | None = None, **more: Any) -> dict[str, str]:
        """Leave a browser session as the web process does; returns the cookies."""
        user = self.users.setdefault(name, uuid7())
        sid = f"session-of-{name}-0123456789"
        live = {
            key: {"topics": [*topics, user_topic(user)], "rights": RIGHTS if rights is None else rights, "locations": None,
                  "language": "en", "region": "en_GB", "at": NOW.isoformat()} | more
            for key, topics in keys
        }  # fmt: skip
        self.redis.set(f"voltpact:session:{sid}", orjson.dumps({"_user_id": str(user), "live": live}))
        return {"voltpact_session": sid}

    def staff(self, name: str = "theo", **more: Any) -> dict[str, str]:
        """Somebody of the operator's staff."""
        return self.sign_in(name, ("cpo", [operator_topic(OPERATOR)]), **more)

    def host(self, name: str = "moritz", partner: UUID = SOMMER, code: str = "P-SOMMER", **more: Any) -> dict[str, str]:
        """Somebody of a partner account."""
        return self.sign_in(name, (code, [partner_topic(partner)]), **more)


@dataclass
class Ear:
    """One open stream, read line by line."""

    response: httpx.Response
    _lines: AsyncIterator[str] = field(init=False)
    last_id: str = ""

    def __post_init__(self) -> None:
        self._lines = self.response.aiter_lines()

    async def event(self, within: float = 2.0) -> tuple[str, str]:
        """(name, data) of the next event; data alone has no name, signs of life are passed over. TimeoutError when nothing comes."""
        async with asyncio.timeout(within):
            name, data = "", []
            async for line in self._lines:
                if line.startswith("id: "):
                    self.last_id = line[4:]
                elif line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    data.append(line[6:])
                elif not line and name == "alive":
                    name = ""
                elif not line and (name or data):
                    return name, "\n".join(data)
            return "closed", ""

    async def html(self, within: float = 2.0) -> str:
        """The next fragments; named events between are passed over."""
        while True:
            name, data = await self.event(within)
            if name == "closed":
                raise AssertionError("the stream ended")
            if not name:
                return data

    async def silent(self, for_s: float = 0.6) -> bool:
        """Whether nothing comes for a while."""
        try:
            await self.event(for_s)
        except TimeoutError:
            return True
        return False


@contextlib.asynccontextmanager
async def listening(house: House, path: str, cookies: dict[str, str] | None = None, **headers: str) -> AsyncIterator[Ear]:
    """An open stream that has joined."""
    jar = "; ".join(f"{k}={v}" for k, v in (cookies or {}).items())
    sent = {"cookie": jar} | {k.replace("_", "-"): v for k, v in headers.items()}
    async with httpx.AsyncClient(base_url=house.url, timeout=10) as browser, browser.stream("GET", path, headers=sent) as response:
        assert response.status_code == 200, response.status_code
        ear = Ear(response)
        async for line in ear._lines:
            if line.startswith("id: "):
                ear.last_id = line[4:]
                break
        yield ear


async def status_of(house: House, path: str, cookies: dict[str, str] | None = None, **headers: str) -> int:
    """The status of asking for a stream."""
    jar = "; ".join(f"{k}={v}" for k, v in (cookies or {}).items())
    sent = {"cookie": jar} | {k.replace("_", "-"): v for k, v in headers.items()}
    async with httpx.AsyncClient(base_url=house.url, timeout=5) as browser, browser.stream("GET", path, headers=sent) as response:
        return response.status_code


@contextlib.asynccontextmanager
async def running(settings: Settings, client: redis.Redis, times: Times, **hub_times: float) -> AsyncIterator[House]:
    """The application served by uvicorn on a free port, its listener connected."""
    hub = Hub(Renderer(lambda: NOW), **hub_times)
    app = make_app(settings, clock=lambda: NOW, times=times, hub=hub)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=1, ws="none"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    house = House(f"http://127.0.0.1:{port}", hub, client, RedisBus.connect(settings.redis_url), app)
    async with httpx.AsyncClient(base_url=house.url) as browser:
        while (await browser.get("/live/healthz")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    try:
        yield house
    finally:
        for client in hub.clients:
            client.mailbox.end()
        server.should_exit = True
        await task


@pytest.fixture
async def house(settings: Settings, redis_client: redis.Redis) -> AsyncIterator[House]:
    """The process with short times."""
    async with running(settings, redis_client, Times(keep_alive=0.3, lifetime=30, recheck=0.2), beat_s=0.1, signal_s=0.4) as made:
        yield made
