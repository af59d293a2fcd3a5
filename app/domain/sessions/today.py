"""What the first page of staff says: what runs, how yesterday and the month went, and what needs a person now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from app.access.permissions import Permission
from app.db.paging import count_rows
from app.domain.contracts.models import Assignment
from app.domain.contracts.queries import contract_count
from app.domain.contracts.rows import ContractFilter
from app.domain.network.listing import state_counts
from app.domain.network.models import Station, UnknownStation
from app.domain.network.rows import OFFLINE
from app.domain.people.models import Operator
from app.domain.people.queries import partner_statement, within
from app.domain.people.rows import PartnerFilter
from app.domain.sessions.models import ChargingSession, OrphanMessage
from app.domain.sessions.refund_models import RefundWish
from app.kernel.periods import Month, day_start, local_date
from app.work.unit import Work

#: the usual of a weekday is the mean of so many of them
WEEKS = 4
#: contracts that end within so many days want a decision
SOON = timedelta(days=60)
#: a site without a session for so long is looked at
QUIET = timedelta(days=3)


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


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: what kind, and how many of it."""

    kind: str
    count: int


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


def needs(work: Work, states: Mapping[str, int] | None = None) -> list[Need]:
    """What waits for a person, the most urgent first; only what the actor may see and nothing that is zero.

    ``states``: the connectors by state, where they have been counted already.
    """
    if states is None:
        states = state_counts(work)
    approving = Permission.CONTRACT_EDIT if work.can(Permission.CONTRACT_EDIT) else Permission.CONTRACT_APPROVE
    asked: list[tuple[str, Permission, Callable[[Work], Any]]] = [
        ("faulted", Permission.NETWORK_VIEW, lambda _: states.get("Faulted")),
        ("offline", Permission.NETWORK_VIEW, lambda _: states.get(OFFLINE)),
        ("held", Permission.SESSION_VIEW, _held),
        ("refunds", Permission.SESSION_CORRECT, _refunds),
        ("orphans", Permission.MESSAGES_VIEW, _orphans),
        ("unassigned", Permission.NETWORK_ASSIGN, _unassigned),
        ("knocking", Permission.NETWORK_EDIT, _knocking),
        ("terms", approving, _terms),
        ("accounts", Permission.BANK_VERIFY, _accounts),
        ("ending", Permission.CONTRACT_VIEW, _ending),
        ("quiet", Permission.SESSION_VIEW, _quiet),
    ]
    found = [Need(kind, int(count(work) or 0)) for kind, right, count in asked if work.can(right)]
    return [need for need in found if need.count]


def _held(work: Work) -> Any:
    statement = select(func.count()).select_from(ChargingSession)
    return work.session.scalar(statement.where(ChargingSession.state == "stopped", ChargingSession.flags.contains(["held"])))


def _refunds(work: Work) -> Any:
    mine = RefundWish.asked_by.is_not_distinct_from(work.actor.id)
    return work.session.scalar(select(func.count()).select_from(RefundWish).where(RefundWish.state == "waiting", ~mine))


def _orphans(work: Work) -> Any:
    return work.session.scalar(select(func.count()).select_from(OrphanMessage).where(OrphanMessage.session_id.is_(None)))


def _unassigned(work: Work) -> Any:
    open_ended = or_(Assignment.valid_until.is_(None), Assignment.valid_until > work.now.date())
    under = select(Assignment.station_id).where(open_ended)
    return _left(work, select(Station.id).where(Station.retired_at.is_(None)), under)


def _left(work: Work, keys: Select[Any], without: Select[Any]) -> Any:
    """How many of the keys are not among others; both sets are read once, instead of looking each key up."""
    rest = keys.except_(without).subquery()
    return work.session.scalar(select(func.count()).select_from(rest))


def _knocking(work: Work) -> Any:
    since = work.now - timedelta(days=1)
    return work.session.scalar(select(func.count()).select_from(UnknownStation).where(UnknownStation.last_at >= since))


def _terms(work: Work) -> Any:
    """Drafts of contracts that wait for a second person."""
    return contract_count(work, ContractFilter(state="waiting"))


def _accounts(work: Work) -> Any:
    """Bank accounts whose waiting time is over."""
    return count_rows(work.session, partner_statement(work, PartnerFilter(money="check")))


def _ending(work: Work) -> Any:
    last = Month.of((work.now + SOON).date())
    return contract_count(work, ContractFilter(ending=last))


def _quiet(work: Work) -> Any:
    """Sites whose charge points have been up since before, and where nothing began for some days."""
    since: datetime = work.now - QUIET
    settled = and_(Station.location_id.is_not(None), Station.retired_at.is_(None), Station.created_at < since)
    used = select(ChargingSession.location_id).where(ChargingSession.started_at >= since)
    return _left(work, select(Station.location_id).where(settled), used)
