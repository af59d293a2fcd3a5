"""Which price of a tariff counts where: prices that never do, prices that get in each other's way, and times without any price.

Conditions cut the world into cells (time of the week, date, energy so far, minutes so far, power, current, group of the driver); inside a
cell nothing changes, so looking at each cell once is exact. Weekdays and dates are taken as independent. Lines are those of
``sheet.lines_of``; reserved time is looked at on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

from app.money.sheet import Line
from app.money.terms import MINUTES_A_DAY, Dimension, HolidayRule, Restrictions

#: more cells than this are not looked at: such a tariff was not made by hand
MOST_CELLS = 150_000

#: (weekday, from minute, until minute), Monday is 0
Hours = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Findings about one dimension. Numbers are places of lines. ``free``: hours in which no line can count, whatever else holds;
    ``sometimes_free``: some driver at some time meets no price."""

    dimension: Dimension
    lines: tuple[int, ...]
    never: tuple[tuple[int, int], ...]
    crossing: tuple[tuple[int, int], ...]
    free: tuple[Hours, ...]
    sometimes_free: bool


def coverage(lines: Sequence[Line]) -> tuple[Coverage, ...]:
    """One answer per dimension that has a price for charging (not for reserving). Empty where there is too much to look at."""
    found = []
    for dimension in Dimension:
        places = tuple(n for n, line in enumerate(lines) if line.dimension is dimension and line.when.reservation is None)
        if places:
            whens = [lines[n].when for n in places]
            times, others = _hours(whens), _others(whens)
            if len(times) * len(others) <= MOST_CELLS:
                found.append(_covered(dimension, places, lines, times, others))
    return tuple(found)


def _covered(
    dimension: Dimension, places: tuple[int, ...], lines: Sequence[Line], times: list[tuple[Hours, int]], others: list[int]
) -> Coverage:
    count = len(places)
    together, first, gap = [0] * count, 0, False
    alone = [0] * count  # alone[i]: lines that miss somewhere where line i holds
    every = (1 << count) - 1
    free = []
    for hours, by_time in times:
        met = False
        for other in others:
            mask = by_time & other
            if not mask:
                gap = True
                continue
            met = True
            first |= mask & -mask
            for n in range(count):
                if mask >> n & 1:
                    together[n] |= mask
                    alone[n] |= every & ~mask
        if not met:
            free.append(hours)
    never = tuple((places[n], places[_before(together[n], n)]) for n in range(count) if not first >> n & 1)
    crossing = tuple(
        (places[a], places[b])
        for a in range(count)
        for b in range(a + 1, count)
        if together[a] >> b & 1 and alone[a] >> b & 1 and alone[b] >> a & 1 and not _same(lines[places[a]], lines[places[b]])
    )
    return Coverage(dimension, places, never, crossing, _joined(free), gap)


def _before(mask: int, place: int) -> int:
    """The first line that holds where this one does."""
    below = mask & ((1 << place) - 1)
    return (below & -below).bit_length() - 1 if below else place


def _same(one: Line, other: Line) -> bool:
    return (one.price, one.unit, one.step, one.vat_pct) == (other.price, other.unit, other.step, other.vat_pct)


def _mask(whens: Iterable[Restrictions], holds: Callable[[Restrictions], bool]) -> int:
    return sum(1 << n for n, when in enumerate(whens) if holds(when))


def _hours(whens: Sequence[Restrictions]) -> list[tuple[Hours, int]]:
    """The week, cut where a window begins or ends, with the lines that hold."""
    cuts = sorted({0, MINUTES_A_DAY} | {edge for when in whens for window in when.windows for edge in window})
    spans = [(a, b) for a, b in pairwise(cuts)]
    return [((day, a, b), _mask(whens, lambda when, d=day, at=a: _by_clock(when, d, at))) for day in range(7) for a, b in spans]  # type: ignore[misc]


def _by_clock(when: Restrictions, day: int, minute: int) -> bool:
    return (not when.weekdays or day in when.weekdays) and any(a <= minute < b for a, b in when.windows)


#: pairs of members that bound one quantity: the lower one included, the upper one not
_RANGES = (
    ("start_date", "end_date"),
    ("min_kwh", "max_kwh"),
    ("min_duration", "max_duration"),
    ("min_power", "max_power"),
    ("min_current", "max_current"),
)


def _others(whens: Sequence[Restrictions]) -> list[int]:
    """The masks of every cell of everything but the clock, each once."""
    axes = [axis for low, high in _RANGES if (axis := _axis(whens, low, high))]
    if any(when.holidays for when in whens):
        axes.append([_mask(whens, lambda w, r=rule: w.holidays in {None, r}) for rule in HolidayRule])  # type: ignore[misc]
    groups = sorted({group for when in whens for group in when.user_groups})
    if groups:
        axes.append([_mask(whens, lambda w, g=group: not w.user_groups or g in w.user_groups) for group in ("", *groups)])  # type: ignore[misc]
    every = (1 << len(whens)) - 1
    found: set[int] = set()
    for place, cell in enumerate(product(*axes)):
        if place > MOST_CELLS:
            break
        mask = every
        for each in cell:
            mask &= each
        found.add(mask)
    return sorted(found)


def _axis(whens: Sequence[Restrictions], low: str, high: str) -> list[int]:
    """The masks below, between and above the bounds of one quantity."""
    bounds: list[Any] = sorted({bound for when in whens for name in (low, high) if (bound := getattr(when, name)) is not None})
    if not bounds:
        return []
    starts: list[Any] = [None, *bounds]
    if isinstance(bounds[0], int | Decimal) and bounds[0] <= 0:
        starts = bounds  # there is nothing below zero

    def inside(when: Restrictions, value: Any) -> bool:
        least, most = getattr(when, low), getattr(when, high)
        if value is None:
            return least is None
        return (least is None or least <= value) and (most is None or value < most)

    return [_mask(whens, lambda when, v=value: inside(when, v)) for value in starts]  # type: ignore[misc]


def _joined(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    """Neighbouring spans of a day as one."""
    found: list[Hours] = []
    for day, start, end in hours:
        if found and found[-1][0] == day and found[-1][2] == start:
            found[-1] = (day, found[-1][1], end)
        else:
            found.append((day, start, end))
    return tuple(found)


def week(lines: Sequence[Line], dimension: Dimension) -> tuple[tuple[Hours, int | None], ...]:
    """The week as hours with the place of the first line of a dimension whose clock and weekdays fit (None: free there); dates and
    amounts are not looked at."""
    places = [n for n, line in enumerate(lines) if line.dimension is dimension and line.when.reservation is None]
    found: list[tuple[Hours, int | None]] = []
    for (day, start, end), mask in _hours([lines[n].when for n in places]):
        chosen = places[(mask & -mask).bit_length() - 1] if mask else None
        if found and found[-1][0][0] == day and found[-1][0][2] == start and found[-1][1] == chosen:
            found[-1] = ((day, found[-1][0][1], end), chosen)
        else:
            found.append(((day, start, end), chosen))
    return tuple(found)
