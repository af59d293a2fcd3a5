"""A partner comes into a sub-operator's care: what it was promised must have room below what the level above gets."""

from __future__ import annotations

from datetime import date
from itertools import product
from uuid import UUID

from sqlalchemy import select

from app.domain.contracts.drafts import require_room
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.queries import version_row
from app.domain.contracts.rows import ContractVersionRow
from app.domain.people.actions import edit_partner
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerInput, PartnerRow
from app.kernel.errors import Invalid
from app.kernel.periods import local_month
from app.work.unit import Work


def change_partner(work: Work, code: str, wanted: PartnerInput, version: int) -> PartnerRow:
    """``edit_partner``; refuses ``child_above_parent`` at ``parent_code`` where an agreed share is above the new sub-operator's.

    Who was in its care before stays as it is: such sessions are shared without the level.
    """
    before = partner_by_code(work, code).parent_id
    row = edit_partner(work, code, wanted, version)
    if row.parent_id not in {None, before}:
        this = local_month(work.now, row.time_zone).first
        require_level(work, row.id, row.parent_id, this, Invalid("child_above_parent", field="parent_code"))
    return row


def require_level(work: Work, partner_id: UUID, parent_id: UUID | None, first: date, refusal: Invalid) -> None:
    """``refusal`` where terms agreed with a partner, from a month on, give more than the sub-operator gets by then."""
    for below, above in product(agreed_from(work, partner_id, first), agreed_from(work, parent_id, first)):
        if below.currency == above.currency and _meet(below, above):
            require_room(below, above, refusal)


def agreed_from(work: Work, partner_id: UUID | None, first: date) -> list[ContractVersionRow]:
    """A partner's agreed versions that bind in a month (its first day) or later. One statement."""
    rows = work.session.execute(
        select(ContractVersion, Contract)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.partner_id == partner_id, ContractVersion.state != "draft")
    ).tuples()
    ends = [(version, contract, _end(version)) for version, contract in rows]
    return [version_row(version, contract) for version, contract, end in ends if end is None or end >= first]


def _end(version: ContractVersion | ContractVersionRow) -> date | None:
    return None if version.auto_renewal else version.last_month


def _meet(one: ContractVersionRow, other: ContractVersionRow) -> bool:
    first = max(one.first_month, other.first_month)
    return all(end is None or first <= end for end in (_end(one), _end(other)))
