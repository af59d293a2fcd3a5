"""What the OCPP worker keeps in memory of every charge point: who it is, its key's hash, its outlets; and who knocked in vain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Cursor

from app.db.arrays import instants, plain, texts


class RosterRow(NamedTuple):
    """A charge point that may connect. ``outlets`` are (wire number, EVSE number, connector number, connector id, EVSE id)."""

    station_id: str
    identity: str
    key_hash: bytes
    old_key_hash: bytes | None
    ping_seconds: int | None
    outlets: list[tuple[int, int, int, str, str]]
    security_profile: int = 1


class DeafRow(NamedTuple):
    """A station talks over this link, but leaves calls unanswered since ``since``; None: it answers again (T09)."""

    station_id: str
    link: str
    since: datetime | None


class KnockRow(NamedTuple):
    """Refused connections of one identity since the last report."""

    identity: str
    reason: str
    address: str
    protocols: str
    tries: int
    at: datetime


_ROSTER = """
  select s.id::text, s.identity, s.key_hash, s.old_key_hash, s.ping_seconds, coalesce(o.outlets, '[]'), s.security_profile
  from station s left join lateral (
    select jsonb_agg(jsonb_build_array(c.wire_number, e.number, c.number, c.id, e.id) order by c.wire_number) as outlets
    from connector c join evse e on e.id = c.evse_id where c.station_id = s.id
  ) o on true
  where s.retired_at is null
"""


def roster(cur: Cursor[Any], *, identity: str | None = None, station_id: str | None = None) -> list[RosterRow]:
    """Every charge point in use, or the one of that identity or id."""
    if identity is not None:
        cur.execute(_ROSTER + " and s.identity = %s", (identity,))
    elif station_id is not None:
        cur.execute(_ROSTER + " and s.id = %s", (station_id,))
    else:
        cur.execute(_ROSTER)
    return [RosterRow(a, b, c, d, e, [tuple(each) for each in outlets], f) for a, b, c, d, e, outlets, f in cur.fetchall()]


def rotate_keys(cur: Cursor[Any], station_ids: Sequence[str]) -> None:
    """The new key was used: the old one ends (T13)."""
    if station_ids:
        cur.execute("update station set old_key_hash = null where id = any (%s::uuid[])", (plain(station_ids),))


def note_deaf(cur: Cursor[Any], rows: Sequence[DeafRow]) -> None:
    """Whether stations answer what we ask, while that link is theirs. The last word of a link counts."""
    for row in rows:
        cur.execute(
            "update station_state set deaf_since = %s, seq = seq + 1 where station_id = %s and link = %s",
            (row.since, row.station_id, row.link),
        )


def note_knocks(cur: Cursor[Any], rows: Sequence[KnockRow]) -> None:
    """List refused connections for staff, one row per identity."""
    if not rows:
        return
    identities, reasons, addresses, protocols, tries, ats = zip(*rows, strict=True)
    cur.execute(
        """
        insert into unknown_station (identity, reason, address, protocols, tries, first_at, last_at)
        select r.identity, r.reason, r.address, r.protocols, r.tries, r.at, r.at
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::timestamptz[])
             as r(identity, reason, address, protocols, tries, at)
        on conflict (identity) do update set reason = excluded.reason, address = excluded.address, protocols = excluded.protocols,
          tries = unknown_station.tries + excluded.tries, last_at = excluded.last_at
        """,
        (texts(identities), texts(reasons), texts(addresses), texts(protocols), plain(tries), instants(ats)),
    )


def leave_dead(cur: Cursor[Any], now: datetime, worker: str) -> list[str]:
    """Stations whose worker is dead are disconnected; their ids. A living worker holds the advisory lock of its name (``stay``)."""
    cur.execute("select distinct worker from station_state where connected and worker <> %s", (worker,))
    dead = []
    for (other,) in cur.fetchall():
        cur.execute("select pg_try_advisory_xact_lock(hashtextextended('ocpp worker ' || %s, 0))", (other,))
        row = cur.fetchone()
        if row and row[0]:
            dead.append(other)
    cur.execute(
        "update station_state set connected = false, disconnected_at = %s, seq = seq + 1 where connected and worker = any (%s) "
        "returning station_id::text",
        (now, dead),
    )
    return [row[0] for row in cur.fetchall()]


def stay(cur: Cursor[Any], worker: str) -> None:
    """Hold the lock that says this worker lives, as long as the connection does."""
    cur.execute("select pg_advisory_lock(hashtextextended('ocpp worker ' || %s, 0))", (worker,))
