"""Who pays a driver's session: the company as far as its limits reach, then the driver's balance, and the driver what is left.

Decided once, when the session's amount becomes final; the statement takes the company's part as it was told (settlement.md §8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
