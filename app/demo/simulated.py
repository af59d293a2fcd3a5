"""A simulated charge point: a real websocket client that speaks OCPP, charges cars, keeps what it could not send, and obeys commands.

What happens on the connectors is the same for both protocol versions (this module); how it is said on the wire is in
``client16`` and ``client201``. Messages of a running transaction are queued while offline and sent in order afterwards, as OCPP asks.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.demo.car import Arrivals, Car
from app.kernel.clock import Clock, system_clock

log = logging.getLogger("voltpact.stations")

#: how often a charging connector reports its meter
METER_SECONDS = 10.0
#: the server closes with this code when a newer link took over; a simulated station then keeps away for a while
KEEPS_AWAY_SECONDS = 900.0


@dataclass(frozen=True)
class Plan:
    """What to play: identity and password, protocol, EVSEs as (current, watts), how busy, which troubles."""

    identity: str
    password: str
    protocol: str
    evses: tuple[tuple[str, int], ...]
    vendor: str = "Voltpact"
    model: str = "Simulated"
    busy: float = 0.5
    faults: float = 0.0
    offline: float = 0.0
    #: cars come by themselves; without, only remote starts begin a session
    walk_ins: bool = True
    tokens: tuple[str, ...] = ("DEMO-CARD-1",)


@dataclass
class Outlet:
    """One EVSE with its connector."""

    number: int
    current: str
    max_w: int
    status: str = "Available"
    error: str = "NoError"
    meter_wh: float = 0.0
    car: Car | None = None
    token: str | None = None
    transaction: Any = None
    sequence: int = 0
    charging: bool = False
    remote_start_id: int | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


class Wire(Protocol):
    """How facts are said in one protocol version. Each call returns once the server answered."""

    async def boot(self) -> float:
        """Announce the charge point; the wanted heartbeat interval in seconds."""
        ...

    async def heartbeat(self) -> None:
        """Say that it lives."""
        ...

    async def status(self, outlet: Outlet, at: datetime) -> None:
        """Report the state of an outlet."""
        ...

    async def begin(self, outlet: Outlet, at: datetime) -> bool:
        """Begin a transaction; False if the token is refused."""
        ...

    async def meter(self, outlet: Outlet, at: datetime) -> None:
        """Report the meter."""
        ...

    async def end(self, outlet: Outlet, at: datetime, reason: str) -> None:
        """End the transaction."""
        ...

    async def listen(self) -> None:
        """Answer the server until the link ends."""
        ...


Said = Callable[[Wire], Awaitable[Any]]


class SimulatedStation:
    """Plays one charge point until cancelled."""

    def __init__(
        self,
        plan: Plan,
        url: str,
        wire: Callable[[SimulatedStation, ClientConnection], Wire],
        *,
        seed: int = 0,
        clock: Clock = system_clock,
        meter_seconds: float = METER_SECONDS,
    ) -> None:
        self.plan = plan
        self.url = f"{url.rstrip('/')}/{plan.identity}"
        self.clock = clock
        self.meter_seconds = meter_seconds
        self.arrivals = Arrivals(seed)
        self.outlets = {n: Outlet(n, current, watts) for n, (current, watts) in enumerate(plan.evses, 1)}
        self.online = asyncio.Event()
        self._make_wire = wire
        self._wire: Wire | None = None
        self._connection: ClientConnection | None = None
        self._queue: deque[tuple[Said, asyncio.Future[Any]]] = deque()
        self._pending = asyncio.Event()
        self._away_until = 0.0

    # -- the link -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep a link up, play on every outlet."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_link())
            tasks.create_task(self._send_queue())
            for outlet in self.outlets.values():
                tasks.create_task(self._play(outlet))
            if self.plan.offline:
                tasks.create_task(self._drop_now_and_then())

    async def _keep_link(self) -> None:
        wait = 1.0
        while True:
            with contextlib.suppress(OSError, websockets.exceptions.WebSocketException, TimeoutError):
                await self._link()
                wait = 1.0
            self.online.clear()
            pause = max(wait, self._away_until - asyncio.get_running_loop().time())
            await asyncio.sleep(pause)
            wait = min(wait * 2, 30.0)

    async def _link(self) -> None:
        secret = base64.b64encode(f"{self.plan.identity}:{self.plan.password}".encode()).decode()
        async with connect(
            self.url,
            subprotocols=[Subprotocol(self.plan.protocol)],
            additional_headers={"Authorization": f"Basic {secret}"},
            compression=None,
            ping_interval=30,
        ) as connection:
            self._connection = connection
            self._wire = self._make_wire(self, connection)
            listening = asyncio.create_task(self._wire.listen())
            try:
                beat = await self._wire.boot()
                for outlet in self.outlets.values():
                    await self._wire.status(outlet, self.clock())
                self.online.set()
                while not listening.done():
                    await asyncio.wait({listening}, timeout=beat)
                    if not listening.done():
                        await self._wire.heartbeat()
            finally:
                self.online.clear()
                listening.cancel()
                with contextlib.suppress(asyncio.CancelledError, websockets.exceptions.ConnectionClosed):
                    await listening
                if (connection.close_code or 0) >= 4000:
                    self._away_until = asyncio.get_running_loop().time() + KEEPS_AWAY_SECONDS

    async def drop_link(self) -> None:
        """Lose the connection (an offline spell); it comes back by itself."""
        if self._connection is not None:
            await self._connection.close()

    async def _drop_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(120 + self.arrivals.pause_s(0.5))
            if self.arrivals.chance(self.plan.offline):
                self._away_until = asyncio.get_running_loop().time() + 60
                await self.drop_link()

    # -- saying things, in order, also after an outage --------------------------------------------------------------------

    async def say(self, what: Said) -> Any:
        """Queue one message; returns its answer, after an outage if need be."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.append((what, future))
        self._pending.set()
        return await future

    async def _send_queue(self) -> None:
        while True:
            await self._pending.wait()
            if not self._queue:
                self._pending.clear()
                continue
            await self.online.wait()
            what, future = self._queue[0]
            try:
                answer = await what(self._wire)  # type: ignore[arg-type]
            except (websockets.exceptions.ConnectionClosed, TimeoutError):
                await asyncio.sleep(0.5)
                continue
            self._queue.popleft()
            if not future.done():
                future.set_result(answer)

    # -- what happens at an outlet ----------------------------------------------------------------------------------------

    def report_all(self) -> None:
        """Say the status of every outlet again."""
        at = self.clock()
        for outlet in self.outlets.values():
            self._spawn(self.say(partial(_status_of, outlet, at)))

    def set_available(self, number: int, *, available: bool) -> None:
        """Put an outlet (0: all) in or out of service, where no car stands."""
        for outlet in self.outlets.values():
            if number in (0, outlet.number) and outlet.car is None:
                self._spawn(self.show(outlet, "Available" if available else "Unavailable"))

    def restart_soon(self) -> None:
        """End what runs, then lose the link and boot again."""
        self.stop_all()
        self._spawn(self._restart())

    async def _restart(self) -> None:
        await asyncio.sleep(3)
        await self.drop_link()

    async def _play(self, outlet: Outlet) -> None:
        outlet.stopping = asyncio.Event()
        while True:
            if not self.plan.walk_ins:
                await asyncio.sleep(3600)
                continue
            await asyncio.sleep(self.arrivals.pause_s(self.plan.busy))
            if self.arrivals.chance(self.plan.faults) and outlet.car is None:
                await self.fault(outlet, "GroundFailure", self.arrivals.pause_s(0.9))
            elif outlet.car is None:
                await self.charge(outlet, self.arrivals.car(outlet.current), self.arrivals.pick(list(self.plan.tokens)))

    async def fault(self, outlet: Outlet, code: str, seconds: float) -> None:
        """Report a fault, and the all-clear later."""
        await self.show(outlet, "Faulted", code)
        await asyncio.sleep(seconds)
        await self.show(outlet, "Available")

    async def show(self, outlet: Outlet, status: str, error: str = "NoError") -> None:
        """Change and report the outlet's status."""
        outlet.status, outlet.error = status, error
        at = self.clock()
        await self.say(lambda wire: wire.status(outlet, at))

    async def charge(self, outlet: Outlet, car: Car, token: str, remote_start_id: int | None = None) -> None:
        """One whole charge: plugged in, charging, full, unplugged."""
        outlet.car, outlet.token, outlet.remote_start_id = car, token, remote_start_id
        outlet.sequence = 0
        outlet.stopping.clear()
        await self.show(outlet, "Preparing")
        began = self.clock()
        outlet.charging = True
        if not await self.say(lambda wire: wire.begin(outlet, began)):
            outlet.car, outlet.charging = None, False
            await self.show(outlet, "Available")
            return
        await self.show(outlet, "Charging")
        reason = await self._flow(outlet, car)
        ended = self.clock()
        outlet.charging = False
        await self.say(lambda wire: wire.end(outlet, ended, reason))
        await self.show(outlet, "Finishing")
        await asyncio.sleep(2)
        outlet.car = outlet.token = outlet.transaction = outlet.remote_start_id = None
        await self.show(outlet, "Available")

    async def _flow(self, outlet: Outlet, car: Car) -> str:
        while not car.leaves:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(outlet.stopping.wait(), self.meter_seconds)
                return "Remote"
            outlet.meter_wh += car.step(self.meter_seconds, outlet.max_w)
            await self._read_meter(outlet)
            if car.full and outlet.status == "Charging":
                outlet.charging = False
                await self.show(outlet, "SuspendedEV")
        return "EVDisconnected"

    async def _read_meter(self, outlet: Outlet) -> None:
        at = self.clock()
        await self.say(lambda wire: wire.meter(outlet, at))

    # -- commands -----------------------------------------------------------------------------------------------------------

    def remote_start(self, number: int | None, token: str, remote_start_id: int | None = None) -> bool:
        """Begin a charge on that outlet (or the first free one); False if there is none."""
        wanted = [self.outlets[number]] if number in self.outlets else [o for o in self.outlets.values() if o.car is None]
        free = [o for o in wanted if o.car is None and o.status in ("Available", "Preparing", "Reserved")]
        if not free:
            return False
        outlet = free[0]
        outlet.car = self.arrivals.car(outlet.current)
        self._spawn(self._plug_in_soon(outlet, token, remote_start_id))
        return True

    async def _plug_in_soon(self, outlet: Outlet, token: str, remote_start_id: int | None) -> None:
        await asyncio.sleep(1.5)
        await self.charge(outlet, outlet.car or self.arrivals.car(outlet.current), token, remote_start_id)

    def remote_stop(self, transaction: Any) -> bool:
        """End the charge with that transaction; False if none runs."""
        running = [o for o in self.outlets.values() if o.transaction is not None and str(o.transaction) == str(transaction)]
        for outlet in running:
            outlet.stopping.set()
        return bool(running)

    def stop_all(self) -> None:
        """End every charge (before a restart)."""
        for outlet in self.outlets.values():
            outlet.stopping.set()

    def _spawn(self, what: Any) -> None:
        task = asyncio.get_running_loop().create_task(what)
        _running.add(task)
        task.add_done_callback(_running.discard)


async def _status_of(outlet: Outlet, at: datetime, wire: Wire) -> None:
    await wire.status(outlet, at)


#: tasks begun by commands, kept so that they are not collected while they run
_running: set[asyncio.Task[Any]] = set()
