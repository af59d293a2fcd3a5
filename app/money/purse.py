"""Who pays a driver's session: the company as far as its limits reach, then the driver's balance, and the driver what is left.

Decided once, when the session's amount becomes final; the statement takes the company's part as it was told (settlement.md §8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.money.rounding import spread
from app.money.vat import VatGroup, split_gross


@dataclass(frozen=True, slots=True)
class Shared:
    """The parts of a gross price in minor units; they add up to it."""

    company: int
    balance: int
    own: int


def share_out(gross: int, limits: Sequence[int | None] | None, balance: int) -> Shared:
    """Divide a gross price. ``limits`` is what each of the company's limits leaves (None among them: no such limit); None: no company.

    Journey 12: 31.00 with 9.50 left is 9.50 for the company and 21.50 for the driver, 0.00 of it from an empty balance.
    """
    company = 0 if limits is None else max(0, min([gross, *(left for left in limits if left is not None)]))
    from_balance = max(0, min(gross - company, balance))
    return Shared(company, from_balance, gross - company - from_balance)


def share_back(minor: int, left: Shared) -> Shared:
    """Divide a refund over what is left of the parts: the driver's first, balance and own in proportion, then the company's (§8).

    Journey 12: 25.00 back of 9.50 by the company and 21.50 by the driver are 21.50 for the driver and 3.50 for the company.
    """
    drivers = min(minor, left.balance + left.own)
    balance, own = spread(drivers, [left.balance, left.own])
    return Shared(minor - drivers, balance, own)


def part_by_rate(rates: Sequence[VatGroup], part: int) -> list[VatGroup]:
    """A gross part of a price over its rates, lowest first (settlement.md §8): spread by gross, and of each its net out of the gross."""
    if not rates:
        return []
    parts = spread(part, [rate.gross for rate in rates])
    nets = [split_gross(gross, rate.pct)[0] for rate, gross in zip(rates, parts, strict=True)]
    return [VatGroup(rate.pct, net, gross - net, gross) for rate, net, gross in zip(rates, nets, parts, strict=True)]


def driver_rates(rates: Sequence[VatGroup], company: int, back_net: int = 0, back_gross: int = 0) -> list[VatGroup]:
    """What a driver pays of a price per rate: the price, less what was given back before, less the company's part as its statement has it.

    Journey 12: 31.00 (26.05 + 4.95) less 9.50 (7.98 + 1.52) is 21.50 (18.07 + 3.43), to the cent.
    """
    ordered = sorted(rates, key=lambda rate: rate.pct or 0)
    if back_gross:
        weights = [rate.gross for rate in ordered]
        cuts = list(zip(spread(back_net, weights), spread(back_gross, weights), strict=True))
        ordered = [_less(rate, net, gross) for rate, (net, gross) in zip(ordered, cuts, strict=True)]
    told = part_by_rate(ordered, company)
    return [_less(rate, part.net, part.gross) for rate, part in zip(ordered, told, strict=True)]


def driver_cut(before: Sequence[VatGroup], after: Sequence[VatGroup], company: int, company_left: int) -> list[VatGroup]:
    """What a driver has less of a price that is corrected, per rate, negative: the own part before and after, as ``driver_rates`` has it.

    So it adds up to the refund with what the company's statement has less. Journey 12, 25.00 back of 31.00 (26.05 + 4.95): the company pays
    6.00 (5.04 + 0.96) instead of 9.50 (7.98 + 1.52), the driver nothing instead of 21.50 (18.07 + 3.43).
    """
    left = {rate.pct: rate for rate in driver_rates(after, company_left)}
    return [_less(left.get(rate.pct, VatGroup(rate.pct, 0, 0, 0)), rate.net, rate.gross) for rate in driver_rates(before, company)]


def _less(rate: VatGroup, net: int, gross: int) -> VatGroup:
    left = VatGroup(rate.pct, rate.net - net, 0, rate.gross - gross)
    return VatGroup(left.pct, left.net, left.gross - left.net, left.gross)
