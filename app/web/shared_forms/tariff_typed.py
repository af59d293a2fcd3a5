"""What the editor's buttons do to a form as it is typed: lines up, down, twice, away; new ones; and the fixes of findings.

They work on the (field, value) pairs, so what cannot be read yet is kept as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.money.terms import Dimension
from app.web.fields import whole

Typed = list[tuple[str, str]]
_LINE = re.compile(r"lines-(\d+)-(\w+)")
#: never kept in a draft
_LEFT_OUT = ("csrf_token", "act", "seen")


def kept(pairs: Sequence[tuple[str, str]]) -> Typed:
    """The pairs of a form that belong to the tariff."""
    return [(name, value) for name, value in pairs if name not in _LEFT_OUT]


def count(typed: Typed) -> int:
    """How many lines there are."""
    return len({found[1] for name, _ in typed if (found := _LINE.fullmatch(name))})


def ordered(typed: Typed, order: Sequence[int]) -> Typed:
    """The form with these lines in this order (places of the lines as they are); a place may come twice."""
    lines: dict[int, Typed] = {}
    rest: Typed = []
    for name, value in typed:
        if found := _LINE.fullmatch(name):
            lines.setdefault(int(found[1]), []).append((found[2], value))
        else:
            rest.append((name, value))
    places = sorted(lines)
    return rest + [(f"lines-{new}-{name}", value) for new, old in enumerate(order) for name, value in lines[places[old]]]


def with_line(typed: Typed, kind: str, **values: str) -> Typed:
    """The form with one more line at its end."""
    place = count(typed)
    fresh = {"kind": kind, "price": "", "unit": "minute"} | values
    return ordered(typed, range(place)) + [(f"lines-{place}-{name}", value) for name, value in fresh.items()]


def with_value(typed: Typed, name: str, value: str) -> Typed:
    """The form with a field set."""
    return [pair for pair in typed if pair[0] != name] + [(name, value)]


def value_of(typed: Typed, name: str) -> str:
    """What stands in a field; empty if it is not there."""
    return next((value for other, value in typed if other == name), "")


def act(typed: Typed, wanted: str) -> Typed:
    """The form after a button: ``up-2``, ``down-2``, ``twice-2``, ``remove-2``, ``add-ENERGY``, or a fix. Unknown ones change nothing."""
    word, _, rest = wanted.partition("-")
    lines = count(typed)
    if word in {"up", "down", "twice", "remove"} and (place := whole(rest, lines)) < lines:
        return ordered(typed, _order(word, place, lines))
    if word == "add" and rest in set(Dimension):
        return with_line(typed, rest)
    return _fixed(typed, wanted)


def _order(word: str, place: int, lines: int) -> list[int]:
    order = list(range(lines))
    if word == "remove":
        order.remove(place)
    elif word == "twice":
        order.insert(place, place)
    else:
        other = place - 1 if word == "up" else place + 1
        if 0 <= other < lines:
            order[place], order[other] = order[other], order[place]
    return order


_VALUES = {
    "cap": ("cap_parking_time", "12"),
    "gross": ("tax_included", "YES"),
    "no_minimum": ("min_price", ""),
    "limit_kwh": ("limit_kwh", "50"),
    "free_below": ("free_below_kwh", "0.1"),
}


def _fixed(typed: Typed, fix: str) -> Typed:
    if fix in _VALUES:
        found = with_value(typed, *_VALUES[fix])
        return with_value(found, "free_below_s", "2") if fix == "free_below" else found
    if fix == "energy":
        return with_line(typed, Dimension.ENERGY)
    if fix == "fallback":
        places = [n for n in range(count(typed)) if value_of(typed, f"lines-{n}-kind") == Dimension.ENERGY]
        price = value_of(typed, f"lines-{places[-1]}-price") if places else ""
        return with_line(typed, Dimension.ENERGY, price=price)
    return typed
