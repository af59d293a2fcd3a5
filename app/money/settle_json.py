"""Settlement as text: one JSON input a line in, one JSON answer a line out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from app.kernel.errors import Invalid
from app.money.canonical import canonical_json
from app.money.settlement.fields import Repeated
from app.money.statement import build_statement


@dataclass(frozen=True, slots=True)
class Fractional:
    """A JSON number with a fraction, as written; decimals are strings, so it stands where nothing like it belongs."""

    written: str


def settle_line(text: str) -> str:
    """Settle the input in one line of JSON; the answer's members are sorted, and it ends without a newline.

    An input that cannot be settled answers ``{"error": {"at": …, "code": …}}``; text that is no JSON has the code ``bad_json``.
    """
    try:
        value = parse(text)
    except Invalid as refusal:
        return _refused(refusal)
    return settle_value(value)


def settle_value(value: object) -> str:
    """The same for an input that ``parse`` has read."""
    try:
        answer = build_statement(value).answer()
    except Invalid as refusal:
        return _refused(refusal)
    return _line(answer)


def _refused(refusal: Invalid) -> str:
    return _line({"error": {"code": refusal.code, "at": refusal.field or ""}})


def _line(answer: dict[str, Any]) -> str:
    return canonical_json(answer).decode("ascii")


def parse(text: str) -> Any:
    """JSON without floats: a fraction is read as a ``Fractional``, which no reader takes for a value."""
    try:
        return json.loads(text, parse_float=Fractional, parse_constant=Fractional, object_pairs_hook=_members)
    except (ValueError, RecursionError) as error:
        raise Invalid("bad_json", field="") from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    marked = Repeated(found)
    marked.name = next(name for name in names if names.count(name) > 1)
    return marked


__all__ = ["parse", "settle_line", "settle_value"]
