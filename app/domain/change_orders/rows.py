"""Change orders as pages see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.access.permissions import Permission

#: topic -> the right to see what it is about: who does not see a thing cannot ask for another
TOPICS: dict[str, Permission] = {
    "prices": Permission.TARIFF_VIEW,
    "access": Permission.NETWORK_VIEW,
    "technical": Permission.NETWORK_VIEW,
    "contract": Permission.CONTRACT_VIEW,
    "bank": Permission.BANK_VIEW,
    "data": Permission.PARTNER_VIEW,
}
#: states of an order that still waits for somebody
OPEN = ("received", "checked", "question", "waiting", "scheduled")
#: files of one order, at most, and bytes of all of them
MOST_FILES, LARGEST = 5, 10_000_000


#: what an order changed can be taken back so long
UNDO = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OrderInput:
    """A wish as typed; ``wanted_on`` None: as soon as possible."""

    topic: str
    thing: str
    present: str
    wanted: str
    wanted_on: date | None = None
    #: name as uploaded, and bytes
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderFile:
    """A file of an order; ``size`` in bytes, ``message``: number of the answer that it came with (None: with the order)."""

    number: int
    name: str
    media_type: str
    size: int
    message: int | None = None


@dataclass(frozen=True, slots=True)
class OrderMessage:
    """A question of the operator (``kind`` question) or the partner's answer, with the files that came with it."""

    number: int
    kind: str
    said_at: datetime
    said_name: str
    body: str
    files: tuple[OrderFile, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanInput:
    """A change to prepare: ``values`` of its kind as wanted, ``mark`` of the value that the form was filled in for."""

    kind: str
    thing: str
    values: dict[str, Any]
    mark: str
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A change prepared for an order. ``mine``: planned by who looks; ``stale``: the value is another one now (None: nobody looked)."""

    kind: str
    thing: str
    thing_name: str
    before: dict[str, Any]
    after: dict[str, Any]
    starts_at: datetime | None
    second_person: bool
    state: str
    planned_at: datetime
    planned_name: str
    approved_at: datetime | None
    approved_name: str | None
    ran_at: datetime | None
    took_effect_at: datetime | None
    undone_at: datetime | None
    undone_name: str | None
    reason: str
    mine: bool
    money: bool
    stale: bool | None = None

    @property
    def undo_until(self) -> datetime | None:
        """Until when it can be taken back, unless a document is issued under it."""
        return None if self.ran_at is None else self.ran_at + UNDO


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with how it went."""

    id: UUID
    partner_id: UUID
    partner_code: str
    partner_name: str
    time_zone: str
    code: str
    topic: str
    thing: str
    present: str
    wanted: str
    wanted_on: date | None
    asked_at: datetime
    asked_name: str
    state: str
    taken_at: datetime | None
    taken_name: str | None
    decided_at: datetime | None
    decided_name: str | None
    note: str
    #: since when it waits for the partner's answer
    asked_back_at: datetime | None
    #: seconds it has been open, or was, without those in which it waited for answers
    open_s: int
    #: whoever looks has taken it
    mine: bool

    @property
    def right(self) -> Permission:
        """The right to see what it is about, and so its files."""
        return TOPICS[self.topic]
