"""Who holds which charge point today: kept in step with the assignments, whoever or whatever turns the day."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.contracts.events import StationHeld
from app.domain.network.access import move_access
from app.domain.people.features import corporates_at
from app.work.unit import Work

#: charge points that were ever under a contract and whose holder is not the one of the contract's local day
_OUT_OF_STEP = text(
    """
    select s.id, s.label, s.location_id, s.operator_id, s.partner_id as before_id, held.partner_id as after_id,
           (select p.code from partner p where p.id = s.partner_id) as before_code,
           (select p.code from partner p where p.id = held.partner_id) as after_code
    from station s
    left join lateral (
        select a.partner_id from assignment a join contract c on c.id = a.contract_id
        where a.station_id = s.id and a.valid_from <= (:now at time zone c.time_zone)::date
          and (a.valid_until is null or a.valid_until > (:now at time zone c.time_zone)::date)
        limit 1
    ) held on true
    where s.operator_id = :operator and (cast(:stations as uuid[]) is null or s.id = any(:stations))
      and s.partner_id is distinct from held.partner_id
      and exists (select from assignment a where a.station_id = s.id)
    order by s.label
    for update of s
    """
).bindparams(bindparam("stations", type_=ARRAY(Uuid)))
#: what hangs on the charge point follows by a trigger
_HOLD = text("update station set partner_id = :partner where id = :station")
#: a site belongs to the one partner that has charge points there; with several, to whoever had it, if still among them
_SITES = text(
    """
    update location l set partner_id = n.holder
    from (
        select x.id, case when count(distinct s.partner_id) = 1 then min(s.partner_id::text)::uuid
                          when bool_or(s.partner_id = x.partner_id) then x.partner_id end as holder
        from location x join station s on s.location_id = x.id and s.retired_at is null
        where x.id = any(:sites) group by x.id
    ) n
    where n.id = l.id and l.partner_id is distinct from n.holder
    """
).bindparams(bindparam("sites", type_=ARRAY(Uuid)))


def record_new_holders(work: Work, station_ids: Collection[UUID] | None = None) -> int:
    """Internal: charge points, what hangs on them, and their sites belong to whom today's assignments say; how many changed hands.

    Repeating it changes nothing. ``station_ids`` None: all of the operator's.
    """
    wanted = {"operator": work.operator_id, "now": work.now, "stations": None if station_ids is None else list(station_ids)}
    work.session.flush()
    rows = work.session.execute(_OUT_OF_STEP, wanted).all()
    for row in rows:
        work.session.execute(_HOLD, {"partner": row.after_id, "station": row.id})
        work.record(_held(row))
    sites = [row.location_id for row in rows if row.location_id is not None]
    if sites:
        work.session.execute(_SITES, {"sites": sites})
    work.session.flush()
    work.session.expire_all()
    keeps = corporates_at(work.session, {row.after_id for row in rows if row.after_id is not None}, work.now) if rows else {}
    move_access(work, [row.id for row in rows], [row.id for row in rows if row.after_id in keeps and keeps[row.after_id].private_points])
    return len(rows)


def _held(row: Any) -> StationHeld:
    return StationHeld(
        operator_id=row.operator_id,
        partner_id=row.after_id or row.before_id,
        subject=("station", row.id),
        station_id=row.id,
        label=row.label,
        before={"partner_code": row.before_code},
        after={"partner_code": row.after_code},
    )
