"""Who pays a driver's session: the company as far as its limits reach, then the driver's balance, and the driver what is left.

Decided once, when the session's amount becomes final; the statement takes the company's part as it was told (settlement.md §8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.money.rounding import spread


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
