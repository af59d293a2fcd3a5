"""The figures of the first page of staff: what runs, how yesterday and the month went."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.access.permissions import Permission
from app.domain.people.models import Operator
from app.domain.people.queries import within
from app.domain.sessions.models import ChargingSession
from app.kernel.periods import Month, day_start, local_date
from app.work.unit import Work

#: the usual of a weekday is the mean of so many of them
WEEKS = 4


@dataclass(frozen=True, slots=True)
class DayFigure:
    """Sessions that ended on a day: how many, energy, gross by currency. Means are rounded to whole units."""

    sessions: int = 0
    energy_wh: int = 0
    gross: dict[str, int] = field(default_factory=dict)


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
    yesterday = today - timedelta(days=1)
    days = [yesterday - timedelta(weeks=n) for n in range(WEEKS + 1)]
    ended = _by_day(work, days, zone, seen)
    amounts = bool(work.scope(Permission.SESSION_AMOUNTS))
    return TodayFigures(
        day=today,
        time_zone=zone,
        running=running[0],
        power_w=int(running[1] or 0),
        yesterday=ended.get(yesterday, DayFigure()),
        usual=_mean([ended.get(day, DayFigure()) for day in days[1:]]),
        month_net=_month_net(work, Month.of(today), zone) if amounts else {},
        amounts=amounts,
    )


def _by_day(work: Work, days: list[date], zone: str, seen: ColumnElement[bool]) -> dict[date, DayFigure]:
    spans = {day: (day_start(day, zone), day_start(day + timedelta(days=1), zone)) for day in days}
    ended = ChargingSession.ended_at
    which = case(*((and_(ended >= first, ended < last), day) for day, (first, last) in spans.items()))
    rows = work.session.execute(
        select(which, ChargingSession.currency, func.count(), func.sum(ChargingSession.energy_wh), func.sum(ChargingSession.gross_minor))
        .where(seen, or_(*(and_(ended >= first, ended < last) for first, last in spans.values())))
        .group_by(which, ChargingSession.currency)
    )
    found: dict[date, DayFigure] = {}
    for day, currency, count, energy, gross in rows:
        before = found.get(day, DayFigure())
        found[day] = DayFigure(before.sessions + count, before.energy_wh + int(energy or 0), before.gross | {currency: int(gross or 0)})
    return found


def _mean(days: list[DayFigure]) -> DayFigure:
    count = len(days)
    currencies = sorted({currency for day in days for currency in day.gross})
    return DayFigure(
        _rounded(sum(d.sessions for d in days), count),
        _rounded(sum(d.energy_wh for d in days), count),
        {currency: _rounded(sum(d.gross.get(currency, 0) for d in days), count) for currency in currencies},
    )


def _rounded(total: int, count: int) -> int:
    return (2 * total + count) // (2 * count)


def _month_net(work: Work, month: Month, zone: str) -> dict[str, int]:
    rows = work.session.execute(
        select(ChargingSession.currency, func.sum(ChargingSession.net_minor))
        .where(within(ChargingSession.partner_id, work.scope(Permission.SESSION_AMOUNTS)))
        .where(ChargingSession.state == "rated", ChargingSession.ended_at >= day_start(month.first, zone))
        .group_by(ChargingSession.currency)
        .order_by(ChargingSession.currency)
    )
    return {currency: int(net or 0) for currency, net in rows}
