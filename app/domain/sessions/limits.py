"""Ending a session where its tariff, its card or its reserve says so."""

from __future__ import annotations

from uuid import UUID

from app.domain.sessions.actions import request_stop
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.rows import LiveSessionRow
from app.work.unit import Work

HOLD = "hold"


def stop_at_limit(work: Work, session_id: UUID, limit: str) -> LiveSessionRow:
    """Tell the station to stop, once per limit: ``energy``, ``minutes``, ``cost`` or ``hold``. Refuses as ``request_stop``.

    A limit of tariff or card is noted in the session's flags, so that people see why it ended.
    """
    key = f"hold-used:{session_id}" if limit == HOLD else f"limit-{limit}:{session_id}"
    told = request_stop(work, session_id, key)
    row = work.session.get_one(ChargingSession, session_id)
    flag = f"limit_{limit}"
    if limit != HOLD and flag not in row.flags:
        row.flags = [*row.flags, flag]
        row.seq += 1
        work.session.flush()
    return told
