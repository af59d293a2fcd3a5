"""How much of a month so far EVSEs had a session: the time of their sessions against the time they were under contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.access.actor import ALL
from app.access.permissions import Permission
from app.kernel.periods import Span
from app.work.unit import Work

#: a session that began longer before the span is not looked for
_BEFORE = timedelta(days=7)

#: days of contracts by the clock of the zone; a charge point that was handed over counts for whom the actor sees it
_TIMES = text(
    """
    with held as materialized (
      select a.station_id, greatest(a.valid_from::timestamp at time zone :zone, :start) as since,
             least(a.valid_until::timestamp at time zone :zone, :until) as until
      from assignment a join station s on s.id = a.station_id
      where s.operator_id = :operator and s.retired_at is null and (:everywhere or s.partner_id = any(:reach))
        and (cast(:sites as uuid[]) is null or s.location_id = any(:sites))
    ), spans as (select * from held where since < until)
    select
      (select count(distinct e.id) from evse e join spans h on h.station_id = e.station_id) as evses,
      (select coalesce(sum(extract(epoch from h.until - h.since)), 0)::bigint
       from evse e join spans h on h.station_id = e.station_id) as whole,
      (select coalesce(sum(extract(epoch from least(coalesce(c.ended_at, h.until), h.until) - greatest(c.started_at, h.since))), 0)::bigint
       from charging_session c join spans h on h.station_id = c.station_id
       where c.operator_id = :operator and (:everywhere or c.partner_id = any(:reach)) and c.started_at >= :earliest
         and c.started_at < h.until and (c.ended_at is null or c.ended_at > h.since)) as busy
    """
).bindparams(bindparam("reach", type_=ARRAY(Uuid)), bindparam("sites", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Seconds with a session, seconds of all EVSEs, and how many EVSEs these are."""

    busy_s: int
    whole_s: int
    evses: int

    @property
    def pct(self) -> Decimal | None:
        """The share in per cent, one decimal; None while there is no time to speak of."""
        return (Decimal(100 * self.busy_s) / self.whole_s).quantize(Decimal("0.1")) if self.whole_s else None


def occupancy(work: Work, span: Span, zone: str) -> Occupancy:
    """Of the EVSEs under contract that the actor sees, from the beginning of the span until now at most. One statement.

    A session counts from its start to its end, also while the car only stands there, and while it runs until now.
    """
    reach, sites = work.scope(Permission.SESSION_VIEW), work.actor.locations
    found = work.session.execute(
        _TIMES,
        {
            "operator": work.operator_id,
            "everywhere": reach is ALL,
            "reach": list(reach) if isinstance(reach, frozenset) else [],
            "sites": None if sites is None else list(sites),
            "zone": zone,
            "start": span.start,
            "until": min(work.now, span.end),
            "earliest": span.start - _BEFORE,
        },
    ).one()
    return Occupancy(int(found.busy), int(found.whole), found.evses)
