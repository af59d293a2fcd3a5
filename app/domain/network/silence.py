"""Charge points that have just become silent: nobody tells us of silence, so the clock does."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.domain.network.events import ConnectorChanged, StationChanged
from app.domain.network.models import StationState
from app.domain.network.queries import connectors_of, station_rows
from app.domain.network.rows import SILENCE
from app.domain.network.standing import HEARD_WITHIN, silent
from app.work.unit import Work

#: looked at so far back, twice the pace of the job: said twice is harmless, not at all would be wrong
LOOK_BACK = timedelta(minutes=2)
#: after an outage of ours whole networks fall silent at once; pages count them on their next read anyway
MOST = 500


def announce_silence(work: Work) -> int:
    """Tell the pages about every charge point whose 15 minutes without a word are just over; returns how many."""
    over = work.now - SILENCE
    asked = (
        select(StationState.station_id)
        .where(StationState.last_message_at > over - LOOK_BACK)
        .where(silent(work.now), StationState.heard_from > over - LOOK_BACK - HEARD_WITHIN)
        .where(StationState.operator_id == work.operator_id)
        .limit(MOST)
    )
    ids = list(work.session.scalars(asked))
    for station in station_rows(work.session, ids, at=work.now):
        work.record(StationChanged.of(station))
    for rows in connectors_of(work.session, ids, at=work.now).values():
        for row in rows:
            work.record(ConnectorChanged.of(row))
    return len(ids)
