"""The months of a contract's versions on a ruler: which terms hold when, at a glance (B8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.contracts.rows import ContractVersionRow
from app.kernel.periods import Month

#: so many months before and after the present one are shown at most, and after it at least
BEFORE, AFTER, AHEAD = 17, 36, 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One version: empty months before it, its own, empty ones after. ``goes_on``: it ends later than the ruler, or never."""

    version: ContractVersionRow
    before: int
    length: int
    after: int
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Ruler:
    """Years with their months on the ruler, where the present month stands, and a bar per version, oldest first."""

    years: tuple[tuple[int, int], ...]
    now: int
    length: int
    bars: tuple[Bar, ...]


def ruler(versions: Sequence[ContractVersionRow], now: Month) -> Ruler | None:
    """The ruler of a contract's versions around a month; None if none of them reaches it. A version outside it has no bar."""
    begin = max(min([now, *(v.first for v in versions)], key=_day), now.plus(-BEFORE), key=_day)
    ends = [v.end or v.first.plus(1) for v in versions]
    end = min(max([now.plus(AHEAD), *ends], key=_day), now.plus(AFTER), key=_day)
    bars = [bar for v in sorted(versions, key=lambda v: v.number) if (bar := _bar(v, begin, end)) is not None]
    if not bars:
        return None
    years = {year: Month(year, 1) for year in range(begin.year, end.year + 1)}
    spans = tuple((year, max(first, begin, key=_day).until(min(first.plus(11), end, key=_day))) for year, first in years.items())
    return Ruler(spans, begin.until(now) - 1, begin.until(end), tuple(bars))


def _day(month: Month) -> int:
    return month.first.toordinal()


def _bar(version: ContractVersionRow, begin: Month, end: Month) -> Bar | None:
    first, last = max(version.first, begin, key=_day), min(version.end or end, end, key=_day)
    length = first.until(last)
    if length <= 0:
        return None
    goes_on = version.end is None or _day(version.end) > _day(end)
    return Bar(version, begin.until(first) - 1, length, last.until(end) - 1, goes_on)
