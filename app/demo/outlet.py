"""What a simulated charge point is made of: its plan, its outlets, and the words it can say in either protocol version."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.demo.car import Car
from app.demo.settings import Limit, Reserved


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
    limit: Limit | None = None
    reserved: Reserved | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def is_for(self, token: str) -> bool:
        """Whether that card may charge here."""
        return self.reserved is None or self.reserved.token == token

    @property
    def offered_w(self) -> int:
        """What a car may take now."""
        return self.max_w if self.limit is None else min(self.max_w, self.limit.watts)


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

    async def firmware(self, status: str, number: int | None) -> None:
        """Report how an update goes; ``number`` is that of the wish, where the protocol has one."""
        ...

    async def report(self, number: int) -> None:
        """Tell the whole configuration, where the protocol does that in messages."""
        ...

    async def listen(self) -> None:
        """Answer the server until the link ends."""
        ...


Said = Callable[[Wire], Awaitable[Any]]
