"""What happens to tariffs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class TariffCreated(Event):
    """A price sheet exists."""

    code: str
    tariff_name: str
    terms: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class TermsPublished(Event):
    """A price sheet gets new terms from an instant on; running sessions keep theirs."""

    live: ClassVar[bool] = True
    code: str
    number: int
    valid_from: datetime
    before: dict[str, Any] | None
    terms: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class TermsWithdrawn(Event):
    """Terms that had not started are taken back."""

    live: ClassVar[bool] = True
    code: str
    number: int
    valid_from: datetime


@dataclass(frozen=True, kw_only=True)
class TariffAssigned(Event):
    """These EVSEs have this price sheet from an instant on."""

    code: str
    valid_from: datetime
    evse_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class TariffArchived(Event):
    """A price sheet nobody uses any more left the lists."""

    code: str


@dataclass(frozen=True, kw_only=True)
class TariffRestored(Event):
    """An archived price sheet is back on the lists."""

    code: str


@dataclass(frozen=True, kw_only=True)
class EnergyBarSet(Event):
    """The operator declared that it may not sell energy in a country from a day on; ``before``: what was declared until now."""

    country: str
    from_on: date
    basis: str
    before: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class EnergyBarLifted(Event):
    """What was declared of a country counts no more."""

    country: str
    from_on: date
    basis: str


@dataclass(frozen=True, kw_only=True)
class CurveImported(Event):
    """Day-ahead prices of a market area became known."""

    market: str
    currency: str
    first: datetime
    last: datetime
    points: int
    replaced: int


@dataclass(frozen=True, kw_only=True)
class ElectricityPriced(Event):
    """Electricity at a place has these prices from a local day on."""

    code: str
    place: str
    number: int
    first_day: date
    terms: dict[str, Any]
