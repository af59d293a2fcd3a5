"""Sessions of which only the stop ever came, because the charge point lost the start in a reset (T43).

A start may come late, so a stop that fits no session waits for a while. Then a session is made of it and held: nobody pays until a
person has looked. A start that comes after all still takes the stop, and the made session vanishes (``bulk_orphans``).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Cursor

from app.access.permissions import Permission
from app.domain.sessions import bulk, bulk_begin
from app.domain.sessions.bulk import StopRow
from app.domain.sessions.bulk_known import BeginRow
from app.domain.sessions.bulk_orphans import MADE
from app.work.unit import Work

#: so long a start may be late; a charge point sends what it kept in minutes once it is here
START_MAY_COME: Final = timedelta(hours=1)
_AT_ONCE: Final = 100


class _Lone(NamedTuple):
    orphan_id: UUID
    station_id: str
    fingerprint: str
    token: str
    at: datetime
    meter_wh: int
    reason: str | None
    received_at: datetime
    began_at: datetime | None
    began_wh: int | None
    connector_id: str | None
    evse_id: str | None


def make_sessions(work: Work) -> list[UUID]:
    """Make sessions of stops that waited long enough; their ids. Several workers may try at once."""
    work.require(Permission.LEDGER_POST)
    driver: Any = work.session.connection().connection.driver_connection
    with driver.cursor() as cur:
        lone = _waiting(cur, work.now)
        # a batch knows at most one row per station
        once = {each.station_id: each for each in lone}
        rows = [_begin(each) for each in once.values()]
        begun = bulk_begin.begin(cur, work.session, rows) if rows else []
        ends = [
            StopRow(made.session_id, each.at, each.received_at, each.meter_wh, each.reason, ())
            for each, made in zip(once.values(), begun, strict=True)
        ]
        bulk.stop(cur, ends)
        for each, made in zip(once.values(), begun, strict=True):
            cur.execute("update orphan_message set session_id = %s where id = %s", (made.session_id, each.orphan_id))
            cur.execute(
                "update meter_reading set session_id = %s where station_id = %s and received_at = %s and session_id is null",
                (made.session_id, each.station_id, each.received_at),
            )
    return [UUID(made.session_id) for made in begun]


def _waiting(cur: Cursor[Any], now: datetime) -> list[_Lone]:
    """The oldest stops without a session; with the first reading they brought, and the EVSE where the charge point has but one."""
    cur.execute(
        """
        select o.id, o.station_id::text, o.fingerprint, o.payload ->> 'token', (o.payload ->> 'at')::timestamptz,
          (o.payload ->> 'meter_wh')::bigint, o.payload ->> 'reason', o.received_at, b.at, b.energy_wh, p.connector_id, p.evse_id
        from orphan_message o
        left join lateral (
          select m.at, m.energy_wh from meter_reading m
          where m.station_id = o.station_id and m.received_at = o.received_at and m.session_id is null and m.energy_wh is not null
          order by m.at limit 1
        ) b on true
        left join lateral (
          select min(c.id::text) as connector_id, min(c.evse_id::text) as evse_id from connector c where c.station_id = o.station_id
          having count(*) = 1
        ) p on true
        where o.kind = 'stop' and o.reason = 'unknown_transaction' and o.session_id is null and o.received_at <= %s
          and o.payload ->> 'meter_wh' is not null and o.payload ->> 'at' is not null
        order by o.received_at limit %s for update of o skip locked
        """,
        (now - START_MAY_COME, _AT_ONCE),
    )
    return [_Lone(*row) for row in cur.fetchall()]


def _begin(lone: _Lone) -> BeginRow:
    began_at = min(lone.began_at or lone.at, lone.at)
    return BeginRow(
        lone.station_id,
        lone.connector_id,
        lone.evse_id,
        f"stop {lone.fingerprint}",
        None,
        lone.token or "",
        began_at,
        lone.received_at,
        lone.began_wh,
        None,
        None,
        ("no_start", "review", *MADE),
    )
