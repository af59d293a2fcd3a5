"""Whose a charge point was at an instant and under which terms; what bound a partner then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.contracts.models import Assignment, Contract, ContractVersion
from app.domain.contracts.queries import contracts_of_partner, version_at
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.people.models import Partner
from app.domain.people.then import recorded_by
from app.kernel.periods import Month, local_date
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class HolderThen:
    """Who held a charge point, from which local day on, by whose act; ``version`` None: none bound, or it is not for who asks."""

    partner_id: UUID
    code: str
    name: str
    since: date
    until: date | None
    by: str | None
    contract_code: str
    version: ContractVersionRow | None
    #: first day on which another version binds, or none
    version_until: date | None = None


def holder_at(work: Work, station_id: UUID, at: datetime) -> HolderThen | None:
    """The holder of a charge point that the actor may see, by the contract's local day; None: nobody, or somebody foreign."""
    rows = work.session.execute(
        select(Assignment, Contract, Partner.code, Partner.name)
        .join(Contract, Contract.id == Assignment.contract_id)
        .join(Partner, Partner.id == Assignment.partner_id)
        .where(Assignment.station_id == station_id, Assignment.operator_id == work.operator_id)
    )
    for held, contract, code, name in rows:
        day = local_date(at, contract.time_zone)
        if held.partner_id is None or held.valid_from > day or (held.valid_until is not None and held.valid_until <= day):
            continue
        if not work.can(Permission.NETWORK_VIEW, partner_id=held.partner_id):
            return None
        reads = work.can(Permission.CONTRACT_VIEW, partner_id=held.partner_id)
        version = version_at(work.session, [station_id], day).get(station_id) if reads else None
        who = recorded_by(work, held.id, "StationAssigned")
        until = None if version is None else next_version(work, version)
        return HolderThen(held.partner_id, code, name, held.valid_from, held.valid_until, who, contract.code, version, until)
    return None


def next_version(work: Work, version: ContractVersionRow) -> date | None:
    """The first day on which a version binds no more: another one does, or none; None: no such day is known. One statement."""
    later = select(func.min(ContractVersion.first_month)).where(
        ContractVersion.contract_id == version.contract_id,
        ContractVersion.state != "draft",
        ContractVersion.first_month > version.first_month,
    )
    ends = version.end.plus(1).first if version.end is not None else None
    return min((day for day in (work.session.scalar(later), ends) if day is not None), default=None)


def contracts_at(work: Work, partner_id: UUID, at: datetime) -> list[tuple[ContractRow, ContractVersionRow]]:
    """A partner's contracts with the version that bound at the instant; those that did not bind are left out."""
    found = []
    for row in contracts_of_partner(work, partner_id):
        version = binding(row, at)
        if version is not None:
            found.append((row, version))
    return found


def binding(row: ContractRow, at: datetime) -> ContractVersionRow | None:
    """The version of a contract that bound at the instant."""
    return row.version_in(Month.of(local_date(at, row.time_zone)))
