"""Partners that look after partners: a tree of two levels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.contracts.holdings import partner_overview
from app.domain.contracts.rows import PartnerOverview
from app.domain.contracts.switches import features_of_each
from app.domain.people.features import Features
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.people.rows import PartnerFilter
from app.work.unit import Work

#: names shown per page of sub-operators; the filtered list of partners has them all
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class CareRow:
    """A sub-operator, what it may do, and the partners in its care (code, name, state), by name."""

    own: PartnerOverview
    rights: Features
    children: tuple[tuple[str, str, str], ...]


def care_tree(work: Work) -> list[CareRow]:
    """Every sub-operator within sight, by name. A constant number of statements."""
    found = partner_overview(work, PartnerFilter(kind="sub_operator"), limit=200).rows
    statement = (
        select(Partner.parent_id, Partner.code, Partner.name, Partner.state)
        .where(Partner.parent_id.in_([row.partner.id for row in found]), within(Partner.id, work.scope(Permission.PARTNER_VIEW)))
        .order_by(Partner.name, Partner.id)
        .limit(_MOST)
    )
    children: dict[UUID, list[tuple[str, str, str]]] = defaultdict(list)
    for parent_id, code, name, state in work.session.execute(statement):
        if parent_id is not None:
            children[parent_id].append((code, name, state))
    rights = features_of_each(work, [row.partner for row in found])
    return [CareRow(row, rights[row.partner.id], tuple(children[row.partner.id])) for row in found]
