"""Instants as microseconds since 1970 in UTC, and the offset of a zone at one of them, from cached tables.

Always instant to wall clock, never the reverse (README P2), so an hour that happens twice is seen twice and one that is
skipped is never seen. ``zoneinfo`` does not show its changes; they are found by looking twice a day and halving, once for each
zone and table length.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.kernel.periods import zone

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: a table's length: about 407 days
_TABLE = 1 << 45
_LOOK = DAY // 2


def from_datetime(at: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    return (at - _EPOCH) // _MICROSECOND


def to_datetime(at: int) -> datetime:
    """The aware instant in UTC."""
    return _EPOCH + timedelta(microseconds=at)


#: the calendar ends here, whatever the offset; what lies beyond has the offset of its edge
_EARLIEST = from_datetime(datetime(1, 1, 3, tzinfo=UTC))
_LATEST = from_datetime(datetime(9999, 12, 29, tzinfo=UTC))


def _look(tz: ZoneInfo, at: int) -> int:
    offset = to_datetime(min(max(at, _EARLIEST), _LATEST)).astimezone(tz).utcoffset()
    return offset // _MICROSECOND if offset else 0


def _change(tz: ZoneInfo, before: int, after: int) -> int:
    """The first whole second in (before, after] with another offset than ``before``."""
    offset = _look(tz, before)
    low, high = before // SECOND, after // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _look(tz, middle * SECOND) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND


class Offsets:
    """The UTC offsets of one zone."""

    __slots__ = ("_tables", "_zone", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = zone(name)
        self._tables: dict[int, tuple[list[int], list[int]]] = {}

    def at(self, instant: int) -> tuple[int, int]:
        """(offset, until): the offset in microseconds and the instant until which it surely stays."""
        number = instant // _TABLE
        starts, offsets = self._tables.get(number) or self._fill(number)
        place = bisect_right(starts, instant)
        return offsets[place - 1], starts[place] if place < len(starts) else (number + 1) * _TABLE

    def _fill(self, number: int) -> tuple[list[int], list[int]]:
        start, end = number * _TABLE // SECOND * SECOND, (number + 1) * _TABLE
        starts, offsets = [start], [_look(self._zone, start)]
        seen = start
        while seen < end:
            ahead = min(seen + _LOOK, end)
            if _look(self._zone, ahead) != offsets[-1]:
                change = _change(self._zone, seen, ahead)
                starts.append(change)
                offsets.append(_look(self._zone, change))
            seen = ahead
        self._tables[number] = (starts, offsets)
        return starts, offsets


@lru_cache(maxsize=512)
def offsets(name: str) -> Offsets:
    """The offsets of a zone; refuses ``unknown_time_zone``."""
    return Offsets(name)
