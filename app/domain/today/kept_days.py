"""Figures of days that are over, kept by a job, so that the first page adds up a few rows instead of a month of sessions.

What arrives late is taken up by the next run: within an hour for the last days, at the next midnight for older ones. Neither
yesterday nor today is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.access.actor import ALL
from app.access.permissions import Permission
from app.db.base import Base
from app.domain.people.models import Operator
from app.domain.people.queries import within
from app.domain.sessions.models import ChargingSession
from app.kernel.periods import day_start, local_date
from app.work.unit import Work

#: so many days are kept up: a month, and four times the same weekday before yesterday
DAYS = 36
#: of so many days before today sessions may still be on their way
LATE = 3


class DayFigureKept(Base):
    """A day of an operator's zone: what ended then."""

    __tablename__ = "day_figure"

    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    sums: Mapped[dict[str, Any]] = mapped_column(comment="sessions, energy_wh; gross by currency, net by currency of what is priced")
    kept_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class DayFigure:
    """Sessions that ended on a day: how many, energy, gross by currency, and net of those that are priced."""

    sessions: int = 0
    energy_wh: int = 0
    gross: dict[str, int] = field(default_factory=dict)
    net: dict[str, int] = field(default_factory=dict)


def keep_days(work: Work) -> int:
    """Keep the days before yesterday that are missing or may have changed; how many. Repeating it changes nothing."""
    zone = work.session.get_one(Operator, work.operator_id).time_zone
    today = local_date(work.now, zone)
    midnight = day_start(today, zone)
    kept = select(DayFigureKept.day).where(DayFigureKept.operator_id == work.operator_id, DayFigureKept.kept_at >= midnight)
    fresh = set(work.session.scalars(kept.where(DayFigureKept.day < today - timedelta(days=LATE))))
    days = [day for n in range(2, DAYS + 1) if (day := today - timedelta(days=n)) not in fresh]
    found = _summed(work, days, zone)
    for day in days:
        one = found.get(day, DayFigure())
        values = {"operator_id": work.operator_id, "day": day, "sums": _sums(one), "kept_at": work.now}
        said = insert(DayFigureKept).values(values)
        work.session.execute(
            said.on_conflict_do_update(index_elements=["operator_id", "day"], set_={"sums": said.excluded.sums, "kept_at": work.now})
        )
    return len(days)


def day_figures(work: Work, days: Sequence[date], zone: str) -> dict[date, DayFigure]:
    """These days, as far as the actor may see sessions: kept ones from their rows, the others added up. Two statements at most."""
    kept: dict[date, DayFigure] = {}
    if work.scope(Permission.SESSION_VIEW) is ALL and work.actor.locations is None:
        older = [day for day in days if day < local_date(work.now, zone) - timedelta(days=1)]
        asked = select(DayFigureKept).where(DayFigureKept.operator_id == work.operator_id, DayFigureKept.day.in_(older))
        kept = {row.day: _read(row.sums) for row in work.session.scalars(asked)}
    return kept | _summed(work, [day for day in days if day not in kept], zone)


def _summed(work: Work, days: Sequence[date], zone: str) -> dict[date, DayFigure]:
    """The same from the sessions themselves; a day without any is absent. Runs of days are one condition."""
    row, ended = ChargingSession, ChargingSession.ended_at
    if not days:
        return {}
    spans = {day: (day_start(day, zone), day_start(day + timedelta(days=1), zone)) for day in sorted(days)}
    which = case(*((ended < end, day) for day, (_, end) in spans.items()))
    asked = (
        select(which, row.currency, func.count(), func.sum(row.energy_wh), func.sum(row.gross_minor))
        .add_columns(func.sum(row.net_minor).filter(row.state == "rated"))
        .where(row.operator_id == work.operator_id, within(row.partner_id, work.scope(Permission.SESSION_VIEW)))
        .where(or_(*(and_(ended >= first, ended < end) for first, end in _runs(list(spans.values())))))
        .group_by(which, row.currency)
    )
    found: dict[date, DayFigure] = {}
    for day, currency, count, energy, gross, net in work.session.execute(asked):
        before = found.get(day, DayFigure())
        found[day] = DayFigure(
            before.sessions + count,
            before.energy_wh + int(energy or 0),
            before.gross | {currency: int(gross or 0)},
            before.net | ({} if net is None else {currency: int(net)}),
        )
    return found


def _runs(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Spans in order, those that touch made one."""
    runs: list[tuple[datetime, datetime]] = []
    for first, end in spans:
        if runs and runs[-1][1] == first:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((first, end))
    return runs


def _sums(one: DayFigure) -> dict[str, Any]:
    return {"sessions": one.sessions, "energy_wh": one.energy_wh, "gross": one.gross, "net": one.net}


def _read(sums: dict[str, Any]) -> DayFigure:
    return DayFigure(sums["sessions"], sums["energy_wh"], dict(sums["gross"]), dict(sums["net"]))
