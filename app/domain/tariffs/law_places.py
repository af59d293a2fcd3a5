"""At which kinds of EVSEs a price sheet counts, now or later: its own ones, and those below a group whose lines strangers pay by."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.tariffs.law import PlaceClass
from app.work.unit import Work

_CLASS = "coalesce(l.country, o.country), e.current, e.max_w, coalesce(l.public, true), e.clock_approved"
_EVSES = """
    from evse e
    join station st on st.id = e.station_id and st.retired_at is null
    join operator o on o.id = e.operator_id
    left join location l on l.id = st.location_id
"""
_KINDS = f"select distinct {_CLASS} {_EVSES}"

#: where a group can be attached above an EVSE. One part a level: as one condition every EVSE would be looked at for each
_ABOVE = {"station": "st.id", "location": "st.location_id", "partner": "st.partner_id", "operator": "st.operator_id"}
_SHEETS_ABOVE = " ".join(
    f"union select distinct a.sheet, {_CLASS} {_EVSES} join set_above a on a.level = '{level}' and a.place_id = {column}"
    for level, column in _ABOVE.items()
)
_OF_SHEETS = text(
    f"""
    with grouped as (
        select v.group_id, v.rest_tariff_id as sheet from tariff_group_version v where v.rest_tariff_id = any (:sheets)
        union
        select v.group_id, x.tariff_id from tariff_group_version v join tariff_group_line x on x.version_id = v.id
        where x.tariff_id = any (:sheets) and not x.own_users and num_nonnulls(x.user_group_id, x.plan, x.provider) = 0
          and (x.channels = '{{}}' or 'adhoc' = any (x.channels))
    ), set_there as (
        select t.evse_id, coalesce(g.sheet, t.tariff_id) as sheet
        from tariff_assignment t left join grouped g on g.group_id = t.group_id
        where (t.tariff_id = any (:sheets) or g.sheet is not null) and t.valid_from >= coalesce(
          (select max(u.valid_from) from tariff_assignment u where u.evse_id = t.evse_id and u.valid_from <= :now), t.valid_from)
    ), set_above as (
        select distinct g.sheet, a.level, a.place_id from group_assignment a join grouped g on g.group_id = a.group_id
    )
    select distinct s.sheet, {_CLASS} {_EVSES} join set_there s on s.evse_id = e.id
    {_SHEETS_ABOVE}
    """  # noqa: S608 - constants
).bindparams(bindparam("sheets", type_=ARRAY(Uuid)))
_OWN = """
    where e.id in (
        select t.evse_id from tariff_assignment t
        where t.group_id = :group and t.valid_from >= coalesce(
          (select max(u.valid_from) from tariff_assignment u where u.evse_id = t.evse_id and u.valid_from <= :now), t.valid_from))
"""
_AT = "where {} in (select a.place_id from group_assignment a where a.group_id = :group)"
_OF_GROUP = text(" union ".join(_KINDS + where for where in (_OWN, *map(_AT.format, _ABOVE.values()))))
_BELOW = text(f"{_KINDS} where :place in (e.id, st.id, st.location_id, st.partner_id, st.operator_id)")
_OF_EVSES = text(f"{_KINDS} where e.id = any (:evses)").bindparams(bindparam("evses", type_=ARRAY(Uuid)))


def classes_of(work: Work, tariff_ids: Collection[UUID]) -> dict[UUID, list[PlaceClass]]:
    """By sheet the kinds of EVSEs of the actor's reach priced with it now or later; empty where there are none. One statement."""
    found: dict[UUID, list[PlaceClass]] = {key: [] for key in tariff_ids}
    for sheet, *about in work.session.execute(_OF_SHEETS, {"sheets": list(tariff_ids), "now": work.now}):
        found[sheet].append(PlaceClass(*about))
    return {key: sorted(kinds) for key, kinds in found.items()}


def classes_of_places(work: Work, evse_ids: Collection[UUID]) -> list[PlaceClass]:
    """The kinds of EVSEs these are. One statement."""
    return sorted(PlaceClass(*row) for row in work.session.execute(_OF_EVSES, {"evses": list(evse_ids)}))


def classes_of_group(work: Work, group_id: UUID) -> list[PlaceClass]:
    """The kinds of EVSEs below the places that have a tariff group now or later. One statement."""
    return sorted(PlaceClass(*row) for row in work.session.execute(_OF_GROUP, {"group": group_id, "now": work.now}))


def classes_below(work: Work, place_id: UUID) -> list[PlaceClass]:
    """The kinds of EVSEs below an EVSE, charge point, location, partner or operator. One statement."""
    return sorted(PlaceClass(*row) for row in work.session.execute(_BELOW, {"place": place_id}))
