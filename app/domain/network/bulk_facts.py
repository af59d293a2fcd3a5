"""Connector rows for the live bus as JSON made by the database: the facts of ``ConnectorRow``, without a Python object per row.

The OCPP worker tells hundreds of rows a second; a test holds these facts equal to those of the row.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.arrays import plain

_CONNECTOR_FACTS = text(
    """
    select x.connector_id::text, x.operator_id::text, x.partner_id::text, row_to_json(x)::text from (
    select c.id as connector_id, c.evse_id, c.station_id, c.operator_id, c.partner_id, s.location_id, s.label as station_label,
      e.number as evse_number, s.label || '/' || e.number as evse_label,
      s.label || '-' || e.number || case when c.number > 1 then '-' || c.number else '' end as slug, e.evse_uid, e.current, e.max_w,
      c.plug, coalesce(c.status, 'New') as status, c.status_at, c.error_code, c.error_info, c.power_w, r.code as session_code,
      r.energy_wh as session_energy_wh, r.started_at as session_started_at,
      coalesce(r.gross_minor, r.running_gross_minor) as session_gross_minor, coalesce(r.currency, o.currency) as currency,
      coalesce(l.time_zone, o.time_zone) as time_zone, coalesce(t.connected, false) as station_connected, t.last_message_at, c.seq
    from connector c
      join evse e on e.id = c.evse_id
      join station s on s.id = c.station_id
      join operator o on o.id = c.operator_id
      left join station_state t on t.station_id = c.station_id
      left join location l on l.id = s.location_id
      left join charging_session r on r.id = c.session_id
    where c.id = any (cast(:ids as uuid[]))) x
    """
)


class RowFacts(NamedTuple):
    """Whose row it is, what it is about, and its facts as JSON text."""

    subject_id: str
    operator_id: str
    partner_id: str | None
    facts: str


def connector_facts(session: Session, ids: Collection[UUID | str]) -> list[RowFacts]:
    """The rows of these connectors as the bus carries them, in one statement. No scope: for the bus only."""
    return [RowFacts(*row) for row in session.execute(_CONNECTOR_FACTS, {"ids": plain(ids)}).all()] if ids else []
