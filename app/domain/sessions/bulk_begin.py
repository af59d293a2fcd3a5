"""Set-wise beginning of sessions: a repeat finds its session (T38), a driver's request is taken up, everything else is a new one.

Takes a psycopg cursor and the ORM session of the same transaction. Never refuses a start, whatever is wrong with it: flags say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Cursor
from sqlalchemy.orm import Session

from app.db.arrays import documents, instants, plain, texts
from app.domain.sessions import bulk_phases
from app.domain.sessions.bulk import NO_PROGRESS
from app.domain.sessions.bulk_known import BeginRow, Known, look_up
from app.domain.sessions.bulk_reserved import kept_columns, still_kept, terms_with
from app.domain.sessions.terms import Start, StartTerms
from app.kernel.ids import new_code, uuid7s


class Begun(NamedTuple):
    """The session of a begin. ``standing``: stored status of its token, None if unknown; ``fresh``: new; ``nameless``: known, of nobody.

    ``read``: the readings that came with the begin are in it.
    """

    session_id: str
    number: int | None
    state: str
    standing: str | None
    fresh: bool
    nameless: bool = False
    read: bool = False


def begin(cur: Cursor[Any], session: Session, rows: Sequence[BeginRow]) -> list[Begun]:
    """The session of each row, in order. At most one row per station."""
    answers: list[Begun | None] = [None] * len(rows)
    waiting = list(range(len(rows)))
    for _ in range(3):
        asked = [rows[place] for place in waiting]
        known = dict(zip(waiting, look_up(cur, asked), strict=True))
        paired = _pair(cur, [(rows[p], k) for p, k in known.items() if k.paired_id and not k.session_id])
        made = _insert(cur, session, [(rows[p], k) for p, k in known.items() if not (k.session_id or k.paired_id)])
        for place, found in known.items():
            row = rows[place]
            new = made.get((row.station_id, row.key))
            fresh = paired.get(found.paired_id or "") or new
            if found.session_id:
                answers[place] = Begun(
                    found.session_id, found.number, found.state or "", found.standing, fresh=False, nameless=bool(found.nameless)
                )
            elif fresh:
                answers[place] = Begun(*fresh, "charging", found.standing, fresh=True, read=fresh is new)
        # what is left was begun by somebody else in this very moment: the next look-up finds it
        waiting = [place for place in waiting if answers[place] is None]
        if not waiting:
            break
    begun = [(row, answer) for row, answer in zip(rows, answers, strict=True) if answer and answer.fresh]
    bulk_phases.first_phases(cur, [(each.session_id, row.connector_id, row.at, row.charging_state) for row, each in begun])
    return [answer for answer in answers if answer is not None]


_INSERT: Final = """
    insert into charging_session (id, code, location_id, station_id, evse_id, connector_id, channel, id_token, state,
      transaction_number, transaction_ref, start_key, remote_start_id, started_at, start_received_at, meter_start_wh, meter_last_wh,
      energy_wh, charging_state, time_zone, currency, vat_pct, evse_current, tariff_version_id, tariff, contract_version_id,
      parent_version_id, language, flags, seq, created_at, operator_id, partner_id, driver_id, payer_id, reservation_id, reserved_from,
      reserved_until, provider, user_groups, station_label, evse_number,
      power_w, soc_pct, last_reading_at)
    select r.id, r.code, r.location_id, r.station_id, r.evse_id, r.connector_id, r.channel, r.token, 'charging',
      case when r.ref is null then nextval('transaction_number') end, r.ref, r.key, r.remote_start_id, r.at, r.received_at,
      r.meter_wh, coalesce(r.last_wh, r.meter_wh), greatest(0, r.high_wh - r.meter_wh),
      coalesce(r.charging_state, 'Charging'), r.time_zone, r.currency, r.vat_pct, r.evse_current,
      r.tariff_version_id, r.tariff, r.contract_version_id, r.parent_version_id, 'en', string_to_array(r.flags, ','), 0, r.received_at,
      r.operator_id, r.partner_id, r.driver_id, r.payer_id, r.reservation_id, r.reserved_from, r.reserved_until,
      r.provider, coalesce(string_to_array(r.user_groups, e'\\n'), '{}'), t.label, e.number,
      r.power_w, r.soc_pct, r.read_at
    from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
      %s::int[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::text[],
      %s::uuid[], %s::jsonb[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
      %s::timestamptz[],
      %s::timestamptz[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::int[], %s::int[])
      as r(id, code, location_id, station_id, evse_id, connector_id, channel,
      token, ref, key, remote_start_id, at, received_at, meter_wh, charging_state, time_zone, currency, vat_pct, evse_current,
      tariff_version_id, tariff, contract_version_id, parent_version_id, flags, operator_id, partner_id, driver_id, payer_id,
      reservation_id, reserved_from, reserved_until, provider, user_groups, read_at, last_wh, high_wh, power_w, soc_pct)
    join station t on t.id = r.station_id left join evse e on e.id = r.evse_id
    on conflict (station_id, start_key) do nothing
    returning station_id::text, start_key, id::text, transaction_number
    """


def _insert(cur: Cursor[Any], session: Session, rows: Sequence[tuple[BeginRow, Known]]) -> dict[tuple[str, str], tuple[str, int | None]]:
    if not rows:
        return {}
    starts = [Start(UUID(row.station_id), UUID(row.evse_id) if row.evse_id else None, row.at, known.who) for row, known in rows]
    kept = still_kept(session, [(start.station_id, known.kept) for start, (_, known) in zip(starts, rows, strict=True)])
    terms = terms_with(session, list(zip(starts, kept, strict=True)))
    whole = [(row, known, terms[start]) for (row, known), start in zip(rows, starts, strict=True) if start in terms]
    reserved = [each for start, each in zip(starts, kept, strict=True) if start in terms]
    begins = [row for row, _, _ in whole]
    agreed = [each for _, _, each in whole]
    cur.execute(
        _INSERT,
        (
            plain(uuid7s(len(whole))),
            texts(new_code("S") for _ in whole),
            plain(each.location_id for each in agreed),
            *_begin_columns(begins, [known for _, known, _ in whole]),
            *_terms_columns(agreed),
            texts(",".join(_begin_flags(*each)) for each in whole),
            *_whose_columns(whole),
            *kept_columns(reserved),
            *_named_columns([known for _, known, _ in whole]),
            *_progress_columns(begins),
        ),
        prepare=True,
    )
    return {(station_id, key): (session_id, number) for station_id, key, session_id, number in cur.fetchall()}


def _whose_columns(whole: Sequence[tuple[BeginRow, Known, StartTerms]]) -> tuple[str, ...]:
    return (
        plain(each.operator_id for _, _, each in whole),
        plain(each.partner_id for _, _, each in whole),
        plain(known.driver_id for _, known, _ in whole),
        plain(known.payer_id if known.standing == "accepted" else None for _, known, _ in whole),
    )


def _named_columns(known: Sequence[Known]) -> tuple[str, ...]:
    """Roaming partner and groups of the cards that count; a blocked or expired one is nobody's."""
    return (
        texts(each.provider if each.standing == "accepted" else None for each in known),
        texts(each.group_words if each.standing == "accepted" else None for each in known),
    )


def _progress_columns(rows: Sequence[BeginRow]) -> tuple[str, ...]:
    read = [row.progress or NO_PROGRESS for row in rows]
    return (
        instants(each.at for each in read),
        plain(each.last_wh for each in read),
        plain(each.high_wh for each in read),
        plain(each.power_w for each in read),
        plain(each.soc_pct for each in read),
    )


def _begin_columns(rows: Sequence[BeginRow], known: Sequence[Known]) -> tuple[str, ...]:
    return (
        plain(row.station_id for row in rows),
        plain(row.evse_id for row in rows),
        plain(row.connector_id for row in rows),
        texts((found.paid_as if found.standing == "accepted" else None) or found.channel or "internal" for found in known),
        texts(row.token for row in rows),
        texts(row.ref for row in rows),
        texts(row.key for row in rows),
        plain(row.remote_start_id for row in rows),
        instants(row.at for row in rows),
        instants(row.received_at for row in rows),
        plain(row.meter_wh for row in rows),
        texts(row.charging_state for row in rows),
    )


def _terms_columns(agreed: Sequence[StartTerms]) -> tuple[str, ...]:
    return (
        texts(each.time_zone for each in agreed),
        texts(each.currency for each in agreed),
        plain(each.vat_pct for each in agreed),
        texts(each.evse_current for each in agreed),
        plain(each.tariff_version_id for each in agreed),
        documents(each.tariff for each in agreed),
        plain(each.contract_version_id for each in agreed),
        plain(each.parent_version_id for each in agreed),
    )


def _begin_flags(row: BeginRow, known: Known, terms: StartTerms) -> list[str]:
    """What a person should know about this start."""
    flags = list(row.flags)
    if known.standing != "accepted":
        flags.append("unknown_tag" if known.standing is None else f"{known.standing}_tag")
    if row.connector_id is None:
        flags.append("unknown_connector")
    if row.progress and row.progress.first_wh is not None and row.meter_wh is not None and row.progress.first_wh < row.meter_wh:
        flags.append("meter_back")
    if terms.tariff is None:
        flags.append("no_tariff")
    return flags


def _pair(cur: Cursor[Any], rows: Sequence[tuple[BeginRow, Known]]) -> dict[str, tuple[str, int | None]]:
    """The sessions drivers asked for begin; their terms were fixed when they asked."""
    if not rows:
        return {}
    begins = [row for row, _ in rows]
    cur.execute(
        """
        update charging_session s set state = 'charging', transaction_ref = r.ref, start_key = r.key,
          transaction_number = case when r.ref is null then coalesce(s.transaction_number, nextval('transaction_number')) end,
          connector_id = coalesce(r.connector_id, s.connector_id), started_at = r.at, start_received_at = r.received_at,
          meter_start_wh = r.meter_wh, meter_last_wh = r.meter_wh, charging_state = coalesce(r.charging_state, 'Charging'),
          flags = s.flags || string_to_array(r.flags, ',')
            || case when r.evse_id is not null and r.evse_id <> s.evse_id then array['other_evse'] else '{}'::text[] end,
          seq = s.seq + 1
        from unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::bigint[],
          %s::text[], %s::text[]) as r(session_id, ref, key, connector_id, evse_id, at, received_at, meter_wh, charging_state, flags)
        where s.id = r.session_id and s.state in ('requested', 'starting')
        returning s.id::text, s.transaction_number
        """,
        (
            plain(known.paired_id for _, known in rows),
            texts(row.ref for row in begins),
            texts(row.key for row in begins),
            plain(row.connector_id for row in begins),
            plain(row.evse_id for row in begins),
            instants(row.at for row in begins),
            instants(row.received_at for row in begins),
            plain(row.meter_wh for row in begins),
            texts(row.charging_state for row in begins),
            texts(",".join(row.flags) for row in begins),
        ),
    )
    return {session_id: (session_id, number) for session_id, number in cur.fetchall()}
