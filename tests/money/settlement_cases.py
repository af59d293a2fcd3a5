"""Inputs of the settlement in few words: one partner P1, contract C1 at 70/60, charge point CP1, October 2026 in Berlin, EUR, 19 %."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from app.money.statement import build_statement

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "settlement.json").read_text(encoding="utf-8"))["vectors"]
Json = dict[str, Any]


def vector(name: str) -> Json:
    """The input of a worked case."""
    return copy.deepcopy(next(case["input"] for case in VECTORS if case["id"] == name))


def contract(**members: Any) -> Json:
    return {"id": "C1", "valid_from": "2026-01", "ac_pct": "70", "dc_pct": "60"} | members


def holding(point: str = "CP1", *assignments: Json, evses: list[Json] | None = None) -> Json:
    outlets = [{"id": f"{point}-1", "current": "AC"}, {"id": f"{point}-2", "current": "DC"}] if evses is None else evses
    return {"charge_point": point, "evses": outlets, "assignments": list(assignments) or [{"contract": "C1", "from": "2026-01-01"}]}


def energy(kwh: str, price: str, **members: Any) -> Json:
    return {"dimension": "ENERGY", "quantity": kwh, "unit": "KWH", "unit_price": price} | members


def amount(value: str, dimension: str = "ADJUSTMENT", **members: Any) -> Json:
    return {"dimension": dimension, "amount": value} | members


def session(name: str = "S1", gross: str = "11.90", **members: Any) -> Json:
    """A session of one line with an amount, collected on the 14th; None takes a member away."""
    found = {
        "id": name,
        "start": "2026-10-14T08:00:00+02:00",
        "end": "2026-10-14T09:00:00+02:00",
        "charge_point": "CP1",
        "kwh": "20.000",
        "evse_current": "AC",
        "channel": "internal",
        "vat_pct": "19",
        "lines": [amount(gross, "ENERGY")],
        "collected_on": "2026-10-14",
    } | members
    return {name: value for name, value in found.items() if value is not None}


def refund(name: str = "R1", reverses: str = "S1", booked_on: str = "2026-10-20", **members: Any) -> Json:
    return {"id": name, "reverses": reverses, "booked_on": booked_on} | members


def month(*sessions: Json, **members: Any) -> Json:
    """An input with these sessions."""
    return {
        "month": "2026-10",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "partner": {"id": "P1", "tax": {"credit": "S19", "fees": "S19"}},
        "contracts": [contract()],
        "holdings": [holding()],
        "sessions": list(sessions),
    } | members


def payer(**corporate: Any) -> Json:
    return {"id": "P1", "tax": {"credit": "S19", "fees": "S19"}, "corporate": corporate}


def settle(value: Json) -> Json:
    """The answer to an input."""
    return build_statement(value).answer()


def row(answer: Json, name: str = "S1") -> Json:
    return next(found for found in answer["rows"] if found["id"] == name)


def lists(answer: Json) -> dict[str, str]:
    """Where each entry stands: list, and the reason if it has one."""
    names = ("rows", "earlier", "held", "unassigned", "elsewhere", "refused")
    return {found["id"]: ":".join(filter(None, [name, found.get("reason")])) for name in names for found in answer[name]}


def agree(expected: Any, actual: Any, at: str = "") -> list[str]:
    """Where an answer differs from what is expected; further members of an answer are ignored, lists have to be whole."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        absent = [f"{at}.{name} is missing" for name in expected if name not in actual]
        return absent + [line for name in expected if name in actual for line in agree(expected[name], actual[name], f"{at}.{name}")]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [line for index, (one, two) in pairs for line in agree(one, two, f"{at}[{index}]")]
    return [] if type(expected) is type(actual) and expected == actual else [f"{at}: expected {expected!r}, found {actual!r}"]
