"""The figures of the first page of staff: what runs, how yesterday and the month went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.people.models import Operator
from app.domain.people.queries import within
from app.domain.sessions.models import ChargingSession
from app.domain.today.kept_days import DayFigure, day_figures
from app.kernel.periods import local_date
from app.work.unit import Work

#: the usual of a weekday is the mean of so many of them
WEEKS = 4


@dataclass(frozen=True, slots=True)
class TodayFigures:
    """The tiles. ``usual`` is the mean of yesterday's weekday over the weeks before; ``month_net`` by currency."""

    day: date
    time_zone: str
    running: int
    power_w: int
    yesterday: DayFigure
    usual: DayFigure
    month_net: dict[str, int]
    amounts: bool


def figures(work: Work) -> TodayFigures:
    """The tiles, over the sessions and amounts the actor may see. Three statements."""
    zone = work.session.get_one(Operator, work.operator_id).time_zone
    today = local_date(work.now, zone)
    seen = within(ChargingSession.partner_id, work.scope(Permission.SESSION_VIEW))
    running = work.session.execute(
        select(func.count(), func.coalesce(func.sum(ChargingSession.power_w), 0)).where(ChargingSession.state == "charging", seen)
    ).one()
    amounts = bool(work.scope(Permission.SESSION_AMOUNTS))
    yesterday = today - timedelta(days=1)
    weekdays = [yesterday - timedelta(weeks=n) for n in range(1, WEEKS + 1)]
    month = [today.replace(day=n) for n in range(1, today.day + 1)] if amounts else []
    ended = day_figures(work, sorted({yesterday, *weekdays, *month}), zone)
    return TodayFigures(
        day=today,
        time_zone=zone,
        running=running[0],
        power_w=int(running[1] or 0),
        yesterday=ended.get(yesterday, DayFigure()),
        usual=_mean([ended.get(day, DayFigure()) for day in weekdays]),
        month_net=_added([ended[day].net for day in month if day in ended]),
        amounts=amounts,
    )


def _mean(days: list[DayFigure]) -> DayFigure:
    count = len(days)
    gross = _added([day.gross for day in days])
    return DayFigure(
        _rounded(sum(d.sessions for d in days), count),
        _rounded(sum(d.energy_wh for d in days), count),
        {currency: _rounded(minor, count) for currency, minor in gross.items()},
    )


def _rounded(total: int, count: int) -> int:
    return (2 * total + count) // (2 * count)


def _added(sums: list[dict[str, int]]) -> dict[str, int]:
    """By currency, in the order of its letters."""
    return {currency: sum(one.get(currency, 0) for one in sums) for currency in sorted({name for one in sums for name in one})}
