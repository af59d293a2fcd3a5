"""A priced session as JSON-ready values: the summary of the price interface, and the full account for accountants and replays."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from app.money.amount import decimals, to_text
from app.money.compile import RESERVATION_FLAT, RESERVATION_TIME
from app.money.priced import PricedSession, PriceLine, Segment, seconds
from app.money.rounding import half_away
from app.money.zones import to_datetime


def _fixed(value: Fraction, places: int) -> str:
    return to_text(half_away(value * 10**places), places)


def result_json(priced: PricedSession) -> dict[str, Any]:
    """Amounts, quantities, unpriced dimensions and flags; members that would be empty are left out."""
    places = decimals(priced.currency)
    exact = priced.exact
    found: dict[str, Any] = {
        "energy": to_text(priced.amount("ENERGY"), places),
        "charging_time": to_text(priced.amount("TIME"), places),
        "parking_time": to_text(priced.amount("PARKING_TIME"), places),
        "flat": to_text(priced.amount("FLAT"), places),
    }
    if priced.session.reservation:
        found["reservation"] = to_text(priced.amount(RESERVATION_FLAT, RESERVATION_TIME), places)
    if priced.adjustment:
        found["adjustment"] = [to_text(priced.adjustment.net, places), to_text(priced.adjustment.gross, places)]
    found["total_excl_vat"] = to_text(priced.net_minor, places)
    found["total_incl_vat"] = to_text(priced.gross_minor, places)
    found["exact"] = [_fixed(exact.net, 6), _fixed(exact.gross, 6)]
    found["billed"] = {
        "energy_kwh": _fixed(priced.billed("ENERGY"), 6),
        "time_s": _fixed(seconds(priced.billed("TIME")), 3),
        "parking_s": _fixed(seconds(priced.billed("PARKING_TIME")), 3),
    }
    for name, words in (("unpriced", priced.unpriced), ("flags", priced.flags)):
        if words:
            found[name] = list(words)
    return found


def full_json(priced: PricedSession) -> dict[str, Any]:
    """What ``result_json`` leaves out: lines with their clauses, VAT groups, why an adjustment was made, and the trace."""
    places = decimals(priced.currency)
    return {
        "currency": priced.currency,
        "tax_included": priced.tariff.tax_included.value,
        "lines": [line_json(line, places) for line in priced.lines],
        "vat_groups": [
            {
                "pct": None if each.pct is None else f"{each.pct:f}",
                "net": to_text(each.net, places),
                "vat": to_text(each.vat, places),
                "gross": to_text(each.gross, places),
            }
            for each in priced.groups
        ],
        "adjustment_reason": priced.adjustment.reason if priced.adjustment else None,
        "void": priced.void,
        "segments": [segment_json(each) for each in priced.segments],
    }


def line_json(line: PriceLine, places: int) -> dict[str, Any]:
    """A price line; ``exact`` has eight decimals, ``clauses`` are the places of the components that priced it."""
    return {
        "dimension": line.dimension,
        "quantity": _fixed(line.quantity, 9),
        "unit": line.unit,
        "unit_price": f"{line.unit_price:f}",
        "vat_pct": None if line.vat_pct is None else f"{line.vat_pct:f}",
        "amount": to_text(line.amount, places),
        "exact": _fixed(line.exact, 8),
        "element": line.element,
        "clauses": [clause_path(*place) for place in line.clauses],
        "capped": line.capped,
    }


def segment_json(segment: Segment) -> dict[str, Any]:
    """A part of the trace; its start is cut to the microsecond."""
    piece = segment.piece
    return {
        "start": to_datetime(int(segment.start)).isoformat().replace("+00:00", "Z"),
        "seconds": _fixed(segment.seconds, 6),
        "energy_kwh": _fixed(segment.energy_kwh, 9),
        "kind": "reserved" if segment.reserved else "charging" if piece.stretch.charging else "parking",
        "in_grace": piece.in_grace,
        "in_allowance": piece.in_allowance and piece.energy > 0,
        "clauses": {dimension: clause_path(*place) for dimension, place in segment.clauses.items()},
    }


def clause_path(element: int, component: int) -> str:
    """The path of a component in its tariff."""
    return f"elements[{element}].price_components[{component}]"
