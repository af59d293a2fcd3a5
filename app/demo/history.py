"""Three months of charging for the demo: drawn cars, real terms, priced and booked by the actions that real sessions go through."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.demo.car import Arrivals, Car
from app.demo.network import MACHINES, ROAMING_TOKENS, TOKENS
from app.domain.network.models import Connector, Evse, Station
from app.domain.sessions.models import ChargingSession, IdToken, MeterReading, SessionPhase
from app.domain.sessions.terms import Start, StartTerms, terms_at_start
from app.kernel.ids import new_code, uuid7

#: how far apart the kept readings of a past session are
READING_STEP = timedelta(minutes=15)
#: roaming partners pay so long after a session
ROAMING_PAYS_AFTER = timedelta(days=20)
CHANNELS = (("internal", TOKENS), ("internal", TOKENS), ("internal", TOKENS), ("emsp", ROAMING_TOKENS))


@dataclass(frozen=True)
class Visit:
    """A car at an outlet: when it came, when it was full, when it left, what flowed."""

    outlet: Evse
    connector_id: UUID
    at: datetime
    full_at: datetime
    ended_at: datetime
    car: Car
    channel: str
    token: str
    #: a driver's own card, whose partner pays
    card: IdToken | None = None


def visits(session: Session, since: datetime, until: datetime) -> Iterator[Visit]:
    """Cars at every demo outlet between two instants, one after the other, repeatable for the same span."""
    rows = session.execute(
        select(Evse, Connector.id, Station.label)
        .join(Station, Station.id == Evse.station_id)
        .join(Connector, Connector.evse_id == Evse.id)
        .where(Station.label.in_(MACHINES))
        .order_by(Station.label, Evse.number)
    ).all()
    for place, (outlet, connector_id, label) in enumerate(rows):
        yield from _at_outlet(outlet, connector_id, MACHINES[label].busy, place, since, until)


def _at_outlet(outlet: Evse, connector_id: UUID, busy: float, place: int, since: datetime, until: datetime) -> Iterator[Visit]:
    draw, arrivals = random.Random(place), Arrivals(place)
    at = since + timedelta(hours=draw.uniform(2, 30))
    while True:
        car = arrivals.car(outlet.current)
        seconds = seconds_to_full(car, outlet.max_w)
        full_at = at + timedelta(seconds=seconds)
        ended_at = full_at + timedelta(seconds=car.lingers_s + draw.uniform(30, 240))
        if ended_at >= until:
            return
        channel, tokens = draw.choice(CHANNELS)
        yield Visit(outlet, connector_id, at, full_at, ended_at, car, channel, draw.choice(tokens))
        at = _next_arrival(ended_at, busy, draw)


def seconds_to_full(car: Car, offered_w: int) -> float:
    """Charge the car until it is full; how long that takes."""
    passed = 0.0
    while not car.full:
        car.step(60, offered_w)
        passed += 60
    return passed


def _next_arrival(ended_at: datetime, busy: float, draw: random.Random) -> datetime:
    at = ended_at + timedelta(hours=draw.uniform(3, 26 + (1 - busy) * 260))
    if at.hour < 5:  # few people charge at night
        at += timedelta(hours=draw.uniform(4, 9))
    return at


def add_sessions(session: Session, seen: list[Visit]) -> list[tuple[datetime, UUID]]:
    """Insert the visits as stopped sessions, not yet priced; their end and key, in order of end."""
    starts = [Start(v.outlet.station_id, v.outlet.id, v.at) for v in seen]
    terms = terms_at_start(session, starts)
    numbers = iter(session.scalars(text("select nextval('transaction_number') from generate_series(1, :n)"), {"n": len(seen)}).all())
    added = []
    for visit, start in zip(seen, starts, strict=True):
        made = stopped(visit, terms[start], next(numbers))
        session.add(made)
        added.append((visit.ended_at, made.id))
        session.add_all(phases(made, visit))
        session.add_all(_readings(made, visit))
    session.flush()
    return sorted(added)


def stopped(visit: Visit, terms: StartTerms, number: int) -> ChargingSession:
    """The session of a visit, over and not yet priced; ``number`` is its transaction's."""
    energy = int(visit.car.delivered_wh)
    register = int((visit.at - datetime(2026, 1, 1, tzinfo=visit.at.tzinfo)).total_seconds() * 2)
    return ChargingSession(
        id=uuid7(),
        operator_id=terms.operator_id,
        partner_id=terms.partner_id,
        code=new_code("S"),
        location_id=terms.location_id,
        station_id=visit.outlet.station_id,
        evse_id=visit.outlet.id,
        connector_id=visit.connector_id,
        channel=visit.channel,
        id_token=visit.token,
        driver_id=visit.card.driver_id if visit.card else None,
        payer_id=visit.card.partner_id if visit.card else None,
        state="stopped",
        transaction_number=number,
        started_at=visit.at,
        start_received_at=visit.at,
        ended_at=visit.ended_at,
        end_received_at=visit.ended_at,
        meter_start_wh=register,
        meter_last_wh=register + energy,
        meter_stop_wh=register + energy,
        energy_wh=energy,
        charging_state="Idle",
        last_reading_at=visit.ended_at,
        stop_reason="EVDisconnected",
        time_zone=terms.time_zone,
        currency=terms.currency,
        vat_pct=terms.vat_pct,
        evse_current=terms.evse_current,
        tariff_version_id=terms.tariff_version_id,
        tariff=terms.tariff,
        contract_version_id=terms.contract_version_id,
        parent_version_id=terms.parent_version_id,
        created_at=visit.at,
    )


def phases(made: ChargingSession, visit: Visit) -> list[SessionPhase]:
    """When the car charged and from when on it only stood there."""
    owned: dict[str, Any] = {"session_id": made.id, "operator_id": made.operator_id, "partner_id": made.partner_id}
    found = [SessionPhase(**owned, at=visit.at, charging=True, state="Charging", energy_wh=0)]
    if visit.full_at < visit.ended_at:
        found.append(SessionPhase(**owned, at=visit.full_at, charging=False, state="SuspendedEV", energy_wh=made.energy_wh))
    return found


def _readings(made: ChargingSession, visit: Visit) -> list[MeterReading]:
    owned: dict[str, Any] = {
        "operator_id": made.operator_id,
        "partner_id": made.partner_id,
        "station_id": made.station_id,
        "connector_id": made.connector_id,
        "session_id": made.id,
        "context": "Sample.Periodic",
    }
    span, steps = visit.full_at - visit.at, max(1, int((visit.full_at - visit.at) / READING_STEP))
    readings = []
    for step in range(steps + 1):
        at, energy = visit.at + span * step / steps, made.energy_wh * step // steps
        power = 0 if step == steps else int(made.energy_wh * 3600 / span.total_seconds())
        readings.append(
            MeterReading(
                **owned, id=uuid7(), received_at=at, at=at, energy_wh=(made.meter_start_wh or 0) + energy, power_w=power, soc_pct=None
            )
        )
    return readings
