"""A month of all partners: a page of them with statement or what accrued, and the sums of all. Statements do not grow with the partners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union_all

from app.access.permissions import Permission
from app.db.paging import AnySelect, Page, take_page
from app.domain.contracts.models import Assignment, ContractVersion
from app.domain.people.models import Partner
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.models import Statement
from app.domain.settlement.queries import heads, statement_head
from app.domain.settlement.rows import MonthSums, MonthTotals, PartnerMonth, StatementHead
from app.kernel.periods import Month, Span, month_span
from app.money.amount import Money
from app.work.unit import Work

#: partners on one page: a close goes through all of them
PARTNERS = 100
#: zones are at most a day away from UTC
_DAY = timedelta(days=1)


def settled_partners(work: Work) -> AnySelect:
    """The partners that a month close is about: those that ever held a charge point, and sub-operators with terms of their own."""
    agreed = exists().where(ContractVersion.partner_id == Partner.id, ContractVersion.state != "draft")
    between = and_(Partner.kind == "sub_operator", agreed)
    holds = exists().where(Assignment.partner_id == Partner.id)
    return select(Partner).where(Partner.operator_id == work.operator_id, or_(holds, between))


def partner_months(work: Work, month: Month, cursor: str | None = None) -> Page[PartnerMonth]:
    """Partners with charge points by name, each with its statement of the month or what accrued so far. Four statements."""
    work.require(Permission.SETTLEMENT_VIEW)
    order = (Partner.name, Partner.id)
    found = take_page(
        work.session, settled_partners(work), order, lambda row: (row.Partner.name, row.Partner.id), cursor=cursor, limit=PARTNERS
    )
    ids = [row.Partner.id for row in found.rows]
    asked = heads(work).where(Statement.month == month.first, Statement.partner_id.in_(ids))
    known = {row[0].partner_id: statement_head(*row) for row in work.session.execute(asked)}
    sums = _accrued(work, month, ids)
    return replace(found, rows=[_line(row.Partner, known, sums.get(row.Partner.id, (0, 0, 0))) for row in found.rows])


def _line(partner: Partner, known: dict[UUID, StatementHead], sums: tuple[int, int, int]) -> PartnerMonth:
    return PartnerMonth(
        partner_id=partner.id,
        partner_code=partner.code,
        partner_name=partner.name,
        currency=partner.currency,
        statement=known.get(partner.id),
        sessions=sums[0],
        net_minor=sums[1],
        unrated=sums[2],
    )


def _in_month(month: Month) -> ColumnElement[bool]:
    """Sessions that ended in the month, cut in the partner's zone; wants both joined."""
    span = month_span(month, "UTC")
    return and_(
        ChargingSession.ended_at >= span.start - _DAY,
        ChargingSession.ended_at < span.end + _DAY,
        func.date_trunc("month", func.timezone(Partner.time_zone, ChargingSession.ended_at)) == month.first,
    )


def _near(span: Span) -> ColumnElement[bool]:
    """Sessions that ended within a day of the month's first or last instant (UTC), before or after."""
    ended = ChargingSession.ended_at
    return or_(*(and_(ended >= edge - _DAY, ended < edge + _DAY) for edge in (span.start, span.end)))


def _accrued(work: Work, month: Month, partner_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """Sessions, net and unrated count per partner."""
    found = work.session.execute(
        select(
            ChargingSession.partner_id,
            func.count().filter(ChargingSession.state == "rated"),
            func.coalesce(func.sum(ChargingSession.net_minor), 0),
            func.count().filter(ChargingSession.state == "stopped"),
        )
        .join(Partner, Partner.id == ChargingSession.partner_id)
        .where(_in_month(month), ChargingSession.partner_id.in_(partner_ids))
        .group_by(ChargingSession.partner_id)
    )
    return {partner: (int(count), int(net or 0), int(unrated)) for partner, count, net, unrated in found if partner is not None}


def _revenue(work: Work, month: Month) -> dict[str, int]:
    """Net of a month's sessions by currency, in minor units. One statement.

    What ended a day after the month began and a day before it ends is in it, whoever's zone counts; only the rest is asked for its partner.
    """
    ended, span = ChargingSession.ended_at, month_span(month, "UTC")
    each = select(ChargingSession.currency, func.sum(ChargingSession.net_minor)).group_by(ChargingSession.currency)
    each = each.where(ChargingSession.operator_id == work.operator_id, ChargingSession.net_minor.is_not(None))
    middle = each.where(ended >= span.start + _DAY, ended < span.end - _DAY, ChargingSession.partner_id.is_not(None))
    edges = each.join(Partner, Partner.id == ChargingSession.partner_id).where(_in_month(month), _near(span))
    net: dict[str, int] = {}
    for currency, minor in work.session.execute(union_all(middle, edges)):
        net[currency] = net.get(currency, 0) + int(minor or 0)
    return net


def month_totals(work: Work, month: Month) -> MonthTotals:
    """What the month comes to over all partners, per currency, and how far its close is. Three statements."""
    work.require(Permission.SETTLEMENT_VIEW)
    net = _revenue(work, month)
    mine = (Statement.operator_id == work.operator_id, Statement.month == month.first)
    columns = (Statement.accrued_minor, Statement.awaited_minor, Statement.payout_gross_minor)
    stated = work.session.execute(
        select(Statement.currency, func.array_agg(Statement.state.distinct()), *(func.sum(column) for column in columns))
        .where(*mine)
        .group_by(Statement.currency)
    ).all()
    has_one = exists().where(Statement.partner_id == Partner.id, *mine)
    without = work.session.scalar(select(settled_partners(work).where(~has_one).exists()))
    paid = {row[0]: tuple(int(minor) for minor in row[2:]) for row in stated}
    return MonthTotals(
        sums=tuple(
            MonthSums(*(Money(minor, currency) for minor in (net.get(currency, 0), *paid.get(currency, (0, 0, 0)))))
            for currency in sorted(net.keys() | paid.keys())
        ),
        states=frozenset(state for row in stated for state in row[1]),
        some_without=bool(without),
    )
