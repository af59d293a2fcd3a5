"""What a simulated charge point does when it is told: limits, reservations, new firmware. The same for both protocol versions."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from functools import partial
from typing import Any, Final

from app.demo.outlet import Outlet, Said, Wire
from app.demo.settings import Limit, Reserved, offered_in
from app.kernel.clock import Clock

#: how an update goes, and how long each step takes
_UPDATE: Final = (("Downloading", 2.0), ("Downloaded", 1.0), ("Installing", 2.0), ("Installed", 0.5))
#: tasks begun by commands, kept so that they are not collected while they run
_running: set[asyncio.Task[Any]] = set()


class Obedient:
    """Part of a simulated charge point; what it uses of the link is named here."""

    clock: Clock
    outlets: dict[int, Outlet]

    async def say(self, what: Said) -> Any:
        """Queue a message (the link does)."""
        raise NotImplementedError

    async def show(self, outlet: Outlet, status: str, error: str = "NoError") -> None:
        """Change and report an outlet's status (the station does)."""
        raise NotImplementedError

    def restart_soon(self) -> None:
        """Boot again (the station does)."""
        raise NotImplementedError

    def set_limit(self, number: int, limit: Limit) -> bool:
        """Limit an outlet (0: all) until then; False if there is none such."""
        meant = [outlet for outlet in self.outlets.values() if number in (0, outlet.number)]
        for outlet in meant:
            outlet.limit = limit
            if limit.until is not None:
                self._spawn(self._lift_later(outlet, limit, (limit.until - self.clock()).total_seconds()))
        return bool(meant)

    async def _lift_later(self, outlet: Outlet, limit: Limit, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
        if outlet.limit is limit:
            outlet.limit = None

    def lift_limits(self) -> bool:
        """Forget all limits; False if there were none."""
        limited = [outlet for outlet in self.outlets.values() if outlet.limit is not None]
        for outlet in limited:
            outlet.limit = None
        return bool(limited)

    def schedule(self, number: int, seconds: int, unit: str | None) -> dict[str, Any] | None:
        """What an outlet will allow in the coming seconds, as both protocols say it; None if there is none such."""
        outlet = self.outlets.get(number)
        if outlet is None:
            return None
        said = unit or (outlet.limit.unit if outlet.limit else "W")
        steps = [{"start_period": 0, "limit": offered_in(said, outlet.offered_w, outlet.max_w)}]
        until = outlet.limit.until if outlet.limit else None
        left = int((until - self.clock()).total_seconds()) if until else seconds
        if 0 < left < seconds:
            steps.append({"start_period": left, "limit": offered_in(said, outlet.max_w, outlet.max_w)})
        return {"duration": seconds, "charging_rate_unit": said, "charging_schedule_period": steps}

    def reserve(self, number: int, key: int, token: str, until: datetime) -> str:
        """Keep an outlet for a card; the word of the answer."""
        outlet = self.outlets.get(number)
        if outlet is None:
            return "Rejected"
        if outlet.status in ("Faulted", "Unavailable"):
            return outlet.status
        if outlet.car is not None or (outlet.reserved is not None and outlet.reserved.number != key):
            return "Occupied"
        outlet.reserved = kept = Reserved(key, token, until)
        self._spawn(self.show(outlet, "Reserved"))
        self._spawn(self._free_later(outlet, kept))
        return "Accepted"

    async def _free_later(self, outlet: Outlet, kept: Reserved) -> None:
        await asyncio.sleep(max(0.0, (kept.until - self.clock()).total_seconds()))
        if outlet.reserved is kept:
            self.unreserve(kept.number)

    def unreserve(self, key: int) -> bool:
        """End a reservation; False if there is none such."""
        kept = [outlet for outlet in self.outlets.values() if outlet.reserved is not None and outlet.reserved.number == key]
        for outlet in kept:
            outlet.reserved = None
            self._spawn(self.show(outlet, "Available"))
        return bool(kept)

    def update_soon(self, number: int | None = None) -> None:
        """Play an update: report each step, then boot again."""
        self._spawn(self._update(number))

    async def _update(self, number: int | None) -> None:
        for status, seconds in _UPDATE:
            await self.say(partial(_tell, status, number))
            await asyncio.sleep(seconds)
        self.restart_soon()

    def report_soon(self, number: int) -> None:
        """Tell the whole configuration after the answer."""
        self._spawn(self.say(lambda wire: wire.report(number)))

    def _spawn(self, what: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(what)
        _running.add(task)
        task.add_done_callback(_running.discard)


async def _tell(status: str, number: int | None, wire: Wire) -> None:
    await wire.firmware(status, number)
