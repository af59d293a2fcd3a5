"""When which elements hold, as step functions over one quantity: time of week, date, duration, energy.

A set of elements is a bit mask. ``masks[i]`` holds from ``bounds[i - 1]`` up to, not including, ``bounds[i]``; lower bounds are
included and upper ones are not (README P3), and so a value that stands exactly on a bound belongs to what follows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.money.terms import Restrictions
from app.money.zones import DAY, Offsets

WEEK = 7 * DAY
#: 1970-01-01 was a Thursday; weeks here begin on Monday
_MONDAY = 3 * DAY
_MINUTE = DAY // (24 * 60)

#: (offset, mask) pairs, the first at offset 0: the mask holds from there to the next
Steps = list[tuple[int, int]]
#: a mask that allows every element there can be
EVERY = -1
#: half-open range; None: no bound on that side
Range = tuple[int | None, int | None]


class Scale(NamedTuple):
    """The step function of one quantity."""

    bounds: list[int]
    masks: list[int]

    def at(self, value: int) -> int:
        """The mask at a value."""
        return self.masks[bisect_right(self.bounds, value)]

    def steps(self, start: int, length: int) -> Steps:
        """The masks from ``start`` on, and where they change within the open range up to ``start + length``."""
        place = bisect_right(self.bounds, start)
        found = [(0, self.masks[place])]
        bounds = self.bounds
        while place < len(bounds) and bounds[place] < start + length:
            place += 1
            found.append((bounds[place - 1] - start, self.masks[place]))
        return found


def scale(ranges: Sequence[Sequence[Range]]) -> Scale:
    """The step function of elements, each with the ranges in which it holds; element ``n`` is bit ``n``."""
    bounds = sorted({bound for each in ranges for pair in each for bound in pair if bound is not None})
    masks = []
    for place in range(len(bounds) + 1):
        value = bounds[place - 1] if place else None
        masks.append(sum(1 << bit for bit, each in enumerate(ranges) if any(_inside(value, pair) for pair in each)))
    return Scale(bounds, masks)


def _inside(value: int | None, pair: Range) -> bool:
    """Whether a value lies in a range; None is a value below every bound."""
    low, high = pair
    if value is None:
        return low is None
    return (low is None or low <= value) and (high is None or value < high)


def both(one: Steps, other: Steps) -> Steps:
    """The steps of two masks that must both hold."""
    if len(one) == 1:
        one, other = other, one
    if len(other) == 1:
        mask = other[0][1]
        return one if mask == EVERY else [(at, mask & each) for at, each in one]
    found: Steps = []
    i = j = 0
    while i < len(one) or j < len(other):
        at = min(steps[place][0] for steps, place in ((one, i), (other, j)) if place < len(steps))
        i += i < len(one) and one[i][0] == at
        j += j < len(other) and other[j][0] == at
        found.append((at, one[i - 1][1] & other[j - 1][1]))
    return found


def with_cut(steps: Steps, at: int) -> Steps:
    """The same steps with one more cut, at which the mask stays as it is."""
    for place, (offset, _) in enumerate(steps):
        if offset == at:
            return steps
        if offset > at:
            return [*steps[:place], (at, steps[place - 1][1]), *steps[place:]]
    return [*steps, (at, steps[-1][1])]


class WallClock:
    """The elements that the wall clock and calendar of a place allow."""

    __slots__ = ("dates", "week")

    def __init__(self, restrictions: Sequence[Restrictions]) -> None:
        self.week = scale([_week(each) for each in restrictions])
        self.week.bounds.append(WEEK)
        self.dates = scale([[_dates(each)] for each in restrictions])

    def steps(self, zone: Offsets, at: int, length: int) -> Steps:
        """The masks from an instant on. Each change of offset is looked at anew, so a skipped hour is never seen and a repeated
        one is seen twice (README P2)."""
        week, week_masks = self.week
        dates, date_masks = self.dates
        found: Steps = []
        now, end = at, at + length
        while True:
            offset, until = zone.at(now)
            local = now + offset
            moment = (local + _MONDAY) % WEEK
            place = bisect_right(week, moment)
            mask = week_masks[place]
            after = min(until, now + week[place] - moment)
            if dates:
                place = bisect_right(dates, local)
                mask &= date_masks[place]
                if place < len(dates):
                    after = min(after, now + dates[place] - local)
            if not found or mask != found[-1][1]:
                found.append((now - at, mask))
            if after >= end:
                return found
            now = after


def _week(restrictions: Restrictions) -> list[Range]:
    if not restrictions.weekdays and restrictions.start_minute is None and restrictions.end_minute is None:
        return [(None, None)]
    days: Iterable[int] = restrictions.weekdays or range(7)
    return [(day * DAY + first * _MINUTE, day * DAY + last * _MINUTE) for day in days for first, last in restrictions.windows]


def _dates(restrictions: Restrictions) -> Range:
    first, last = restrictions.start_date, restrictions.end_date
    epoch = 719163  # 1970-01-01 as a day number
    return (
        None if first is None else (first.toordinal() - epoch) * DAY,
        None if last is None else (last.toordinal() - epoch) * DAY,
    )


def is_clocked(restrictions: Restrictions) -> bool:
    """Whether the wall clock or calendar matters to these restrictions."""
    given = (restrictions.start_minute, restrictions.end_minute, restrictions.start_date, restrictions.end_date)
    return bool(restrictions.weekdays) or any(each is not None for each in given)
