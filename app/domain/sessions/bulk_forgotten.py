"""Set-wise: connectors that a charge point says are free although a session runs there, and forgotten sessions that turn up again (T56).

Each function takes a psycopg cursor inside the batch's transaction and can be repeated. Closing is ``forgetting.close_forgotten``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Cursor

from app.db.arrays import instants, plain


def leave(cur: Cursor[Any], rows: Sequence[tuple[str, datetime]]) -> None:
    """(connector, since): free by its newest word, so no session is shown there, unless the session was heard of later still."""
    if not rows:
        return
    connectors, ats = zip(*rows, strict=True)
    cur.execute(
        """
        update connector c set session_id = null, power_w = 0, seq = c.seq + 1
        from unnest(%s::uuid[], %s::timestamptz[]) as r(connector_id, at)
        where c.id = r.connector_id and c.session_id is not null and c.status = 'Available' and c.status_at = r.at
          and not exists (select from charging_session s where s.id = c.session_id and s.state = 'charging'
                          and greatest(s.started_at, s.last_reading_at) > r.at)
        """,
        (plain(connectors), instants(ats)),
        prepare=True,
    )


def take_again(cur: Cursor[Any], rows: Sequence[tuple[str, datetime]]) -> None:
    """(connector, since): a car is there after all; the one session that is open there is shown again."""
    if not rows:
        return
    connectors, ats = zip(*rows, strict=True)
    cur.execute(
        """
        update connector c set session_id = f.session_id, seq = c.seq + 1
        from unnest(%s::uuid[], %s::timestamptz[]) as r(connector_id, at)
        join connector k on k.id = r.connector_id and k.session_id is null
        join lateral (
          select min(s.id::text)::uuid as session_id from charging_session s
          where s.station_id = k.station_id and s.connector_id = k.id and s.state = 'charging' and s.started_at <= r.at having count(*) = 1
        ) f on true
        where c.id = r.connector_id
        """,
        (plain(connectors), instants(ats)),
        prepare=True,
    )


def revive(cur: Cursor[Any], sessions: Sequence[str]) -> list[str]:
    """Sessions closed as forgotten that their charge point reports again run on; those that did. Anything else stays ended (T53)."""
    if not sessions:
        return []
    cur.execute(
        """
        update charging_session s set state = 'charging', ended_at = null, end_received_at = null, meter_stop_wh = null,
          flags = array_remove(array_remove(s.flags, 'forgotten'), 'held'), seq = s.seq + 1
        where s.id = any (%s::uuid[]) and s.state = 'stopped' and s.flags @> '{forgotten,held}'
        returning s.id::text
        """,
        (plain(sessions),),
    )
    return [row[0] for row in cur.fetchall()]
