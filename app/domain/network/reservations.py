"""Which EVSEs of a charge point are kept for a card now: reservations it accepted and that nobody, time included, has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.domain.network.commands import number_of
from app.domain.network.progress import ended_reservations
from app.work.unit import Work

_RESERVED = text(
    """
    select distinct on (c.evse_id) c.id, e.number, c.params ->> 'id_token' as card, (c.params ->> 'until')::timestamptz as until,
      c.requested_name, c.created_at
    from station_command c join evse e on e.id = c.evse_id
    where c.station_id = :station and c.action = 'reserve' and c.state = 'accepted' and (c.params ->> 'until')::timestamptz > :now
      and not exists (select from station_command x where x.station_id = c.station_id and x.action = 'cancel_reservation'
                      and x.state = 'accepted' and x.params ->> 'reserved_by' = c.id::text)
    order by c.evse_id, c.created_at desc
    """
)


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """An EVSE is kept for a card; ``number`` is what the charge point knows the reservation by."""

    command_id: UUID
    evse_number: int
    card: str
    until: datetime
    requested_name: str

    @property
    def number(self) -> int:
        """The reservation's number on the wire."""
        return number_of(self.command_id)


def reservations(work: Work, station_id: UUID) -> dict[int, ReservationRow]:
    """By EVSE number; two statements at most. For a charge point that was found before."""
    found = list(work.session.execute(_RESERVED, {"station": station_id, "now": work.now}))
    if not found:
        return {}
    ended = ended_reservations(work.session, station_id, min(row.created_at for row in found))
    rows = (ReservationRow(row.id, row.number, row.card, row.until, row.requested_name) for row in found)
    return {row.evse_number: row for row in rows if row.number not in ended}
