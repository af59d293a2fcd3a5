"""What is fixed when a session starts: price sheet, contract version, tax, zone and currency. One statement for any number of starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Session

from app.domain.sessions.fixing import fixed_starts
from app.domain.tariffs.cascade import HELD, PRICE
from app.domain.tariffs.cascade_lines import ADHOC, Who, who_of


class Start(NamedTuple):
    """Where, when and for whom a session starts; the EVSE may be unknown to us."""

    station_id: UUID
    evse_id: UUID | None
    at: datetime
    who: Who = ADHOC


def known_who(
    channel: str, home_id: UUID | None, group_ids: str | None, group_words: str | None, plan: str | None, provider: str | None
) -> Who:
    """The driver of an accepted card, from its columns; ``group_ids`` with commas between, ``group_words`` on lines of their own."""
    groups = tuple(UUID(each) for each in (group_ids or "").split(",") if each)
    words = tuple((group_words or "").splitlines())
    return who_of(channel, home_id=home_id, group_ids=groups, plan=plan, provider=provider, group_words=words)


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
    #: of the sub-operator that has the partner in its care
    parent_version_id: UUID | None


_TERMS = text(
    f"""
    select w.place, st.operator_id, held_by.id as partner_id, st.location_id,
           coalesce(e.current, only_one.current, 'AC') as evse_current, coalesce(l.time_zone, o.time_zone) as time_zone,
           coalesce(sheet.terms ->> 'currency', o.currency) as currency, coalesce(l.vat_pct, 0) as vat_pct,
           sheet.id as tariff_version_id, sheet.terms as tariff, held.version_id as contract_version_id,
           sub_operator_version(held.version_id, w.at) as parent_version_id
    from unnest(:stations, :evses, :ats, :channels, :homes, :groups, :plans, :providers) with ordinality
         as w(station_id, evse_id, at, channel, home_id, group_ids, plan, provider, place)
    join station st on st.id = w.station_id
    join operator o on o.id = st.operator_id
    left join location l on l.id = st.location_id
    left join evse e on e.id = w.evse_id
    left join lateral (
        select min(x.current) as current from evse x where x.station_id = st.id having count(distinct x.current) = 1
    ) only_one on true
    {HELD}
    {PRICE}
    """  # noqa: S608 - constants
).bindparams(
    bindparam("stations", type_=ARRAY(Uuid)),
    bindparam("evses", type_=ARRAY(Uuid)),
    bindparam("ats", type_=ARRAY(TIMESTAMP(timezone=True))),
    bindparam("channels", type_=ARRAY(Text)),
    bindparam("homes", type_=ARRAY(Uuid)),
    bindparam("groups", type_=ARRAY(Text)),
    bindparam("plans", type_=ARRAY(Text)),
    bindparam("providers", type_=ARRAY(Text)),
)


def terms_at_start(session: Session, starts: Iterable[Start]) -> dict[Start, StartTerms]:
    """The terms of each start, in one statement; a station out of sight is left out. No price sheet: ``tariff`` is None.

    Terms that follow a curve or name holidays are made plain, with up to one more statement each.
    """
    wanted = list(starts)
    if not wanted:
        return {}
    parameters = {
        "stations": [start.station_id for start in wanted],
        "evses": [start.evse_id for start in wanted],
        "ats": [start.at for start in wanted],
        "channels": [start.who.channel for start in wanted],
        "homes": [start.who.home_id for start in wanted],
        "groups": [",".join(map(str, start.who.group_ids)) for start in wanted],
        "plans": [start.who.plan for start in wanted],
        "providers": [start.who.provider for start in wanted],
    }
    found = {}
    for place, *values in session.execute(_TERMS, parameters):
        found[wanted[place - 1]] = StartTerms(*values)
    return fixed_starts(session, found)
