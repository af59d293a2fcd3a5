"""A partner comes into a sub-operator's care: what it was promised must have room below what the level above gets."""

from __future__ import annotations

from datetime import date
from itertools import product

from sqlalchemy import select

from app.domain.contracts.drafts import require_room
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.queries import version_row
from app.domain.contracts.rows import ContractVersionRow
from app.domain.people.actions import edit_partner
from app.domain.people.models import Partner
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerInput, PartnerRow
from app.kernel.errors import Invalid
from app.kernel.periods import local_month
from app.work.unit import Work


def change_partner(work: Work, code: str, wanted: PartnerInput, version: int) -> PartnerRow:
    """``edit_partner``; refuses ``child_above_parent`` at ``parent_code`` where an agreed share is above the new sub-operator's.

    Who was in its care before stays as it is: such sessions are shared without the level.
    """
    before = partner_by_code(work, code).parent_code
    row = edit_partner(work, code, wanted, version)
    if row.parent_code not in {None, before}:
        for below, above in product(_agreed(work, row.code), _agreed(work, row.parent_code)):
            if below.currency == above.currency and _meet(below, above):
                require_room(below, above, Invalid("child_above_parent", field="parent_code"))
    return row


def _agreed(work: Work, code: str | None) -> list[ContractVersionRow]:
    """A partner's agreed versions that are not over."""
    rows = work.session.execute(
        select(ContractVersion, Contract)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .join(Partner, Partner.id == Contract.partner_id)
        .where(Partner.code == code, ContractVersion.state != "draft")
    ).tuples()
    ends = [(version, contract, _end(version)) for version, contract in rows]
    return [
        version_row(version, contract)
        for version, contract, end in ends
        if end is None or end >= local_month(work.now, contract.time_zone).first
    ]


def _end(version: ContractVersion | ContractVersionRow) -> date | None:
    return None if version.auto_renewal else version.last_month


def _meet(one: ContractVersionRow, other: ContractVersionRow) -> bool:
    first = max(one.first_month, other.first_month)
    return all(end is None or first <= end for end in (_end(one), _end(other)))
