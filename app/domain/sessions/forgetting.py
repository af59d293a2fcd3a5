"""Sessions that their charge point does not know any more: it restarted, or went on, and their end never came (T39, T51, T56).

A charge point that was away says its states first and its queued stops later, so nothing is closed before it had time for both. What is
closed stays open for the truth: a stop or a reading that comes after all still counts (``bulk_forgotten``, ``bulk.stop``).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.network.events import ConnectorChanged
from app.domain.network.models import Connector
from app.domain.network.queries import connector_rows
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import live_row
from app.domain.sessions.rows import LiveSessionRow
from app.kernel.errors import NotFound
from app.work.unit import Work

#: so long a connected charge point has time to send what it kept
GRACE: Final = timedelta(minutes=2)
#: one that is away again is not waited for longer
LONGEST: Final = timedelta(days=1)

#: free again; restarted and no car charges (1.6 says so, 2.0.1 only in the transaction); or a newer session began at the same connector
_FORGOTTEN = text(
    """
    select s.id from charging_session s
    join station_state t on t.station_id = s.station_id
    join connector c on c.id = s.connector_id
    where s.state = 'charging' and (cast(:session_id as uuid) is null or s.id = :session_id)
      and ((((c.status = 'Available')
             or (c.status in ('Preparing', 'Finishing') and s.transaction_ref is null and t.booted_at > s.start_received_at
                 and c.status_received_at >= t.booted_at))
            and c.status_at > greatest(s.started_at, s.last_reading_at)
            and ((c.status_received_at <= :before and t.connected and t.connected_at <= :before) or c.status_received_at <= :long_before))
        or exists (select from charging_session n where n.station_id = s.station_id and n.connector_id = s.connector_id and n.id <> s.id
                     and n.started_at > greatest(s.started_at, s.last_reading_at) and n.start_received_at <= :before
                     and n.state in ('charging', 'stopped', 'rated')))
    order by s.started_at limit :most
    """
)


def forgotten(session: Session, now: datetime, limit: int = 200, session_id: UUID | None = None) -> list[UUID]:
    """Sessions in sight whose charge point has gone on without them and had time to say more; or whether that one is such."""
    values = {"session_id": session_id, "before": now - GRACE, "long_before": now - LONGEST, "most": limit}
    return list(session.scalars(_FORGOTTEN, values))


def close_forgotten(work: Work, session_id: UUID) -> LiveSessionRow:
    """End a forgotten session at its last durable reading and hold it: nobody pays until its stop comes, or a person has looked.

    One that its charge point knows (again), or that ended meanwhile, stays as it is.
    """
    asked = select(ChargingSession).where(ChargingSession.id == session_id)
    row = work.session.scalars(asked.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    work.require(Permission.LEDGER_POST, partner_id=row.partner_id)
    if not forgotten(work.session, work.now, session_id=session_id):
        return live_row(work.session, session_id, at=work.now)
    row.state, row.power_w = "stopped", 0
    row.ended_at, row.end_received_at = max(filter(None, (row.started_at, row.last_reading_at))), work.now
    row.meter_stop_wh = row.meter_last_wh
    row.flags = [*row.flags, "forgotten"]
    row.seq += 1
    work.session.flush()
    freed = update(Connector).where(Connector.session_id == session_id, Connector.station_id == row.station_id)
    ids = work.session.scalars(freed.values(session_id=None, power_w=0, seq=Connector.seq + 1).returning(Connector.id)).all()
    for each in connector_rows(work.session, ids, at=work.now):
        work.record(ConnectorChanged.of(each))
    return rate(work, session_id)
