"""The link of a simulated charge point: dials, boots, beats, comes back after an outage, and says queued things in order."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.demo.car import Arrivals
from app.demo.outlet import Outlet, Plan, Said, Wire
from app.kernel.clock import Clock, system_clock

#: how often a charging connector reports its meter
METER_SECONDS = 10.0
#: the server closes with a code of its own when a newer link took over; a simulated station then keeps away for a while
KEEPS_AWAY_SECONDS = 900.0


class Link(ABC):
    """Keeps one charge point connected until cancelled; what happens on its outlets is told by ``play``."""

    def __init__(
        self,
        plan: Plan,
        url: str,
        wire: Callable[[Any, ClientConnection], Wire],
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
                tasks.create_task(self.play(outlet))
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

    @abstractmethod
    async def play(self, outlet: Outlet) -> None:
        """What happens at an outlet, for ever."""

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
