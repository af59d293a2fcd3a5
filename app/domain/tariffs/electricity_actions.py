"""Making electricity rates and giving them new prices. Published prices are never edited; a change is a version from a later day on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.network.models import Location, Station
from app.domain.people.models import Operator
from app.domain.tariffs.electricity import rate_by_code
from app.domain.tariffs.electricity_models import ElectricityRate, ElectricityRateVersion
from app.domain.tariffs.electricity_rows import MOST_WINDOWS, RateInput, RateVersionInput
from app.domain.tariffs.events import ElectricityPriced
from app.kernel.errors import Invalid
from app.kernel.ids import new_code, read_code, uuid7
from app.kernel.periods import local_date
from app.money.electricity import rate_terms
from app.money.terms_json import tariff_to_json
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rate counts."""

    station_id: UUID | None
    location_id: UUID | None
    partner_id: UUID | None
    zone: str
    word: str


def place_of(work: Work, typed: str) -> Place:
    """The charge point or location somebody typed; refuses ``unknown_rate_place`` at ``place``."""
    operator = work.session.get_one(Operator, work.operator_id)
    code = read_code("L", typed)
    site = work.session.scalars(select(Location).where(Location.code == code, Location.operator_id == work.operator_id)).one_or_none()
    if code and site:
        return Place(None, site.id, site.partner_id, site.time_zone, site.code)
    found = work.session.execute(
        select(Station, Location)
        .outerjoin(Location, Location.id == Station.location_id)
        .where(Station.label == typed.strip().upper(), Station.operator_id == work.operator_id, Station.retired_at.is_(None))
    ).one_or_none()
    if found is None:
        raise Invalid("unknown_rate_place", field="place", value=typed[:40])
    point, at = found
    return Place(point.id, None, point.partner_id, at.time_zone if at else operator.time_zone, point.label)


def create_rate(work: Work, wanted: RateInput) -> str:
    """A rate for a place that has none, from any day on; returns its code. Sessions that waited for it are settled by a job.

    Refuses ``missing``, ``unknown_rate_place``, ``rate_exists``, and what ``rate_terms`` refuses.
    """
    work.require(Permission.CONTRACT_EDIT)
    if not wanted.name.strip():
        raise Invalid("missing", field="name")
    place = place_of(work, wanted.place)
    of_place = (
        ElectricityRate.station_id == place.station_id if place.station_id is not None else ElectricityRate.location_id == place.location_id
    )
    if work.session.scalar(select(ElectricityRate.id).where(of_place)) is not None:
        raise Invalid("rate_exists", field="place")
    rate = ElectricityRate(
        id=uuid7(),
        operator_id=work.operator_id,
        partner_id=place.partner_id,
        code=new_code("R"),
        name=wanted.name.strip(),
        currency=work.session.get_one(Operator, work.operator_id).currency,
        location_id=place.location_id,
        station_id=place.station_id,
        created_at=work.now,
    )
    work.session.add(rate)
    work.session.flush()
    _add(work, rate, 1, wanted.prices, place.word)
    return rate.code


def add_rate_version(work: Work, code: str, wanted: RateVersionInput) -> int:
    """New prices of a rate from today or a later day on; returns the version's number. What was settled keeps its price.

    Refuses ``rate_starts_too_early`` and ``rate_day_taken`` at ``first_day``.
    """
    work.require(Permission.CONTRACT_EDIT)
    row = rate_by_code(work, code)
    rate = work.session.get_one(ElectricityRate, row.id, with_for_update=True)
    if wanted.first_day < local_date(work.now, row.time_zone):
        raise Invalid("rate_starts_too_early", field="first_day")
    if any(each.first_day == wanted.first_day for each in row.versions):
        raise Invalid("rate_day_taken", field="first_day")
    number = max(each.number for each in row.versions) + 1
    _add(work, rate, number, wanted, row.place)
    return number


def _add(work: Work, rate: ElectricityRate, number: int, wanted: RateVersionInput, place: str) -> None:
    if len(wanted.windows) > MOST_WINDOWS:
        raise Invalid("too_many_lines", field="windows", most=MOST_WINDOWS)
    if not 0 <= wanted.vat_pct <= 100:
        raise Invalid("bad_vat_rate", field="vat_pct")
    terms = tariff_to_json(rate_terms(wanted.windows, wanted.vat_pct, rate.currency))
    work.session.add(
        ElectricityRateVersion(
            id=uuid7(),
            operator_id=rate.operator_id,
            partner_id=rate.partner_id,
            rate_id=rate.id,
            number=number,
            first_day=wanted.first_day,
            terms=terms,
            created_at=work.now,
            created_by=work.actor.id,
            created_name=work.actor.name,
        )
    )
    work.session.flush()
    work.record(
        ElectricityPriced(
            operator_id=rate.operator_id,
            partner_id=rate.partner_id,
            subject=("electricity_rate", rate.id),
            code=rate.code,
            place=place,
            number=number,
            first_day=wanted.first_day,
            terms=terms,
        )
    )
    work.later("sessions.electricity", key=f"electricity:{rate.id}:{number}", rate_id=rate.id)
