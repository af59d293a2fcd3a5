"""From rounded lines to a total: VAT per rate, then the least and the greatest price (README P1, steps 11 and 12)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from app.money.amount import decimals
from app.money.rounding import half_away, spread
from app.money.terms import Tariff
from app.money.vat import VatGroup


class Exact(NamedTuple):
    """Net and gross with no rounding on the way, in major units."""

    net: Fraction
    gross: Fraction


class Limited(NamedTuple):
    """Totals in minor units after the limits, and which limit moved them ("" if none did)."""

    net: int
    gross: int
    reason: str


def first_rate(tariff: Tariff) -> Decimal | None:
    """The VAT rate of the first component: that of a minimum where nothing was consumed (README P6)."""
    return tariff.elements[0].components[0].vat_pct


def _tax(pct: Decimal | None) -> Fraction:
    return Fraction(pct or 0) / 100


def limited(tariff: Tariff, groups: Sequence[VatGroup], *, minimum: bool) -> Limited:
    """The totals moved into the tariff's bounds, the minimum first; ``minimum`` False: void, nothing has to be lifted."""
    net, gross = sum(each.net for each in groups), sum(each.gross for each in groups)
    low, high = tariff.min_price if minimum else None, tariff.max_price
    scale_up = 10 ** decimals(tariff.currency)
    least = 0
    reason = ""
    for name, limit, pick, whole in (("min_price", low, max, ceil), ("max_price", high, min, floor)):
        if limit is None:
            continue
        before = (net, gross)
        net = pick(net, whole(limit.excl_vat * scale_up))
        if limit.incl_vat is not None:
            bound = whole(limit.incl_vat * scale_up)
            gross, least = pick(gross, bound), bound if limit is low else least
        elif net != before[0]:
            gross = max(net + _moved_vat(tariff, groups, net), least)  # both bounds of a minimum are promises
        if (net, gross) != before:
            reason = name
    return Limited(net, gross, reason)


def _moved_vat(tariff: Tariff, groups: Sequence[VatGroup], net: int) -> int:
    """The VAT of a moved net: each rate's part moves in proportion and is rounded on its own."""
    before = sum(each.net for each in groups)
    if not before:
        return half_away(net * _tax(first_rate(tariff)))
    return sum(half_away(Fraction(each.net * net, before) * _tax(each.pct)) for each in groups)


def limited_exact(tariff: Tariff, exact: Exact, *, minimum: bool) -> Exact:
    """The same bounds on the totals that were never rounded."""
    net, gross = exact
    low, high = tariff.min_price if minimum else None, tariff.max_price
    tax = (exact.gross - exact.net) / exact.net if exact.net else _tax(first_rate(tariff))
    least = Fraction(0)
    for limit, pick in ((low, max), (high, min)):
        if limit is None:
            continue
        moved = pick(net, Fraction(limit.excl_vat))
        if limit.incl_vat is not None:
            gross, least = pick(gross, Fraction(limit.incl_vat)), Fraction(limit.incl_vat) if limit is low else least
        elif moved != net:
            gross = max(moved * (1 + tax), least)
        net = moved
    return Exact(net, gross)


def moved_groups(tariff: Tariff, groups: Sequence[VatGroup], total: Limited) -> tuple[VatGroup, ...]:
    """The VAT groups of the moved total: net and VAT each spread in proportion, so that they add up to it."""
    vat = total.gross - total.net
    if not any(each.net for each in groups):
        return (VatGroup(first_rate(tariff), total.net, vat, total.gross),)
    nets = spread(total.net, [each.net for each in groups])
    weights = [each.net * _tax(each.pct) for each in groups]
    vats = spread(vat, weights if any(weights) else [each.net for each in groups])
    return tuple(VatGroup(each.pct, n, v, n + v) for each, n, v in zip(groups, nets, vats, strict=True))


class Bounds(NamedTuple):
    """Both limits in whole minor units, to see quickly that nothing has to move; a missing one is out of reach."""

    net_least: int
    gross_least: int
    net_most: int
    gross_most: int


_OUT_OF_REACH = 1 << 80


def bounds(tariff: Tariff) -> Bounds:
    """The limits of a tariff."""
    scale_up = 10 ** decimals(tariff.currency)
    low, high = tariff.min_price, tariff.max_price
    return Bounds(
        0 if low is None else ceil(low.excl_vat * scale_up),
        0 if low is None or low.incl_vat is None else ceil(low.incl_vat * scale_up),
        _OUT_OF_REACH if high is None else floor(high.excl_vat * scale_up),
        _OUT_OF_REACH if high is None or high.incl_vat is None else floor(high.incl_vat * scale_up),
    )
