"""What running sessions cost so far, for a whole batch of them, and whether one must end: at its reserve, or at a limit."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, or_, select, tuple_
from sqlalchemy.orm import Session

from app.domain.sessions.models import ChargingSession, IdToken
from app.domain.sessions.queries import phases_by
from app.domain.sessions.rating import price_of, terms_of, usage_of
from app.domain.sessions.rows import LiveSessionRow, PhaseRow
from app.kernel.errors import Invalid
from app.money.ext_json import limits_from_json
from app.money.pricing import price
from app.money.stop import Limits, stop_at, strictest
from app.money.terms import SessionLimits, Tariff
from app.money.usage import Session as Use

#: charging stops this far below the reserve, as the next report of the meter comes some seconds later
_MARGIN_PCT = 3
_MARGIN_LEAST = 50
#: a running session is looked at every ten seconds, and a station needs a moment
LOOK_AHEAD = timedelta(seconds=15)


class Running(NamedTuple):
    """What a session costs so far, gross in minor units, and which limit it reaches before the next look, if any."""

    gross_minor: int
    limit: str | None


def running_gross(session: Session, ids: Iterable[UUID], now: datetime) -> dict[UUID, int]:
    """What these sessions cost so far, gross in minor units, by session; three statements. What cannot be priced is left out."""
    return {key: found.gross_minor for key, found in running(session, ids, now).items()}


def running(session: Session, ids: Iterable[UUID], now: datetime) -> dict[UUID, Running]:
    """Cost and limit of running sessions; three statements. What cannot be priced is left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session.scalars(select(ChargingSession).where(ChargingSession.id.in_(wanted), ChargingSession.tariff.is_not(None))).all()
    phases = phases_by(session, wanted)
    cards = card_limits(session, {(row.operator_id, row.id_token) for row in rows if row.id_token})
    found = {}
    for row in rows:
        try:
            tariff = terms_of(row)
            until = row.ended_at or max(now, row.started_at or now)
            use = usage_of(session, row, tariff, until, phases[row.id]).as_use()
            limits = strictest(tariff.ext.limits, cards.get((row.operator_id, row.id_token)), currency=tariff.currency)
            found[row.id] = Running(price(tariff, use).gross_minor, _limit(tariff, use, limits, row.power_w))
        except Invalid:
            continue
    return found


def _limit(tariff: Tariff, use: Use, limits: Limits, power_w: int | None) -> str | None:
    """The limit that is reached before the station can be looked at again; evenly on with the present power."""
    if limits == Limits():
        return None
    found = stop_at(tariff, use, limits, Decimal(power_w or 0) / 1000)
    return found.reason if found is not None and found.after <= LOOK_AHEAD else None


def card_limits(session: Session, cards: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], SessionLimits]:
    """The limits of these cards, by operator and value; those without are left out. One statement."""
    if not cards:
        return {}
    rows = session.execute(
        select(IdToken.operator_id, IdToken.value, IdToken.limits).where(
            IdToken.limits.is_not(None), tuple_(IdToken.operator_id, IdToken.value).in_(list(cards))
        )
    )
    return {(operator_id, value): limits_from_json(limits) for operator_id, value, limits in rows}


def limited(session: Session) -> list[UUID]:
    """Running sessions that have a limit: they are looked at even when their meters say nothing. One statement."""
    card = exists().where(
        IdToken.operator_id == ChargingSession.operator_id, IdToken.value == ChargingSession.id_token, IdToken.limits.is_not(None)
    )
    own = ChargingSession.tariff["ext"]["limits"].is_not(None)
    return list(session.scalars(select(ChargingSession.id).where(ChargingSession.state == "charging", or_(own, card)).limit(5000)))


def gross_so_far(session: Session, row: ChargingSession, now: datetime, phases: tuple[PhaseRow, ...]) -> int:
    """What one session costs if it ended now, gross in minor units; refuses ``Invalid`` where it cannot be priced."""
    tariff = terms_of(row)
    until = row.ended_at or max(now, row.started_at or now)
    return price_of(tariff, usage_of(session, row, tariff, until, phases)).gross_minor


def limit_reached(row: LiveSessionRow) -> bool:
    """Whether a session should end now so that it never costs more than its reserve."""
    if not row.hold_minor or row.running_gross_minor is None:
        return False
    margin = max(_MARGIN_LEAST, row.hold_minor * _MARGIN_PCT // 100)
    return row.running_gross_minor >= row.hold_minor - margin
