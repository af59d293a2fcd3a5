"""Set-wise: what the car of a session did from when on, of which only some is idle time. Used by the OCPP worker's batches (T34).

Each function takes a psycopg cursor inside the batch's transaction. Ids are text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from psycopg import Cursor

from app.db.arrays import instants, plain, texts

#: states of a car in which it asks for power; only the others are idle time
CHARGING: Final = ("Charging", "SuspendedEVSE")
#: states of a connector that say what the car of its session does (OCPP 1.6)
SAYS_PHASE: Final = ("Charging", "SuspendedEV", "SuspendedEVSE", "Finishing")


def first_phases(cur: Cursor[Any], rows: Sequence[tuple[str, str | None, datetime, str | None]]) -> None:
    """(session, connector, start, charging state) of new sessions: phases from the start on.

    Including states that were reported before the start itself (queued out of order, T34).
    """
    if not rows:
        return
    sessions, connectors, ats, states = zip(*rows, strict=True)
    cur.execute(
        """
        with r as (
          select r.*, s.operator_id, s.partner_id from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::text[])
                 as r(session_id, connector_id, at, state) join charging_session s on s.id = r.session_id
        ), said as (
          select r.session_id, r.at, r.operator_id, r.partner_id,
            coalesce(r.state, case when b.status in ('SuspendedEV', 'SuspendedEVSE') then b.status end, 'Charging') as state
          from r left join connector c on c.id = r.connector_id left join lateral (
            select case when c.status_at <= r.at then c.status else (
              select h.status from status_change h where h.connector_id = c.id and h.at <= r.at order by h.at desc limit 1) end as status
          ) b on true
          union all
          select r.session_id, h.at, r.operator_id, r.partner_id, h.status
          from r join status_change h on h.connector_id = r.connector_id and h.at > r.at
          where h.status in ('Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing')
        )
        insert into session_phase (session_id, at, operator_id, partner_id, charging, state, energy_wh)
        select session_id, at, operator_id, partner_id, state = any (%s), state, 0 from said
        on conflict (session_id, at) do nothing
        """,
        (plain(sessions), plain(connectors), instants(ats), texts(states), list(CHARGING)),
        prepare=True,
    )


def phases_of_states(cur: Cursor[Any], rows: Sequence[tuple[str, str, datetime]]) -> list[str]:
    """OCPP 1.6: what a connector's state (one of ``SAYS_PHASE``) means for the session there, as (connector, state, at).

    The sessions it concerned.
    """
    if not rows:
        return []
    connectors, states, ats = zip(*rows, strict=True)
    cur.execute(
        f"""
        with r as (
          select s.id as session_id, s.operator_id, s.partner_id, s.energy_wh, u.state, u.at
          from unnest(%s::uuid[], %s::text[], %s::timestamptz[]) as u(connector_id, state, at)
          join connector c on c.id = u.connector_id
          join charging_session s on s.id = c.session_id and s.state = 'charging'
          where u.at >= s.started_at
        ), {_WRITE_PHASES}
        """,  # noqa: S608 - a constant
        (plain(connectors), texts(states), instants(ats), list(CHARGING)),
        prepare=True,
    )
    return [row[0] for row in cur.fetchall()]


def phases_of_sessions(cur: Cursor[Any], rows: Sequence[tuple[str, str, datetime]]) -> list[str]:
    """OCPP 2.0.1: what a transaction says about the car, as (session, charging state, at); the sessions whose state changed."""
    if not rows:
        return []
    sessions, states, ats = zip(*rows, strict=True)
    cur.execute(
        f"""
        with r as (
          select s.id as session_id, s.operator_id, s.partner_id, s.energy_wh, u.state, u.at
          from unnest(%s::uuid[], %s::text[], %s::timestamptz[]) as u(session_id, state, at)
          join charging_session s on s.id = u.session_id and s.state = 'charging'
        ), {_WRITE_PHASES}
        """,  # noqa: S608 - a constant
        (plain(sessions), texts(states), instants(ats), list(CHARGING)),
        prepare=True,
    )
    return [row[0] for row in cur.fetchall()]


#: a phase only where the state differs from the one before; the newest is the session's present one
_WRITE_PHASES: Final = """written as (
          insert into session_phase (session_id, at, operator_id, partner_id, charging, state, energy_wh)
          select r.session_id, r.at, r.operator_id, r.partner_id, r.state = any (%s), r.state, r.energy_wh from r
          where r.state is distinct from (select p.state from session_phase p where p.session_id = r.session_id and p.at < r.at
                                          order by p.at desc limit 1)
          on conflict (session_id, at) do update set charging = excluded.charging, state = excluded.state
        )
        update charging_session s set charging_state = r.state, seq = s.seq + 1 from r
        where s.id = r.session_id and s.charging_state is distinct from r.state
          and not exists (select from session_phase p where p.session_id = r.session_id and p.at > r.at)
        returning s.id::text"""
