"""``voltpact bench live``: from a charge point's status message to the changed element in N open dashboards, on the running product.

Charge points of its own dial in with OCPP 1.6 and report states that carry a number; dashboards are plain HTTP streams with sessions of
their own. Everything made for the measurement is taken away afterwards. Sender and listeners share one clock, so delays are exact; the
listeners' own work is inside the figures.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import click
import orjson
import redis
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session
from websockets.asyncio.client import ClientConnection, connect

import app.tables  # noqa: F401 - all mappers, before the first query
from app.db.engine import make_engine
from app.demo import builders as make
from app.domain.network.models import Location, MessageLog, Station, StatusChange
from app.domain.people.models import Operator, User
from app.kernel.clock import system_clock
from app.live.messages import operator_topic
from app.settings import Settings, from_environment

_MARK = re.compile(rb"bench-(\d+)\b")
_LANGUAGES = (("en", "en_GB"), ("de", "de_DE"), ("fr", "fr_FR"))
_PREFIX = "BENCH"


@dataclass
class Result:
    """Delays in seconds, one per delivery; how many deliveries there should be."""

    expected: int
    delays: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        """The delay that this share of deliveries did not exceed, in milliseconds."""
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("nan")

    def summary(self) -> dict[str, Any]:
        """What the command prints."""
        figures = {name: round(self.at(share), 1) for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99), ("max_ms", 1.0))}
        return {"deliveries": len(self.delays), "lost": self.expected - len(self.delays), **figures}


@dataclass
class Places:
    """What the measurement made in the running installation."""

    stations: list[tuple[str, str]]
    operator: Any
    user: Any


@click.command(
    epilog="""\b
Examples:
  ./voltpact bench live
  ./voltpact bench live --dashboards 1000 --stations 50 --seconds 30 --json"""
)
@click.option("--dashboards", default=300, show_default=True, help="Open event streams.")
@click.option("--stations", default=20, show_default=True, help="Charge points that report, each once a second.")
@click.option("--seconds", default=15, show_default=True, help="How long they report.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
def live(dashboards: int, stations: int, seconds: int, *, as_json: bool) -> None:
    """Measure status message to received fragment in open dashboards. The product must be running (voltpact up)."""
    settings = from_environment()
    _require_running(settings)
    with _places(settings, stations) as places, _sessions(settings, places) as cookies:
        result = asyncio.run(_measure(settings, places, cookies, dashboards, seconds))
    shown = {"dashboards": dashboards, "messages_per_s": stations, **result.summary()}
    if as_json:
        click.echo(json.dumps(shown))
        return
    click.echo(f"{dashboards} dashboards, {stations} status messages a second for {seconds} s")
    click.echo(f"delivered {shown['deliveries']}, lost {shown['lost']}")
    click.echo(f"p50 {shown['p50_ms']} ms   p95 {shown['p95_ms']} ms   p99 {shown['p99_ms']} ms   max {shown['max_ms']} ms")
    click.echo("target: p95 below 1000 ms" + ("" if shown["p95_ms"] < 1000 else " -- missed"))


def _require_running(settings: Settings) -> None:
    """Say plainly that the product must run, before anything is made."""
    parts = urlsplit(settings.stream_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=2).close()
    except OSError:
        raise click.ClickException(f"Nothing answers at {settings.stream_url}. Start the product first: voltpact up") from None


@contextlib.contextmanager
def _places(settings: Settings, count: int) -> Iterator[Places]:
    """Charge points of the bench, gone afterwards."""
    engine = make_engine(settings.database_url, pool_size=2, application="voltpact bench")
    try:
        with Session(engine) as session:
            _clear(session)
            places = _make_places(session, settings, count)
            session.commit()
        yield places
        with Session(engine) as session:
            _clear(session)
            session.commit()
    finally:
        engine.dispose()


def _make_places(session: Session, settings: Settings, count: int) -> Places:
    operator = session.scalars(select(Operator).order_by(Operator.created_at).limit(1)).first()
    user = session.scalars(select(User).limit(1)).first()
    if operator is None or user is None:
        raise click.ClickException("There is no operator yet. Fill the database first, for example with: voltpact demo")
    now: datetime = system_clock()
    site = make.location(session, operator, f"{_PREFIX} site", now)
    # fresh names each time: the worker remembers the keys of those it has met
    run, made = secrets.token_hex(3).upper(), []
    for n in range(count):
        label, password = f"{_PREFIX}-{run}-{n:04}", secrets.token_hex(20)
        make.station(
            session, site, label, now, secret_key=settings.secret_key, password=password, evses=(("AC", 22_000),), party=f"XX*{_PREFIX}"
        )
        made.append((label, password))
    return Places(made, operator.id, user.id)


def _clear(session: Session) -> None:
    ours = select(Station.id).where(Station.label.like(f"{_PREFIX}-%"))
    session.execute(delete(MessageLog).where(MessageLog.station_id.in_(ours)))
    session.execute(delete(StatusChange).where(StatusChange.station_id.in_(ours)))
    session.execute(text("delete from evse where station_id in (select id from station where label like :ours)"), {"ours": f"{_PREFIX}-%"})
    session.execute(delete(Station).where(Station.label.like(f"{_PREFIX}-%")))
    session.execute(delete(Location).where(Location.name == f"{_PREFIX} site"))


@contextlib.contextmanager
def _sessions(settings: Settings, places: Places) -> Iterator[list[str]]:
    """A browser session per language, as the web process would leave it."""
    client = redis.Redis.from_url(settings.redis_url)
    cookies = []
    for language, region in _LANGUAGES:
        sid = secrets.token_urlsafe(24)
        entry: dict[str, Any] = {
            "topics": [operator_topic(places.operator)],
            "rights": ["network.view", "session.amounts"],
            "locations": None,
        }
        entry |= {"language": language, "region": region, "at": system_clock().isoformat()}
        client.set(f"voltpact:session:{sid}", orjson.dumps({"_user_id": str(places.user), "live": {"cpo": entry}}), ex=3600)
        cookies.append(sid)
    try:
        yield cookies
    finally:
        client.delete(*(f"voltpact:session:{sid}" for sid in cookies))
        client.close()


async def _measure(settings: Settings, places: Places, cookies: list[str], dashboards: int, seconds: int) -> Result:
    sent: dict[int, float] = {}
    result = Result(expected=0)
    joined = asyncio.Event()
    ready: list[int] = []

    def note_ready() -> None:
        ready.append(1)
        if len(ready) == dashboards:
            joined.set()

    listeners = [
        asyncio.create_task(_listen(settings.stream_url, cookies[n % len(cookies)], sent, result.delays, note_ready))
        for n in range(dashboards)
    ]
    async with _dialled_in(settings, places) as links:
        await _all_open(listeners, joined)
        result.expected = dashboards * await _report(links, seconds, sent)
        await asyncio.sleep(3)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    return result


async def _all_open(listeners: list[asyncio.Task[None]], joined: asyncio.Event) -> None:
    """Wait until every stream is open; the first that is refused ends the measurement with its reason."""
    waiting = asyncio.create_task(joined.wait())
    await asyncio.wait([waiting, *listeners], timeout=60, return_when=asyncio.FIRST_COMPLETED)
    if not joined.is_set():
        waiting.cancel()
        for listener in listeners:
            listener.cancel()
        ends = await asyncio.gather(*listeners, return_exceptions=True)
        reasons = sorted({str(end) for end in ends if isinstance(end, Exception)})
        raise click.ClickException("; ".join(reasons) or "not every stream opened within a minute")


async def _listen(url: str, cookie: str, sent: dict[int, float], delays: list[float], note_ready: Any) -> None:
    """One dashboard: a plain HTTP stream; each number seen for the first time is a delivery."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80, limit=1 << 20)
    head = ["GET /live/cpo?watch=card HTTP/1.1", f"Host: {parts.netloc}", f"Cookie: voltpact_session={cookie}", "", ""]
    writer.write("\r\n".join(head).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in answer.split(b"\r\n", 1)[0]:
        raise click.ClickException(f"a stream was refused: {answer[:60]!r}")
    seen: set[int] = set()
    note_ready()
    rest = b""
    try:
        while chunk := await reader.read(1 << 18):
            now = time.perf_counter()
            data = rest + chunk
            for mark in _MARK.findall(data):
                number = int(mark)
                if number in sent and number not in seen:
                    seen.add(number)
                    delays.append(now - sent[number])
            rest = data[-40:]
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def _dialled_in(settings: Settings, places: Places) -> AsyncIterator[list[ClientConnection]]:
    """Every charge point of the bench connected and booted."""
    async with contextlib.AsyncExitStack() as stack:
        links = []
        for label, password in places.stations:
            token = base64.b64encode(f"{label}:{password}".encode()).decode()
            address = f"{settings.ocpp_public_url}/{label}"
            link = await stack.enter_async_context(
                connect(address, subprotocols=["ocpp1.6"], additional_headers={"Authorization": f"Basic {token}"})  # type: ignore[list-item]
            )
            await _call(link, "BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "Bench"})
            links.append(link)
        yield links


async def _report(links: list[ClientConnection], seconds: int, sent: dict[int, float]) -> int:
    """Each charge point reports once a second, all of them spread evenly; returns how many reports were sent."""
    number = 0
    begun = time.perf_counter()
    for _ in range(seconds):
        for link in links:
            number += 1
            await asyncio.sleep(max(0.0, begun + number / len(links) - time.perf_counter()))
            stamp = system_clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            payload = {"connectorId": 1, "status": "Available", "errorCode": "OtherError", "info": f"bench-{number}", "timestamp": stamp}
            sent[number] = time.perf_counter()
            await _call(link, "StatusNotification", payload)
    return number


async def _call(link: ClientConnection, action: str, payload: dict[str, Any]) -> None:
    await link.send(orjson.dumps([2, secrets.token_hex(8), action, payload]).decode())
    await link.recv()
