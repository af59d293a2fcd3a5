"""A real worker over a real database, and stations that say exactly the frames a test wants."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from websockets.asyncio.client import ClientConnection, connect

from app.demo.cast import Cast
from app.ocpp.server import Patience, Worker
from tests.cast import KeptCast, empty

PASSWORD = "station-password"
V16, V201 = "ocpp1.6", "ocpp2.0.1"
_numbers = itertools.count(1)
QUICK = Patience(gather_s=0.004, look_s=0.1, reload_s=0.5, ping_after_s=20, flush_s=5)


class Base:
    """The cast committed, with open eyes into the database."""

    def __init__(self, cast: Cast, database: Any, settings: Any) -> None:
        self.cast, self.database, self.settings = cast, database, settings

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with Session(self.database.owner) as session:
            return list(session.execute(text(sql), values).mappings())

    def row(self, sql: str, **values: Any) -> Any:
        found = self.rows(sql, **values)
        assert len(found) == 1, found
        return found[0]

    def run(self, sql: str, **values: Any) -> None:
        with Session(self.database.owner) as session:
            session.execute(text(sql), values)
            session.commit()

    def sessions(self, label: str = "NL-0417") -> list[Any]:
        return self.rows(
            "select s.* from charging_session s join station t on t.id = s.station_id where t.label = :label order by s.created_at, s.id",
            label=label,
        )

    async def until(self, ask: Callable[[], Any], within_s: float = 5.0) -> Any:
        """Ask again and again until the answer is true."""
        end = asyncio.get_running_loop().time() + within_s
        while not (found := await asyncio.to_thread(ask)):
            assert asyncio.get_running_loop().time() < end, "did not happen in time"
            await asyncio.sleep(0.03)
        return found


class Charger:
    """A charge point as a test plays it: raw frames in and out."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, frame: Any) -> None:
        """A frame: lists become JSON, text and bytes go as they are."""
        await self.connection.send(json.dumps(frame) if isinstance(frame, list) else frame)

    async def receive(self, within_s: float = 5.0) -> Any:
        async with asyncio.timeout(within_s):
            return json.loads(await self.connection.recv())

    async def call(self, action: str, payload: Any, uid: Any = None) -> Any:
        """Send a call and give back the payload of its answer; a CALLERROR gives the whole frame."""
        uid = uid if uid is not None else f"m{next(_numbers)}"
        await self.send([2, uid, action, payload])
        answer = await self.receive()
        assert answer[1] == uid, answer
        return answer[2] if answer[0] == 3 else answer

    async def is_alive(self) -> bool:
        """Whether the connection still works."""
        return "currentTime" in await self.call("Heartbeat", {})

    async def start(self, at: datetime, meter: int = 1000, tag: str = "CARD1", connector: int = 1) -> int:
        payload = {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": stamp(at)}
        answer = await self.call("StartTransaction", payload)
        return int(answer["transactionId"])

    async def stop(self, number: int, at: datetime, meter: int, **more: Any) -> Any:
        return await self.call("StopTransaction", {"transactionId": number, "meterStop": meter, "timestamp": stamp(at), **more})

    async def meter(self, number: int | None, at: datetime, register: int, connector: int = 1) -> Any:
        values = [
            {"timestamp": stamp(at), "sampledValue": [{"value": str(register)}, {"value": "7200", "measurand": "Power.Active.Import"}]}
        ]
        payload: dict[str, Any] = {"connectorId": connector, "meterValue": values}
        if number is not None:
            payload["transactionId"] = number
        return await self.call("MeterValues", payload)

    async def status(self, status: str, at: datetime, connector: int = 1, error: str = "NoError") -> Any:
        payload = {"connectorId": connector, "status": status, "errorCode": error, "timestamp": stamp(at)}
        return await self.call("StatusNotification", payload)

    async def close(self) -> None:
        await self.connection.close()


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ago(**delta: float) -> datetime:
    return datetime.now(UTC) - timedelta(**delta)


def basic(user: str, password: str | bytes = PASSWORD) -> dict[str, str]:
    raw = password.encode() if isinstance(password, str) else password
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + raw).decode()}


@pytest.fixture(scope="session")
def cast_of_today(database: Any, settings: Any) -> KeptCast:
    """A cast that stands for some months by the real clock."""
    at = ago(days=90)
    return KeptCast.make(database, settings.secret_key, "kept_today", at, at.date().replace(day=1))


@pytest.fixture
def base(database: Any, settings: Any, cast_of_today: KeptCast) -> Iterator[Base]:
    cast = cast_of_today.restore(database, "current_date - 1, current_date + 2")
    with Session(database.owner, expire_on_commit=False) as session:
        columns = "id, operator_id, value, label, status, channel, created_at"
        token = f"insert into id_token ({columns}) values (uuidv7(), :o, :v, :v, :s, 'internal', now())"
        for value, status in (("CARD1", "accepted"), ("CARD2", "accepted"), ("BLOCKED1", "blocked")):
            session.execute(text(token), {"o": cast.operator.id, "v": value, "s": status})
        session.commit()
    yield Base(cast, database, settings)
    empty(database)


class House:
    """The worker under test and how to reach it."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.worker: Worker
        self.port = 0

    async def open(self, patience: Patience = QUICK) -> None:
        self.worker = Worker(self.base.settings, patience=patience)
        self.port = await self.worker.start("127.0.0.1", 0)

    def url(self, identity: str) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp/{identity}"

    @asynccontextmanager
    async def charger(self, label: str = "NL-0417", protocol: str = V16, **options: Any) -> AsyncIterator[Charger]:
        async with connect(
            self.url(label), subprotocols=[protocol], additional_headers=basic(label), compression=None, ping_interval=None, **options
        ) as connection:
            yield Charger(connection)


@pytest.fixture
async def house(base: Base) -> AsyncIterator[House]:
    made = House(base)
    await made.open()
    yield made
    await made.worker.close()
