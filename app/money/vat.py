"""Value-added tax between net and gross, in minor units, one rounding per call (README P6, EN 16931 BR-CO-17).

A rate is a percentage: ``19`` is 19 %. ``None`` is "not taxed", which adds nothing but is another statement than the rate zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from app.kernel.errors import Invalid
from app.money.rounding import Exact, ratio

_HIGHEST = 100


@dataclass(frozen=True, slots=True)
class VatGroup:
    """Everything taxed at one rate: minor units, ``net + vat == gross``. ``pct`` None: not taxed."""

    pct: Decimal | None
    net: int
    vat: int
    gross: int


def check_pct(pct: Exact, field: str = "vat_pct") -> None:
    """Refuse ``bad_vat_rate`` for a percentage outside 0 to 100."""
    if not 0 <= pct <= _HIGHEST:
        raise Invalid("bad_vat_rate", field=field, pct=str(pct))


@lru_cache(maxsize=1024)
def _ratio(pct: Exact) -> tuple[int, int]:
    """A percentage as integers (numerator, denominator) of one: 19 -> (19, 100)."""
    numerator, denominator = pct.as_integer_ratio()
    return numerator, denominator * 100


def split_gross(minor: int, pct: Exact | None) -> tuple[int, int]:
    """Cut a gross amount into (net, vat): the net is rounded half away from zero, the VAT is the rest.

    ``split_gross(1180, 19)`` is ``(992, 188)``: 1180 / 1.19 = 991.597.
    """
    if pct is None:
        return minor, 0
    numerator, denominator = _ratio(pct)
    net = ratio(minor * denominator, denominator + numerator)
    return net, minor - net


def vat_on(net: int, pct: Exact | None) -> int:
    """The VAT of a net amount, rounded half away from zero: ``vat_on(729, 21)`` is 153 (153.09)."""
    if pct is None:
        return 0
    numerator, denominator = _ratio(pct)
    return ratio(net * numerator, denominator)


def add_tax(net: int, pct: Exact | None) -> tuple[int, int]:
    """A net amount's (vat, gross); the VAT is rounded half away from zero."""
    vat = vat_on(net, pct)
    return vat, net + vat


def group(amount: int, pct: Decimal | None, *, tax_included: bool) -> VatGroup:
    """The VAT group of a sum of rounded lines of one rate; the sum is gross if ``tax_included``, else net."""
    if tax_included:
        net, vat = split_gross(amount, pct)
        return VatGroup(pct, net, vat, amount)
    vat, gross = add_tax(amount, pct)
    return VatGroup(pct, amount, vat, gross)


def groups(amounts: Iterable[tuple[Decimal | None, int]], *, tax_included: bool) -> tuple[VatGroup, ...]:
    """One group per rate over rounded line amounts, lowest rate first, "not taxed" before zero."""
    sums: dict[Decimal | None, int] = {}
    for pct, amount in amounts:
        sums[pct] = sums.get(pct, 0) + amount
    rates = sorted(sums, key=lambda pct: Decimal(-1) if pct is None else pct)
    return tuple(group(sums[pct], pct, tax_included=tax_included) for pct in rates)


__all__ = ["VatGroup", "add_tax", "check_pct", "group", "groups", "split_gross", "vat_on"]
