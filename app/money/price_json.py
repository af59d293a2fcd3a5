"""The price interface: one JSON line ``{"tariff": …, "session": …}`` in, one JSON line out.

Numbers are read as decimals, never as binary floats. A refusal is ``{"error": code, "reason": code, "at": path}``: ``error`` is the
word callers act on, ``reason`` the finer one, ``at`` the path inside the tariff (``TARIFF_INVALID``) or the session (all others).
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from app.kernel.errors import Invalid
from app.money.priced_json import full_json, result_json
from app.money.pricing import price
from app.money.terms_json import parse_tariff
from app.money.usage import parse_session

BAD_JSON = {"error": "bad_json"}
_ANSWERS = {
    "end_before_start": "END_BEFORE_START",
    "tariff_not_active": "TARIFF_NOT_ACTIVE",
    "unknown_time_zone": "TIME_ZONE_UNKNOWN",
}


def price_line(text: str, *, full: bool = False) -> str:
    """The answer to one JSON line; ``full`` adds lines, VAT groups and the trace."""
    try:
        case = read(text)
    except ValueError:
        return json.dumps(BAD_JSON)
    return json.dumps(price_case(case, full=full))


def read(text: str) -> object:
    """JSON with exact numbers; ValueError for anything that is no JSON, says a member twice, or has a number nobody can hold."""
    try:
        return json.loads(text, parse_float=_number, parse_constant=_constant, object_pairs_hook=_members)
    except (RecursionError, InvalidOperation) as error:
        raise ValueError(str(error)) from error


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _constant(text: str) -> object:
    raise ValueError(text)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member appears twice")
    return members


def price_case(case: object, *, full: bool = False) -> dict[str, Any]:
    """The answer to one case that has been read."""
    if not isinstance(case, dict):
        return BAD_JSON
    try:
        priced = price(parse_tariff(case.get("tariff")), parse_session(case.get("session")))
    except Invalid as refusal:
        return error_json(refusal)
    return {**result_json(priced), **(full_json(priced) if full else {})}


def error_json(refusal: Invalid) -> dict[str, Any]:
    """A refusal as the interface says it."""
    family = getattr(refusal, "answer", "INVALID")
    word = family if family == "TARIFF_INVALID" else _ANSWERS.get(refusal.code, family)
    return {"error": word, "reason": refusal.code, "at": refusal.field}
