"""What a simulated charge point is made of: its plan, its outlets, and the words it can say in either protocol version."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.demo.car import Car


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
