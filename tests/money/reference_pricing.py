"""A second implementation of the tariff rules, deliberately slow and plain, that shares no code with ``app.money``.

Everything is a Fraction; sessions are cut at every minute and every threshold; restrictions are read from the JSON text and
compared with a wall clock made by ``datetime``. It knows no refusals: it is given input that is valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
PLACES = {"JPY": 0, "KWD": 3}
CLOCKED = ("start_time", "end_time", "start_date", "end_date", "day_of_week")


def instant(text: str) -> Fraction:
    """Seconds since 1970."""
    at = datetime.fromisoformat(text)
    return Fraction((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), 10**6)


def half_up(value: Fraction, places: int) -> Fraction:
    """Rounded to so many decimals, a half away from zero."""
    scaled = abs(value) * 10**places
    whole = int(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**places)


def show(value: Fraction, places: int) -> str:
    """A decimal string of so many places."""
    value = half_up(value, places)
    return str(Decimal(int(value * 10**places)).scaleb(-places)) if value else f"{0:.{places}f}"


def ordered(session: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Periods in order: no overlap, no backward time, no negative energy; and the flags of that."""
    flags = set()
    start, end = instant(session["start"]), instant(session["end"])
    rows = [dict(p, a=instant(p["start"]), b=instant(p["end"]), e=Fraction(str(p["energy_kwh"]))) for p in session["periods"]]
    key = Fraction(0)
    for row in rows:
        key = row["a"] if row["b"] >= row["a"] or row is rows[0] else key
        row["key"] = key
    if [r["key"] for r in rows] != sorted(r["key"] for r in rows):
        flags.add("PERIOD_OUT_OF_ORDER")
        rows.sort(key=lambda r: r["key"])
    reached = start
    for row in rows:
        flags |= {"PERIOD_OUTSIDE_SESSION"} if row["b"] > end else set()
        if row["b"] < row["a"]:
            flags.add("PERIOD_BACKWARDS")
            row["a"] = row["b"] = max(row["a"], reached)
            continue
        flags |= {"PERIOD_GAP"} if row["a"] > reached else {"PERIOD_OVERLAP"} if row["a"] < reached else set()
        row["a"] = max(row["a"], reached)
        row["b"] = max(row["a"], row["b"])
        reached = row["b"]
    if reached < end:
        flags.add("PERIOD_GAP")
    owed = Fraction(0)
    for direction in (rows, rows[::-1]):
        for row in direction:
            if row["e"] < 0:
                flags.add("METER_ROLLBACK")
                owed, row["e"] = owed - row["e"], Fraction(0)
            paid = min(owed, row["e"])
            owed, row["e"] = owed - paid, row["e"] - paid
    return rows, sorted(flags)


def matches(r: dict[str, Any], at: Fraction, zone: ZoneInfo, elapsed: Fraction, delivered: Fraction, row: dict[str, Any]) -> bool:
    """Whether the restrictions, read literally, hold at an instant."""
    wall = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(at))).astimezone(zone)
    clock, day = wall.strftime("%H:%M"), wall.date().isoformat()
    first, last = r.get("start_time"), r.get("end_time")
    if first is not None and first == last:
        first = last = None
    first, last = first or "00:00", "24:00" if last in (None, "00:00") else last
    inside = first <= clock < last if first < last else (clock >= first or clock < last)
    length = row["b"] - row["a"]
    average = row["e"] * 3600 / length if row["charging"] and length else None
    low, high = (Fraction(str(row[k])) if k in row else average for k in ("min_power_kw", "max_power_kw"))
    low_a, high_a = (Fraction(str(row[k])) if k in row else None for k in ("min_current_a", "max_current_a"))
    return (
        inside
        and (not r.get("day_of_week") or DAYS[wall.weekday()] in r["day_of_week"])
        and r.get("start_date", day) <= day < r.get("end_date", "9999")
        and Fraction(str(r.get("min_duration", 0))) <= elapsed
        and ("max_duration" not in r or elapsed < r["max_duration"])
        and Fraction(str(r.get("min_kwh", 0))) <= delivered
        and ("max_kwh" not in r or delivered < Fraction(str(r["max_kwh"])))
        and ("min_power" not in r or (high is not None and high >= Fraction(str(r["min_power"]))))
        and ("max_power" not in r or (low is not None and low < Fraction(str(r["max_power"]))))
        and ("min_current" not in r or (high_a is not None and high_a >= Fraction(str(r["min_current"]))))
        and ("max_current" not in r or (low_a is not None and low_a < Fraction(str(r["max_current"]))))
    )


def cuts(tariff: dict[str, Any], row: dict[str, Any], start: Fraction, delivered: Fraction, free: Fraction) -> list[Fraction]:
    """Where, as parts of a period, something may change."""
    length, energy = row["b"] - row["a"], row["e"]
    found = {Fraction(0), Fraction(1)}
    rules = [e.get("restrictions") or {} for e in tariff["elements"]]
    grace = tariff.get("ext", {}).get("idle_grace", {}).get("seconds")
    if length:
        if any(name in r for r in rules for name in CLOCKED):
            minute = int(row["a"] // 60) + 1
            while minute * 60 < row["b"]:
                found.add((minute * 60 - row["a"]) / length)
                minute += 1
        times = [start + r[name] for r in rules for name in ("min_duration", "max_duration") if name in r]
        times += [row["a"] + grace - row["idled"]] if grace is not None and "idled" in row else []
        found |= {(at - row["a"]) / length for at in times}
    if energy:
        marks = [Fraction(str(r[name])) for r in rules for name in ("min_kwh", "max_kwh") if name in r]
        found |= {(mark - delivered) / energy for mark in [*marks, free]}
    return sorted(u for u in found if 0 <= u <= 1)


def with_idle(tariff: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Note for each idle period how long the car had idled before, and in all, by phase or session."""
    scope = tariff.get("ext", {}).get("idle_grace", {}).get("scope", "phase")
    groups: list[list[dict[str, Any]]] = [[]]
    for row in rows:
        if row["charging"] and scope == "phase" and (row["b"] > row["a"] or row["e"]):
            groups.append([])
        elif not row["charging"]:
            groups[-1].append(row)
    for group in groups:
        total = sum((row["b"] - row["a"] for row in group), Fraction(0))
        before = Fraction(0)
        for row in group:
            row["idled"], row["phase"] = before, total
            before += row["b"] - row["a"]


def find(elements: list[dict[str, Any]], dimension: str, groups: set[str], **state: Any) -> dict[str, Any] | None:
    """The first component of a dimension in the first element that matches."""
    for element in elements:
        rules = element.get("restrictions") or {}
        if rules.get("user_groups") and not groups & set(rules["user_groups"]):
            continue
        for component in element["price_components"]:
            if component["type"] == dimension and matches(rules, **state):
                return component
    return None


def reservation(tariff: dict[str, Any], session: dict[str, Any], zone: ZoneInfo, groups: set[str]) -> list[tuple[str, Any, Fraction]]:
    """(dimension, component, quantity) of reserved time."""
    row = {"a": instant(session["reservation"]["start"]), "b": instant(session["reservation"]["end"]), "e": Fraction(0), "charging": False}
    kinds = ["RESERVATION_EXPIRES", "RESERVATION"] if session["reservation"].get("expired") else ["RESERVATION"]
    elements = [e for kind in kinds for e in tariff["elements"] if (e.get("restrictions") or {}).get("reservation") == kind]
    parts = cuts({"elements": elements}, row, row["b"] + 10**9, Fraction(0), Fraction(0))
    found, fee, length = [], None, row["b"] - row["a"]
    for u, v in pairwise(parts):
        state = {"at": row["a"] + u * length, "zone": zone, "elapsed": Fraction(0), "delivered": Fraction(0), "row": row}
        fee = fee or find(elements, "FLAT", groups, **state)
        if length and (component := find(elements, "TIME", groups, **state)):
            found.append(("RESERVATION_TIME", component, (v - u) * length))
    found += stepped(found, "RESERVATION_TIME", 1)
    return found + ([("RESERVATION_FLAT", fee, Fraction(1))] if fee else [])


def stepped(billed: list[tuple[str, Any, Fraction]], dimension: str, unit: int) -> list[tuple[str, Any, Fraction]]:
    """What rounding a dimension's total up to the last component's step adds."""
    mine = [row for row in billed if row[0] == dimension]
    if not mine or not mine[-1][1]["step_size"]:
        return []
    step = Fraction(mine[-1][1]["step_size"], unit)
    total = sum((row[2] for row in mine), Fraction(0))
    missing = -(-total // step) * step - total
    return [(dimension, mine[-1][1], missing)] if missing else []


def charging(
    tariff: dict[str, Any], session: dict[str, Any], rows: list[dict[str, Any]], zone: ZoneInfo, groups: set[str]
) -> tuple[list[tuple[str, Any, Fraction]], set[str]]:
    """(dimension, component, quantity) in time order, and the dimensions left without a price."""
    elements = [e for e in tariff["elements"] if not (e.get("restrictions") or {}).get("reservation")]
    ext, start = tariff.get("ext", {}), instant(session["start"])
    free = Fraction(str(ext.get("free_energy_kwh", 0))) + Fraction(str(session.get("allowance_kwh", 0)))
    billed: list[tuple[str, Any, Fraction]] = []
    unpriced: set[str] = set()
    fee, delivered = None, Fraction(0)
    with_idle(tariff, rows)
    for row, u, v in pieces(tariff, rows, start, free):
        delivered = row["before"] + u * row["e"]
        elapsed = row["a"] + u * (row["b"] - row["a"]) - start
        state = {"at": start + elapsed, "zone": zone, "elapsed": elapsed, "delivered": delivered, "row": row}
        fee = fee or find(elements, "FLAT", groups, **state)
        timed = "TIME" if row["charging"] else "PARKING_TIME"
        for dimension, quantity in (("ENERGY", (v - u) * row["e"]), (timed, (v - u) * (row["b"] - row["a"]))):
            if not quantity:
                continue
            component = find(elements, dimension, groups, **state)
            if component is None:
                unpriced.add(dimension)
            elif not is_free(ext, dimension, row, u, delivered, free):
                billed.append((dimension, component, quantity))
    parked = any(row[0] == "PARKING_TIME" for row in billed)
    billed += stepped(billed, "ENERGY", 1000) + stepped(billed, "PARKING_TIME" if parked else "TIME", 1)
    return ([("FLAT", fee, Fraction(1))] if fee else []) + billed, unpriced


def is_free(ext: dict[str, Any], dimension: str, row: dict[str, Any], u: Fraction, delivered: Fraction, free: Fraction) -> bool:
    """Whether a piece falls under the allowance or the grace."""
    if dimension == "ENERGY":
        return delivered < free
    grace = ext.get("idle_grace")
    if dimension == "TIME" or not grace:
        return False
    if grace.get("mode", "deduct") == "threshold":
        return bool(row["phase"] <= grace["seconds"])
    return bool(row["idled"] + u * (row["b"] - row["a"]) < grace["seconds"])


def pieces(
    tariff: dict[str, Any], rows: list[dict[str, Any]], start: Fraction, free: Fraction
) -> Iterator[tuple[dict[str, Any], Fraction, Fraction]]:
    """Every period cut wherever something may change: the period and two places in it, as parts of one."""
    delivered = Fraction(0)
    rows = [row for row in rows if row["e"] or row["b"] > row["a"]] or [{"a": start, "b": start, "e": Fraction(0), "charging": False}]
    for row in rows:
        row["before"] = delivered
        row.setdefault("idled", Fraction(0))
        row.setdefault("phase", Fraction(0))
        places = cuts(tariff, row, start, delivered, free)
        for u, v in pairwise(places):
            yield row, u, v
        delivered += row["e"]


def capped(tariff: dict[str, Any], billed: list[tuple[str, Any, Fraction]]) -> dict[tuple[Any, ...], list[Fraction]]:
    """Exact amount and quantity per price line, the earliest cost kept where a dimension is capped."""
    left = {name: Fraction(str(most)) for name, most in tariff.get("ext", {}).get("caps", {}).items()}
    lines: dict[tuple[Any, ...], list[Fraction]] = {}
    for dimension, component, quantity in billed:
        cost = Fraction(str(component["price"])) * (quantity / 3600 if "TIME" in dimension else quantity)
        if dimension in left:
            cost = min(cost, left[dimension])
            left[dimension] -= cost
        vat = component.get("vat")
        line = lines.setdefault(
            (dimension, Fraction(str(component["price"])), None if vat is None else Fraction(str(vat))), [Fraction(0), Fraction(0)]
        )
        line[0] += cost
        line[1] += quantity
    return lines


def totals(tariff: dict[str, Any], by_rate: dict[Any, Fraction], places: int | None) -> tuple[Fraction, Fraction]:
    """Net and gross of amounts per rate; ``places`` None: nothing is rounded."""

    def cut(value: Fraction) -> Fraction:
        return value if places is None else half_up(value, places)

    net = gross = Fraction(0)
    for rate, amount in by_rate.items():
        tax = Fraction(rate or 0) / 100
        if tariff.get("tax_included") == "YES":
            net, gross = net + cut(amount / (1 + tax)), gross + amount
        else:
            net, gross = net + amount, gross + amount + cut(amount * tax)
    return net, gross


def bound(value: Any, name: str, places: int | None) -> Fraction:
    """A bound as it counts: finer than the currency, a minimum is the next whole amount above, a maximum the next one below."""
    exact = Fraction(str(value))
    if places is None:
        return exact
    return Fraction(ceil(exact * 10**places) if name == "min_price" else floor(exact * 10**places), 10**places)


def limited(tariff: dict[str, Any], by_rate: dict[Any, Fraction], places: int | None, *, minimum: bool) -> tuple[Fraction, Fraction]:
    """Net and gross moved into the bounds."""
    net, gross = totals(tariff, by_rate, places)
    nets = {rate: totals(tariff, {rate: amount}, places)[0] for rate, amount in by_rate.items()}
    whole = net
    for name, pick in (("min_price", max), ("max_price", min)):
        limit = tariff.get(name)
        if not limit or (name == "min_price" and not minimum):
            continue
        moved = pick(net, bound(limit["excl_vat"], name, places))
        if "incl_vat" in limit:
            gross = pick(gross, bound(limit["incl_vat"], name, places))
        elif moved != net:
            if not whole:
                first = tariff["elements"][0]["price_components"][0].get("vat")
                nets, whole = {Fraction(str(first or 0)): Fraction(1)}, Fraction(1)
            taxes = [n * moved / whole * Fraction(rate or 0) / 100 for rate, n in nets.items()]
            gross = moved + sum((t if places is None else half_up(t, places) for t in taxes), Fraction(0))
            if name == "max_price" and minimum:
                gross = max(gross, bound(tariff.get("min_price", {}).get("incl_vat", 0), "min_price", places))
        net = moved
    return net, gross


def reference(tariff: dict[str, Any], session: dict[str, Any]) -> dict[str, Any]:
    """The result with the members of a vector's ``expected``."""
    zone, groups = ZoneInfo(session["time_zone"]), set(session.get("user_groups", ()))
    places = PLACES.get(tariff["currency"], 2)
    rows, flags = ordered(session)
    energy, lasted = sum((row["e"] for row in rows), Fraction(0)), instant(session["end"]) - instant(session["start"])
    below = tariff.get("ext", {}).get("free_below")
    void = not energy and not lasted and not any(row["b"] > row["a"] for row in rows)
    if below:
        void |= energy < Fraction(str(below.get("energy_kwh", 10**9))) and lasted < below.get("seconds", 10**12)
    billed = reservation(tariff, session, zone, groups) if session.get("reservation") else []
    used, unpriced = ([], set()) if void else charging(tariff, session, rows, zone, groups)
    lines = capped(tariff, billed + used)
    rounded: dict[Any, Fraction] = {}
    exact: dict[Any, Fraction] = {}
    for (_, _, vat), (cost, _) in lines.items():
        rounded[vat] = rounded.get(vat, Fraction(0)) + half_up(cost, places)
        exact[vat] = exact.get(vat, Fraction(0)) + cost
    net, gross = limited(tariff, rounded, places, minimum=not void)
    found = described(lines, places)
    if not session.get("reservation"):
        del found["reservation"]
    plain = totals(tariff, rounded, places)
    if (net, gross) != plain:
        found["adjustment"] = [show(net - plain[0], places), show(gross - plain[1], places)]
    found["total_excl_vat"], found["total_incl_vat"] = show(net, places), show(gross, places)
    found["exact"] = [show(value, 6) for value in limited(tariff, exact, None, minimum=not void)]
    return found | ({"unpriced": sorted(unpriced)} if unpriced else {}) | ({"flags": flags} if flags else {})


def described(lines: dict[tuple[Any, ...], list[Fraction]], places: int) -> dict[str, Any]:
    """Amounts and quantities per dimension."""

    def amount(*names: str) -> str:
        return show(sum((half_up(line[0], places) for key, line in lines.items() if key[0] in names), Fraction(0)), places)

    def quantity(name: str) -> Fraction:
        return sum((line[1] for key, line in lines.items() if key[0] == name), Fraction(0))

    billed = {
        "energy_kwh": show(quantity("ENERGY"), 6),
        "time_s": show(quantity("TIME"), 3),
        "parking_s": show(quantity("PARKING_TIME"), 3),
    }
    parts = {"energy": "ENERGY", "charging_time": "TIME", "parking_time": "PARKING_TIME", "flat": "FLAT"}
    found: dict[str, Any] = {name: amount(dimension) for name, dimension in parts.items()}
    return found | {"reservation": amount("RESERVATION_FLAT", "RESERVATION_TIME"), "billed": billed}
