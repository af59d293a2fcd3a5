"""What queries of tariffs return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.money.simple import SimpleTerms
from app.money.terms import Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """Terms from an instant on; ``tariff`` is None where nobody can read them. ``state``: active, scheduled, past or withdrawn."""

    number: int
    valid_from: datetime
    terms: dict[str, Any]
    tariff: Tariff | None
    created_name: str
    state: str
    withdrawn_at: datetime | None = None
    withdrawn_name: str | None = None


@dataclass(frozen=True, slots=True)
class TariffFilter:
    """What a list of price sheets is narrowed to; everything optional. By name, from the end where ``falling``.

    ``owner``: operator or partner. ``use``: used, unused (at an EVSE or in a group that counts now). ``planned``: with prices to come.
    """

    text: str = ""
    owner: str = ""
    use: str = ""
    currency: str = ""
    planned: bool = False
    archived: bool = False
    falling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRow:
    """A price sheet with what counts now and next, at how many EVSEs it is set, and how many groups name it now or later."""

    id: UUID
    code: str
    name: str
    currency: str
    partner_id: UUID | None
    owner: str | None
    archived: bool
    evses: int
    groups: int
    now: VersionRow | None
    next: VersionRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """An EVSE that may be given a price sheet, and the one it has."""

    evse_id: UUID
    partner_id: UUID | None
    label: str
    location: str
    partner: str | None
    current: str
    max_w: int
    tariff_code: str | None
    tariff_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffInput:
    """A price sheet as a form gives it."""

    name: str
    terms: Tariff | SimpleTerms
