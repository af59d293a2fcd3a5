"""Random tariffs and sessions around changes of the clock in six zones, as JSON-like objects with exact decimals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

#: instants at which the clock changes there (Kolkata has none: any day will do)
CHANGES = {
    "Europe/Berlin": ["2025-03-30T01:00", "2025-10-26T01:00"],
    "Europe/Dublin": ["2025-03-30T01:00", "2025-10-26T01:00"],
    "Australia/Lord_Howe": ["2025-04-05T15:00", "2025-10-04T15:30"],
    "Africa/Cairo": ["2025-04-24T22:00", "2025-10-30T21:00"],
    "Asia/Kolkata": ["2025-06-13T18:30"],
    "America/Sao_Paulo": ["2018-11-04T03:00", "2019-02-17T02:00"],
}
DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
CLOCKS = ["00:00", "00:30", "01:00", "01:30", "01:45", "02:00", "02:30", "03:00", "06:00", "12:15", "22:00", "23:59"]
LENGTHS = [0, 1, 60, 1234, 2700, 4000, 599, 600, 900, 1800, 3599, 3600, 3601, 5400, 7200]


def decimals(*texts: str) -> st.SearchStrategy[Decimal]:
    """One of these numbers."""
    return st.sampled_from([Decimal(text) for text in texts])


PRICES = decimals("0", "0.1", "7.77", "3", "0.25", "0.333", "0.4999", "1", "2.5", "12", "0.0125")
VATS = st.one_of(st.none(), decimals("0", "7", "8.1", "19", "21"))


@st.composite
def components(draw: st.DrawFn) -> dict[str, Any]:
    """A price component."""
    found: dict[str, Any] = {
        "type": draw(st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"])),
        "price": draw(PRICES),
        "step_size": draw(st.sampled_from([0, 1, 1, 60, 500, 900, 1000])),
    }
    vat = draw(VATS)
    return found if vat is None else {**found, "vat": vat}


def _optional(draw: st.DrawFn, found: dict[str, Any], name: str, values: st.SearchStrategy[Any], often: int = 6) -> None:
    if draw(st.integers(1, often)) == often:
        found[name] = draw(values)


@st.composite
def restrictions(draw: st.DrawFn, days: list[str]) -> dict[str, Any]:
    """Restrictions; few at a time, so that they hold now and then."""
    found: dict[str, Any] = {}
    _optional(draw, found, "start_time", st.sampled_from(CLOCKS), 3)
    _optional(draw, found, "end_time", st.sampled_from(CLOCKS), 3)
    _optional(draw, found, "day_of_week", st.lists(st.sampled_from(DAYS), max_size=5))
    _optional(draw, found, "start_date", st.sampled_from(days), 8)
    _optional(draw, found, "end_date", st.sampled_from(days), 8)
    for name in ("min_kwh", "max_kwh"):
        _optional(draw, found, name, decimals("0", "0.5", "3", "7.123456", "10"))
    for name in ("min_duration", "max_duration"):
        _optional(draw, found, name, st.sampled_from([0, 60, 901, 3600, 5400]))
    for name in ("min_power", "max_power"):
        _optional(draw, found, name, decimals("0", "3.7", "11", "50"), 10)
    for name in ("min_current", "max_current"):
        _optional(draw, found, name, decimals("6", "16"), 14)
    _optional(draw, found, "reservation", st.sampled_from(["RESERVATION", "RESERVATION_EXPIRES"]))
    _optional(draw, found, "user_groups", st.lists(st.sampled_from(["staff", "fleet"]), min_size=1), 8)
    return found


@st.composite
def tariffs(draw: st.DrawFn, near: datetime) -> dict[str, Any]:
    """A tariff of one to five elements with extensions and limits."""
    days = [(near + timedelta(days=shift)).date().isoformat() for shift in (-1, 0, 1, 2)]
    elements = []
    for _ in range(draw(st.integers(1, 5))):
        element: dict[str, Any] = {"price_components": draw(st.lists(components(), min_size=1, max_size=4))}
        given = draw(restrictions(days))
        elements.append({**element, "restrictions": given} if given else element)
    if draw(st.booleans()):
        elements.append({"price_components": draw(st.lists(components(), min_size=2, max_size=4))})
    found: dict[str, Any] = {"id": "t", "currency": draw(st.sampled_from(["EUR", "EUR", "JPY", "KWD"])), "elements": elements}
    _optional(draw, found, "tax_included", st.sampled_from(["YES", "NO"]), 2)
    _optional(draw, found, "min_price", limits("0", "1", "3.5", "3.0051"), 5)
    _optional(draw, found, "max_price", limits("5", "5.5", "5.0059", "20"), 5)
    ext = draw(extensions())
    return {**found, "ext": ext} if ext else found


@st.composite
def limits(draw: st.DrawFn, *nets: str) -> dict[str, Any]:
    """A bound; those of a minimum never exceed those of a maximum."""
    net = draw(decimals(*nets))
    more = draw(st.one_of(st.none(), decimals("0", "1")))
    return {"excl_vat": net} if more is None else {"excl_vat": net, "incl_vat": net + more}


@st.composite
def extensions(draw: st.DrawFn) -> dict[str, Any]:
    """What OCPI cannot say."""
    found: dict[str, Any] = {}
    grace: dict[str, Any] = {"seconds": draw(st.sampled_from([0, 300, 900, 1801]))}
    _optional(draw, grace, "scope", st.sampled_from(["phase", "session"]), 2)
    _optional(draw, grace, "mode", st.sampled_from(["deduct", "threshold"]), 2)
    _optional(draw, found, "idle_grace", st.just(grace), 2)
    _optional(draw, found, "free_energy_kwh", decimals("0", "1", "2.5"))
    caps = st.dictionaries(st.sampled_from(["ENERGY", "TIME", "PARKING_TIME", "FLAT"]), decimals("0", "0.5", "2", "6"), min_size=1)
    _optional(draw, found, "caps", caps, 4)
    below = st.sampled_from([{"energy_kwh": Decimal("0.5"), "seconds": 600}, {"energy_kwh": Decimal(1)}, {"seconds": 120}])
    _optional(draw, found, "free_below", below, 8)
    return found


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@st.composite
def sessions(draw: st.DrawFn, near: datetime, zone: str) -> dict[str, Any]:
    """A session of up to five periods, orderly or not, that starts some hours around the change of the clock."""
    start = near + timedelta(minutes=15 * draw(st.integers(-12, 4)), seconds=draw(st.sampled_from([0, 0, 0, 1, 59])))
    at, periods = start, []
    for _ in range(draw(st.sampled_from([0, 1, 2, 2, 3, 4, 5]))):
        begin = max(start, at + timedelta(seconds=draw(st.sampled_from([0, 0, 0, 0, 0, 0, 30, -600]))))
        at = begin + timedelta(seconds=draw(st.sampled_from(LENGTHS)))
        period: dict[str, Any] = {"start": _text(begin), "end": _text(at), "charging": draw(st.booleans())}
        period["energy_kwh"] = draw(decimals("0", "0.0001", "1", "2.5", "3.333333", "12", "7.1", "-0.5"))
        _optional(draw, period, "min_power_kw", decimals("0", "3.7"), 8)
        _optional(draw, period, "max_power_kw", decimals("11", "60"), 8)
        _optional(draw, period, "min_current_a", decimals("6", "16"), 8)
        _optional(draw, period, "max_current_a", decimals("16", "32"), 8)
        periods.append(period)
    end = max([datetime.fromisoformat(each["end"]) for each in periods], default=start)
    end += timedelta(seconds=draw(st.sampled_from([0, 0, 0, 0, 45])))
    found: dict[str, Any] = {"start": _text(start), "end": _text(end), "time_zone": zone, "periods": periods}
    _optional(draw, found, "user_groups", st.lists(st.sampled_from(["staff", "fleet", "other"])), 3)
    _optional(draw, found, "allowance_kwh", decimals("0.5", "3"))
    early = timedelta(seconds=draw(st.sampled_from(LENGTHS)))
    reserved = {"start": _text(start - early), "end": _text(start), "expired": draw(st.booleans())}
    _optional(draw, found, "reservation", st.just(reserved), 4)
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """(tariff, session) near a change of the clock."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    near = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone]))).replace(tzinfo=UTC)
    return draw(tariffs(near)), draw(sessions(near, zone))
