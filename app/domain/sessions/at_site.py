"""What sessions and prices say about a site: what a driver without card pays there now, and the power it drew in the last day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.permissions import Permission
from app.domain.network.rows import LocationRow
from app.domain.sessions.terms import Start, terms_at_start
from app.domain.tariffs.cascade import HELD, PRICE
from app.kernel.errors import Invalid
from app.money.board import PriceBoard, describe_components
from app.money.terms_json import parse_tariff
from app.work.unit import Work

#: the load is shown in steps of so long, over a day
SLOT = timedelta(minutes=15)
SLOTS = 96
_HOUR = timedelta(hours=1)

_SHEETS = text(
    f"""
    select distinct on (st.location_id, e.current, sheet.id) st.location_id, e.current, e.station_id, e.id as evse_id
    from (select cast(:at as timestamptz) as at, 'adhoc' as channel, cast(null as uuid) as home_id, '' as group_ids,
                 cast(null as text) as plan, cast(null as text) as provider) w
    join station st on st.location_id = any (:ids) and st.retired_at is null
    join evse e on e.station_id = st.id
    join operator o on o.id = st.operator_id
    left join location l on l.id = st.location_id
    {HELD}
    {PRICE}
    order by st.location_id, e.current, sheet.id, st.label, e.number
    """  # noqa: S608 - constants
)
_REGISTERS = text(
    """
    with held as (
        select s.id, s.started_at, s.meter_start_wh from charging_session s join evse e on e.id = s.evse_id
        where e.station_id = any (:stations) and s.started_at > :since - interval '2 days' and s.started_at <= :until
          and (s.ended_at is null or s.ended_at > :since)
    )
    select h.id, h.started_at as at, h.meter_start_wh as energy_wh from held h where h.meter_start_wh is not null
    union all
    select h.id, m.at, m.energy_wh from held h cross join lateral (
        select max(r.at) as at, max(r.energy_wh) as energy_wh from meter_reading r
        where r.session_id = h.id and r.energy_wh is not null and r.at <= :until and r.at > h.started_at
        group by date_bin(interval '15 minutes', r.at, :since)
    ) m
    order by 1, 2
    """
)


@dataclass(frozen=True, slots=True)
class SitePrice:
    """A price that counts at EVSEs of a site with that current; no board: no price, so nobody can start."""

    current: str
    board: PriceBoard | None


@dataclass(frozen=True, slots=True)
class SiteLoad:
    """Mean watts of a site in each quarter of an hour since ``start``, from the meters of its sessions."""

    start: datetime
    watts: tuple[int, ...]

    @property
    def highest(self) -> int:
        """The highest quarter, in watts."""
        return max(self.watts, default=0)


def site_prices(work: Work, rows: Sequence[LocationRow]) -> dict[UUID, tuple[SitePrice, ...]]:
    """The different prices at each of these sites now, for somebody without a card; only where the actor may see prices. Two statements."""
    seen = [row.location_id for row in rows if work.can(Permission.TARIFF_VIEW, partner_id=row.partner_id, location_id=row.location_id)]
    if not seen:
        return {}
    found = work.session.execute(_SHEETS, {"ids": seen, "at": work.now}).all()
    starts = {one.evse_id: Start(one.station_id, one.evse_id, work.now) for one in found}
    terms = terms_at_start(work.session, starts.values())
    prices: dict[UUID, list[SitePrice]] = defaultdict(list)
    for one in found:
        price = SitePrice(one.current, _board(terms[starts[one.evse_id]], work.now))
        if price not in prices[one.location_id]:
            prices[one.location_id].append(price)
    return {key: tuple(several) for key, several in prices.items()}


def _board(terms: Any, at: datetime) -> PriceBoard | None:
    if terms.tariff is None:
        return None
    try:
        return describe_components(parse_tariff(terms.tariff), at, terms.time_zone)
    except Invalid:
        return None


def site_load(work: Work, station_ids: Sequence[UUID]) -> SiteLoad:
    """The load of charge points found before, over the last 24 hours. One statement.

    The energy between two registers of a session is spread evenly over the time between them.
    """
    end = work.now.replace(minute=work.now.minute - work.now.minute % 15, second=0, microsecond=0) + SLOT
    start = end - SLOTS * SLOT
    values = {"stations": list(station_ids), "since": start, "until": work.now}
    slots = [0] * SLOTS
    before: Any = None
    for one in work.session.execute(_REGISTERS, values) if station_ids else ():
        if before is not None and before.id == one.id and one.energy_wh > before.energy_wh and one.at > before.at:
            _spread(slots, start, (before.at, one.at), one.energy_wh - before.energy_wh)
        before = one
    # the last slot is not over yet
    lasts = [SLOT] * (SLOTS - 1) + [max(work.now - (end - SLOT), timedelta(minutes=1))]
    return SiteLoad(start, tuple(mwh * _HOUR // (1000 * last) for mwh, last in zip(slots, lasts, strict=True)))


def _spread(slots: list[int], start: datetime, span: tuple[datetime, datetime], energy_wh: int) -> None:
    """Add the energy between two instants to the slots it falls in, in thousandths of a watt hour."""
    first, last = span
    number = max(0, (first - start) // SLOT)
    while number < SLOTS and start + number * SLOT < last:
        begin = start + number * SLOT
        part = max(min(last, begin + SLOT) - max(first, begin), timedelta(0))
        slots[number] += energy_wh * 1000 * part // (last - first)
        number += 1
