"""From what a station reports to periods that can be priced: register readings and changes of "the car asks for power".

Energy between two readings belongs to the time in which the car asked for power, evenly; if it never asked, to all of the time.
Nothing is lost: the periods' energies add up to the movement of the register.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from app.money.fields import nano
from app.money.usage import Period, Session
from app.money.zones import from_datetime


class Reading(NamedTuple):
    """A register's value in Wh at an instant."""

    at: datetime
    register_wh: Decimal | int


class Asking(NamedTuple):
    """From this instant on the car asks for power (True: OCPP Charging, SuspendedEVSE) or does not (SuspendedEV, Finishing)."""

    at: datetime
    charging: bool


def periods_from(start: datetime, end: datetime, readings: Iterable[Reading], states: Iterable[Asking] = ()) -> list[Period]:
    """The periods of a session. Before the first state the car counts as asking, so that nobody pays for idling without evidence."""
    first, last = from_datetime(start), from_datetime(end)
    changes = sorted(((max(from_datetime(each.at), first), each.charging) for each in states), key=_instant)
    marks = sorted(((min(max(from_datetime(each.at), first), last), nano(each.register_wh) // 1000) for each in readings), key=_instant)
    found: list[Period] = []
    register = marks[0][1] if marks else 0
    ends = [(first, register), *marks, (last, marks[-1][1] if marks else 0)]
    for (since, before), (until, after) in pairwise(ends):
        found += _between(since, until, after - before, changes)
    return [each for each in found if each.end > each.start or each.energy]


def _instant(mark: tuple[int, int | bool]) -> int:
    return mark[0]


def _between(since: int, until: int, energy: int, changes: list[tuple[int, bool]]) -> list[Period]:
    """The periods between two readings, cut where the car begins or stops asking."""
    cuts = [since, *sorted({at for at, _ in changes if since < at < until}), until]
    asked = [_asking(at, changes) for at in cuts[:-1]]
    spans = list(pairwise(cuts))
    takes = [asks or not any(asked) for asks in asked]
    whole = sum(b - a for (a, b), take in zip(spans, takes, strict=True) if take)
    found, given, passed = [], 0, 0
    for (a, b), asks, take in zip(spans, asked, takes, strict=True):
        passed += b - a if take else 0
        reached = energy * passed // whole if whole else energy
        found.append(Period(a, b, reached - given if take else 0, asks))
        given = reached if take else given
    return found


def _asking(at: int, changes: list[tuple[int, bool]]) -> bool:
    place = bisect_right(changes, at, key=_instant)
    return changes[place - 1][1] if place else True


def planned(
    start: datetime, zone: str, energy_kwh: Decimal, charging: timedelta, idle: timedelta = timedelta(), user_groups: Iterable[str] = ()
) -> Session:
    """A session that has not happened: so much energy, evenly, in so much time, then standing idle. For examples and forecasts."""
    done = start + charging
    periods = [Period(from_datetime(start), from_datetime(done), nano(energy_kwh), charging=True)]
    if idle:
        periods.append(Period(from_datetime(done), from_datetime(done + idle), 0, charging=False))
    return Session.of(start, done + idle, zone, periods, user_groups=user_groups)
