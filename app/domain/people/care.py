"""Who was in whose care when. Each change is a row that stays (``partner_care``); a row holds until the next one of the same partner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.db.paging import Page, take_page
from app.domain.people.models import Partner, PartnerCare
from app.domain.people.queries import within
from app.work.unit import Work

#: when the care began: what stood from the beginning counts from the partner's own
_SINCE = func.greatest(PartnerCare.since, Partner.created_at)


@dataclass(frozen=True, slots=True)
class PastCare:
    """A partner that somebody else, or nobody, looks after since ``until``."""

    partner_id: UUID
    code: str
    name: str
    since: datetime
    until: datetime


def _until() -> ColumnElement[datetime]:
    """The instant of the next row of the same partner; null: none has come."""
    later = aliased(PartnerCare)
    comes = tuple_(later.since, later.id) > tuple_(PartnerCare.since, PartnerCare.id)
    return select(func.min(later.since)).where(later.partner_id == PartnerCare.partner_id, comes).correlate(PartnerCare).scalar_subquery()


def in_care_since(work: Work, partner_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Since when each of the partners is in the care that it is in; who is in nobody's is left out. One statement."""
    rows = work.session.execute(
        select(PartnerCare.partner_id, _SINCE)
        .join(Partner, Partner.id == PartnerCare.partner_id)
        .where(PartnerCare.partner_id.in_(partner_ids), PartnerCare.parent_id.is_not(None), _until().is_(None))
    )
    return {partner_id: since for partner_id, since in rows if partner_id is not None}


def past_care(work: Work, parent_id: UUID, *, cursor: str | None = None) -> Page[PastCare]:
    """Whom a sub-operator looks after no more, the last to leave first. Two statements."""
    until = _until()
    statement = (
        select(PartnerCare.id, PartnerCare.partner_id, Partner.code, Partner.name, _SINCE.label("since"), until.label("until"))
        .join(Partner, Partner.id == PartnerCare.partner_id)
        .where(PartnerCare.parent_id == parent_id, until.is_not(None), within(Partner.id, work.scope(Permission.PARTNER_VIEW)))
    )
    page = take_page(
        work.session, statement, (until, PartnerCare.id), lambda row: (row.until.isoformat(), row.id), cursor=cursor, descending=True
    )
    rows = [PastCare(row.partner_id, row.code, row.name, row.since, row.until) for row in page.rows]
    return Page(rows, page.before, page.after, page.total)
