"""What a list of charge points says beside their states: where the price comes from, the last session, what wants a look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.permissions import Permission
from app.domain.network.rows import TERMINAL_W, StationRow
from app.domain.tariffs.cascade import HELD, PRICE
from app.domain.tariffs.electricity import without_rate
from app.work.unit import Work

#: what may be missing at a charge point, in the order of the page -> the right without which nobody is told
FLAGS: dict[str, Permission] = {
    "no_price": Permission.TARIFF_VIEW,
    "no_contract": Permission.CONTRACT_VIEW,
    "no_electricity_rate": Permission.CONTRACT_VIEW,
    "no_terminal": Permission.NETWORK_VIEW,
    "terminal_unknown": Permission.NETWORK_VIEW,
}

_PRICES = text(
    f"""
    select st.id as station_id, e.number, e.public and e.max_w >= :terminal_w as strong, chosen.level,
           coalesce(t.code, g.code) as code, coalesce(t.name, g.name) as name,
           chosen.group_id is not null as is_group, sheet.id is not null as priced, held.version_id is not null as held
    from (select cast(:at as timestamptz) as at, 'adhoc' as channel, cast(null as uuid) as home_id, '' as group_ids,
                 cast(null as text) as plan, cast(null as text) as provider) w
    join station st on st.id = any (:ids)
    join evse e on e.station_id = st.id
    join operator o on o.id = st.operator_id
    left join location l on l.id = st.location_id
    {HELD}
    {PRICE}
    left join tariff t on t.id = chosen.tariff_id
    left join tariff_group g on g.id = chosen.group_id
    order by e.station_id, e.number
    """  # noqa: S608 - constants
)
_LAST = text(
    """
    select distinct on (e.station_id) e.station_id, s.code, s.started_at
    from evse e cross join lateral (
        select c.code, c.started_at from charging_session c
        where c.evse_id = e.id and c.started_at is not null order by c.started_at desc limit 1
    ) s
    where e.station_id = any (:ids)
    order by e.station_id, s.started_at desc
    """
)


@dataclass(frozen=True, slots=True)
class PriceFrom:
    """Which level of the cascade sets the price of these EVSEs for a driver without card, by which tariff or group (None: nobody does)."""

    evses: tuple[int, ...]
    level: str | None = None
    code: str | None = None
    name: str | None = None
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class StationMore:
    """Of one charge point, as far as the actor may see it. ``flags``: of ``FLAGS``, what is missing."""

    prices: tuple[PriceFrom, ...] = ()
    last_code: str | None = None
    last_at: datetime | None = None
    flags: tuple[str, ...] = ()

    def price_of(self, number: int) -> PriceFrom | None:
        """Where the price of an EVSE comes from; None where it is not known."""
        return next((one for one in self.prices if number in one.evses), None)


def fleet(work: Work, stations: Sequence[StationRow]) -> dict[UUID, StationMore]:
    """The rest of these lines, found before, by charge point. Three statements at most, whatever their number."""
    rows = [row for row in stations if row.retired_at is None]
    if not rows:
        return {}
    values: dict[str, Any] = {"ids": [row.station_id for row in rows], "at": work.now, "terminal_w": TERMINAL_W}
    prices: dict[UUID, list[Any]] = defaultdict(list)
    for found in work.session.execute(_PRICES, values):
        prices[found.station_id].append(found)
    last = {found.station_id: found for found in work.session.execute(_LAST, {"ids": values["ids"]})}
    unpaid = {key for key, _ in without_rate(work, values["ids"])} if work.scope(Permission.CONTRACT_VIEW) else set()
    return {row.station_id: _more(work, row, prices[row.station_id], last.get(row.station_id), unpaid) for row in rows}


def _more(work: Work, row: StationRow, found: Sequence[Any], last: Any, unpaid: set[UUID]) -> StationMore:
    def may(right: Permission) -> bool:
        return work.can(right, partner_id=row.partner_id, location_id=row.location_id)

    strong = any(one.strong for one in found)
    missing = {
        "no_price": any(not one.priced for one in found),
        "no_contract": any(not one.held for one in found),
        "no_electricity_rate": row.station_id in unpaid,
        "no_terminal": strong and row.card_terminal is False,
        "terminal_unknown": strong and row.card_terminal is None,
    }
    seen = last if last is not None and may(Permission.SESSION_VIEW) else None
    return StationMore(
        _sources(found) if may(Permission.TARIFF_VIEW) else (),
        seen.code if seen else None,
        seen.started_at if seen else None,
        tuple(flag for flag, right in FLAGS.items() if missing[flag] and may(right)),
    )


def _sources(found: Sequence[Any]) -> tuple[PriceFrom, ...]:
    """EVSEs that have their price from the same place are one line."""
    by: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for one in found:
        by[(one.level, one.code, one.name, one.is_group)].append(one.number)
    return tuple(PriceFrom(tuple(numbers), *source) for source, numbers in by.items())
