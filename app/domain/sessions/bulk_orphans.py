"""Transaction messages that can be read but not placed: kept, answered, matched where there is no doubt (T40 to T45)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from app.db.arrays import documents, instants, plain, texts

#: flags of a session that was made of a stop alone (T43); while it is held, a late start takes the stop back
MADE: Final = ("held", "stop_only")


class OrphanRow(NamedTuple):
    """A message without a session. ``ref`` is the transaction as sent; ``fingerprint`` equal for repeats of the same message.

    ``payload`` holds the message under "raw" and, for stops, "token", "at", "meter_wh" and "reason" as understood.
    """

    station_id: str
    kind: str
    ref: str
    reason: str
    payload: dict[str, Any]
    fingerprint: str
    received_at: datetime
    session_id: str | None


class LostStop(NamedTuple):
    """A stop whose number means nothing to us."""

    station_id: str
    number: int | None
    token: str
    at: datetime
    meter_wh: int | None


class LateStop(NamedTuple):
    """A stop that waited for its start; ``made_id``: the session that was made of it meanwhile, which is no more."""

    session_id: str
    orphan_id: str
    payload: dict[str, Any]
    received_at: datetime
    made_id: str | None


def keep_orphans(cur: Cursor[Any], rows: Sequence[OrphanRow]) -> None:
    """Store each message once."""
    if not rows:
        return
    stations, kinds, refs, reasons, payloads, prints, received, sessions = zip(*rows, strict=True)
    cur.execute(
        """
        insert into orphan_message (id, station_id, kind, transaction_ref, reason, payload, fingerprint, received_at, session_id,
          operator_id, partner_id)
        select uuidv7(), s.id, r.kind, r.ref, r.reason, r.payload, r.fingerprint, r.received_at, r.session_id, s.operator_id, s.partner_id
        from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::jsonb[], %s::text[], %s::timestamptz[], %s::uuid[])
             as r(station_id, kind, ref, reason, payload, fingerprint, received_at, session_id)
        join station s on s.id = r.station_id
        on conflict (fingerprint) do nothing
        """,
        (
            plain(stations),
            texts(kinds),
            texts(refs),
            texts(reasons),
            documents(payloads),
            texts(prints),
            instants(received),
            plain(sessions),
        ),
    )


def given_elsewhere(cur: Cursor[Any], numbers: Sequence[int]) -> set[int]:
    """Which of these transaction numbers were given out: if not at this station, then at another (T45)."""
    if not numbers:
        return set()
    cur.execute("select coalesce(pg_sequence_last_value('transaction_number'::regclass), 0)")
    last = int(cur.fetchone()[0])  # type: ignore[index]
    return {number for number in numbers if 100_000 <= number <= last}


def homes_of(cur: Cursor[Any], rows: Sequence[LostStop]) -> list[str | None]:
    """The session each lost stop must mean: the only one open at the station that began before it, at a lower register, by this token.

    A stop without token counts only where one session is open at all. In doubt: None.
    """
    if not rows:
        return []
    cur.execute(
        """
        select r.place, min(s.id::text)
        from unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::bigint[]) with ordinality as r(station_id, token, at, meter_wh, place)
        join charging_session s on s.station_id = r.station_id and s.state = 'charging'
        where s.started_at <= r.at and r.meter_wh >= coalesce(s.meter_last_wh, s.meter_start_wh, 0) and r.token in ('', s.id_token)
        group by r.place having count(*) = 1
        """,
        (
            plain(row.station_id for row in rows),
            texts(row.token for row in rows),
            instants(row.at for row in rows),
            plain(row.meter_wh for row in rows),
        ),
    )
    found = dict(cur.fetchall())
    return [found.get(place) for place in range(1, len(rows) + 1)]


def stops_waiting_for(cur: Cursor[Any], sessions: Sequence[str]) -> list[LateStop]:
    """Stops that came before the start of these sessions (T44): same station and token, later, at no lower register, within a week."""
    if not sessions:
        return []
    cur.execute(
        """
        select distinct on (s.id) s.id::text, o.id::text, o.payload, o.received_at, m.id::text
        from charging_session s
        join orphan_message o on o.station_id = s.station_id and o.kind = 'stop' and o.reason = 'unknown_transaction'
             and o.payload ->> 'token' in ('', s.id_token)
             and (o.payload ->> 'at')::timestamptz between s.started_at and s.started_at + interval '7 days'
             and (o.payload ->> 'meter_wh')::bigint >= coalesce(s.meter_start_wh, 0)
        left join charging_session m on m.id = o.session_id
        where s.id = any (%s::uuid[]) and s.state = 'charging'
          and (o.session_id is null or (m.state = 'stopped' and m.flags @> '{held,stop_only}' and m.id <> s.id))
        order by s.id, (o.payload ->> 'at')::timestamptz
        """,
        (plain(sessions),),
        prepare=True,
    )
    found = [LateStop(*row) for row in cur.fetchall()]
    for each in found:
        cur.execute("update orphan_message set session_id = %s where id = %s", (each.session_id, each.orphan_id))
        if each.made_id is not None:
            cur.execute("update meter_reading set session_id = %s where session_id = %s", (each.session_id, each.made_id))
            cur.execute("delete from session_phase where session_id = %s", (each.made_id,))
            cur.execute("delete from charging_session where id = %s", (each.made_id,))
    return found
