"""Charge points under contract, to read: assignments, counts, what is free, and the list of partners with what they have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, exists, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.domain.contracts.models import Assignment, Contract, ContractVersion
from app.domain.contracts.queries import contracts_of_partner, holding_on, in_force, sees_drafts, today_of, version_row
from app.domain.contracts.rows import AssignmentRow, ContractVersionRow, Holdings, PartnerOverview, SetupStep
from app.domain.network.models import Evse, Location, Station
from app.domain.people.bank import hindrances
from app.domain.people.models import Membership, Partner, User
from app.domain.people.queries import contacts, members, partners, with_contact, within
from app.domain.people.rows import LEADING_ROLES, PartnerFilter, PartnerRow
from app.kernel.periods import Month, local_date
from app.work.unit import Work

_HOLDINGS = text(
    """
    select s.partner_id, count(distinct s.location_id) as locations, count(distinct s.id) as points,
           count(e.id) filter (where e.current = 'AC') as ac_evses, count(e.id) filter (where e.current = 'DC') as dc_evses
    from station s left join evse e on e.station_id = s.id
    where s.partner_id = any(:partners) and s.retired_at is null and (:everything or s.partner_id = any(:reach))
    group by s.partner_id
    """
).bindparams(bindparam("partners", type_=ARRAY(Uuid)), bindparam("reach", type_=ARRAY(Uuid)))
#: as ``settled_evses`` does: what never connected costs nothing
_COUNTED = text(
    """
    select count(distinct e.station_id) as points,
           count(e.id) filter (where e.current = 'AC') as ac_evses, count(e.id) filter (where e.current = 'DC') as dc_evses
    from assignment a join contract c on c.id = a.contract_id join evse e on e.station_id = a.station_id
    where a.contract_id = :contract and a.valid_from <= (:now at time zone c.time_zone)::date
      and (a.valid_until is null or a.valid_until > (:now at time zone c.time_zone)::date)
      and exists (select from connector x where x.evse_id = e.id and x.status is not null)
    """
)


def holdings(work: Work, partner_ids: Collection[UUID]) -> dict[UUID, Holdings]:
    """What each partner holds today; a partner without charge points is left out. One statement."""
    reach = work.scope(Permission.NETWORK_VIEW)
    limited = list(reach) if isinstance(reach, frozenset) else []
    wanted = {"partners": list(partner_ids), "reach": limited, "everything": not isinstance(reach, frozenset)}
    rows = work.session.execute(_HOLDINGS, wanted)
    return {row.partner_id: Holdings(row.locations, row.points, row.ac_evses, row.dc_evses) for row in rows}


def fee_holdings(work: Work, contract_id: UUID, partner_id: UUID) -> Holdings:
    """What a platform fee counts under a contract today: EVSEs that ever connected, and the charge points that have one. One statement."""
    work.require(Permission.CONTRACT_VIEW, partner_id=partner_id)
    row = work.session.execute(_COUNTED, {"contract": contract_id, "now": work.now}).one()
    return Holdings(0, row.points, row.ac_evses, row.dc_evses)


def assignments(
    work: Work,
    *,
    partner_id: UUID | None = None,
    contract_id: UUID | None = None,
    label: str | None = None,
    right: Permission = Permission.NETWORK_VIEW,
) -> list[AssignmentRow]:
    """Charge points of a partner or contract (or one by its label) with their days, ended ones last. One statement.

    ``right``: CONTRACT_VIEW where they are told as part of the contract, whoever reads it.
    """
    statement = _assignments(work, partner_id, contract_id, right)
    if label is not None:
        statement = statement.where(Station.label == label.upper())
    ordered = statement.order_by(_has_ended(work.now), Station.label, Assignment.id)
    return [_assignment(row, work.now) for row in work.session.execute(ordered)]


def assignment_page(
    work: Work, *, partner_id: UUID | None = None, contract_id: UUID | None = None, cursor: str | None = None
) -> Page[AssignmentRow]:
    """A page of the same. Two statements."""
    order = (_has_ended(work.now), Station.label, Assignment.id)
    page = take_page(
        work.session,
        _assignments(work, partner_id, contract_id, Permission.NETWORK_VIEW),
        order,
        lambda row: (_ended(row.valid_until, local_date(work.now, row.time_zone)), row.label, row.id),
        cursor=cursor,
    )
    return replace(page, rows=[_assignment(row, work.now) for row in page.rows])


def _assignments(work: Work, partner_id: UUID | None, contract_id: UUID | None, right: Permission) -> AnySelect:
    ac, dc = (
        select(func.count()).where(Evse.station_id == Station.id, Evse.current == current).scalar_subquery() for current in ("AC", "DC")
    )
    statement: AnySelect = (
        select(Assignment.id, Assignment.station_id, Assignment.valid_from, Assignment.valid_until, Station.label)
        .add_columns(Location.code, Location.name, ac, dc, Contract.code, Contract.name, Contract.time_zone)
        .join(Contract, Contract.id == Assignment.contract_id)
        .join(Station, Station.id == Assignment.station_id)
        .outerjoin(Location, Location.id == Station.location_id)
        .where(within(Assignment.partner_id, work.scope(right)))
    )
    for column, value in ((Assignment.partner_id, partner_id), (Assignment.contract_id, contract_id)):
        if value is not None:
            statement = statement.where(column == value)
    return statement


def _has_ended(now: datetime) -> ColumnElement[bool]:
    return func.coalesce(Assignment.valid_until <= today_of(now), False)


def _ended(valid_until: date | None, today: date) -> bool:
    return valid_until is not None and valid_until <= today


def _assignment(row: Any, now: datetime) -> AssignmentRow:
    key, station_id, valid_from, valid_until, label, site_code, site_name, ac, dc, contract_code, contract_name, zone = row
    today = local_date(now, zone)
    return AssignmentRow(
        id=key,
        station_id=station_id,
        station_label=label,
        location_code=site_code,
        location_name=site_name,
        ac_evses=ac or 0,
        dc_evses=dc or 0,
        contract_code=contract_code,
        contract_name=contract_name,
        valid_from=valid_from,
        valid_until=valid_until,
        stands="ended" if _ended(valid_until, today) else "planned" if valid_from > today else "now",
    )


def free_stations(work: Work, most: int) -> list[tuple[str, str]] | None:
    """Label and place of every charge point that may be assigned: in use, under no contract without an end. None: more than ``most``."""
    if not work.can(Permission.NETWORK_ASSIGN):
        return []
    open_end = exists().where(Assignment.station_id == Station.id, Assignment.valid_until.is_(None))
    statement = (
        select(Station.label, Location.name, Location.city)
        .outerjoin(Location, Location.id == Station.location_id)
        .where(Station.operator_id == work.operator_id, Station.retired_at.is_(None), ~open_end)
        .where(or_(Station.partner_id.is_(None), within(Station.partner_id, work.scope(Permission.NETWORK_ASSIGN))))
        .order_by(Station.label)
        .limit(most + 1)
    )
    found = [(label, ", ".join(filter(None, (name, city)))) for label, name, city in work.session.execute(statement)]
    return found if len(found) <= most else None


def partner_overview(
    work: Work, wanted: PartnerFilter, *, cursor: str | None = None, limit: int = PAGE, also: Sequence[ColumnElement[bool]] = ()
) -> Page[PartnerOverview]:
    """The list of partners, each with contract, holdings, people and what is missing. Eight statements, however many partners."""
    page = partners(work, wanted, cursor=cursor, limit=limit, also=(*of_contracts(wanted.contract_end, work.now.date()), *also))
    ids = [row.id for row in page.rows]
    terms, held, people = contract_of_each(work, ids), holdings(work, ids), _people_of_each(work, ids)
    told = with_contact(work, ids, "technical")
    money = hindrances(work.session, ids, work.now)
    may_count = work.scope(Permission.USER_VIEW)
    rows = [
        PartnerOverview(
            partner=row,
            contract=terms.get(row.id),
            holdings=held.get(row.id, Holdings()),
            people=people.get(row.id, _NOBODY).people if row.id in may_count else None,
            last_sign_in_at=people.get(row.id, _NOBODY).last_sign_in_at,
            hindrance=money[row.id],
            flags=_flags(work, row, terms.get(row.id), money[row.id], people.get(row.id, _NOBODY), told),
        )
        for row in page.rows
    ]
    return Page(rows, page.before, page.after, page.total)


def contract_of_each(work: Work, partner_ids: list[UUID]) -> dict[UUID, ContractVersionRow]:
    """The version to show for each partner: in force today, else the next, else the newest."""
    today = work.now.date().replace(day=1)
    statement = (
        select(ContractVersion, Contract)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.partner_id.in_(partner_ids), within(Contract.partner_id, work.scope(Permission.CONTRACT_VIEW)))
    )
    if not sees_drafts(work):
        statement = statement.where(ContractVersion.state != "draft")
    found = [version_row(version, contract) for version, contract in work.session.execute(statement)]
    best: dict[UUID, ContractVersionRow] = {}
    ranks = {"active": 0, "scheduled": 1, "draft": 2, "expired": 3, "terminated": 4}
    for row in sorted(found, key=lambda v: (ranks[v.state_on(today)], -v.number)):
        best.setdefault(row.partner_id, row)
    return best


@dataclass(frozen=True, slots=True)
class _People:
    """Who works in an account: how many, how many of them lead it, and the last sign-in of anybody."""

    people: int = 0
    leading: int = 0
    last_sign_in_at: datetime | None = None


_NOBODY = _People()


def _people_of_each(work: Work, partner_ids: list[UUID]) -> dict[UUID, _People]:
    leads = func.count().filter(Membership.role.in_(LEADING_ROLES.values()))
    rows = work.session.execute(
        select(Membership.partner_id, func.count(), leads, func.max(User.last_sign_in_at))
        .join(User, User.id == Membership.user_id)
        .where(Membership.partner_id.in_(partner_ids), Membership.ended_at.is_(None))
        .where(within(Membership.partner_id, work.scope(Permission.USER_VIEW)))
        .group_by(Membership.partner_id)
    )
    return {partner_id: _People(count, leading, last) for partner_id, count, leading, last in rows if partner_id is not None}


def _flags(
    work: Work, row: PartnerRow, terms: ContractVersionRow | None, hindrance: str | None, people: _People, told: frozenset[UUID]
) -> tuple[str, ...]:
    """What is missing for a partner that is not closed, as far as the actor may know."""
    binds = terms is not None and terms.state_on(work.now.date()) in {"active", "scheduled"}
    missing = {
        "contract": not binds and work.can(Permission.CONTRACT_VIEW, partner_id=row.id),
        "bank": hindrance == "no_account" and work.can(Permission.BANK_VIEW, partner_id=row.id),
        "technical": row.id not in told,
        "owner": not people.leading and work.can(Permission.USER_VIEW, partner_id=row.id),
    }
    return tuple(name for name, is_so in missing.items() if is_so) if row.state != "closed" else ()


def of_contracts(end: str, today: date) -> list[ColumnElement[bool]]:
    """The condition of ``PartnerFilter.contract_end``; a word nobody knows finds nobody."""
    if not end:
        return []
    month, of_partner = today.replace(day=1), ContractVersion.partner_id == Partner.id
    if end == "none":
        later = and_(ContractVersion.state != "draft", ContractVersion.first_month > month)
        return [~exists().where(of_partner, or_(in_force(month), later))]
    if end not in {"30", "60", "90"}:
        return [false()]
    after = aliased(ContractVersion)
    followed = exists().where(after.contract_id == ContractVersion.contract_id, after.state != "draft", after.first_month > month)
    last = Month.of(date.fromordinal(today.toordinal() + int(end))).first
    return [exists().where(of_partner, in_force(month), ~ContractVersion.auto_renewal, ContractVersion.last_month <= last, ~followed)]


def setup_steps(work: Work, partner: PartnerRow) -> list[SetupStep]:
    """What it takes until a partner is set up, in order, and what of it is done."""
    named = contacts(work, partner.id)
    today = work.now.date()
    terms = [v.state_on(today) for c in contracts_of_partner(work, partner.id) for v in c.versions]
    points = work.session.scalar(select(func.count()).select_from(Assignment).where(Assignment.partner_id == partner.id, holding_on(today)))
    return [
        SetupStep("general", partner.vat_id is not None or partner.register_no is not None),
        *(SetupStep(f"contact_{kind}", bool(of_kind)) for kind, of_kind in named.items()),
        SetupStep("contract", any(state in {"active", "scheduled"} for state in terms)),
        SetupStep("charge_points", bool(points)),
        SetupStep("people", bool(members(work, partner.id))),
        SetupStep("bank", hindrances(work.session, [partner.id], work.now)[partner.id] is None),
    ]
