"""A session's use as a JSON-like object that ``parse_session`` reads back to the same: what is frozen with a price, for replays."""

from __future__ import annotations

from typing import Any

from app.money.amount import to_text
from app.money.usage import Session, Stretch
from app.money.zones import to_datetime

_NANO_PLACES = 9


def session_to_json(session: Session) -> dict[str, Any]:
    """The use in exact decimals and instants. What was put in order before stays in order; the flags of that are the price's."""
    found: dict[str, Any] = {
        "start": _instant(session.start),
        "end": _instant(session.end),
        "time_zone": session.zone,
        "periods": [_period(each) for each in session.stretches],
    }
    if session.reservation:
        reserved = session.reservation
        found["reservation"] = {"start": _instant(reserved.start), "end": _instant(reserved.end), "expired": reserved.expired}
    if session.user_groups:
        found["user_groups"] = sorted(session.user_groups)
    if session.allowance:
        found["allowance_kwh"] = _decimal(session.allowance)
    return found


def _period(stretch: Stretch) -> dict[str, Any]:
    readings = stretch.readings
    known = {
        "min_power_kw": readings.min_power,
        "max_power_kw": readings.max_power,
        "min_current_a": readings.min_current,
        "max_current_a": readings.max_current,
    }
    period = {"start": _instant(stretch.at), "end": _instant(stretch.at + stretch.length), "energy_kwh": _decimal(stretch.energy)}
    return {**period, "charging": stretch.charging, **{name: _decimal(each) for name, each in known.items() if each is not None}}


def _instant(at: int) -> str:
    return to_datetime(at).isoformat().replace("+00:00", "Z")


def _decimal(nano: int) -> str:
    whole = to_text(nano, _NANO_PLACES).rstrip("0")
    return whole.removesuffix(".")
