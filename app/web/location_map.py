"""B24 in both portals: where the sites of a filter or an area lie, and the same as a list."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import request

from app.domain.network.listing import Area, LocationFilter, locations
from app.text.site_map import HEIGHT, WIDTH, Spot, pins, worst
from app.web.pages import page
from app.web.signin import current_work

#: more sites than this are not drawn at once: the filter narrows them
MOST = 200


def map_page(layout: str, base: str, asked: LocationFilter) -> Any:
    """The first sites of the filter, by name, with those that have no position apart."""
    asked = replace(asked, area=_area(request.args.get("area", "")))
    found = locations(current_work(), asked, limit=MOST)
    placed = {
        row.code: Spot(row.code, row.name, row.latitude, row.longitude, worst(list(row.states)))
        for row in found.rows
        if row.latitude is not None and row.longitude is not None
    }
    drawn = pins(list(placed.values()))
    numbers = {spot.code: number for number, pin in enumerate(drawn, 1) for spot in pin.spots}
    rows = sorted((row for row in found.rows if row.code in numbers), key=lambda row: numbers[row.code])
    unplaced = [row for row in found.rows if row.code not in numbers]
    shown: dict[str, Any] = {"pins": drawn, "numbers": numbers, "rows": rows, "unplaced": unplaced, "width": WIDTH, "height": HEIGHT}
    return page("shared/network/map.html", layout=layout, base=base, asked=asked, found=found, **shown)


def _area(typed: str) -> Area | None:
    """``south,west,north,east`` in degrees; anything else is the whole earth."""
    try:
        south, west, north, east = (Decimal(part) for part in typed.split(","))
    except (ValueError, InvalidOperation):
        return None
    edges = (south, west, north, east)
    return Area(*edges) if all(edge.is_finite() and abs(edge) <= 360 for edge in edges) else None
