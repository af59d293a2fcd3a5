"""A simulated charge point: a real websocket client that speaks OCPP, charges cars, keeps what it could not send, and obeys commands.

What happens on the connectors is the same for both protocol versions (this module); how it is said on the wire is in
``client16`` and ``client201``. Messages of a running transaction are queued while offline and sent in order afterwards, as OCPP asks.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from functools import partial
from typing import Any

from app.demo.car import Car
from app.demo.link import Link
from app.demo.obedient import Obedient
from app.demo.outlet import Outlet, Wire


class SimulatedStation(Link, Obedient):
    """Plays one charge point until cancelled."""

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

    async def play(self, outlet: Outlet) -> None:
        """Cars come and go; now and then a fault."""
        outlet.stopping = asyncio.Event()
        wait = self.arrivals.first_s(self.plan.busy)
        while True:
            if not self.plan.walk_ins:
                await asyncio.sleep(3600)
                continue
            await asyncio.sleep(wait)
            wait = self.arrivals.next_s(self.plan.busy)
            if outlet.reserved is not None:
                continue
            if self.arrivals.chance(self.plan.faults) and outlet.car is None:
                await self.fault(outlet, "GroundFailure", self.arrivals.pause_s(0.9))
            elif outlet.car is None:
                await self.charge(outlet, self.arrivals.visitor(outlet.current), self.arrivals.pick(list(self.plan.tokens)))

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
        outlet.car, outlet.token, outlet.remote_start_id, outlet.reserved = car, token, remote_start_id, None
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
            outlet.meter_wh += car.step(self.meter_seconds, outlet.offered_w)
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
        free = [o for o in wanted if o.car is None and o.status in ("Available", "Preparing", "Reserved") and o.is_for(token)]
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


async def _status_of(outlet: Outlet, at: datetime, wire: Wire) -> None:
    await wire.status(outlet, at)
