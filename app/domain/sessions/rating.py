"""From what a charge point reported to a price: the session's use as periods, whether it can be trusted, and its frozen lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.sessions.models import ChargingSession, MeterReading, SessionLine
from app.domain.sessions.queries import phases_of
from app.domain.sessions.rows import PhaseRow
from app.kernel.errors import Invalid
from app.money.amount import decimals
from app.money.priced import Adjustment, PricedSession
from app.money.priced_json import full_json, result_json
from app.money.pricing import price
from app.money.rate import rounded
from app.money.readings import Asking, Reading, periods_from
from app.money.terms import Restrictions, Tariff
from app.money.terms_json import parse_tariff
from app.money.usage import Reservation
from app.money.usage import Session as Use
from app.money.usage_json import session_to_json
from app.money.zones import from_datetime

#: flags of the worker that say: a person has to look before anybody pays
DOUBTS = ("meter_back", "clock", "forgotten")
#: meters and clocks may be off by so much before energy counts as more than the outlet can give
_SLACK_PCT = 110
_SLACK_WH = 200
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a session's price is made from, as it was reported."""

    started_at: datetime
    ended_at: datetime
    meter_start_wh: int
    energy_wh: int
    time_zone: str
    phases: tuple[PhaseRow, ...]
    readings: tuple[Reading, ...] = ()
    #: from when until when the EVSE had been kept for this driver
    reserved: tuple[datetime, datetime] | None = None
    #: codes and names of the groups that the driver was in at the start
    user_groups: tuple[str, ...] = ()

    def as_use(self) -> Use:
        """The input of pricing; refuses ``SessionInvalid``."""
        first = Reading(self.started_at, self.meter_start_wh)
        last = Reading(self.ended_at, self.meter_start_wh + self.energy_wh)
        states = [Asking(each.at, each.charging) for each in self.phases]
        periods = periods_from(self.started_at, self.ended_at, (first, *self.readings, last), states)
        kept = Reservation(from_datetime(self.reserved[0]), from_datetime(self.reserved[1])) if self.reserved else None
        return Use.of(self.started_at, self.ended_at, self.time_zone, periods, reservation=kept, user_groups=self.user_groups)


def price_of(tariff: Tariff, usage: Usage) -> PricedSession:
    """What that use costs; also of a session that still runs (it ends now). Refuses ``Invalid``."""
    return price(tariff, usage.as_use())


def usage_of(
    session: Session, row: ChargingSession, tariff: Tariff, ended_at: datetime, phases: tuple[PhaseRow, ...] | None = None
) -> Usage:
    """The use of a session until an instant. Readings in between matter only where a price depends on more than what flowed."""
    if row.started_at is None:
        raise Invalid("no_start", field="started_at")
    return Usage(
        started_at=row.started_at,
        ended_at=ended_at,
        meter_start_wh=row.meter_start_wh or 0,
        energy_wh=row.energy_wh,
        time_zone=row.time_zone,
        phases=phases_of(session, row.id) if phases is None else phases,
        readings=_readings(session, row, ended_at) if needs_readings(tariff) and "checked" not in row.flags else (),
        reserved=(row.reserved_from, row.reserved_until) if row.reserved_from and row.reserved_until else None,
        user_groups=tuple(row.user_groups),
    )


def needs_readings(tariff: Tariff) -> bool:
    """Whether a price depends on when energy flowed, not only on how much."""
    return any(element.restrictions != Restrictions() for element in tariff.elements)


def _readings(session: Session, row: ChargingSession, ended_at: datetime) -> tuple[Reading, ...]:
    """Register values inside the session, oldest first."""
    found = session.execute(
        select(MeterReading.at, MeterReading.energy_wh)
        .where(
            MeterReading.session_id == row.id,
            MeterReading.energy_wh.is_not(None),
            MeterReading.at > row.started_at,
            MeterReading.at < ended_at,
        )
        .order_by(MeterReading.at, MeterReading.id)
    )
    return tuple(Reading(at, energy) for at, energy in found if energy is not None)


def doubt_about(row: ChargingSession, most_w: int | None) -> str | None:
    """Why a stopped session must not be billed yet, as a code; None if it can be trusted, or a person has looked at it.

    ``most_w`` is what its outlet can give, in watts.
    """
    if row.tariff is None:
        return "no_tariff"
    if row.started_at is None or row.ended_at is None:
        return "no_start"
    if "checked" in row.flags:
        return None
    for flag in DOUBTS:
        if flag in row.flags:
            return flag
    return "implausible_energy" if most_w is not None and too_much(row.energy_wh, most_w, row.ended_at, row.started_at) else None


def too_much(energy_wh: int, most_w: int, ended_at: datetime, started_at: datetime) -> bool:
    """Whether an outlet cannot have given so much energy in that time (more than 110 % of its power, and 200 Wh)."""
    milliseconds = (ended_at - started_at) // _MILLISECOND
    return (energy_wh - _SLACK_WH) * 3_600_000 * 100 > most_w * milliseconds * _SLACK_PCT


def frozen_lines(row: ChargingSession, priced: PricedSession) -> list[SessionLine]:
    """The price lines as rows; a minimum or maximum price is one more line, so that the lines always add up."""
    lines = [
        SessionLine(
            session_id=row.id,
            position=position,
            operator_id=row.operator_id,
            partner_id=row.partner_id,
            dimension=line.dimension,
            quantity=line.shown_quantity(),
            unit=line.unit,
            unit_price=line.unit_price,
            vat_pct=line.vat_pct,
            amount_minor=line.amount,
            exact=rounded(line.exact, 10),
            element=line.element,
            reason="capped" if line.capped else line.clause,
        )
        for position, line in enumerate(priced.lines, 1)
    ]
    if priced.adjustment is not None:
        lines.append(_adjustment(row, priced, priced.adjustment, len(lines) + 1))
    return lines


def _adjustment(row: ChargingSession, priced: PricedSession, moved: Adjustment, position: int) -> SessionLine:
    amount = moved.gross if priced.tariff.gross_prices else moved.net
    return SessionLine(
        session_id=row.id,
        position=position,
        operator_id=row.operator_id,
        partner_id=row.partner_id,
        dimension="ADJUSTMENT",
        quantity=Decimal(1),
        unit="C62",
        unit_price=rounded(Fraction(amount, 10 ** decimals(priced.currency)), 6),
        vat_pct=priced.groups[0].pct if priced.groups else row.vat_pct,
        amount_minor=amount,
        exact=rounded(Fraction(amount, 10 ** decimals(priced.currency)), 10),
        element=None,
        reason=moved.reason,
    )


def account(priced: PricedSession) -> dict[str, Any]:
    """The whole answer with its input, for explanations and replays."""
    return {**result_json(priced), **full_json(priced), "input": session_to_json(priced.session)}


def terms_of(row: ChargingSession) -> Tariff:
    """The price sheet that was frozen at the start; refuses ``TariffInvalid``. Sessions of one sheet share what was read."""
    return _read(orjson.dumps(row.tariff))


@lru_cache(maxsize=512)
def _read(terms: bytes) -> Tariff:
    return parse_tariff(orjson.loads(terms))
