"""Charge points and sites as files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.access.permissions import Permission
from app.db.paging import Page
from app.documents.sheets.sheet import Sheet, Wanted
from app.domain.network.access_rows import group_names
from app.domain.network.listing import LocationFilter, StationFilter, StationLine, locations, stations
from app.domain.network.rows import LocationRow
from app.domain.sessions.fleet import StationMore, fleet
from app.work.unit import Work

_STATION = ("label", "location_name", "partner_name", "vendor", "model", "firmware", "protocol", "contact", "last_message_at")
_CONNECTOR = ("evse_number", "evse_uid", "current", "max_w", "plug", "status", "status_at", "power_w")
_MORE = (
    "card_terminal",
    "price_level",
    "price_code",
    "last_session",
    "last_session_at",
    "flags",
    "access",
    "listed",
    "access_groups",
    "company_default",
)
_LOCATION = ("code", "name", "street", "postcode", "city", "country", "partner_name", "time_zone", "vat_pct", "power_w")


def station_filter(given: Wanted) -> StationFilter:
    """The filter of an address."""
    return StationFilter(given.get("q", "").strip(), given.get("state", ""), given.get("location", ""), given.get("partner", ""))


def location_filter(given: Wanted) -> LocationFilter:
    """The filter of an address."""
    return LocationFilter(text=given.get("q", "").strip(), partner=given.get("partner", "").strip(), state=given.get("state", ""))


def _found(work: Work, wanted: Wanted, cursor: str | None, limit: int) -> Page[tuple[StationLine, StationMore, str]]:
    page = stations(work, station_filter(wanted), cursor, limit)
    more = fleet(work, [line.station for line in page.rows])
    names = group_names(work, {key for line in page.rows for key in line.station.access_groups})
    rows = [
        (
            line,
            more.get(line.station.station_id, StationMore()),
            " ".join(names[key][0] for key in line.station.access_groups if key in names),
        )
        for line in page.rows
    ]
    return Page(rows, page.before, page.after, page.total)


def _plugs(_work: Work, one: tuple[StationLine, StationMore, str]) -> Iterable[list[Any]]:
    """A line per connector; groups by their codes."""
    line, more, groups = one
    for plug in line.connectors:
        source = more.price_of(plug.evse_number)
        price = [source.level if source else None, source.code if source else None]
        rest = [
            line.station.card_terminal,
            *price,
            more.last_code,
            more.last_at,
            " ".join(more.flags),
            line.station.access,
            line.station.listed,
            groups,
            line.station.company_default,
        ]
        yield [getattr(line.station, n) for n in _STATION] + [getattr(plug, n) for n in _CONNECTOR] + rest


def _site(_work: Work, row: LocationRow) -> Iterable[list[Any]]:
    yield [*(getattr(row, n) for n in _LOCATION), sum(row.states.values()), row.states.get("Faulted", 0)]


STATIONS = Sheet(
    "charge-points",
    Permission.NETWORK_VIEW,
    _STATION + _CONNECTOR + _MORE,
    ("q", "state", "location", "partner"),
    _found,
    _plugs,
)
LOCATIONS = Sheet(
    "locations",
    Permission.NETWORK_VIEW,
    (*_LOCATION, "connectors", "faulted"),
    ("q", "partner", "state"),
    lambda work, wanted, cursor, limit: locations(work, location_filter(wanted), cursor, limit),
    _site,
)
