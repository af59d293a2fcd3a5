"""Set-wise questions and notes around tokens and starts: may a token charge, whose is a session, what was never stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Cursor
from sqlalchemy.orm import Session

from app.db.arrays import documents, plain, texts
from app.domain.network.access_sql import MAY_USE
from app.domain.sessions.bulk_reserved import LATEST, Kept, kept_columns, kept_for, still_kept, terms_with
from app.domain.sessions.terms import Start, known_who
from app.domain.tariffs.cascade_lines import UNKNOWN


def supersede(cur: Cursor[Any], rows: Sequence[tuple[str, str, str]]) -> None:
    """(session, station, connector): whatever else is open there was never stopped; a person has to look (T39)."""
    if not rows:
        return
    sessions, stations, connectors = zip(*rows, strict=True)
    cur.execute(
        """
        update charging_session o set flags = o.flags || 'superseded'::text
        from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as r(session_id, station_id, connector_id)
        cross join lateral (
          select x.id from charging_session x where x.station_id = r.station_id and x.state = 'charging'
            and x.connector_id = r.connector_id and x.id <> r.session_id and not 'superseded' = any (x.flags) offset 0
        ) f
        where o.id = f.id
        """,
        (plain(sessions), plain(stations), plain(connectors)),
        prepare=True,
    )


def standings(cur: Cursor[Any], rows: Sequence[tuple[str, str]]) -> list[str | None]:
    """For each (station, token) the stored status of the token, ``not_here`` where it may not charge at this charge point; accepted too if
    a driver's request at the station waits for it."""
    if not rows:
        return []
    stations, tokens = zip(*rows, strict=True)
    cur.execute(
        f"""
        select case when exists (select from charging_session x where x.station_id = st.id and upper(x.id_token) = r.token
                                   and x.state in ('requested', 'starting', 'charging') and x.payment_id is not null) then 'accepted'
                    when t.status = 'accepted' and t.expires_at <= now() then 'expired'
                    when t.status = 'accepted' and c.standing = 'blocked' then 'blocked'
                    when t.status = 'accepted' and not {MAY_USE.format(at="now()")} then 'not_here' else t.status end
        from unnest(%s::uuid[], %s::text[]) with ordinality as r(station_id, token, place)
        join station st on st.id = r.station_id
        left join id_token t on t.operator_id = st.operator_id and t.value = r.token
        left join lateral (select k.standing from voltpact_card(t.driver_id, st.id, now()) k where t.driver_id is not null) c on true
        order by r.place
        """,  # noqa: S608 - constants
        (plain(stations), texts(tokens)),
        prepare=True,
    )
    return [row[0] for row in cur.fetchall()]


def late_tokens(cur: Cursor[Any], session: Session, rows: Sequence[tuple[str, str, int | None]]) -> None:
    """(session, token, reservation): a car plugged in before anybody was authorised now has a driver (T55), whose price counts from the
    start, or from the reservation it uses up. A token that may not charge is nobody's, as at a start, and the session says why."""
    if not rows:
        return
    sessions, tokens, reservations = zip(*rows, strict=True)
    cur.execute(
        f"""
        update charging_session s set id_token = r.token, driver_id = t.driver_id, seq = s.seq + 1,
          channel = coalesce(case when w.standing = 'accepted' then c.channel end, t.channel, s.channel),
          payer_id = case when w.standing = 'accepted' then c.payer_id end,
          provider = case when w.standing = 'accepted' then t.provider end,
          user_groups = case when w.standing = 'accepted' then array(
            select unnest(array[g.code, g.name]) from user_group_token m join user_group g on g.id = m.group_id
            where m.token_id = t.id and m.since <= s.started_at and (m.until is null or m.until > s.started_at)) else '{{}}' end,
          flags = case when w.standing is null then s.flags else array_remove(s.flags, 'unknown_tag')
            || case when w.standing = 'accepted' then '{{}}' else array[w.standing || '_tag'] end end
        from unnest(%s::uuid[], %s::text[], %s::int[]) as r(session_id, token, reservation)
        join charging_session x on x.id = r.session_id
        join station st on st.id = x.station_id
        left join id_token t on t.operator_id = x.operator_id and t.value = r.token
        left join lateral (select k.* from voltpact_card(t.driver_id, x.station_id, now()) k where t.driver_id is not null) c on true
        cross join lateral (
          select case when t.status <> 'accepted' then t.status when t.expires_at <= x.start_received_at then 'expired'
                      when c.standing = 'blocked' then 'blocked' when not {MAY_USE.format(at="now()")} then 'not_here'
                      else t.status end as standing) w
        left join lateral ({kept_for("x.station_id", "x.evse_id", "x.started_at")} {LATEST}) kept on true
        where s.id = r.session_id and s.id_token = '' and s.state = 'charging'
        returning s.id, s.station_id, s.evse_id, s.started_at,
          w.standing = 'accepted', kept.reservation_id, kept.reserved_from, kept.reserved_until, t.channel, t.partner_id, (
          select string_agg(m.group_id::text, ',' order by m.group_id) from user_group_token m
          where m.token_id = t.id and m.since <= s.started_at and (m.until is null or m.until > s.started_at)),
          array_to_string(s.user_groups, e'\\n'), t.plan, t.provider
        """,  # noqa: S608 - constants
        (plain(sessions), texts(tokens), plain(reservations)),
        prepare=True,
    )
    _price_anew(cur, session, cur.fetchall())


def _price_anew(cur: Cursor[Any], session: Session, found: Sequence[tuple[Any, ...]]) -> None:
    """The driver's own price, where the card is accepted; and the reservation that was for it."""
    starts, asked = {}, {}
    for session_id, station_id, evse_id, at, accepted, command_id, since, until, *driver in found:
        if accepted or command_id:
            starts[session_id] = Start(station_id, evse_id, at, known_who(*driver) if accepted else UNKNOWN)
            asked[session_id] = Kept(command_id, since, until) if command_id else None
    kept = still_kept(session, [(starts[each].station_id, reserved) for each, reserved in asked.items()])
    terms = terms_with(session, list(zip(starts.values(), kept, strict=True)))
    priced = {each: (terms[start], reserved) for (each, start), reserved in zip(starts.items(), kept, strict=True) if start in terms}
    if priced:
        cur.execute(
            """
            update charging_session s set tariff_version_id = r.version_id, tariff = r.tariff, reservation_id = r.reservation_id,
              reserved_from = r.reserved_from, reserved_until = r.reserved_until
            from unnest(%s::uuid[], %s::uuid[], %s::jsonb[], %s::uuid[], %s::timestamptz[], %s::timestamptz[])
                 as r(session_id, version_id, tariff, reservation_id, reserved_from, reserved_until)
            where s.id = r.session_id and (s.tariff_version_id is distinct from r.version_id or r.reservation_id is not null)
            """,
            (
                plain(priced),
                plain(each.tariff_version_id for each, _ in priced.values()),
                documents(each.tariff for each, _ in priced.values()),
                *kept_columns([reserved for _, reserved in priced.values()]),
            ),
        )


def adopt(cur: Cursor[Any], rows: Sequence[tuple[str, str, int | None]]) -> dict[str, str]:
    """(session, token, remote start): a session that began before anybody was known is the one a driver waits for; which became which.

    OCPP 2.0.1 stations begin a transaction with the plug; the remote start's token comes with a later event (T55). What was gathered
    goes over to the driver's session, the nameless one vanishes.
    """
    if not rows:
        return {}
    sessions, tokens, numbers = zip(*rows, strict=True)
    cur.execute(
        """
        select s.id::text, p.id::text from unnest(%s::uuid[], %s::text[], %s::int[]) as r(session_id, token, remote_start_id)
        join charging_session s on s.id = r.session_id and s.id_token = '' and s.state = 'charging'
        join lateral (
          select x.id from charging_session x where x.station_id = s.station_id and x.state in ('requested', 'starting')
            and (upper(x.id_token) = r.token or x.remote_start_id = r.remote_start_id) order by x.created_at desc limit 1
        ) p on true
        """,
        (plain(sessions), texts(tokens), plain(numbers)),
        prepare=True,
    )
    found = dict(cur.fetchall())
    for nameless, wished in found.items():
        _hand_over(cur, nameless, wished)
    return found


def _hand_over(cur: Cursor[Any], nameless: str, wished: str) -> None:
    for table in ("session_phase", "meter_reading", "connector"):
        cur.execute(f"update {table} set session_id = %s where session_id = %s", (wished, nameless))  # noqa: S608 - constants
    cur.execute(
        """
        with gone as (delete from charging_session where id = %s returning *)
        select transaction_ref, start_key, connector_id, started_at, start_received_at, meter_start_wh, meter_last_wh, energy_wh,
          power_w, soc_pct, charging_state, last_reading_at from gone
        """,
        (nameless,),
    )
    cur.execute(
        """
        update charging_session set state = 'charging', transaction_ref = %s, start_key = %s, connector_id = coalesce(%s, connector_id),
          started_at = %s, start_received_at = %s, meter_start_wh = %s, meter_last_wh = %s, energy_wh = %s, power_w = %s, soc_pct = %s,
          charging_state = %s, last_reading_at = %s, seq = seq + 1
        where id = %s
        """,
        (*(cur.fetchone() or ()), wished),
    )
