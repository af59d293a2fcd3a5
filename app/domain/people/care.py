"""Who was in whose care when, for those who see both sides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.db.paging import Page, take_page
from app.domain.people.care_time import BEGAN, ended, holds
from app.domain.people.models import Partner, PartnerCare
from app.domain.people.queries import within
from app.work.audit import AuditEntry
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class PastCare:
    """A partner that somebody else, or nobody, looks after since ``until``."""

    partner_id: UUID
    code: str
    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class CareThen:
    """Who looked after a partner at an instant; ``code`` and ``name`` None: nobody did. ``by`` None: the log does not say who set it."""

    code: str | None
    name: str | None
    since: datetime
    until: datetime | None
    by: str | None


def in_care_since(work: Work, partner_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Since when each of the partners is in the care that it is in; who is in nobody's is left out. One statement."""
    rows = work.session.execute(
        select(PartnerCare.partner_id, BEGAN)
        .join(Partner, Partner.id == PartnerCare.partner_id)
        .where(PartnerCare.partner_id.in_(partner_ids), PartnerCare.parent_id.is_not(None), ended().is_(None))
    )
    return {partner_id: since for partner_id, since in rows if partner_id is not None}


def past_care(work: Work, parent_id: UUID, *, cursor: str | None = None) -> Page[PastCare]:
    """Whom a sub-operator looks after no more, the last to leave first. Two statements."""
    until = ended()
    statement = (
        select(PartnerCare.id, PartnerCare.partner_id, Partner.code, Partner.name, BEGAN.label("since"), until.label("until"))
        .join(Partner, Partner.id == PartnerCare.partner_id)
        .where(PartnerCare.parent_id == parent_id, until.is_not(None), within(Partner.id, work.scope(Permission.PARTNER_VIEW)))
    )
    page = take_page(
        work.session, statement, (until, PartnerCare.id), lambda row: (row.until.isoformat(), row.id), cursor=cursor, descending=True
    )
    rows = [PastCare(row.partner_id, row.code, row.name, row.since, row.until) for row in page.rows]
    return Page(rows, page.before, page.after, page.total)


def cared_for(parent_id: UUID, at: datetime) -> Select[UUID | None]:
    """The keys of the partners in a sub-operator's care at the instant, as a statement."""
    return select(PartnerCare.partner_id).where(PartnerCare.parent_id == parent_id, holds(at))


def names_cared_for(work: Work, parent_id: UUID, at: datetime, most: int) -> tuple[list[str], int]:
    """Names of those partners by name, at most so many, and how many they are in all. Two statements."""
    seen = Partner.id.in_(cared_for(parent_id, at)), within(Partner.id, work.scope(Permission.PARTNER_VIEW))
    names = work.session.scalars(select(Partner.name).where(*seen).order_by(Partner.name, Partner.id).limit(most))
    return list(names), work.session.scalar(select(func.count()).select_from(Partner).where(*seen)) or 0


def care_at(work: Work, partner_id: UUID, at: datetime) -> CareThen | None:
    """Who looked after a partner at an instant; None: nobody ever did until then. Two statements."""
    parent, until = aliased(Partner), ended()
    found = work.session.execute(
        select(parent.code, parent.name, PartnerCare.since, BEGAN.label("began"), until.label("until"))
        .join(Partner, Partner.id == PartnerCare.partner_id)
        .outerjoin(parent, parent.id == PartnerCare.parent_id)
        .where(PartnerCare.partner_id == partner_id, holds(at))
    ).first()
    if found is None:
        return None
    acts = AuditEntry.act.in_(("PartnerEdited", "PartnerCreated"))
    log = select(AuditEntry.actor_name).where(AuditEntry.subject_id == partner_id, AuditEntry.at == found.began, acts)
    return CareThen(found.code, found.name, found.began, found.until, work.session.scalar(log.order_by(AuditEntry.id.desc()).limit(1)))
