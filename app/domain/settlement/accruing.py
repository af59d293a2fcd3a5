"""The month so far of one partner, on what has ended until now: what was booked for sessions, and the statement's engine for the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import not_

from app.access.permissions import Permission
from app.domain.people.models import Partner
from app.domain.settlement.inputs import gather
from app.domain.settlement.plain import plain_above, plain_above_total, plain_session, plain_total
from app.domain.settlement.queries import care_days_of, days_of
from app.domain.settlement.rows import DayPoint
from app.kernel.errors import NotFound
from app.kernel.periods import Month, local_date, month_span
from app.money.forecast import stretched
from app.money.statement import build_statement
from app.work.unit import Work


class Held(NamedTuple):
    """A session or refund whose share is not known yet."""

    id: str
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSoFar:
    """What accrued, what it may become, and each day beside the month before. Amounts are minor units, net."""

    partner_id: UUID
    month: Month
    today: date
    currency: str
    accrued_minor: int
    expenses_minor: int
    #: None when the month has just begun
    forecast_minor: int | None
    #: code and reason of what waits, with the partner's name for those of partners in care
    held: tuple[Held, ...]
    days: tuple[DayPoint, ...]
    before: tuple[DayPoint, ...]
    #: False where the sessions of partners in care, which the sums stand on, are out of the reader's sight
    is_whole: bool = True

    @property
    def sessions(self) -> int:
        """How many sessions ended this month."""
        return sum(day.sessions for day in self.days)

    @property
    def energy_wh(self) -> int:
        """How much energy they took."""
        return sum(day.energy_wh for day in self.days)

    @property
    def earlier_minor(self) -> int:
        """What of it comes from earlier months: what is in no statement yet, or was paid late."""
        return self.accrued_minor - sum(day.partner_minor for day in self.days)

    @property
    def before_minor(self) -> int:
        """The partner's part of the whole month before."""
        return sum(day.partner_minor for day in self.before)

    def by_day(self, days: tuple[DayPoint, ...], last: int) -> list[int]:
        """The partner's part cumulated from the first day to the ``last``."""
        brought = {day.on.day: day.partner_minor for day in days}
        return list(accumulate(brought.get(number, 0) for number in range(1, last + 1)))


def month_so_far(work: Work, partner_id: UUID | None) -> MonthSoFar:
    """The running month of a partner account. Forecast: what it earned by itself, stretched over the whole month, and the rest
    as it is.

    A plain session adds what was booked for it, which its row of the statement must equal for the month to be closed (``check_books``).
    """
    partner = work.session.get(Partner, partner_id) if partner_id else None
    if partner is None:
        raise NotFound
    work.require(Permission.STATEMENT_VIEW, partner_id=partner.id)
    today = local_date(work.now, partner.time_zone)
    month = Month.of(today)
    span = month_span(month, partner.time_zone)
    rest = gather(work.session, partner, month, partner.currency, not_(plain_session(partner.id)), not_(plain_above()))
    statement = build_statement(rest.input)
    accrued = statement.totals.accrued + plain_total(work.session, partner.id, partner.currency, span.end)
    if partner.kind == "sub_operator":
        accrued += plain_above_total(work.session, partner.id, partner.currency, span.end)
    days = _days(work, partner, month)
    own = sum(day.partner_minor for day in days)
    whole = stretched(own, work.now - span.start, span.end - span.start)
    return MonthSoFar(
        partner_id=partner.id,
        month=month,
        today=today,
        currency=partner.currency,
        accrued_minor=accrued,
        expenses_minor=statement.totals.charged,
        forecast_minor=None if whole is None else whole + accrued - own - statement.totals.charged,
        held=(
            *(Held(one.entry.id, one.verdict.reason) for one in statement.placed if one.verdict.list == "held"),
            *(Held(facts["id"], facts["reason"], facts.get("name", "")) for facts in statement.care_held),
        ),
        days=days,
        before=_days(work, partner, month.plus(-1)),
        is_whole=partner.kind != "sub_operator" or work.can(Permission.CARE_VIEW, partner_id=partner.id),
    )


def _days(work: Work, partner: Partner, month: Month) -> tuple[DayPoint, ...]:
    """Each day with sessions; of a sub-operator also with those of the partners in its care."""
    found = days_of(work, partner.id, month, partner.time_zone)
    if partner.kind != "sub_operator":
        return tuple(found)
    sums: dict[date, DayPoint] = {day.on: day for day in found}
    for day in care_days_of(work, partner, month):
        sums[day.on] = day.plus(sums[day.on]) if day.on in sums else day
    return tuple(sums[on] for on in sorted(sums))
