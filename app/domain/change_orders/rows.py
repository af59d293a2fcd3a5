"""Change orders as pages see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
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
OPEN = ("received", "checked")


@dataclass(frozen=True, slots=True)
class OrderInput:
    """A wish as typed; ``wanted_on`` None: as soon as possible."""

    topic: str
    thing: str
    present: str
    wanted: str
    wanted_on: date | None = None


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
    #: whoever looks has taken it
    mine: bool
