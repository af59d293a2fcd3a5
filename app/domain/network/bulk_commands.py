"""Commands on their way to stations: which worker may send which, one at a time per station (T68), and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from psycopg import Cursor

from app.db.arrays import documents, instants, plain, texts
from app.domain.network.commands import number_of

#: a station that has not answered by then gets no more time; a late answer is still taken (T20)
PATIENCE: Final = timedelta(seconds=30)
#: a station that lost its link may be back in a moment
_MOMENT: Final = timedelta(seconds=3)


class Wish(NamedTuple):
    """A command to send now, with what it needs to know."""

    command_id: str
    station_id: str
    action: str
    params: dict[str, Any]
    evse_number: int | None
    wire_number: int | None
    session_id: str | None
    transaction_number: int | None
    transaction_ref: str | None
    id_token: str | None
    current: str | None = None
    max_w: int | None = None

    @property
    def number(self) -> int:
        """What the station knows the wish by, where its protocol wants a number."""
        return number_of(UUID(self.command_id))


class ReportRow(NamedTuple):
    """One part of a configuration that a 2.0.1 station tells in several messages; ``number`` is the wish's."""

    station_id: str
    number: int
    part: int
    last: bool
    entries: list[Any]


class OutcomeRow(NamedTuple):
    """What became of a command. ``answer`` is the station's payload, as it came."""

    command_id: str
    station_id: str
    state: str
    answer: dict[str, Any] | None
    reason: str | None
    at: datetime


def claim(cur: Cursor[Any], worker: str, now: datetime) -> list[Wish]:
    """Mark as sent, and return, the oldest queued command of each station that this worker holds and that waits for no answer."""
    cur.execute(
        """
        with next as (
          select distinct on (c.station_id) c.id from station_command c
          join station_state t on t.station_id = c.station_id and t.connected and t.worker = %(worker)s
          where c.state = 'queued' and c.expires_at > %(now)s
            and not exists (select from station_command b where b.station_id = c.station_id and b.state = 'sent'
                            and b.sent_at > %(since)s)
          order by c.station_id, c.created_at, c.id
        ), sent as (
          update station_command c set state = 'sent', sent_at = %(now)s from next where c.id = next.id and c.state = 'queued'
          returning c.*
        )
        select c.id::text, c.station_id::text, c.action, c.params, e.number,
          (select min(k.wire_number) from connector k where k.evse_id = c.evse_id), c.session_id::text,
          s.transaction_number, s.transaction_ref, s.id_token, e.current, e.max_w
        from sent c left join evse e on e.id = c.evse_id left join charging_session s on s.id = c.session_id
        """,
        {"worker": worker, "now": now, "since": now - PATIENCE},
    )
    return [Wish(*row) for row in cur.fetchall()]


def give_up(cur: Cursor[Any], now: datetime) -> list[str]:
    """Commands that cannot arrive: nobody holds the station, they are too old, or no answer came. Their ids."""
    cur.execute(
        """
        update station_command c set
          state = case c.state when 'sent' then 'no_answer' else 'not_sent' end,
          reason = case when c.state = 'sent' then 'time_out' when c.expires_at <= %(now)s then 'not_taken' else 'offline' end,
          answered_at = %(now)s
        where (c.state = 'sent' and c.sent_at <= %(since)s) or (c.state = 'queued' and (c.expires_at <= %(now)s
          or (c.created_at <= %(moment)s
              and not exists (select from station_state t where t.station_id = c.station_id and t.connected))))
        returning c.id::text
        """,
        {"now": now, "since": now - PATIENCE, "moment": now - _MOMENT},
    )
    return [row[0] for row in cur.fetchall()]


def settle(cur: Cursor[Any], rows: Sequence[OutcomeRow]) -> list[str]:
    """Store outcomes, also late ones; the ids of the commands that exist. What was answered already stays."""
    if not rows:
        return []
    ids, stations, states, answers, reasons, ats = zip(*rows, strict=True)
    cur.execute(
        """
        update station_command c set state = r.state, reason = r.reason, answered_at = r.at,
          answer = case when r.answer is null then c.answer else coalesce(c.answer, '{}') || r.answer end
        from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::jsonb[], %s::text[], %s::timestamptz[])
             as r(command_id, station_id, state, answer, reason, at)
        where c.id = r.command_id and c.station_id = r.station_id and c.state in ('queued', 'sent', 'no_answer')
        returning c.id::text
        """,
        (plain(ids), plain(stations), texts(states), documents(answers), texts(reasons), instants(ats)),
    )
    return [row[0] for row in cur.fetchall()]


def keep_reports(cur: Cursor[Any], rows: Sequence[ReportRow]) -> list[str]:
    """Parts of a configuration, each kept under its number, so that a repeat changes nothing; the ids of their commands.

    They may come before the answer to the wish itself.
    """
    found = []
    for row in rows:
        cur.execute(
            """
            update station_command c set answer = coalesce(c.answer, '{}')
              || jsonb_build_object('parts', coalesce(c.answer -> 'parts', '{}') || jsonb_build_object(%(part)s::text, %(entries)s::jsonb))
              || case when %(last)s then '{"complete": true}'::jsonb else '{}'::jsonb end
            where c.station_id = %(station)s and c.action = 'read_config' and c.state in ('sent', 'accepted', 'no_answer')
              and ('x' || right(c.id::text, 8))::bit(32)::bigint & 2147483647 = %(number)s
            returning c.id::text
            """,
            {
                "part": str(row.part),
                "entries": orjson.dumps(row.entries).replace(b"\\u0000", b"").decode(),
                "last": row.last,
                "station": row.station_id,
                "number": row.number,
            },
        )
        found += [each[0] for each in cur.fetchall()]
    return found
