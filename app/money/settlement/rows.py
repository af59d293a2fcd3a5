"""The rows of a statement and of earlier ones, with state and flags (settlement.md §3, §5, §7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.kernel.periods import local_date
from app.money.settlement.assignment import Placed
from app.money.settlement.collection import Money, state_of_earlier, state_of_row
from app.money.settlement.inputs import Case, Session
from app.money.sharing import below_floor

_LATE_FOR_STAFF = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Row:
    """A session or refund of this statement, or one of an earlier statement that is paid, written off or awaited now."""

    placed: Placed
    state: str
    flags: tuple[str, ...] = ()

    @property
    def partner(self) -> int:
        """The partner's amount, minor units."""
        return self.placed.amounts.partner


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a statement for one level, minor units; ``charged`` is its expenses, or what a sub-operator retains."""

    accrued: int
    collected: int
    awaited: int
    written_off: int
    collected_from_earlier: int
    awaited_from_earlier: int
    written_off_from_earlier: int
    charged: int
    payout_net: int


def rows_of(case: Case, placed: Iterable[Placed], money: dict[int, Money]) -> tuple[Row, ...]:
    """The rows booked now, in the order of the input."""
    booked = (one for one in placed if one.verdict.list == "row")
    return tuple(Row(one, state_of_row(money[one.index], case.month), flags_of(case, one)) for one in booked)


def earlier_of(case: Case, placed: Iterable[Placed], money: dict[int, Money]) -> tuple[Row, ...]:
    """The rows of earlier statements that still matter, in the order of the input."""
    found = []
    for one in placed:
        if one.verdict.list == "settled" and one.figures is not None:
            state = state_of_earlier(money[one.index], case.month)
            if state is not None:
                found.append(Row(one, state))
    return tuple(found)


def flags_of(case: Case, placed: Placed) -> tuple[str, ...]:
    """What staff or partner should notice about a row; a refund can only be late."""
    late = placed.month < case.month
    if not isinstance(placed.entry, Session):
        return ("late",) if late else ()
    session = placed.entry
    very_late = late and session.received_at is not None and session.received_at - session.end > _LATE_FOR_STAFF
    started, ended = local_date(session.start, case.time_zone), local_date(session.end, case.time_zone)
    told = {
        "late": late,
        "late_over_14_days": very_late,
        "below_billing_floor": below_floor(session, placed.applied.contract),
        "vat_rate_changed": session.vat_pct.on(started) != session.vat_pct.on(ended),
        "not_interval_metered": not session.interval_metered,
        "negative_margin": placed.amounts.base < 0,
    }
    return tuple(flag for flag, holds in told.items() if holds)


def totals_of(rows: Sequence[tuple[str, int]], earlier: Sequence[tuple[str, int]], charged: int, *, deducted: bool) -> Totals:
    """Add up (state, amount) pairs; ``charged`` is taken off the payout if ``deducted``."""

    def total(pairs: Sequence[tuple[str, int]], state: str) -> int:
        return sum(amount for found, amount in pairs if found == state)

    collected, from_earlier = total(rows, "collected"), total(earlier, "collected")
    return Totals(
        accrued=sum(amount for _, amount in rows),
        collected=collected,
        awaited=total(rows, "awaited"),
        written_off=total(rows, "written_off"),
        collected_from_earlier=from_earlier,
        awaited_from_earlier=total(earlier, "awaited"),
        written_off_from_earlier=total(earlier, "written_off"),
        charged=charged,
        payout_net=collected + from_earlier - (charged if deducted else 0),
    )
