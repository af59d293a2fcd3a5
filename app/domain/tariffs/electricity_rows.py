"""Electricity rates as pages and files have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.money.electricity import Window, net_rate, windows_of
from app.money.terms_json import tariff_from_json

MOST_WINDOWS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class RateVersionInput:
    """Prices from a local day on; the last window has no condition. Refused at ``windows[n].…``, ``vat_pct``, ``first_day``."""

    first_day: date
    vat_pct: Decimal
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateInput:
    """A rate for a place: the label of a charge point (``NL-0417``) or the code of a location (``L-…``)."""

    place: str
    name: str
    prices: RateVersionInput


@dataclass(frozen=True, slots=True, kw_only=True)
class RateVersionRow:
    """Prices from a day on. ``state``: past, active, scheduled."""

    number: int
    first_day: date
    terms: dict[str, Any]
    created_at: datetime
    created_name: str
    state: str

    @property
    def vat_pct(self) -> Decimal:
        """The tax that the prices contain."""
        return tariff_from_json(self.terms).elements[0].components[0].vat_pct or Decimal(0)

    @property
    def windows(self) -> list[Window]:
        """The windows as they were entered."""
        return windows_of(tariff_from_json(self.terms))

    def net(self, window: Window) -> Decimal:
        """What settlement deducts per kWh in a window."""
        return net_rate(window.gross, self.vat_pct)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """The rate of a place. ``held``: rated sessions there that still wait for a rate."""

    id: UUID
    code: str
    name: str
    currency: str
    place: str
    place_name: str
    is_location: bool
    time_zone: str
    partner: str | None
    versions: tuple[RateVersionRow, ...]
    held: int = 0

    @property
    def now(self) -> RateVersionRow | None:
        """What counts today."""
        return next((each for each in self.versions if each.state == "active"), None)

    @property
    def next(self) -> RateVersionRow | None:
        """What comes next."""
        return next((each for each in reversed(self.versions) if each.state == "scheduled"), None)
