"""Set-wise writes of what connectors show: state, power, the session there. Used by the OCPP worker's batches.

As in ``bulk``: any number of rows inside the batch's transaction, and all of it can be repeated with the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from app.db.arrays import instants, plain, texts
from app.kernel.ids import uuid7s


class StatusRow(NamedTuple):
    """A connector's state by the station's clock. ``status`` None: the word was unknown, the last known state stays.

    With it, in the same update: the power (None: not said), the session that runs there from now on (``comes``), the one that does no
    more (``goes``). A row updated twice in one transaction has all its references looked up again.
    """

    connector_id: str
    status: str | None
    raw: str
    error_code: str | None
    error_info: str | None
    at: datetime
    received_at: datetime
    power_w: int | None = None
    comes: str | None = None
    goes: str | None = None


#: a 2.0.1 station says Occupied; what the car does there is known from its transaction
_MEANT: Final = """case r.status when 'Occupied' then coalesce(
  (select case s.charging_state when 'EVConnected' then 'Preparing' when 'Idle' then 'Finishing' else s.charging_state end
   from charging_session s where s.id = c.session_id and s.state = 'charging'), 'Preparing') else coalesce(r.status, c.status) end"""


def report_status(cur: Cursor[Any], rows: Sequence[StatusRow]) -> set[str]:
    """The newest state by the station's clock wins (T34); history gets a row per change, and late reports at their own time.

    At most one row per connector in one call. Told are the connectors that moved; of a late report nothing is taken but its history.
    """
    if not rows:
        return set()
    cur.execute(
        f"""
        with r as (
          select * from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
                 %s::int[], %s::uuid[], %s::uuid[])
                 as r(id, connector_id, status, raw, error_code, error_info, at, received_at, power_w, comes, goes)
        ), moved as (
          update connector c set status = {_MEANT}, status_raw = r.raw, status_at = r.at, status_received_at = r.received_at,
            error_code = r.error_code, error_info = r.error_info, seq = c.seq + 1,
            power_w = case when r.goes = c.session_id then 0 else coalesce(r.power_w, c.power_w) end,
            session_id = case when r.goes = c.session_id then null else coalesce(r.comes, c.session_id) end
          from r where c.id = r.connector_id and (c.status_at is null or r.at >= c.status_at)
          returning r.id, c.id as connector_id, c.operator_id, c.partner_id, c.station_id, new.status, r.error_code, r.error_info, r.at,
            r.received_at,
            (old.status, old.error_code, old.error_info) is distinct from (new.status, new.error_code, new.error_info) as changed
        ), late as (
          select r.id, c.id as connector_id, c.operator_id, c.partner_id, c.station_id, r.status, r.error_code, r.error_info, r.at,
            r.received_at
          from r join connector c on c.id = r.connector_id
          where r.status is not null and r.at < c.status_at
            and not exists (select from status_change h where h.connector_id = c.id and h.at = r.at and h.status = r.status)
        ), kept as (
        insert into status_change (id, operator_id, partner_id, station_id, connector_id, status, error_code, error_info, at, received_at)
        select id, operator_id, partner_id, station_id, connector_id, status, error_code, error_info, at, received_at from moved
        where changed and status is not null union all
        select id, operator_id, partner_id, station_id, connector_id, status, error_code, error_info, at, received_at from late
        )
        select connector_id::text from moved
        """,  # noqa: S608 - a constant
        _columns(rows),
        prepare=True,
    )
    return {row[0] for row in cur.fetchall()}


def _columns(rows: Sequence[StatusRow]) -> tuple[str, ...]:
    connectors, statuses, raws, errors, infos, ats, received, powers, comes, goes = zip(*rows, strict=True)
    names = (texts(each) for each in (statuses, raws, errors, infos))
    beside = (plain(each) for each in (powers, comes, goes))
    return (plain(uuid7s(len(rows))), plain(connectors), *names, instants(ats), instants(received), *beside)


def show_power(cur: Cursor[Any], rows: Sequence[tuple[str, int | None]]) -> None:
    """Power at connectors now (None: not said). At most one row per connector."""
    if not rows:
        return
    connectors, powers = zip(*rows, strict=True)
    cur.execute(
        """
        update connector c set power_w = coalesce(r.power_w, c.power_w), seq = c.seq + 1
        from unnest(%s::uuid[], %s::int[]) as r(connector_id, power_w) where c.id = r.connector_id
        """,
        (plain(connectors), plain(powers)),
        prepare=True,
    )


def occupy(cur: Cursor[Any], rows: Sequence[tuple[str, str]]) -> None:
    """(connector, session): this session runs here now."""
    if not rows:
        return
    connectors, sessions = zip(*rows, strict=True)
    cur.execute(
        """
        update connector c set session_id = r.session_id, seq = c.seq + 1
        from unnest(%s::uuid[], %s::uuid[]) as r(connector_id, session_id) where c.id = r.connector_id
        """,
        (plain(connectors), plain(sessions)),
        prepare=True,
    )


def vacate(cur: Cursor[Any], rows: Sequence[tuple[str, str]]) -> None:
    """(connector, session): this session does not run here any more; a newer one stays."""
    if not rows:
        return
    connectors, sessions = zip(*rows, strict=True)
    cur.execute(
        """
        update connector c set session_id = null, power_w = 0, seq = c.seq + 1
        from unnest(%s::uuid[], %s::uuid[]) as r(connector_id, session_id) where c.id = r.connector_id and c.session_id = r.session_id
        """,
        (plain(connectors), plain(sessions)),
        prepare=True,
    )
