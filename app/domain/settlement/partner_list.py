"""The list of partners with what other rooms know of each: this month's revenue, and electricity that nobody priced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, literal, select

from app.access.permissions import Permission
from app.db.paging import PAGE, Page
from app.domain.contracts.holdings import partner_overview
from app.domain.contracts.rows import PartnerOverview
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.people.rows import PartnerFilter
from app.domain.sessions.models import ChargingSession
from app.domain.tariffs.electricity import partners_without_rate
from app.work.unit import Work

#: no month began longer ago, wherever the partner is
_MONTH = timedelta(days=32)


def partner_lines(work: Work, wanted: PartnerFilter, *, cursor: str | None = None, limit: int = PAGE) -> Page[PartnerOverview]:
    """A page of partners by name, ``revenue_minor`` and ``flags`` complete. Ten statements, however many partners."""
    found = partner_overview(work, wanted, cursor=cursor, limit=limit)
    ids = [line.partner.id for line in found.rows]
    revenue, unpriced = revenue_this_month(work, ids), partners_without_rate(work, ids)
    rows = [
        replace(line, revenue_minor=revenue.get(line.partner.id), flags=line.flags + (("rate",) if line.partner.id in unpriced else ()))
        for line in found.rows
    ]
    return replace(found, rows=rows)


def revenue_this_month(work: Work, partner_ids: Collection[UUID]) -> dict[UUID, int]:
    """Net minor units of the partner's currency, of its sessions that ended in the running month of its zone and are rated.

    Only partners whose amounts the actor may see. One statement.
    """
    reach = work.scope(Permission.SESSION_AMOUNTS)
    seen = [key for key in partner_ids if key in reach]
    running = func.date_trunc("month", func.timezone(Partner.time_zone, literal(work.now)))
    rows = work.session.execute(
        select(ChargingSession.partner_id, func.sum(ChargingSession.net_minor))
        .join(Partner, Partner.id == ChargingSession.partner_id)
        .where(within(ChargingSession.partner_id, frozenset(seen)), ChargingSession.state == "rated")
        .where(ChargingSession.currency == Partner.currency, ChargingSession.ended_at >= work.now - _MONTH)
        .where(func.date_trunc("month", func.timezone(Partner.time_zone, ChargingSession.ended_at)) == running)
        .group_by(ChargingSession.partner_id)
    )
    return dict.fromkeys(seen, 0) | {key: int(net or 0) for key, net in rows if key is not None}
