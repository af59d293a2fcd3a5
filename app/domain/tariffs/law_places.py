"""At which kinds of EVSEs a price sheet counts, now or later: its own ones, and those below a group whose lines strangers pay by."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.tariffs.law import PlaceClass
from app.domain.tariffs.own_prices import KIND, PLANNED, bound, own_prices
from app.work.unit import Work

_KINDS = f"select {KIND} from evse where in_service and "  # noqa: S608 - constants
#: where a group can be attached above an EVSE, and what is below (below the operator: all that the actor sees). One part a level: as one
#: condition every EVSE would be looked at for each
_BELOW = {
    "station": "station_id = {}",
    "location": "station_id in (select st.id from station st where st.location_id = {})",
    "partner": "partner_id = {}",
}
_SHEETS_ABOVE = " ".join(
    f"union all select a.sheet, e.* from set_above a, lateral ({_KINDS}{below.format('a.place_id')}) e where a.level = '{level}'"  # noqa: S608
    for level, below in _BELOW.items()
)
_OF_SHEETS = f"""
    with {PLANNED}, grouped as (
        select v.group_id, v.rest_tariff_id as sheet from tariff_group_version v where v.rest_tariff_id = any (:sheets)
        union
        select v.group_id, x.tariff_id from tariff_group_version v join tariff_group_line x on x.version_id = v.id
        where x.tariff_id = any (:sheets) and not x.own_users and num_nonnulls(x.user_group_id, x.plan, x.provider) = 0
          and (x.channels = '{{{{}}}}' or 'adhoc' = any (x.channels))
    ), own as (
        select operator_id, tariff_id, group_id, in_service, {KIND} from ({{own}}) own group by 1, 2, 3, 4, {KIND} having sum(evses) > 0
    ), before_last as (
        select evse_id, tariff_id, group_id from was union all select evse_id, tariff_id, group_id from planned where nth > 1
    ), set_there as (
        select tariff_id, group_id, {KIND} from own where in_service
        union all
        select t.tariff_id, t.group_id, {KIND} from before_last t join evse e on e.id = t.evse_id and e.in_service
        where t.tariff_id = any (:sheets) or t.group_id in (select g.group_id from grouped g)
    ), set_above as (
        select distinct g.sheet, a.level, a.place_id from group_assignment a join grouped g on g.group_id = a.group_id
    )
    select distinct sheet, {KIND} from (
        select s.tariff_id as sheet, {KIND} from set_there s where s.tariff_id = any (:sheets)
        union all select g.sheet, {KIND} from set_there s join grouped g on g.group_id = s.group_id
        union all select a.sheet, {KIND} from set_above a join own on own.operator_id = a.place_id and in_service where a.level = 'operator'
        {_SHEETS_ABOVE}
    ) reached
    """  # noqa: S608 - constants
_OWN = """
    id in (
        select t.evse_id from tariff_assignment t
        where t.group_id = :group and t.valid_from >= coalesce(
          (select max(u.valid_from) from tariff_assignment u where u.evse_id = t.evse_id and u.valid_from <= :now), t.valid_from))
"""
_AT = "in (select a.place_id from group_assignment a where a.group_id = :group)"
#: all in service, where the operator is the place asked for
_ALL = f"select {KIND} from ({{own}}) own where in_service and operator_id {{place}} group by {KIND} having sum(evses) > 0"  # noqa: S608
_OF_GROUP = " union ".join((*(_KINDS + where for where in (_OWN, *(below.replace("= {}", _AT) for below in _BELOW.values()))), _ALL))
_OF_PLACE = " union ".join((*(_KINDS + where for where in ("id = :place", *(below.format(":place") for below in _BELOW.values()))), _ALL))
_OF_EVSES = text(f"{_KINDS.replace('select', 'select distinct')} id = any (:evses)").bindparams(bindparam("evses", type_=ARRAY(Uuid)))


def classes_of(work: Work, tariff_ids: Collection[UUID]) -> dict[UUID, list[PlaceClass]]:
    """By sheet the kinds of EVSEs of the actor's reach priced with it now or later; empty where there are none. One statement."""
    found: dict[UUID, list[PlaceClass]] = {key: [] for key in tariff_ids}
    own, values = own_prices(work)
    for sheet, *about in work.session.execute(bound(_OF_SHEETS.format(own=own), values | {"sheets": list(tariff_ids), "now": work.now})):
        found[sheet].append(PlaceClass(*about))
    return {key: sorted(kinds) for key, kinds in found.items()}


def classes_of_places(work: Work, evse_ids: Collection[UUID]) -> list[PlaceClass]:
    """The kinds of EVSEs these are. One statement."""
    return sorted(PlaceClass(*row) for row in work.session.execute(_OF_EVSES, {"evses": list(evse_ids)}))


def classes_of_group(work: Work, group_id: UUID) -> list[PlaceClass]:
    """The kinds of EVSEs below the places that have a tariff group now or later. One statement."""
    return _kinds(work, _OF_GROUP, _AT, group=group_id, now=work.now)


def classes_below(work: Work, place_id: UUID) -> list[PlaceClass]:
    """The kinds of EVSEs below an EVSE, charge point, location, partner or operator. One statement."""
    return _kinds(work, _OF_PLACE, "= :place", place=place_id)


def _kinds(work: Work, statement: str, at: str, **asked: object) -> list[PlaceClass]:
    own, values = own_prices(work)
    return sorted(PlaceClass(*row) for row in work.session.execute(bound(statement.format(own=own, place=at), values | asked)))
