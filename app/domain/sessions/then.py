"""Which sessions ran at a charge point at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from app.access.permissions import Permission
from app.domain.people.queries import within
from app.domain.sessions.models import ChargingSession
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class RunningThen:
    """A session that ran at an instant, at which EVSE, since when."""

    code: str
    evse_number: int | None
    since: datetime
    until: datetime | None


def running_at(work: Work, station_id: UUID, at: datetime) -> list[RunningThen]:
    """Sessions within the actor's reach that had begun and not ended at the instant, by EVSE. One statement."""
    rows = work.session.execute(
        select(ChargingSession.code, ChargingSession.evse_number, ChargingSession.started_at, ChargingSession.ended_at)
        .where(ChargingSession.station_id == station_id, ChargingSession.started_at <= at)
        .where(or_(ChargingSession.ended_at.is_(None), ChargingSession.ended_at > at), ChargingSession.state != "failed")
        .where(within(ChargingSession.partner_id, work.scope(Permission.SESSION_VIEW)))
        .order_by(ChargingSession.evse_number, ChargingSession.started_at)
    )
    return [RunningThen(code, number, since, until) for code, number, since, until in rows if since is not None]
