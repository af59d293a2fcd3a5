"""The reservation a session uses up: the one its charge point accepted for this card, whose time is billed with it (money README P8).

No session, nothing billed: a reservation that nobody used or that was cancelled has no session, and no paper says who would owe its fee.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.db.arrays import instants, plain
from app.domain.network.commands import number_of
from app.domain.network.progress import ended_reservations
from app.domain.sessions.terms import Start, StartTerms, terms_at_start


class Kept(NamedTuple):
    """An EVSE was kept for a card from its charge point's yes until the start, or until the reservation ran out."""

    command_id: UUID
    since: datetime
    until: datetime


#: of several, the last that was asked for
LATEST: Final = "order by k.created_at desc limit 1"


def kept_for(station: str, evse: str, at: str) -> str:
    """SQL that selects ``Kept`` for ``r.token`` starting there at an instant; all three are column names.

    The card must be the one it was kept for. Then it is the reservation whose number the station says (``r.reservation``), or one of
    this very EVSE that had not run out (a station's clock may be five minutes off). Cancelled or used up before: none.
    """
    return f"""
          select k.id as reservation_id, least(coalesce(k.answered_at, k.created_at), {at}) as reserved_from,
            least((k.params ->> 'until')::timestamptz, {at}) as reserved_until
          from station_command k
          where k.station_id = {station} and k.action = 'reserve' and k.state = 'accepted'
            and r.token <> '' and upper(k.params ->> 'id_token') = r.token
            and (r.reservation = ('x' || right(k.id::text, 8))::bit(32)::bigint & 2147483647
              or (k.evse_id = {evse} and {at} >= coalesce(k.answered_at, k.created_at) - interval '5 minutes'
                  and {at} <= (k.params ->> 'until')::timestamptz))
            and not exists (select from charging_session u where u.reservation_id = k.id)
            and not exists (select from station_command gone where gone.station_id = k.station_id and gone.action = 'cancel_reservation'
                            and gone.state = 'accepted' and gone.params ->> 'reserved_by' = k.id::text
                            and coalesce(gone.answered_at, gone.created_at) <= {at})"""  # noqa: S608 - names of columns


def still_kept(session: Session, asked: Sequence[tuple[UUID, Kept | None]]) -> list[Kept | None]:
    """Without those that their charge point (station, reservation) ended by itself; a statement for each reservation, none without."""
    return [
        kept if kept and number_of(kept.command_id) not in ended_reservations(session, station_id, kept.since) else None
        for station_id, kept in asked
    ]


def terms_with(session: Session, starts: Sequence[tuple[Start, Kept | None]]) -> dict[Start, StartTerms]:
    """The terms of each start, in one statement. After a reservation the price is the one that counted when it began (README P1)."""
    before = {start: start._replace(at=kept.since) for start, kept in starts if kept}
    found = terms_at_start(session, [*(start for start, _ in starts), *before.values()])
    for start, earlier in before.items():
        then = found.get(earlier)
        if start in found and then is not None and then.tariff is not None:
            found[start] = replace(found[start], tariff_version_id=then.tariff_version_id, tariff=then.tariff, currency=then.currency)
    return found


def kept_columns(kept: Sequence[Kept | None]) -> tuple[str, ...]:
    """Arrays of the command, the beginning and the end of each; nulls for none."""
    return (
        plain(each.command_id if each else None for each in kept),
        instants(each.since if each else None for each in kept),
        instants(each.until if each else None for each in kept),
    )
