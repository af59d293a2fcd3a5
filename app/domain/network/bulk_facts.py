"""Connector rows for the live bus as JSON made by the database: the facts of ``ConnectorRow``, without a Python object per row.

The OCPP worker tells hundreds of rows a second; a test holds these facts equal to those of the row.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_CONNECTOR_FACTS = text(
    """
    select c.id::text, c.operator_id::text, c.partner_id::text, jsonb_build_object(
      'connector_id', c.id, 'evse_id', c.evse_id, 'station_id', c.station_id, 'operator_id', c.operator_id, 'partner_id', c.partner_id,
      'location_id', s.location_id, 'station_label', s.label, 'evse_number', e.number, 'evse_label', s.label || '/' || e.number,
      'slug', s.label || '-' || e.number || case when c.number > 1 then '-' || c.number else '' end, 'evse_uid', e.evse_uid,
      'current', e.current, 'max_w', e.max_w, 'plug', c.plug, 'status', coalesce(c.status, 'New'), 'status_at', c.status_at,
      'error_code', c.error_code, 'error_info', c.error_info, 'power_w', c.power_w, 'session_code', r.code,
      'session_energy_wh', r.energy_wh, 'session_started_at', r.started_at,
      'session_gross_minor', coalesce(r.gross_minor, r.running_gross_minor), 'currency', coalesce(r.currency, o.currency),
      'time_zone', coalesce(l.time_zone, o.time_zone), 'station_connected', coalesce(t.connected, false),
      'last_message_at', t.last_message_at, 'seq', c.seq)::text
    from connector c
      join evse e on e.id = c.evse_id
      join station s on s.id = c.station_id
      join operator o on o.id = c.operator_id
      left join station_state t on t.station_id = c.station_id
      left join location l on l.id = s.location_id
      left join charging_session r on r.id = c.session_id
    where c.id = any (:ids)
    """
)


class RowFacts(NamedTuple):
    """Whose row it is, what it is about, and its facts as JSON text."""

    subject_id: str
    operator_id: str
    partner_id: str | None
    facts: str


def connector_facts(session: Session, ids: Collection[UUID]) -> list[RowFacts]:
    """The rows of these connectors as the bus carries them, in one statement. No scope: for the bus only."""
    return [RowFacts(*row) for row in session.execute(_CONNECTOR_FACTS, {"ids": list(ids)})] if ids else []
