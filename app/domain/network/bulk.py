"""Set-wise writes of what charge points say all the time: raw frames and contact. Used by the OCPP worker's batches.

Each function takes a psycopg cursor inside the batch's transaction and any number of rows; operator and partner are read from the
station at that moment, so a batch never writes to yesterday's holder. All of them can be repeated with the same rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Cursor

from app.db.arrays import instants, plain, texts
from app.kernel.ids import uuid7s


class FrameRow(NamedTuple):
    """A raw frame as it was sent or received; ``station_id`` as text."""

    received_at: datetime
    station_id: str
    direction: str
    action: str | None
    message_id: str | None
    frame: str
    outcome: str


class LinkRow(NamedTuple):
    """A station has a new connection."""

    station_id: str
    worker: str
    link: str
    protocol: str
    at: datetime
    #: over TLS, as far as a trusted proxy says
    secure: bool = False


class GoneRow(NamedTuple):
    """A connection ended."""

    station_id: str
    link: str
    at: datetime


class BootRow(NamedTuple):
    """What a station says it is."""

    station_id: str
    vendor: str
    model: str
    serial: str
    firmware: str
    at: datetime


def keep_frames(cur: Cursor[Any], rows: Sequence[FrameRow]) -> None:
    """Append to the message log."""
    if not rows:
        return
    received, stations, directions, actions, ids, frames, outcomes = zip(*rows, strict=True)
    cur.execute(
        """
        insert into message_log (received_at, id, operator_id, partner_id, station_id, direction, action, message_id, frame, outcome)
        select r.received_at, r.id, s.operator_id, s.partner_id, s.id, r.direction, r.action, r.message_id, r.frame, r.outcome
        from unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
             as r(id, received_at, station_id, direction, action, message_id, frame, outcome)
        join station s on s.id = r.station_id
        """,
        (
            plain(uuid7s(len(rows))),
            instants(received),
            plain(stations),
            plain(directions),
            texts(actions),
            texts(ids),
            texts(frames),
            plain(outcomes),
        ),
        prepare=True,
    )


def frame_kept(cur: Cursor[Any], row: FrameRow) -> bool:
    """Whether this very frame is in the log: tells if a commit whose answer was lost had happened."""
    cur.execute(
        "select 1 from message_log where received_at = %s and station_id = %s and message_id is not distinct from %s limit 1",
        (row.received_at, row.station_id, row.message_id),
    )
    return cur.fetchone() is not None


def note_seen(cur: Cursor[Any], rows: Sequence[tuple[str, datetime]]) -> None:
    """Move the time of the last message forward."""
    if not rows:
        return
    stations, ats = zip(*rows, strict=True)
    cur.execute(
        """
        update station_state t set last_message_at = r.at from unnest(%s::uuid[], %s::timestamptz[]) as r(station_id, at)
        where t.station_id = r.station_id and (t.last_message_at is null or t.last_message_at < r.at)
        """,
        (plain(stations), instants(ats)),
        prepare=True,
    )


def link_up(cur: Cursor[Any], rows: Sequence[LinkRow]) -> None:
    """The newest connection of each station, and who holds it (T01). One row per station at most."""
    if not rows:
        return
    stations, workers, links, protocols, ats, secures = zip(*rows, strict=True)
    cur.execute(
        """
        insert into station_state (station_id, operator_id, partner_id, connected, connected_at, last_message_at, worker, link, seq)
        select s.id, s.operator_id, s.partner_id, true, r.at, r.at, r.worker, r.link, 1
        from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::timestamptz[]) as r(station_id, worker, link, at)
        join station s on s.id = r.station_id
        on conflict (station_id) do update set connected = true, connected_at = excluded.connected_at, worker = excluded.worker,
          link = excluded.link, deaf_since = null, last_message_at = greatest(station_state.last_message_at, excluded.last_message_at),
          seq = station_state.seq + 1
        """,
        (plain(stations), texts(workers), plain(links), instants(ats)),
        prepare=True,
    )
    cur.execute(
        """
        update station s set protocol = r.protocol, tls_since = coalesce(s.tls_since, r.tls_at)
        from unnest(%s::uuid[], %s::text[], %s::timestamptz[]) as r(station_id, protocol, tls_at)
        where s.id = r.station_id and (s.protocol is distinct from r.protocol or (s.tls_since is null and r.tls_at is not null))
        """,
        (plain(stations), texts(protocols), instants(at if secure else None for at, secure in zip(ats, secures, strict=True))),
        prepare=True,
    )


def link_down(cur: Cursor[Any], rows: Sequence[GoneRow]) -> None:
    """A station is gone, unless a newer connection took its place (T01)."""
    if not rows:
        return
    stations, links, ats = zip(*rows, strict=True)
    cur.execute(
        """
        update station_state t set connected = false, disconnected_at = r.at, seq = t.seq + 1
        from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) as r(station_id, link, at)
        where t.station_id = r.station_id and t.link = r.link and t.connected
        """,
        (plain(stations), plain(links), instants(ats)),
        prepare=True,
    )


def booted(cur: Cursor[Any], rows: Sequence[BootRow]) -> None:
    """Type, serial and firmware as the station says, where it says anything; and when it started."""
    if not rows:
        return
    stations, vendors, models, serials, firmwares, ats = zip(*rows, strict=True)
    cur.execute(
        """
        with r as (
          select * from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
                 as r(station_id, vendor, model, serial, firmware, at)
        ), named as (
          update station s set vendor = coalesce(nullif(r.vendor, ''), s.vendor), model = coalesce(nullif(r.model, ''), s.model),
            serial = coalesce(nullif(r.serial, ''), s.serial), firmware = coalesce(nullif(r.firmware, ''), s.firmware)
          from r where s.id = r.station_id and (s.vendor, s.model, s.serial, s.firmware) is distinct from
            (coalesce(nullif(r.vendor, ''), s.vendor), coalesce(nullif(r.model, ''), s.model), coalesce(nullif(r.serial, ''), s.serial),
             coalesce(nullif(r.firmware, ''), s.firmware))
        )
        update station_state t set booted_at = r.at, seq = t.seq + 1 from r where t.station_id = r.station_id
        """,
        (plain(stations), texts(vendors), texts(models), texts(serials), texts(firmwares), instants(ats)),
        prepare=True,
    )


def flag_stations(cur: Cursor[Any], rows: Collection[tuple[str, str]]) -> None:
    """Oddities for staff, each once."""
    if not rows:
        return
    stations, flags = zip(*sorted(rows), strict=True)
    cur.execute(
        """
        update station s set flags = s.flags || r.flags
        from (select station_id, array_agg(distinct flag) as flags from unnest(%s::uuid[], %s::text[]) as u(station_id, flag)
              where not exists (select from station x where x.id = u.station_id and u.flag = any (x.flags)) group by station_id) r
        where s.id = r.station_id
        """,
        (plain(stations), texts(flags)),
    )
