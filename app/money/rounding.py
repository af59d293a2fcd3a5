"""The only rounding in the house: half away from zero (settlement.md §1, tariffs.md §3.5), also for negative amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

Exact = int | Decimal | Fraction


def half_away(value: Exact) -> int:
    """The nearest integer; a half goes away from zero: 2.5 -> 3, -2.5 -> -3."""
    if isinstance(value, int):
        return value
    numerator, denominator = value.as_integer_ratio()
    return ratio(numerator, denominator)


def ratio(numerator: int, denominator: int) -> int:
    """``half_away`` of numerator / denominator (denominator > 0), in integers only."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def spread(total: int, weights: Sequence[Exact]) -> list[int]:
    """Cut an integer total along weights; every part but the last is rounded, the last takes the rest (settlement.md §1)."""
    whole = sum(Fraction(w) for w in weights)
    if not weights:
        raise ValueError("nothing to spread over")
    if whole == 0:
        return [0] * (len(weights) - 1) + [total]
    parts = [half_away(Fraction(total) * Fraction(w) / whole) for w in weights[:-1]]
    return [*parts, total - sum(parts)]
