"""What running sessions cost so far, for a whole batch of them, and whether a card's reserve is nearly used up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import phases_by
from app.domain.sessions.rating import price_of, terms_of, usage_of
from app.domain.sessions.rows import LiveSessionRow, PhaseRow
from app.kernel.errors import Invalid

#: charging stops this far below the reserve, as the next report of the meter comes some seconds later
_MARGIN_PCT = 3
_MARGIN_LEAST = 50


def running_gross(session: Session, ids: Iterable[UUID], now: datetime) -> dict[UUID, int]:
    """What these sessions cost so far, gross in minor units, by session; two statements. What cannot be priced is left out."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session.scalars(select(ChargingSession).where(ChargingSession.id.in_(wanted), ChargingSession.tariff.is_not(None))).all()
    phases = phases_by(session, wanted)
    found = {}
    for row in rows:
        try:
            found[row.id] = gross_so_far(session, row, now, phases[row.id])
        except Invalid:
            continue
    return found


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
