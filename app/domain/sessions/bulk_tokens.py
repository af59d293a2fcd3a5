"""Set-wise questions and notes around tokens and starts: may a token charge, whose is a session, what was never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from app.db.arrays import plain, texts


def supersede(cur: Cursor[Any], rows: Sequence[tuple[str, str, str]]) -> None:
    """(session, station, connector): whatever else is open there was never stopped; a person has to look (T39)."""
    if not rows:
        return
    sessions, stations, connectors = zip(*rows, strict=True)
    cur.execute(
        """
        update charging_session o set flags = o.flags || 'superseded'::text
        from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as r(session_id, station_id, connector_id)
        where o.station_id = r.station_id and o.state = 'charging' and o.connector_id = r.connector_id and o.id <> r.session_id
          and not 'superseded' = any (o.flags)
        """,
        (plain(sessions), plain(stations), plain(connectors)),
        prepare=True,
    )


def standings(cur: Cursor[Any], rows: Sequence[tuple[str, str]]) -> list[str | None]:
    """For each (station, token) the stored status of the token; accepted too if a driver's request at the station waits for it."""
    if not rows:
        return []
    stations, tokens = zip(*rows, strict=True)
    cur.execute(
        """
        select case when exists (select from charging_session x where x.station_id = st.id and upper(x.id_token) = r.token
                                   and x.state in ('requested', 'starting', 'charging') and x.payment_id is not null) then 'accepted'
                    when t.status = 'accepted' and t.expires_at <= now() then 'expired' else t.status end
        from unnest(%s::uuid[], %s::text[]) with ordinality as r(station_id, token, place)
        join station st on st.id = r.station_id
        left join id_token t on t.operator_id = st.operator_id and t.value = r.token
        order by r.place
        """,
        (plain(stations), texts(tokens)),
        prepare=True,
    )
    return [row[0] for row in cur.fetchall()]


def late_tokens(cur: Cursor[Any], rows: Sequence[tuple[str, str]]) -> None:
    """(session, token): a car that was plugged in before anybody was authorised now has a driver (T55)."""
    if not rows:
        return
    sessions, tokens = zip(*rows, strict=True)
    cur.execute(
        """
        update charging_session s set id_token = r.token, channel = coalesce(t.channel, s.channel), seq = s.seq + 1,
          flags = case when t.status = 'accepted' then array_remove(s.flags, 'unknown_tag') else s.flags end
        from unnest(%s::uuid[], %s::text[]) as r(session_id, token)
        join charging_session x on x.id = r.session_id
        left join id_token t on t.operator_id = x.operator_id and t.value = r.token
        where s.id = r.session_id and s.id_token = '' and s.state = 'charging'
        """,
        (plain(sessions), texts(tokens)),
        prepare=True,
    )
