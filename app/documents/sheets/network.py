"""Charge points and sites as files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.access.permissions import Permission
from app.documents.sheets.sheet import Sheet, Wanted
from app.domain.network.listing import LocationFilter, StationFilter, StationLine, locations, stations
from app.domain.network.rows import LocationRow
from app.work.unit import Work

_STATION = ("label", "location_name", "partner_name", "vendor", "model", "firmware", "protocol", "contact", "last_message_at")
_CONNECTOR = ("evse_number", "evse_uid", "current", "max_w", "plug", "status", "status_at", "power_w")
_LOCATION = ("code", "name", "street", "postcode", "city", "country", "partner_name", "time_zone", "vat_pct", "power_w")


def station_filter(given: Wanted) -> StationFilter:
    """The filter of an address."""
    return StationFilter(given.get("q", "").strip(), given.get("state", ""), given.get("location", ""), given.get("partner", ""))


def location_filter(given: Wanted) -> LocationFilter:
    """The filter of an address."""
    return LocationFilter(text=given.get("q", "").strip(), partner=given.get("partner", "").strip())


def _plugs(_work: Work, one: StationLine) -> Iterable[list[Any]]:
    """A line per connector."""
    for plug in one.connectors:
        yield [getattr(one.station, n) for n in _STATION] + [getattr(plug, n) for n in _CONNECTOR]


def _site(_work: Work, row: LocationRow) -> Iterable[list[Any]]:
    yield [*(getattr(row, n) for n in _LOCATION), sum(row.states.values()), row.states.get("Faulted", 0)]


STATIONS = Sheet(
    "charge-points",
    Permission.NETWORK_VIEW,
    _STATION + _CONNECTOR,
    ("q", "state", "location", "partner"),
    lambda work, wanted, cursor, limit: stations(work, station_filter(wanted), cursor, limit),
    _plugs,
)
LOCATIONS = Sheet(
    "locations",
    Permission.NETWORK_VIEW,
    (*_LOCATION, "connectors", "faulted"),
    ("q", "partner"),
    lambda work, wanted, cursor, limit: locations(work, location_filter(wanted), cursor, limit),
    _site,
)
