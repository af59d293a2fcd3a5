"""What is known about contracts: rows for pages, the version in force, delegated rights, who holds which charge point."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from app.access.actor import ALL
from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, count_rows, take_page
from app.db.words import found_by, word_query
from app.domain.contracts.models import Assignment, Contract, ContractVersion
from app.domain.contracts.rows import ContractFilter, ContractRow, ContractVersionRow
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.kernel.periods import local_date, local_month
from app.work.unit import Work


def in_force(month: date) -> ColumnElement[bool]:
    """A version binds in a month (its first day) if it was activated, began by then and has not ended; self-renewing ones have no end."""
    return and_(
        ContractVersion.state != "draft",
        ContractVersion.first_month <= month,
        or_(ContractVersion.last_month.is_(None), ContractVersion.last_month >= month, ContractVersion.auto_renewal),
    )


def today_of(now: datetime) -> ColumnElement[date]:
    """The day it is where a contract's months are counted; wants ``Contract`` in the statement."""
    return cast(func.timezone(Contract.time_zone, now), Date)


def holding_on(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """An assignment that contains the day."""
    return and_(Assignment.valid_from <= day, or_(Assignment.valid_until.is_(None), Assignment.valid_until > day))


def delegated_rights(session: Session, zones: Mapping[UUID, str], at: datetime) -> dict[UUID, frozenset[str]]:
    """Rights delegated to each partner (id -> its time zone) at an instant; no scope: asked while the actor is being made.

    With several contracts only what all of those give that have charge points: a right for some of the points would reach the others too.
    """
    days = {partner_id: local_date(at, zone) for partner_id, zone in zones.items()}
    holds = exists().where(
        Assignment.contract_id == ContractVersion.contract_id,
        Assignment.valid_from <= max(days.values()),
        or_(Assignment.valid_until.is_(None), Assignment.valid_until > min(days.values())),
    )
    terms = or_(*(and_(ContractVersion.partner_id == p, in_force(day.replace(day=1))) for p, day in days.items()))
    rows = session.execute(select(ContractVersion.partner_id, ContractVersion.permissions, holds).where(terms)).all()
    given: dict[UUID, frozenset[str]] = {}
    for partner_id in days:
        mine = [(frozenset(rights), used) for owner, rights, used in rows if owner == partner_id]
        counted = [rights for rights, used in mine if used] or [rights for rights, _ in mine]
        if counted:
            given[partner_id] = frozenset.intersection(*counted)
    return given


def version_at(session: Session, station_ids: Collection[UUID], on: date) -> dict[UUID, ContractVersionRow]:
    """For each charge point the version in force on a local day; one without contract or version is left out. One statement, no scope."""
    rows = session.execute(
        select(Assignment.station_id, ContractVersion, Contract)
        .join(Contract, Contract.id == Assignment.contract_id)
        .join(ContractVersion, ContractVersion.contract_id == Contract.id)
        .where(Assignment.station_id.in_(station_ids), holding_on(on), in_force(on.replace(day=1)))
        .order_by(ContractVersion.first_month, ContractVersion.number)
    )
    return {station_id: version_row(version, contract) for station_id, version, contract in rows}


def versions_of_partner(session: Session, partner_id: UUID) -> list[ContractVersionRow]:
    """Every version of a partner's contracts that ever bound or will, oldest first; no scope: for the settlement of that partner."""
    rows = session.execute(
        select(ContractVersion, Contract)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.partner_id == partner_id, ContractVersion.state != "draft")
        .order_by(Contract.code, ContractVersion.first_month, ContractVersion.number)
    )
    return [version_row(version, contract) for version, contract in rows]


#: who wanted a version and who agreed to it
_PEOPLE = ("asked_at", "asked_by", "asked_name", "approved_name")


def version_row(version: ContractVersion, contract: Contract) -> ContractVersionRow:
    """The row of a version."""
    if version.partner_id is None:
        raise ValueError(f"contract {contract.code} has no partner")
    return ContractVersionRow(
        id=version.id,
        contract_id=version.contract_id,
        contract_code=contract.code,
        contract_name=contract.name,
        operator_id=version.operator_id,
        partner_id=version.partner_id,
        number=version.number,
        state=version.state,
        first_month=version.first_month,
        last_month=version.last_month,
        auto_renewal=version.auto_renewal,
        ac_pct=version.ac_pct,
        dc_pct=version.dc_pct,
        exclude_connection_fee=version.exclude_connection_fee,
        deduct_electricity=version.deduct_electricity,
        reimburse_electricity=version.reimburse_electricity,
        terms=dict(version.terms),
        permissions=tuple(version.permissions),
        currency=contract.currency,
        time_zone=contract.time_zone,
        version=version.version,
        created_at=version.created_at,
        activated_at=version.activated_at,
        kind=version.kind,
        minimum_payout_minor=version.minimum_payout_minor,
        carry_months=version.carry_months,
        electricity_price=version.electricity_price,
        electricity_vat_pct=version.electricity_vat_pct,
        reimbursement_fee=version.reimbursement_fee,
        price_limits=dict(version.price_limits),
        authors=tuple(version.authors),
        preview_id=version.preview_id,
        term_first=version.term_first,
        **{name: getattr(version, name) for name in _PEOPLE},
    )


def withheld_by(work: Work, row: ContractRow, version: ContractVersionRow) -> list[tuple[ContractRow, list[str]]]:
    """The partner's other contracts with charge points, and which rights of a version they do not give. Four statements."""
    others = [c for c in contracts_of_partner(work, row.partner_id, Permission.CONTRACT_RIGHTS) if c.id != row.id and c.points]
    found = []
    for other in others:
        bound = other.version_in(local_month(work.now, other.time_zone))
        if bound is not None and (missing := [right for right in version.permissions if right not in bound.permissions]):
            found.append((other, missing))
    return found


def sees_drafts(work: Work) -> bool:
    """Drafts are for the operator's staff; a partner learns of terms when they are agreed."""
    return work.scope(Permission.CONTRACT_VIEW) is ALL


def _statement(work: Work, right: Permission = Permission.CONTRACT_VIEW) -> AnySelect:
    """(Contract, partner's code, partner's name) within the reach of the right."""
    statement: AnySelect = select(Contract, Partner.code.label("partner_code"), Partner.name.label("partner_name"))
    statement = statement.join(Partner, Partner.id == Contract.partner_id).where(
        Contract.operator_id == work.operator_id, within(Contract.partner_id, work.scope(right))
    )
    if not sees_drafts(work):
        agreed = exists().where(ContractVersion.contract_id == Contract.id, ContractVersion.state != "draft")
        statement = statement.where(agreed)
    return statement


def contract_by_code(work: Work, code: str, right: Permission = Permission.CONTRACT_VIEW) -> ContractRow:
    """The contract of that code, as people type it; ``NotFound`` also for a foreign one. Three statements.

    ``right``: CONTRACT_RIGHTS where only what the partner's people may do is shown, no terms of money.
    """
    rows = list(work.session.execute(_statement(work, right).where(Contract.code == (read_code("C", code) or ""))))
    if not rows:
        raise NotFound
    return _filled(work, rows)[0]


def contracts_of_partner(work: Work, partner_id: UUID, right: Permission = Permission.CONTRACT_VIEW) -> list[ContractRow]:
    """A partner's contracts, newest first; ``right`` as above."""
    statement = _statement(work, right).where(Contract.partner_id == partner_id).order_by(Contract.created_at.desc(), Contract.id)
    return _filled(work, list(work.session.execute(statement)))


def contracts(work: Work, wanted: ContractFilter, *, cursor: str | None = None, limit: int = PAGE) -> Page[ContractRow]:
    """Contracts by partner and name. Four statements."""
    statement = _narrowed(_statement(work), wanted, work)
    order = (Partner.name, Contract.name, Contract.id)
    page = take_page(work.session, statement, order, lambda r: (r.partner_name, r.Contract.name, r.Contract.id), cursor=cursor, limit=limit)
    return Page(_filled(work, page.rows), page.before, page.after, page.total)


def contract_count(work: Work, wanted: ContractFilter) -> int | None:
    """How many there are; None for more than are counted. One statement."""
    return count_rows(work.session, _narrowed(_statement(work), wanted, work))


def _narrowed(statement: AnySelect, wanted: ContractFilter, work: Work) -> AnySelect:
    month = work.now.date().replace(day=1)
    of_this = ContractVersion.contract_id == Contract.id
    typed = wanted.text.split()
    for word in ([each for each in typed if word_query(each)] or typed)[:6]:
        named = found_by("found_contracts", Contract.id, word)
        statement = statement.where(or_(named, found_by("found_partners", Contract.partner_id, word)))
    if wanted.state:
        has_current = exists().where(of_this, in_force(month))
        conditions = {
            "active": has_current,
            "draft": exists().where(of_this, ContractVersion.state == "draft"),
            "waiting": exists().where(of_this, ContractVersion.state == "draft", ContractVersion.asked_at.is_not(None)),
            "scheduled": exists().where(of_this, ContractVersion.state != "draft", ContractVersion.first_month > month),
            "expired": and_(~has_current, exists().where(of_this, ContractVersion.state != "draft", ContractVersion.last_month < month)),
        }
        statement = statement.where(conditions.get(wanted.state, Contract.id.is_(None)))
    if wanted.ending is not None:
        ends = and_(in_force(month), ~ContractVersion.auto_renewal, ContractVersion.last_month <= wanted.ending.first)
        followed = exists().where(of_this, ContractVersion.state != "draft", ContractVersion.first_month > month)
        statement = statement.where(exists().where(of_this, ends), ~followed)
    return statement


def _filled(work: Work, rows: Collection[Any]) -> list[ContractRow]:
    """Contracts with their versions and their number of charge points today, in two statements."""
    ids = [row.Contract.id for row in rows]
    versions: dict[UUID, list[ContractVersion]] = {i: [] for i in ids}
    points: dict[UUID, int] = {}
    if ids:
        statement = select(ContractVersion).where(ContractVersion.contract_id.in_(ids)).order_by(ContractVersion.number.desc())
        for version in work.session.scalars(statement if sees_drafts(work) else statement.where(ContractVersion.state != "draft")):
            versions[version.contract_id].append(version)
        count = select(Assignment.contract_id, func.count()).join(Contract, Contract.id == Assignment.contract_id)
        count = count.where(Assignment.contract_id.in_(ids), holding_on(today_of(work.now)))
        points = {row[0]: row[1] for row in work.session.execute(count.group_by(Assignment.contract_id))}
    return [
        ContractRow(
            id=row.Contract.id,
            operator_id=row.Contract.operator_id,
            partner_id=row.Contract.partner_id,
            partner_code=row.partner_code,
            partner_name=row.partner_name,
            code=row.Contract.code,
            name=row.Contract.name,
            currency=row.Contract.currency,
            time_zone=row.Contract.time_zone,
            created_at=row.Contract.created_at,
            versions=tuple(version_row(v, row.Contract) for v in versions[row.Contract.id]),
            points=points.get(row.Contract.id, 0),
        )
        for row in rows
    ]
