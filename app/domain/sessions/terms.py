"""What is fixed when a session starts: price sheet, contract version, tax, zone and currency. One statement for any number of starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Session


class Start(NamedTuple):
    """Where and when a session starts; the EVSE may be unknown to us."""

    station_id: UUID
    evse_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class StartTerms:
    """The terms that count from a start to its end, whatever changes meanwhile."""

    operator_id: UUID
    partner_id: UUID | None
    location_id: UUID | None
    evse_current: str
    time_zone: str
    currency: str
    vat_pct: Decimal
    tariff_version_id: UUID | None
    tariff: dict[str, Any] | None
    contract_version_id: UUID | None


#: The holder is who the charge point is assigned to on the contract's local day; without an assignment, who holds it today.
_TERMS = text(
    """
    select w.place, st.operator_id, coalesce(held.partner_id, st.partner_id) as partner_id, st.location_id,
           coalesce(e.current, only_one.current, 'AC') as evse_current, coalesce(l.time_zone, o.time_zone) as time_zone,
           coalesce(sheet.terms ->> 'currency', o.currency) as currency, coalesce(l.vat_pct, 0) as vat_pct,
           sheet.id as tariff_version_id, sheet.terms as tariff, held.version_id as contract_version_id
    from unnest(:stations, :evses, :ats) with ordinality as w(station_id, evse_id, at, place)
    join station st on st.id = w.station_id
    join operator o on o.id = st.operator_id
    left join location l on l.id = st.location_id
    left join evse e on e.id = w.evse_id
    left join lateral (
        select min(x.current) as current from evse x where x.station_id = st.id having count(distinct x.current) = 1
    ) only_one on true
    left join lateral (
        select v.id, v.terms from tariff_version v
        where v.tariff_id = (select t.tariff_id from tariff_assignment t
                             where t.evse_id = e.id and t.valid_from <= w.at order by t.valid_from desc limit 1)
          and v.valid_from <= w.at
        order by v.valid_from desc limit 1
    ) sheet on true
    left join lateral (
        select a.partner_id, v.id as version_id
        from assignment a
        join contract c on c.id = a.contract_id
        left join contract_version v on v.contract_id = c.id and v.state <> 'draft'
             and v.first_month <= (w.at at time zone c.time_zone)::date
             and (v.last_month is null or v.auto_renewal
                  or v.last_month >= date_trunc('month', w.at at time zone c.time_zone)::date)
        where a.station_id = st.id and a.valid_from <= (w.at at time zone c.time_zone)::date
          and (a.valid_until is null or a.valid_until > (w.at at time zone c.time_zone)::date)
        order by v.first_month desc nulls last, v.number desc limit 1
    ) held on true
    """
).bindparams(
    bindparam("stations", type_=ARRAY(Uuid)),
    bindparam("evses", type_=ARRAY(Uuid)),
    bindparam("ats", type_=ARRAY(TIMESTAMP(timezone=True))),
)


def terms_at_start(session: Session, starts: Iterable[Start]) -> dict[Start, StartTerms]:
    """The terms of each start, in one statement; a station out of sight is left out. No price sheet: ``tariff`` is None."""
    wanted = list(starts)
    if not wanted:
        return {}
    parameters = {
        "stations": [start.station_id for start in wanted],
        "evses": [start.evse_id for start in wanted],
        "ats": [start.at for start in wanted],
    }
    found = {}
    for place, *values in session.execute(_TERMS, parameters):
        found[wanted[place - 1]] = StartTerms(*values)
    return found
