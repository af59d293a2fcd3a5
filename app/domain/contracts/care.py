"""Partners that look after partners: a tree of two levels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.contracts.holdings import contract_of_each, partner_overview
from app.domain.contracts.rows import ContractVersionRow, PartnerOverview
from app.domain.contracts.switches import features_of_each
from app.domain.people.features import Features
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.people.rows import PartnerFilter
from app.work.unit import Work

#: names shown per page of sub-operators; the filtered list of partners has them all
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class ChildRow:
    """A partner in somebody's care, and the terms that count, or will; None: no contract, or the reader sees none."""

    code: str
    name: str
    state: str
    contract: ContractVersionRow | None


@dataclass(frozen=True, slots=True)
class CareRow:
    """A sub-operator, what it may do, and the partners in its care, by name."""

    own: PartnerOverview
    rights: Features
    children: tuple[ChildRow, ...]


def care_tree(work: Work) -> list[CareRow]:
    """Every sub-operator within sight, by name. A constant number of statements."""
    found = partner_overview(work, PartnerFilter(kind="sub_operator"), limit=200).rows
    statement = (
        select(Partner.id, Partner.parent_id, Partner.code, Partner.name, Partner.state)
        .where(Partner.parent_id.in_([row.partner.id for row in found]), within(Partner.id, work.scope(Permission.PARTNER_VIEW)))
        .order_by(Partner.name, Partner.id)
        .limit(_MOST)
    )
    named = work.session.execute(statement).all()
    terms = contract_of_each(work, [row.id for row in named])
    children: dict[UUID, list[ChildRow]] = defaultdict(list)
    for row in named:
        if row.parent_id is not None:
            children[row.parent_id].append(ChildRow(row.code, row.name, row.state, terms.get(row.id)))
    rights = features_of_each(work, [one.partner for one in found])
    return [CareRow(one, rights[one.partner.id], tuple(children[one.partner.id])) for one in found]
