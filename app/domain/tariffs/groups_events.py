"""What happens to tariff groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class TariffGroupCreated(Event):
    """A tariff group exists; everyone pays by one price sheet."""

    code: str
    group_name: str
    rest: str


@dataclass(frozen=True, kw_only=True)
class TariffGroupPublished(Event):
    """A tariff group gets new lines from an instant on; running sessions keep what they started with."""

    code: str
    number: int
    valid_from: datetime
    rest: UUID
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class TariffGroupArchived(Event):
    """A tariff group that counts nowhere left the lists."""

    code: str


@dataclass(frozen=True, kw_only=True)
class TariffGroupAttached(Event):
    """From an instant on a charge point, EVSE, location, partner or the operator has this group; ``code`` None: none of its own."""

    code: str | None
    level: str
    place: str
    valid_from: datetime


@dataclass(frozen=True, kw_only=True)
class UserGroupCreated(Event):
    """A group of people that prices can name."""

    code: str
    group_name: str


@dataclass(frozen=True, kw_only=True)
class BulkAssignmentStarted(Event):
    """Many EVSEs shall get a price."""

    code: str
    total: int
    valid_from: datetime


@dataclass(frozen=True, kw_only=True)
class BulkAssignmentDone(Event):
    """Up to 1,000 EVSEs of it were seen to."""

    code: str
    by: str
    done: int
    skipped: int
