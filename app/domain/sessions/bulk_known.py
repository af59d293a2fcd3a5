"""What is known before a session begins, asked for a whole batch in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Cursor

from app.db.arrays import instants, plain, texts
from app.domain.network.access_sql import MAY_USE
from app.domain.sessions.bulk import ProgressRow
from app.domain.sessions.bulk_reserved import LATEST, Kept, kept_for
from app.domain.sessions.terms import known_who
from app.domain.tariffs.cascade_lines import UNKNOWN, Who


class BeginRow(NamedTuple):
    """A transaction as the station began it. ``key`` is equal for every repeat; ``ref`` is 2.0.1's id, None for 1.6.

    ``reservation`` is the number of the reservation the station says it used up, ``progress`` sums up the readings that came with it.
    """

    station_id: str
    connector_id: str | None
    evse_id: str | None
    key: str
    ref: str | None
    token: str
    at: datetime
    received_at: datetime
    meter_wh: int | None
    remote_start_id: int | None
    charging_state: str | None
    flags: tuple[str, ...]
    reservation: int | None = None
    progress: ProgressRow | None = None


class Known(NamedTuple):
    """What is known before a begin: its session if it is a repeat, a driver's wish, the card, the reservation it uses up."""

    place: int
    session_id: str | None
    number: int | None
    state: str | None
    paired_id: str | None
    paired_state: str | None
    standing: str | None
    channel: str | None
    home_id: UUID | None
    group_ids: str | None
    group_words: str | None
    plan: str | None
    provider: str | None
    driver_id: UUID | None
    paid_as: str | None
    payer_id: UUID | None
    nameless: bool | None
    reservation_id: UUID | None
    reserved_from: datetime | None
    reserved_until: datetime | None

    @property
    def who(self) -> Who:
        """The driver as prices see one; a card that is unknown, blocked or expired is nobody's."""
        if self.standing != "accepted" or self.channel is None:
            return UNKNOWN
        return known_who(self.channel, self.home_id, self.group_ids, self.group_words, self.plan, self.provider)

    @property
    def kept(self) -> Kept | None:
        """The reservation that was for this start."""
        if self.reservation_id is None or self.reserved_from is None or self.reserved_until is None:
            return None
        return Kept(self.reservation_id, self.reserved_from, self.reserved_until)


_ASKED: Final = f"""
    select r.place, s.id::text, s.transaction_number, s.state, p.id::text, p.state,
      case when p.id is not null or s.payment_id is not null then 'accepted'
           when t.status = 'accepted' and c.standing = 'blocked' then 'blocked'
           when t.status = 'accepted' and t.expires_at <= r.received_at then 'expired'
           when t.status = 'accepted' and not {MAY_USE.format(at="r.received_at")} then 'not_here' else t.status end,
      t.channel, t.partner_id, (
        select string_agg(m.group_id::text, ',' order by m.group_id) from user_group_token m
        where m.token_id = t.id and m.since <= r.at and (m.until is null or m.until > r.at)),
      (select string_agg(g.code || e'\\n' || g.name, e'\\n' order by g.code) from user_group_token m join user_group g on g.id = m.group_id
        where m.token_id = t.id and m.since <= r.at and (m.until is null or m.until > r.at)),
      t.plan, t.provider, t.driver_id, c.channel, c.payer_id, s.id_token = '', kept.*
    from unnest(%s::uuid[], %s::text[], %s::text[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::uuid[], %s::int[]) with ordinality
         as r(station_id, key, token, remote_start_id, received_at, at, evse_id, reservation, place)
    join station st on st.id = r.station_id
    left join charging_session s on s.station_id = r.station_id and s.start_key = r.key
    left join id_token t on t.operator_id = st.operator_id and t.value = r.token
    left join lateral (select k.* from voltpact_card(t.driver_id, st.id, r.received_at) k where t.driver_id is not null) c on true
    left join lateral (
      select x.id, x.state from charging_session x
      where x.station_id = r.station_id and x.state in ('requested', 'starting') and s.id is null
        and (upper(x.id_token) = r.token or x.remote_start_id = r.remote_start_id)
      order by x.created_at desc limit 1
    ) p on true
    left join lateral ({kept_for("st.id", "r.evse_id", "r.at")} and s.id is null and p.id is null {LATEST}) kept on true
    order by r.place
    """  # noqa: S608 - constants


def look_up(cur: Cursor[Any], rows: Sequence[BeginRow]) -> list[Known]:
    """What is known of each begin, in order. One statement."""
    cur.execute(
        _ASKED,
        (
            plain(row.station_id for row in rows),
            texts(row.key for row in rows),
            texts(row.token for row in rows),
            plain(row.remote_start_id for row in rows),
            instants(row.received_at for row in rows),
            instants(row.at for row in rows),
            plain(row.evse_id for row in rows),
            plain(row.reservation for row in rows),
        ),
        prepare=True,
    )
    return [Known(*found) for found in cur.fetchall()]
