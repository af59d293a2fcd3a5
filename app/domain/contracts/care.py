"""Partners that look after partners: the list of sub-operators, and who is in the care of one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from app.access.permissions import Permission
from app.db.paging import PAGE, Page
from app.domain.contracts.holdings import partner_overview
from app.domain.contracts.rows import PartnerOverview
from app.domain.contracts.switches import features_of_each
from app.domain.network.models import Station
from app.domain.people.care import in_care_since
from app.domain.people.features import Features
from app.domain.people.models import Partner
from app.domain.people.queries import partner_by_code, within
from app.domain.people.rows import PartnerFilter, PartnerRow
from app.kernel.errors import NotFound
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class CareRow:
    """A sub-operator, what it may do, how many partners are in its care and how many charge points in service these hold."""

    own: PartnerOverview
    rights: Features
    partners: int
    points: int


@dataclass(frozen=True, slots=True)
class InCareRow:
    """A partner in a sub-operator's care and since when."""

    own: PartnerOverview
    since: datetime | None


def sub_operator_lines(work: Work, text: str = "", *, cursor: str | None = None, limit: int = PAGE) -> Page[CareRow]:
    """Sub-operators within sight by name, found by ``text`` like partners. Eleven statements, however many there are."""
    found = partner_overview(work, PartnerFilter(text=text, kind="sub_operator"), cursor=cursor, limit=limit)
    return Page(_with_care(work, found.rows), found.before, found.after, found.total)


def sub_operator(work: Work, code: str) -> CareRow:
    """One of them; ``NotFound`` for any other partner."""
    row = sub_operator_row(work, code)
    found = partner_overview(work, PartnerFilter(text=row.code, kind="sub_operator"), limit=1)
    return _with_care(work, found.rows)[0]


def sub_operator_row(work: Work, code: str) -> PartnerRow:
    """The account of one; ``NotFound`` for any other partner."""
    row = partner_by_code(work, code)
    if row.kind != "sub_operator":
        raise NotFound
    return row


def in_care(work: Work, code: str, text: str = "", *, cursor: str | None = None) -> Page[InCareRow]:
    """Partners in the care of that sub-operator by name, found by ``text``. Nine statements, however many there are."""
    return _since(work, partner_overview(work, PartnerFilter(text=text, parent_code=code), cursor=cursor))


def _since(work: Work, found: Page[PartnerOverview]) -> Page[InCareRow]:
    since = in_care_since(work, [line.partner.id for line in found.rows])
    rows = [InCareRow(line, since.get(line.partner.id)) for line in found.rows]
    return Page(rows, found.before, found.after, found.total)


def in_own_care(work: Work, cursor: str | None = None) -> Page[InCareRow]:
    """Partners in the care of the actor's own sub-operator, in a preview as of its instant. Nine statements, however many there are."""
    work.require(Permission.CARE_VIEW, partner_id=work.actor.home)
    return _since(work, partner_overview(work, PartnerFilter(), cursor=cursor, also=[Partner.id != work.actor.home]))


def _with_care(work: Work, found: Collection[PartnerOverview]) -> list[CareRow]:
    rights = features_of_each(work, [line.partner for line in found])
    counts = _counts(work, [line.partner.id for line in found])
    return [CareRow(line, rights[line.partner.id], *counts.get(line.partner.id, (0, 0))) for line in found]


def _counts(work: Work, parents: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """By sub-operator the partners in its care and their charge points in service. One statement."""
    held = and_(
        Station.partner_id == Partner.id, Station.retired_at.is_(None), within(Station.partner_id, work.scope(Permission.NETWORK_VIEW))
    )
    rows = work.session.execute(
        select(Partner.parent_id, func.count(Partner.id.distinct()), func.count(Station.id))
        .outerjoin(Station, held)
        .where(Partner.parent_id.in_(parents), within(Partner.id, work.scope(Permission.PARTNER_VIEW)))
        .group_by(Partner.parent_id)
    )
    return {parent: (partners, points) for parent, partners, points in rows if parent is not None}
