"""What a session's electricity cost: frozen with its share; where no rate is known the share waits and is settled when one is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.contracts.models import ContractVersion
from app.domain.ledger.actions import Booking, post_all
from app.domain.sessions.events import ElectricityKnown
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.queries import phases_by
from app.domain.sessions.rating import usage_of
from app.domain.sessions.rows import PhaseRow
from app.domain.sessions.settling import Surroundings, split_of, surroundings
from app.domain.tariffs.electricity import PlaceRates, place_rates
from app.domain.tariffs.electricity_models import ElectricityRate
from app.kernel.periods import local_date
from app.money.electricity import slices
from app.money.entries import for_release
from app.work.unit import Work

MISSING = "missing_electricity_rate"
_CHUNK = 200


def deducts(version: ContractVersion | None) -> bool:
    """Whether any session under a contract version needs to know its electricity."""
    if version is None:
        return False
    return version.deduct_electricity or any(each.get("deduct_electricity_cost") for each in version.terms.get("overrides", ()))


def rates_of(work: Work, rows: Sequence[ChargingSession], around: Surroundings) -> PlaceRates:
    """The rates of the places of those sessions that need one; one statement, none where nobody does."""
    needing = [row for row in rows if row.contract_version_id and deducts(around.versions.get(row.contract_version_id))]
    if not needing:
        return PlaceRates({}, {})
    return place_rates(work.session, {row.station_id for row in needing}, {row.location_id for row in needing if row.location_id})


def slices_of(
    work: Work, row: ChargingSession, around: Surroundings, rates: PlaceRates, phases: tuple[PhaseRow, ...]
) -> list[dict[str, str | None]] | None:
    """The slices to freeze, or None: not needed, or a part of the energy has no rate. Refuses ``Invalid`` as pricing does."""
    version = around.versions.get(row.contract_version_id) if row.contract_version_id else None
    if not deducts(version) or row.started_at is None or row.ended_at is None:
        return None
    days = [local_date(at, row.time_zone) for at in (row.started_at, row.ended_at)]
    rate = rates.rate(row.station_id, row.location_id, *days)
    if rate is None:
        return None
    use = usage_of(work.session, row, rate, row.ended_at, phases).as_use()
    found = slices(rate, use, row.energy_wh)
    return None if any(each.rate_net is None for each in found) else [each.member() for each in found]


def settle_known(work: Work, rate_id: UUID) -> int:
    """Settle sessions that were held for a rate which is known now: freeze electricity and share, and book what waited in suspense.

    Some hundred at once; the answer is how many, and another call goes on. Harmless to repeat.
    """
    rate = work.session.get_one(ElectricityRate, rate_id)
    work.require(Permission.LEDGER_POST, partner_id=rate.partner_id)
    here = ChargingSession.station_id == rate.station_id if rate.station_id else ChargingSession.location_id == rate.location_id
    rows = work.session.scalars(
        select(ChargingSession)
        .where(
            here,
            ChargingSession.state == "rated",
            ChargingSession.electricity.is_(None),
            ChargingSession.flags.contains([MISSING]),
        )
        .order_by(ChargingSession.ended_at.desc(), ChargingSession.id)
        .limit(_CHUNK)
        .with_for_update()
    ).all()
    around = surroundings(work.session, rows)
    rates = rates_of(work, rows, around)
    phases = phases_by(work.session, [row.id for row in rows])
    bookings = [booking for row in rows if (booking := _settled(work, row, around, rates, phases[row.id])) is not None]
    work.session.flush()
    post_all(work, bookings)
    if bookings:
        work.record(
            ElectricityKnown(
                operator_id=work.operator_id, partner_id=rate.partner_id, subject=("electricity_rate", rate.id), sessions=len(bookings)
            )
        )
    return len(bookings)


def _settled(work: Work, row: ChargingSession, around: Surroundings, rates: PlaceRates, phases: tuple[PhaseRow, ...]) -> Booking | None:
    found = slices_of(work, row, around, rates, phases)
    if found is None:
        return None
    row.electricity = found
    lines = work.session.scalars(select(SessionLine).where(SessionLine.session_id == row.id).order_by(SessionLine.position)).all()
    split, parties = split_of(around, row, lines)
    row.partner_minor = split.partner
    row.flags = [flag for flag in row.flags if flag != MISSING]
    row.seq += 1
    entry = for_release(split, parties, local_date(work.now, row.time_zone))
    if entry is None:
        return None
    return Booking(entry=entry, key=f"session-release:{row.id}", partner_id=row.partner_id, session_id=row.id)
