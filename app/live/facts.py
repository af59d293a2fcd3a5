"""Rows that travel: a frozen dataclass to JSON-ready facts and back, without loss.

A page builds its row from a query, the stream builds the same row from a message's facts; both hand it to the same fragment file.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from app.kernel.events import plain

_READERS: dict[Any, Callable[[Any], Any]] = {
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: Decimal,
    tuple: tuple,
}
_Plan = tuple[tuple[str, Callable[[Any], Any] | None], ...]
_PLANS: dict[type[Any], _Plan] = {}


class Facts:
    """Mixin of rows that a live message carries."""

    def to_facts(self) -> dict[str, Any]:
        """Every field as a JSON-ready value."""
        return {name: plain(getattr(self, name)) for name, _ in _plan(type(self))}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The row those facts came from. Fields a newer sender added are ignored, missing ones fall back to their default."""
        values = {}
        for name, read in _plan(cls):
            if name in facts:
                value = facts[name]
                values[name] = value if read is None or value is None else read(value)
        return cls(**values)


def _plan(row: type[Any]) -> _Plan:
    plan = _PLANS.get(row)
    if plan is None:
        hints = get_type_hints(row)
        plan = _PLANS[row] = tuple((f.name, _READERS.get(_core(hints[f.name]))) for f in fields(row))
    return plan


def _core(hint: Any) -> Any:
    """``UUID`` out of ``UUID | None``, ``tuple`` out of ``tuple[str, ...]``."""
    if get_origin(hint) in {Union, types.UnionType}:
        rest = [part for part in get_args(hint) if part is not type(None)]
        return _core(rest[0]) if len(rest) == 1 else None
    return get_origin(hint) or hint
