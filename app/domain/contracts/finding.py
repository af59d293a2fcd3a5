"""Finding contracts, drafts, neighbours and assignments for a change: within the actor's sight, locked, or a refusal."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, true

from app.access.permissions import Permission
from app.domain.contracts.models import Assignment, Contract, ContractVersion
from app.domain.contracts.queries import in_force, version_row
from app.domain.contracts.rows import ContractVersionRow
from app.domain.network.models import Station
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import read_code
from app.kernel.periods import Month
from app.work.unit import Work


def about(thing: Contract | ContractVersion | Assignment) -> dict[str, Any]:
    """Whom an event about it belongs to, and its subject."""
    return {"operator_id": thing.operator_id, "partner_id": thing.partner_id, "subject": (thing.__tablename__, thing.id)}


def about_draft(thing: Contract | ContractVersion) -> dict[str, Any]:
    """The same for what is not agreed yet: only staff read it in the history."""
    return about(thing) | {"subject": ("contract_draft", thing.id)}


def find_contract(work: Work, code: str) -> Contract:
    """The contract of that code; its row is the lock for its versions."""
    statement = select(Contract).where(
        Contract.operator_id == work.operator_id,
        Contract.code == (read_code("C", code) or ""),
        within(Contract.partner_id, work.scope(Permission.CONTRACT_VIEW)),
    )
    contract = work.session.scalars(statement.with_for_update()).one_or_none()
    if contract is None:
        raise NotFound
    return contract


def partner_of(work: Work, contract: Contract) -> Partner:
    """The other side of a contract."""
    return work.session.get_one(Partner, contract.partner_id)


def draft_of(work: Work, contract: Contract, version: int) -> ContractVersion:
    """The draft, as the form saw it; ``no_draft`` or ``changed_meanwhile`` otherwise."""
    draft = any_draft(work, contract)
    if draft is None:
        raise Conflict("no_draft")
    if draft.version != version:
        raise Conflict("changed_meanwhile", version=draft.version)
    return draft


def any_draft(work: Work, contract: Contract) -> ContractVersion | None:
    """The draft, if there is one."""
    statement = select(ContractVersion).where(ContractVersion.contract_id == contract.id, ContractVersion.state == "draft")
    return work.session.scalars(statement).one_or_none()


def version_numbered(work: Work, contract: Contract, number: int) -> ContractVersion | None:
    """The version of that number."""
    statement = select(ContractVersion).where(ContractVersion.contract_id == contract.id, ContractVersion.number == number)
    return work.session.scalars(statement).one_or_none()


def newest_of(work: Work, contract: Contract) -> ContractVersion:
    """The version with the highest number."""
    statement = select(ContractVersion).where(ContractVersion.contract_id == contract.id).order_by(ContractVersion.number.desc())
    return work.session.scalars(statement.limit(1)).one()


def newest_agreed(work: Work, contract: Contract) -> ContractVersion | None:
    """The agreed version with the latest first month."""
    statement = select(ContractVersion).where(ContractVersion.contract_id == contract.id, ContractVersion.state != "draft")
    return work.session.scalars(statement.order_by(ContractVersion.first_month.desc()).limit(1)).one_or_none()


def agreed_beside(work: Work, version: ContractVersion) -> tuple[ContractVersion | None, ContractVersion | None]:
    """The agreed versions that begin last before a version and first after it."""
    agreed = select(ContractVersion).where(ContractVersion.contract_id == version.contract_id, ContractVersion.state != "draft")
    first = ContractVersion.first_month
    before = agreed.where(first < version.first_month).order_by(first.desc()).limit(1)
    after = agreed.where(first > version.first_month).order_by(first).limit(1)
    return work.session.scalars(before).one_or_none(), work.session.scalars(after).one_or_none()


def term_first(work: Work, draft: ContractVersion) -> date | None:
    """The first month of the term by whose length a draft renews, where it keeps the end of the version before it; None: its own first."""
    before, _ = agreed_beside(work, draft)
    if before is None or not draft.auto_renewal or before.last_month != draft.last_month:
        return None
    return before.term_first or before.first_month


def replaced_by(work: Work, draft: ContractVersion) -> ContractVersion | None:
    """The agreed version before the draft's first month; one that begins in the draft's own term is refused as ``version_overlap``."""
    agreed = select(ContractVersion).where(ContractVersion.contract_id == draft.contract_id, ContractVersion.state != "draft")
    later = agreed.where(ContractVersion.first_month >= draft.first_month)
    if draft.last_month is not None and not draft.auto_renewal:
        later = later.where(ContractVersion.first_month <= draft.last_month)
    found = work.session.scalars(later.order_by(ContractVersion.first_month).limit(1)).one_or_none()
    if found is not None:
        raise Invalid("version_overlap", field="first_month", number=found.number, month=Month.of(found.first_month))
    return agreed_beside(work, draft)[0]


def parent_version(work: Work, contract: Contract, month: date) -> ContractVersionRow | None:
    """The sub-operator's own version in force in a month, where the partner is in its care."""
    parent_id = partner_of(work, contract).parent_id
    if parent_id is None:
        return None
    row = work.session.execute(
        select(ContractVersion, Contract)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.partner_id == parent_id, Contract.currency == contract.currency, in_force(month))
        .order_by(ContractVersion.first_month.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else version_row(*row)


def versions_in_care(work: Work, above: ContractVersion) -> list[tuple[str, ContractVersionRow]]:
    """The agreed versions of the partners in care whose terms meet the sub-operator's version in some month, with the partner's name."""
    ends = above.last_month is not None and not above.auto_renewal
    rows = work.session.execute(
        select(ContractVersion, Contract, Partner.name)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .join(Partner, Partner.id == Contract.partner_id)
        .where(
            Partner.parent_id == above.partner_id,
            Contract.currency == select(Contract.currency).where(Contract.id == above.contract_id).scalar_subquery(),
            ContractVersion.state != "draft",
            or_(ContractVersion.last_month.is_(None), ContractVersion.auto_renewal, ContractVersion.last_month >= above.first_month),
            ContractVersion.first_month <= above.last_month if ends else true(),
        )
        .order_by(Partner.name, ContractVersion.number)
    )
    return [(name, version_row(version, contract)) for version, contract, name in rows]


def has_terms(work: Work, contract: Contract, month: Month) -> bool:
    """Whether the contract has an agreed version for a month."""
    statement = select(ContractVersion.id).where(ContractVersion.contract_id == contract.id, in_force(month.first))
    return work.session.scalar(statement.limit(1)) is not None


def find_station(work: Work, label: str) -> Station:
    """The charge point in use with that label; refused at the field ``label``, since that is what was typed."""
    statement = select(Station).where(
        Station.operator_id == work.operator_id, Station.label == label.strip().upper(), Station.retired_at.is_(None)
    )
    station = work.session.scalars(statement).one_or_none()
    if station is None:
        raise Invalid("unknown_charge_point", field="label", value=label)
    return station


def assigned_already(work: Work, station: Station, valid_from: date, valid_until: date | None) -> str | None:
    """The code of the contract that has the charge point in this time, if any."""
    statement = (
        select(Contract.code)
        .join(Assignment, Assignment.contract_id == Contract.id)
        .where(Assignment.station_id == station.id, or_(Assignment.valid_until.is_(None), Assignment.valid_until > valid_from))
        .order_by(Assignment.valid_from)
    )
    if valid_until is not None:
        statement = statement.where(Assignment.valid_from < valid_until)
    return work.session.scalar(statement.limit(1))


def find_assignment(work: Work, assignment_id: UUID) -> tuple[Assignment, Contract, Station]:
    """An assignment with what it joins, within the actor's sight."""
    statement = (
        select(Assignment, Contract, Station)
        .join(Contract, Contract.id == Assignment.contract_id)
        .join(Station, Station.id == Assignment.station_id)
        .where(Assignment.id == assignment_id, within(Assignment.partner_id, work.scope(Permission.NETWORK_VIEW)))
        .with_for_update(of=Assignment)
    )
    row = work.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2]
