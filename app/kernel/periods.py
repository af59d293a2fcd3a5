"""Half-open spans, months and days, cut in the time zone of a site or contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.kernel.errors import Invalid


@lru_cache(maxsize=512)
def zone(name: str, field: str = "time_zone") -> ZoneInfo:
    """The IANA zone of that name; refuses ``unknown_time_zone`` rather than guess."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise Invalid("unknown_time_zone", field=field, name=name) from error


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, written ``2026-10``."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 1970 <= self.year <= 9998):
            raise ValueError(f"not a month: {self.year}-{self.month}")

    @classmethod
    def parse(cls, text: str, field: str = "month") -> Month:
        """Read ``2026-10``; anything else is ``bad_value`` at ``field``."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", text)
        if not match or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) <= 9998:
            raise Invalid("bad_value", field=field, value=text)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month a day lies in."""
        return cls(day.year, day.month)

    def plus(self, months: int) -> Month:
        """So many months later."""
        count = self.year * 12 + self.month - 1 + months
        return Month(count // 12, count % 12 + 1)

    def until(self, last: Month) -> int:
        """How many months from this one to ``last``, both included."""
        return (last.year - self.year) * 12 + last.month - self.month + 1

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.plus(1).first - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.last.day

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) between two aware instants in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


def day_start(day: date, zone_name: str) -> datetime:
    """The first instant of a local day, in UTC (where midnight is skipped: the jump)."""
    tz = zone(zone_name)
    naive = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall clock reading, zone added next
    first = naive.replace(tzinfo=tz).astimezone(UTC)
    if first.astimezone(tz).date() < day:  # a gap at midnight read with the later offset
        first = naive.replace(tzinfo=tz, fold=1).astimezone(UTC)
    return first


def month_span(month: Month, zone_name: str) -> Span:
    """``month_span(Month(2026, 3), "Europe/Paris")`` is 2026-02-28T23:00Z until 2026-03-31T22:00Z."""
    return Span(day_start(month.first, zone_name), day_start(month.plus(1).first, zone_name))


def local_date(at: datetime, zone_name: str) -> date:
    """The date on the wall clock of the zone."""
    return at.astimezone(zone(zone_name)).date()


def local_month(at: datetime, zone_name: str) -> Month:
    """The month on the wall clock of the zone."""
    return Month.of(local_date(at, zone_name))


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from first to last, both included."""
    month = first
    while month <= last:
        yield month
        month = month.plus(1)


def next_quarter(at: datetime) -> datetime:
    """The next full quarter of an hour after an instant (new prices begin there)."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0) + timedelta(minutes=15)
