"""Whether the driver's money is here: what a statement pays, awaits or writes off (settlement.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from app.kernel.periods import Month
from app.money.settlement.assignment import Placed
from app.money.settlement.inputs import Session

#: earlier than any booking: what needs no collecting is collected when it is booked
_AT_ONCE = date.min


@dataclass(frozen=True, slots=True)
class Money:
    """The days on which a row's money was collected and written off."""

    collected: date | None
    written_off: date | None


def money_of(placed: Placed, original: Money | None, wholly_own: Callable[[Placed], bool]) -> Money:
    """When the money of a row came or was given up; a refund without a date of its own goes with its original."""
    if placed.price.gross == 0:
        return Money(_AT_ONCE, None)
    entry = placed.entry
    if isinstance(entry, Session):
        if wholly_own(placed):
            return Money(_AT_ONCE, None)
        if placed.applied.contract.operator_bears_credit_risk:
            days = [day for day in (entry.collected_on, entry.written_off_on) if day is not None]
            return Money(min(days, default=None), None)
        return Money(entry.collected_on, entry.written_off_on)
    if entry.collected_on is not None or original is None:
        return Money(entry.collected_on, None)
    booked = entry.booked_on
    return Money(
        None if original.collected is None else max(original.collected, booked),
        None if original.written_off is None else max(original.written_off, booked),
    )


def all_money(placed: Iterable[Placed], wholly_own: Callable[[Placed], bool]) -> dict[int, Money]:
    """The days of every own row and settled entry, by index; sessions have to come before their refunds."""
    found: dict[int, Money] = {}
    originals: dict[str, Money] = {}
    for one in placed:
        money = money_of(one, originals.get(one.session.id), wholly_own)
        found[one.index] = money
        if isinstance(one.entry, Session):
            originals[one.entry.id] = money
    return found


def state_of_row(money: Money, month: Month) -> str:
    """The state of a row booked now: collected counts up to the month's end."""
    if money.collected is not None and money.collected <= month.last:
        return "collected"
    if money.written_off is not None and money.written_off <= month.last:
        return "written_off"
    return "awaited"


def state_of_earlier(money: Money, month: Month) -> str | None:
    """The state of a row of an earlier statement: what happened in exactly this month, or still awaited; None: done with before."""
    if money.collected is not None and money.collected <= month.last:
        return "collected" if money.collected >= month.first else None
    if money.written_off is not None and money.written_off <= month.last:
        return "written_off" if money.written_off >= month.first else None
    return "awaited"
