"""Set-wise writes of what happens in running sessions: readings, phases, the end. Used by the OCPP worker's batches (T38 to T62).

Each function takes a psycopg cursor inside the batch's transaction. Ids are text, energies Wh. Beginning is in ``bulk_begin``, what
cannot be placed in ``bulk_orphans``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from app.db.arrays import instants, plain, texts
from app.kernel.ids import uuid7s


class ProgressRow(NamedTuple):
    """Readings of a running session, summed up. ``at`` is the newest instant; registers None if there was no energy among them."""

    session_id: str
    at: datetime | None
    first_wh: int | None
    last_wh: int | None
    high_wh: int | None
    power_w: int | None
    soc_pct: int | None


#: where there were no readings
NO_PROGRESS: Final = ProgressRow("", None, None, None, None, None, None)


class StopRow(NamedTuple):
    """The durable end of a session. ``progress`` sums up readings that came with it and that the session has not been moved on by."""

    session_id: str
    at: datetime
    received_at: datetime
    meter_wh: int | None
    reason: str | None
    flags: tuple[str, ...]
    progress: ProgressRow = NO_PROGRESS


class ReadingRow(NamedTuple):
    """One instant of a meter, in a session or not."""

    received_at: datetime
    station_id: str
    connector_id: str | None
    session_id: str | None
    at: datetime
    energy_wh: int | None
    power_w: int | None
    soc_pct: int | None
    context: str | None
    signed: str | None


class Found(NamedTuple):
    """A session a message names. ``priced``: it has a price sheet."""

    session_id: str
    state: str
    connector_id: str | None
    priced: bool


def by_number(cur: Cursor[Any], asked: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Found]:
    """OCPP 1.6: sessions by (station, transaction number). A number of another station finds nothing (T45)."""
    if not asked:
        return {}
    stations, numbers = zip(*asked, strict=True)
    cur.execute(
        """
        select r.station_id::text, r.number, s.id::text, s.state, s.connector_id::text, s.tariff is not null
        from unnest(%s::uuid[], %s::int[]) as r(station_id, number)
        join charging_session s on s.station_id = r.station_id and s.transaction_number = r.number
        """,
        (plain(stations), plain(numbers)),
        prepare=True,
    )
    return {(station, number): Found(*rest) for station, number, *rest in cur.fetchall()}


def running_by_ref(cur: Cursor[Any], asked: Sequence[tuple[str, str, bool]]) -> dict[tuple[str, str], Found]:
    """OCPP 2.0.1: running sessions by (station, transaction id, whether a driver is named); none that learns its driver only now."""
    if not asked:
        return {}
    stations, refs, tokens = zip(*asked, strict=True)
    cur.execute(
        """
        select r.station_id::text, r.ref, s.id::text, s.state, s.connector_id::text, s.tariff is not null
        from unnest(%s::uuid[], %s::text[], %s::bool[]) as r(station_id, ref, token_given)
        join charging_session s on s.station_id = r.station_id and s.transaction_ref = r.ref
        where s.state = 'charging' and not (r.token_given and s.id_token = '')
        """,
        (plain(stations), texts(refs), plain(tokens)),
        prepare=True,
    )
    return {(station, ref): Found(*rest) for station, ref, *rest in cur.fetchall()}


def open_at(cur: Cursor[Any], asked: Sequence[tuple[str, str | None]]) -> dict[tuple[str, str | None], Found]:
    """The one open session at (station, connector); connector None: at the station. Several, or none: not in the answer (T41)."""
    if not asked:
        return {}
    stations, connectors = zip(*asked, strict=True)
    cur.execute(
        """
        select r.station_id::text, r.connector_id::text, min(s.id::text), min(s.state), min(s.connector_id::text),
          bool_and(s.tariff is not null)
        from unnest(%s::uuid[], %s::uuid[]) as r(station_id, connector_id)
        join charging_session s on s.station_id = r.station_id and s.state = 'charging'
             and (r.connector_id is null or s.connector_id = r.connector_id)
        left join connector c on c.id = r.connector_id
        where c.session_id is null or c.session_id = s.id
        group by r.station_id, r.connector_id having count(distinct s.id) = 1
        """,
        (plain(stations), plain(connectors)),
        prepare=True,
    )
    return {(station, connector): Found(*rest) for station, connector, *rest in cur.fetchall()}


def by_id(cur: Cursor[Any], session_ids: Sequence[str]) -> dict[str, Found]:
    """Sessions as they stand now, by id."""
    if not session_ids:
        return {}
    cur.execute(
        "select id::text, state, connector_id::text, tariff is not null from charging_session where id = any (%s::uuid[])",
        (plain(session_ids),),
        prepare=True,
    )
    return {found[0]: Found(*found) for found in cur.fetchall()}


#: flags that stay when the stop comes after all: what was closed as forgotten is not held any more (T56)
_KEPT: Final = """(case when s.flags @> '{forgotten,held}' then array_remove(array_remove(s.flags, 'forgotten'), 'held') || '{late}'
             else s.flags end)"""


#: registers at the start and at the newest reading, with those that came with the stop
_START: Final = "coalesce(s.meter_start_wh, r.first_wh)"
_LAST: Final = "case when s.last_reading_at > r.read_at then s.meter_last_wh else coalesce(r.last_wh, s.meter_last_wh) end"
_STOP: Final = f"""
    update charging_session s set state = 'stopped', ended_at = greatest(r.at, s.started_at), end_received_at = r.received_at,
      meter_start_wh = {_START}, meter_last_wh = {_LAST}, meter_stop_wh = coalesce(r.meter_wh, {_LAST}), power_w = 0,
      stop_reason = r.reason,
      soc_pct = case when s.last_reading_at > r.read_at then s.soc_pct else coalesce(r.soc_pct, s.soc_pct) end,
      last_reading_at = greatest(s.last_reading_at, r.read_at),
      energy_wh = case when r.meter_wh >= {_START} then r.meter_wh - {_START} else greatest(s.energy_wh, r.high_wh - {_START}) end,
      flags = {_KEPT} || array(
        select f from unnest(string_to_array(r.flags, ',')
          || case when r.meter_wh < coalesce({_LAST}, {_START}) or (r.first_wh < coalesce(s.meter_last_wh, s.meter_start_wh)
                    and (s.last_reading_at is null or s.last_reading_at <= r.read_at)) then array['meter_back'] else '{{}}' end
          || case when r.at < s.started_at then array['clock'] else '{{}}' end
          || case when s.tariff is null then array['held', 'no_tariff'] else '{{}}' end) f where not f = any ({_KEPT})),
      seq = s.seq + 1
    from unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[],
      %s::bigint[], %s::bigint[], %s::int[])
      as r(session_id, at, received_at, meter_wh, reason, flags, read_at, first_wh, last_wh, high_wh, soc_pct)
    where s.id = r.session_id and (s.state = 'charging' or (s.state = 'stopped'
      and ('closed_by_hand' = any (s.flags) or s.flags @> '{{forgotten,held}}')))
    returning s.id::text, s.connector_id::text, s.tariff is not null
    """  # noqa: S608 - constants


def stop(cur: Cursor[Any], rows: Sequence[StopRow]) -> list[tuple[str, str | None, bool]]:
    """End sessions; (session, connector, whether it can be rated) of those that ended now. A repeat changes nothing (T44).

    The energy is the difference of the registers at start and stop; where that cannot be, what the readings showed (T57).
    """
    if not rows:
        return []
    sessions, ats, received, meters, reasons, flags, progress = zip(*rows, strict=True)
    _, read_ats, firsts, lasts, highs, _, socs = zip(*progress, strict=True)
    cur.execute(
        _STOP,
        (
            plain(sessions),
            instants(ats),
            instants(received),
            plain(meters),
            texts(reasons),
            texts(",".join(each) for each in flags),
            instants(read_ats),
            *map(plain, (firsts, lasts, highs, socs)),
        ),
        prepare=True,
    )
    return cur.fetchall()


def keep_readings(cur: Cursor[Any], rows: Sequence[ReadingRow]) -> None:
    """Append meter readings. They belong to the session's holder, without a session to the station's."""
    if not rows:
        return
    received, stations, connectors, sessions, ats, energies, powers, socs, contexts, signed = zip(*rows, strict=True)
    cur.execute(
        """
        insert into meter_reading (received_at, id, operator_id, partner_id, station_id, connector_id, session_id, at, energy_wh, power_w,
          soc_pct, context, signed)
        select r.received_at, r.id, t.operator_id, case when r.session_id is null then t.partner_id else s.partner_id end,
          r.station_id, r.connector_id, r.session_id, r.at, r.energy_wh, r.power_w, r.soc_pct, r.context, r.signed
        from unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::bigint[], %s::int[],
          %s::int[], %s::text[], %s::text[])
          as r(id, received_at, station_id, connector_id, session_id, at, energy_wh, power_w, soc_pct, context, signed)
        join station t on t.id = r.station_id
        left join charging_session s on s.id = r.session_id
        """,
        (
            plain(uuid7s(len(rows))),
            instants(received),
            plain(stations),
            plain(connectors),
            plain(sessions),
            instants(ats),
            plain(energies),
            plain(powers),
            plain(socs),
            texts(contexts),
            texts(signed),
        ),
        prepare=True,
    )
