"""Reading electricity rates: lists for staff, and the prices of places for settling sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.domain.network.models import Location, Station
from app.domain.people.models import Operator, Partner
from app.domain.people.queries import within
from app.domain.tariffs.electricity_models import ElectricityRate, ElectricityRateVersion
from app.domain.tariffs.electricity_rows import RateRow, RateVersionRow
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.kernel.periods import local_date
from app.money.electricity import in_turn
from app.money.terms import Tariff
from app.money.terms_json import tariff_from_json
from app.work.unit import Work

Versions = list[tuple[date, Tariff]]


@dataclass(frozen=True, slots=True)
class PlaceRates:
    """Versions by charge point and by location."""

    stations: dict[UUID, Versions]
    locations: dict[UUID, Versions]

    def rate(self, station_id: UUID, location_id: UUID | None, first: date, last: date) -> Tariff | None:
        """What counts at a charge point from one local day to another: its own rate where it has one by then, else its location's."""
        for versions in (self.stations.get(station_id), self.locations.get(location_id) if location_id else None):
            known = [each for each in versions or () if each[0] <= last]
            before = [each for each in known if each[0] <= first]
            if known and (before or versions is not self.stations.get(station_id)):
                newest = max(before, key=lambda each: each[0], default=None)
                return in_turn([each for each in known if newest is None or each[0] >= newest[0]])
        return None


def place_rates(session: Session, station_ids: Collection[UUID], location_ids: Collection[UUID]) -> PlaceRates:
    """The rates of these places, all versions; no scope. One statement."""
    found = PlaceRates(defaultdict(list), defaultdict(list))
    rows = session.execute(
        select(ElectricityRate.station_id, ElectricityRate.location_id, ElectricityRateVersion.first_day, ElectricityRateVersion.terms)
        .join(ElectricityRateVersion, ElectricityRateVersion.rate_id == ElectricityRate.id)
        .where(or_(ElectricityRate.station_id.in_(station_ids), ElectricityRate.location_id.in_(location_ids)))
    )
    for station_id, location_id, first_day, terms in rows:
        version = (first_day, tariff_from_json(terms))
        if station_id is not None:
            found.stations[station_id].append(version)
        else:
            found.locations[location_id].append(version)
    return found


@dataclass(frozen=True, slots=True)
class RateThen:
    """The version of a rate that counted at a place on a local day, and who had entered it."""

    code: str
    name: str
    currency: str
    number: int
    since: date
    by: str
    tariff: Tariff
    #: first day of the prices after it
    until: date | None


def rate_on(session: Session, station_id: UUID, location_id: UUID | None, day: date) -> RateThen | None:
    """What electricity cost at a charge point on a local day: its own rate where it had one by then, else its location's; no scope."""
    later = aliased(ElectricityRateVersion)
    until = select(func.min(later.first_day)).where(later.rate_id == ElectricityRate.id, later.first_day > day).scalar_subquery()
    row = session.execute(
        select(ElectricityRate, ElectricityRateVersion, until)
        .join(ElectricityRateVersion, ElectricityRateVersion.rate_id == ElectricityRate.id)
        .where(or_(ElectricityRate.station_id == station_id, ElectricityRate.location_id == location_id))
        .where(ElectricityRateVersion.first_day <= day)
        .order_by(ElectricityRate.station_id.is_(None), ElectricityRateVersion.first_day.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    rate, version, ends = row
    tariff = tariff_from_json(version.terms)
    return RateThen(rate.code, rate.name, rate.currency, version.number, version.first_day, version.created_name, tariff, ends)


def rates(work: Work, *, partner_id: UUID | None = None, cursor: str | None = None, limit: int = PAGE) -> Page[RateRow]:
    """Rates by name, those of one partner's places if asked. Five statements."""
    page = take_page(
        work.session,
        _statement(work, partner_id),
        (ElectricityRate.name, ElectricityRate.id),
        lambda row: (row.ElectricityRate.name, row.ElectricityRate.id),
        cursor=cursor,
        limit=limit,
    )
    return Page(_filled(work, page.rows), page.before, page.after, page.total)


def rate_by_code(work: Work, code: str, *, partner_id: UUID | None = None) -> RateRow:
    """A rate by its code, of one partner's place if asked; a foreign one is not found."""
    row = work.session.execute(_statement(work, partner_id).where(ElectricityRate.code == (read_code("R", code) or ""))).one_or_none()
    if row is None:
        raise NotFound
    return _filled(work, [row])[0]


def _statement(work: Work, partner_id: UUID | None) -> AnySelect:
    statement: AnySelect = select(
        ElectricityRate,
        func.coalesce(Station.label, Location.code).label("place"),
        func.coalesce(Location.name, "").label("place_name"),
        func.coalesce(Location.time_zone, Operator.time_zone).label("time_zone"),
        Partner.name.label("partner"),
    )
    return (
        statement.join(Operator, Operator.id == ElectricityRate.operator_id)
        .outerjoin(Station, Station.id == ElectricityRate.station_id)
        .outerjoin(Location, Location.id == func.coalesce(ElectricityRate.location_id, Station.location_id))
        .outerjoin(Partner, Partner.id == ElectricityRate.partner_id)
        .where(ElectricityRate.operator_id == work.operator_id, within(ElectricityRate.partner_id, work.scope(Permission.ELECTRICITY_VIEW)))
        .where(true() if partner_id is None else ElectricityRate.partner_id == partner_id)
    )


_HELD = text(
    """
    select r.id, count(*) from electricity_rate r
    join charging_session s on s.station_id = r.station_id or s.location_id = r.location_id
    where r.id = any (:ids) and s.state = 'rated' and s.electricity is null and 'missing_electricity_rate' = any (s.flags)
    group by r.id
    """
)


def _history(work: Work, zones: dict[UUID, str]) -> dict[UUID, list[RateVersionRow]]:
    """All versions of rates, the newest first; what counts today is by the clock of each place."""
    history: dict[UUID, list[RateVersionRow]] = defaultdict(list)
    active: set[UUID] = set()
    for version in work.session.scalars(
        select(ElectricityRateVersion)
        .where(ElectricityRateVersion.rate_id.in_(zones))
        .order_by(ElectricityRateVersion.rate_id, ElectricityRateVersion.first_day.desc())
    ):
        today = local_date(work.now, zones[version.rate_id])
        state = "scheduled" if version.first_day > today else "past" if version.rate_id in active else "active"
        if state == "active":
            active.add(version.rate_id)
        history[version.rate_id].append(
            RateVersionRow(
                number=version.number,
                first_day=version.first_day,
                terms=version.terms,
                created_at=version.created_at,
                created_name=version.created_name,
                state=state,
            )
        )
    return history


def _filled(work: Work, rows: Collection[Any]) -> list[RateRow]:
    ids = [row.ElectricityRate.id for row in rows]
    history = _history(work, {row.ElectricityRate.id: row.time_zone for row in rows})
    held: dict[UUID, int] = dict(work.session.execute(_HELD, {"ids": ids}).tuples().all())
    return [
        RateRow(
            id=row.ElectricityRate.id,
            code=row.ElectricityRate.code,
            name=row.ElectricityRate.name,
            currency=row.ElectricityRate.currency,
            place=row.place,
            place_name=row.place_name,
            is_location=row.ElectricityRate.location_id is not None,
            time_zone=row.time_zone,
            partner=row.partner,
            versions=tuple(history[row.ElectricityRate.id]),
            held=held.get(row.ElectricityRate.id, 0),
        )
        for row in rows
    ]


_WITHOUT = """
    from assignment a
    join station st on st.id = a.station_id and st.retired_at is null
    join contract c on c.id = a.contract_id
    join contract_version v on v.contract_id = c.id and v.state <> 'draft' and v.first_month <= cast(:today as date)
         and (v.last_month is null or v.auto_renewal or v.last_month >= date_trunc('month', cast(:today as date)))
    where a.operator_id = :operator and (cast(:ids as uuid[]) is null or st.id = any (cast(:ids as uuid[])))
      and a.valid_from <= :today and (a.valid_until is null or a.valid_until > :today)
      and v.electricity_price is null
      and (v.deduct_electricity or jsonb_path_exists(v.terms, '$.overrides[*] ? (@.deduct_electricity_cost == true)'))
      and not exists (select from contract_version n where n.contract_id = c.id and n.state <> 'draft' and n.first_month <= :today
                      and (n.first_month, n.number) > (v.first_month, v.number))
      and not exists (select from electricity_rate r where r.station_id = st.id or r.location_id = st.location_id)
"""
_POINTS_WITHOUT = text(f"select st.id, st.label {_WITHOUT} order by st.label")
_PARTNERS_WITHOUT = text(f"select distinct a.partner_id {_WITHOUT} and a.partner_id = any(:partners)").bindparams(
    bindparam("partners", type_=ARRAY(Uuid))
)


def points_without_rate(work: Work) -> list[str]:
    """Labels of charge points whose contract deducts electricity where neither place nor contract has a price: their sessions are held."""
    work.require(Permission.CONTRACT_VIEW)
    return [label for _, label in without_rate(work)]


def without_rate(work: Work, station_ids: Collection[UUID] | None = None) -> list[tuple[UUID, str]]:
    """Key and label of those charge points, of all or of some; no scope. One statement."""
    ids = None if station_ids is None else list(station_ids)
    found = work.session.execute(_POINTS_WITHOUT, {"operator": work.operator_id, "today": work.now.date(), "ids": ids})
    return [(row.id, row.label) for row in found]


def partners_without_rate(work: Work, partner_ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of the partners hold such a charge point, as far as the actor may see contracts. One statement."""
    reach = work.scope(Permission.CONTRACT_VIEW)
    asked = {"operator": work.operator_id, "today": work.now.date(), "ids": None}
    return frozenset(work.session.scalars(_PARTNERS_WITHOUT, asked | {"partners": [key for key in partner_ids if key in reach]}))
