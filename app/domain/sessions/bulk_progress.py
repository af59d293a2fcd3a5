"""Set-wise: readings move running sessions on. Used by the OCPP worker's batches (T41, T54, T57, T59).

Each function takes a psycopg cursor inside the batch's transaction. Ids are text, energies Wh.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from app.db.arrays import instants, plain, texts
from app.domain.sessions.bulk import Found, ProgressRow

#: what readings do to a session ``s``, given the row ``r``; the newest reading is that of the newest instant (T54, T59)
_MOVE: Final = """
          meter_start_wh = coalesce(s.meter_start_wh, r.first_wh),
          meter_last_wh = case when s.last_reading_at > r.at then s.meter_last_wh else coalesce(r.last_wh, s.meter_last_wh) end,
          energy_wh = greatest(s.energy_wh, r.high_wh - coalesce(s.meter_start_wh, r.first_wh)),
          power_w = case when s.last_reading_at > r.at then s.power_w else coalesce(r.power_w, s.power_w) end,
          soc_pct = case when s.last_reading_at > r.at then s.soc_pct else coalesce(r.soc_pct, s.soc_pct) end,
          last_reading_at = greatest(s.last_reading_at, r.at),
          flags = case when (s.last_reading_at is null or s.last_reading_at <= r.at)
                        and r.first_wh < coalesce(s.meter_last_wh, s.meter_start_wh) and not 'meter_back' = any (s.flags)
                       then s.flags || 'meter_back'::text else s.flags end,
          seq = s.seq + 1"""


class TellingRow(NamedTuple):
    """Readings of a running OCPP 2.0.1 transaction, with what the same event says of the car at ``said_at`` (None: nothing).

    ``token_given``: it names a driver, which is news to a session that has none.
    """

    station_id: str
    ref: str
    said: str | None
    said_at: datetime
    token_given: bool
    progress: ProgressRow


class Moved(NamedTuple):
    """A session that moved on. ``news``: its event says another state than is kept for that instant; ``shown``: its connector's state."""

    session_id: str
    state: str
    connector_id: str | None
    priced: bool
    news: bool
    shown: str | None


def move_on(cur: Cursor[Any], rows: Sequence[ProgressRow]) -> None:
    """Energy, power and state of charge of running sessions. Energy never shrinks; a register that runs back is flagged (T57).

    At most one row per session.
    """
    if not rows:
        return
    sessions, *values = zip(*rows, strict=True)
    cur.execute(
        f"""
        update charging_session s set {_MOVE}
        from unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::int[])
             as r(session_id, at, first_wh, last_wh, high_wh, power_w, soc_pct)
        where s.id = r.session_id and s.state = 'charging'
        """,  # noqa: S608 - a constant
        (plain(sessions), instants(values[0]), *map(plain, values[1:])),
        prepare=True,
    )


def move_on_by_number(cur: Cursor[Any], rows: Sequence[tuple[str, int, ProgressRow]]) -> dict[tuple[str, int], Found]:
    """``move_on`` for (station, OCPP 1.6 number, readings) in one go; the sessions that moved. The others are not running, or not here."""
    if not rows:
        return {}
    stations, numbers, progress = zip(*rows, strict=True)
    _, *values = zip(*progress, strict=True)
    cur.execute(
        f"""
        update charging_session s set {_MOVE}
        from unnest(%s::uuid[], %s::int[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::int[])
             as r(station_id, number, at, first_wh, last_wh, high_wh, power_w, soc_pct)
        where s.station_id = r.station_id and s.transaction_number = r.number and s.state = 'charging'
        returning r.station_id::text, r.number, s.id::text, s.state, s.connector_id::text, s.tariff is not null
        """,  # noqa: S608 - a constant
        (plain(stations), plain(numbers), instants(values[0]), *map(plain, values[1:])),
        prepare=True,
    )
    return {(station, number): Found(*rest) for station, number, *rest in cur.fetchall()}


def move_on_by_ref(cur: Cursor[Any], rows: Sequence[TellingRow]) -> dict[tuple[str, str], Moved]:
    """The same for OCPP 2.0.1, by (station, transaction id); tells beside it which of the events say anything new of the car.

    A session that learns its driver now is left alone: that takes more than moving on.
    """
    if not rows:
        return {}
    stations, refs, states, ats, tokens, progress = zip(*rows, strict=True)
    _, *values = zip(*progress, strict=True)
    cur.execute(
        f"""
        update charging_session s set {_MOVE}
        from unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::bool[], %s::timestamptz[], %s::bigint[], %s::bigint[],
          %s::bigint[], %s::int[], %s::int[])
             as r(station_id, ref, said, said_at, token_given, at, first_wh, last_wh, high_wh, power_w, soc_pct)
        where s.station_id = r.station_id and s.transaction_ref = r.ref and s.state = 'charging' and not (r.token_given and s.id_token = '')
        returning r.station_id::text, r.ref, s.id::text, s.state, s.connector_id::text, s.tariff is not null,
          r.said is not null and (s.charging_state is distinct from r.said or r.said is distinct from (
            select p.state from session_phase p where p.session_id = s.id and p.at < r.said_at order by p.at desc limit 1)),
          (select c.status from connector c where c.id = s.connector_id and c.error_code is null)
        """,  # noqa: S608 - a constant
        (plain(stations), texts(refs), texts(states), instants(ats), plain(tokens), instants(values[0]), *map(plain, values[1:])),
        prepare=True,
    )
    return {(station, ref): Moved(*rest) for station, ref, *rest in cur.fetchall()}
