"""Many charge points in one process, for ``voltpact bench ocpp``: they charge one session after the other, and dial again after a storm.

Each has one message under way, as OCPP wants it, and sends the next when the last is answered. Loopback only.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

#: one session: what a station says from plug to plug
CYCLE = tuple("Preparing start Charging meter meter heartbeat meter meter meter heartbeat meter stop Available".split())


@dataclass
class Crowd:
    """Stations of one run, what they have said together, and what went wrong."""

    port: int
    protocol: str
    credentials: list[tuple[str, str]]
    limit: int = 0
    sent: int = 0
    answered: int = 0
    errors: int = 0
    booted: int = 0
    latencies: list[float] = field(default_factory=list)
    stations: list[BenchStation] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    calm: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self, at_once: int = 200) -> None:
        """Everybody connected and booted."""
        gate = asyncio.Semaphore(at_once)

        async def one(station: BenchStation) -> None:
            async with gate:
                await station.dial()

        self.stations = [BenchStation(self, n, identity, password) for n, (identity, password) in enumerate(self.credentials)]
        await asyncio.gather(*(one(station) for station in self.stations))
        await self._until_booted()

    async def charge(self, messages: int) -> float:
        """Send so many messages, closed loop; the seconds it took."""
        self.limit, self.sent, self.answered = messages, 0, 0
        self.latencies.clear()
        self.done.clear()
        began = time.perf_counter()
        for station in self.stations:
            station.go_on()
        await self.done.wait()
        return time.perf_counter() - began

    async def pace(self, rate: int, seconds: float) -> int:
        """So many messages a second, each of the next charge point in turn, answered or not; how many were left out.

        A charge point has one message under way (OCPP), so one that waits for an answer is left out.
        """
        loop = asyncio.get_running_loop()
        self.limit, self.sent, self.answered, late = 0, 0, 0, 0
        self.latencies.clear()
        began = loop.time()
        for number in range(int(rate * seconds)):
            ahead = began + number / rate - loop.time()
            if ahead > 0:
                await asyncio.sleep(ahead)
            station = self.stations[number % len(self.stations)]
            if station.waits:
                late += 1
                continue
            self.limit += 1
            station.go_on()
        self.done.clear()
        if self.answered < self.sent:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.done.wait(), 10)
        self.errors += self.sent - self.answered
        return late

    async def come_back(self) -> float:
        """Everybody dials again at once, until all have booted; the seconds since the first was let in."""
        self.booted = 0
        self.calm.clear()
        first = asyncio.get_running_loop().create_future()
        tasks = [asyncio.create_task(station.insist(first)) for station in self.stations]
        began: float = await first
        await asyncio.gather(*tasks)
        await self._until_booted()
        return time.perf_counter() - began

    async def leave(self) -> None:
        """Everybody goes."""
        for station in self.stations:
            station.drop()
        await asyncio.sleep(0.5)

    async def _until_booted(self) -> None:
        if self.booted < len(self.stations):
            await self.calm.wait()


class BenchStation(WSListener):
    """One charge point: its place in the cycle, its register, its open question."""

    def __init__(self, crowd: Crowd, number: int, identity: str, password: str) -> None:
        super().__init__()
        self.crowd = crowd
        self.number = number
        self.url = f"ws://127.0.0.1:{crowd.port}/ocpp/{identity}"
        token = base64.b64encode(f"{identity}:{password}".encode()).decode()
        self.headers = [("Sec-WebSocket-Protocol", crowd.protocol), ("Authorization", f"Basic {token}")]
        self.tag = f"TAG{number:07d}"
        # spread over the cycle, so that every kind of message is there all the time
        self.place = number % len(CYCLE)
        self.transaction: int | str | None = None
        self.sessions = 0
        self.register = 1000 * number
        self.seq = 0
        self.count = 0
        self.uid = ""
        self.asked = ""
        self.sent_at = 0.0
        #: asked, and not answered yet
        self.waits = False
        self.transport: WSTransport | None = None

    async def dial(self) -> None:
        """Connect and boot."""
        await ws_connect(lambda: self, self.url, extra_headers=self.headers, websocket_handshake_timeout=30)
        who = {"chargePointVendor": "Bench", "chargePointModel": "B1"}
        if self.crowd.protocol != "ocpp1.6":
            who = {"reason": "PowerUp", "chargingStation": {"vendorName": "Bench", "model": "B1"}}  # type: ignore[dict-item]
        self.say("BootNotification", who)

    async def insist(self, first: asyncio.Future[float]) -> None:
        """Connect, however often it takes."""
        while True:
            try:
                await self.dial()
            except Exception:  # noqa: BLE001 - refused, reset, timed out: dial again
                await asyncio.sleep(0.2)
            else:
                if not first.done():
                    first.set_result(time.perf_counter())
                return

    def drop(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.disconnect(graceful=False)
            self.transport = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The link is there."""
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The link is gone."""
        if self.transport is transport:
            self.transport = None

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        """An answer: note it, then say the next thing."""
        if frame.msg_type != WSMsgType.TEXT:
            return
        message = orjson.loads(frame.get_payload_as_bytes())
        crowd = self.crowd
        if message[0] != 3 or message[1] != self.uid:
            crowd.errors += 1
        elif self.asked == "BootNotification":
            self.waits = False
            crowd.booted += 1
            if crowd.booted >= len(crowd.stations):
                crowd.calm.set()
            return
        elif self.asked == "StartTransaction":
            self.transaction = message[2]["transactionId"]
        self.waits = False
        crowd.answered += 1
        crowd.latencies.append(time.perf_counter() - self.sent_at)
        if crowd.answered >= crowd.limit:
            crowd.done.set()
        self.go_on()

    def go_on(self) -> None:
        """Say the next thing of the cycle, unless enough was said."""
        if self.crowd.sent >= self.crowd.limit:
            return
        self.crowd.sent += 1
        step = CYCLE[self.place]
        self.place = (self.place + 1) % len(CYCLE)
        (self._say_16 if self.crowd.protocol == "ocpp1.6" else self._say_201)(step)

    def say(self, action: str, payload: dict[str, Any]) -> None:
        """Send a call."""
        self.count += 1
        self.uid = f"b{self.number}-{self.count}"
        self.asked = action
        self.waits = True
        self.sent_at = time.perf_counter()
        if self.transport is not None:
            self.transport.send(WSMsgType.TEXT, orjson.dumps([2, self.uid, action, payload]))

    def _say_16(self, step: str) -> None:
        at = _stamp()
        if step == "start":
            self.say("StartTransaction", {"connectorId": 1, "idTag": self.tag, "meterStart": self.register, "timestamp": at})
        elif step == "stop" and self.transaction is not None:
            number, self.transaction = self.transaction, None
            self.say("StopTransaction", {"transactionId": number, "idTag": self.tag, "meterStop": self.register, "timestamp": at})
        elif step == "meter":
            self.register += 150
            samples = [
                {"value": str(self.register), "measurand": "Energy.Active.Import.Register", "unit": "Wh", "context": "Sample.Periodic"},
                {"value": "11000", "measurand": "Power.Active.Import", "unit": "W", "context": "Sample.Periodic"},
                {"value": "16", "measurand": "Current.Import", "phase": "L1", "unit": "A", "context": "Sample.Periodic"},
            ]
            payload: dict[str, Any] = {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": samples}]}
            if self.transaction is not None:
                payload["transactionId"] = self.transaction
            self.say("MeterValues", payload)
        elif step in ("heartbeat", "stop"):
            self.say("Heartbeat", {})
        else:
            self.say("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": step, "timestamp": at})

    def _say_201(self, step: str) -> None:
        at = _stamp()
        if step in ("Preparing", "Charging", "Available"):
            state = "Available" if step == "Available" else "Occupied"
            self.say("StatusNotification", {"timestamp": at, "connectorStatus": state, "evseId": 1, "connectorId": 1})
            return
        if step == "heartbeat" or (step != "start" and self.transaction is None):
            self.say("Heartbeat", {})
            return
        if step == "start":
            self.sessions += 1
            self.seq = 0
            self.transaction = f"{self.number}-{self.sessions}-{int(self.sent_at * 1000)}"
        self.seq += 1
        self.register += 150
        kind = {"start": "Started", "stop": "Ended"}.get(step, "Updated")
        payload: dict[str, Any] = {
            "eventType": kind,
            "timestamp": at,
            "triggerReason": "MeterValuePeriodic",
            "seqNo": self.seq,
            "transactionInfo": {"transactionId": self.transaction, "chargingState": "Charging"},
            "meterValue": [
                {
                    "timestamp": at,
                    "sampledValue": [
                        {"value": self.register, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "Wh"}},
                        {"value": 11000, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}},
                    ],
                }
            ],
        }
        if kind != "Updated":
            payload |= {"evse": {"id": 1, "connectorId": 1}, "idToken": {"idToken": self.tag, "type": "ISO14443"}}
        if step == "stop":
            self.transaction = None
        self.say("TransactionEvent", payload)


def _stamp() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
