"""Where tariff groups count: dated attachments to an EVSE, a charge point, a location, a partner or the operator.

Nothing is overwritten that has begun: a move is a new row from the next quarter hour (or a later instant) on, and taking a group off is a
row without one, after which the next level of the cascade counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.domain.network.models import Evse, Location, Station
from app.domain.network.rows import evse_label
from app.domain.people.models import Operator, Partner
from app.domain.people.queries import within
from app.domain.tariffs.groups_events import TariffGroupAttached
from app.domain.tariffs.groups_law import ad_hoc_sheets, blocking
from app.domain.tariffs.groups_models import LEVELS, GroupAssignment
from app.domain.tariffs.groups_queries import group_by_code, group_versions
from app.domain.tariffs.groups_rows import PlaceOfGroup
from app.domain.tariffs.law_places import classes_below
from app.domain.tariffs.models import TariffAssignment
from app.domain.tariffs.telling import tell_later
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import read_code, uuid7
from app.kernel.periods import next_quarter
from app.work.unit import Work

_CHANGED = ("tariff_id", "group_id", "created_at", "created_by", "created_name")


@dataclass(frozen=True, slots=True)
class Place:
    """Something a group can be attached to. ``partner_id`` None: the operator's own."""

    level: str
    id: UUID
    name: str
    partner_id: UUID | None
    location_id: UUID | None = None


def attach_group(work: Work, level: str, typed: str, code: str | None, *, starts_at: datetime | None = None) -> datetime:
    """From the next quarter hour (or later) this place has the group; ``code`` None takes its own group off. Returns the start.

    ``typed`` is what people call the place: ``NL-0417/2``, ``NL-0417``, a location's or partner's code; nothing for the operator.
    """
    place = place_by_name(work, level, typed)
    work.require(Permission.TARIFF_GROUP_EDIT, partner_id=place.partner_id, location_id=place.location_id)
    earliest = next_quarter(work.now)
    start = starts_at or earliest
    if start < earliest:
        raise Invalid("starts_too_early", field="starts_at")
    group_id = None
    if code is not None:
        group = group_by_code(work, code)
        if group.archived:
            raise Conflict("group_archived")
        if group.partner_id is not None and group.partner_id != place.partner_id:
            raise Invalid("other_partners_group", field="place")
        _refuse_unlawful(work, group.id, place)
        group_id = group.id
    _write(work, place, group_id, start)
    tell_later(work)
    work.record(
        TariffGroupAttached(
            operator_id=work.operator_id,
            partner_id=place.partner_id,
            subject=("group_assignment", place.id),
            code=code,
            level=level,
            place=place.name,
            valid_from=start,
        )
    )
    return start


def place_by_name(work: Work, level: str, typed: str) -> Place:
    """The place people mean, among those whose prices the actor may see; refuses ``unknown_place`` at ``place``."""
    found = _FINDERS[level](work, typed.strip()) if level in _FINDERS else None
    if found is None:
        raise Invalid("bad_value", field="level", value=level) if level not in LEVELS else Invalid("unknown_place", field="place")
    return found


def _evse(work: Work, typed: str) -> Place | None:
    label, _, number = typed.upper().replace("/", "-").rpartition("-")
    if not number.isdecimal() or len(number) > 4:
        return None
    statement = select(Evse.id, Evse.partner_id, Station.location_id, Station.label, Evse.number).join(Station)
    statement = statement.where(Station.label == label, Evse.number == int(number), Station.retired_at.is_(None))
    row = work.session.execute(statement.where(_mine(work, Evse.partner_id), Evse.operator_id == work.operator_id)).one_or_none()
    return Place("evse", row.id, evse_label(row.label, row.number), row.partner_id, row.location_id) if row else None


def _station(work: Work, typed: str) -> Place | None:
    statement = select(Station).where(Station.label == typed.upper(), Station.retired_at.is_(None), Station.operator_id == work.operator_id)
    row = work.session.scalars(statement.where(_mine(work, Station.partner_id))).one_or_none()
    return Place("station", row.id, row.label, row.partner_id, row.location_id) if row else None


def _location(work: Work, typed: str) -> Place | None:
    meant = or_(Location.code == read_code("L", typed), func.lower(Location.name) == typed.casefold())
    statement = select(Location).where(meant, Location.operator_id == work.operator_id, _mine(work, Location.partner_id))
    row = _only(work.session.scalars(statement.limit(2)).all())
    return Place("location", row.id, row.name, row.partner_id, row.id) if row else None


def _partner(work: Work, typed: str) -> Place | None:
    meant = or_(Partner.code == read_code("P", typed), func.lower(Partner.name) == typed.casefold())
    statement = select(Partner).where(meant, Partner.operator_id == work.operator_id, _mine(work, Partner.id))
    row = _only(work.session.scalars(statement.limit(2)).all())
    return Place("partner", row.id, row.name, row.id) if row else None


def _operator(work: Work, _typed: str) -> Place | None:
    row = work.session.get_one(Operator, work.operator_id)
    return Place("operator", row.id, row.name, None)


_FINDERS = {"evse": _evse, "station": _station, "location": _location, "partner": _partner, "operator": _operator}


def _only(found: Sequence[Any]) -> Any:
    """The only one; a name that two places share means neither."""
    return found[0] if len(found) == 1 else None


def _mine(work: Work, column: Any) -> Any:
    return within(column, work.scope(Permission.TARIFF_VIEW))


def _refuse_unlawful(work: Work, group_id: UUID, place: Place) -> None:
    """Every version that counts now or later must be lawful for drivers without a card at every EVSE below."""
    states = group_versions(work.session, group_id)
    first = next((n for n, v in enumerate(states) if v.valid_from is not None and v.valid_from <= work.now), 0)
    blocks = blocking(work, ad_hoc_sheets(states[: first + 1]), classes_below(work, place.id), work.now)
    found = next(iter(blocks.values()), None)
    if found is not None:
        raise Invalid(found.code, field="place", **{"clause": found.clause} | found.params)


def _write(work: Work, place: Place, group_id: UUID | None, start: datetime) -> None:
    by = {"created_at": work.now, "created_by": work.actor.id, "created_name": work.actor.name}
    owned = {"operator_id": work.operator_id, "partner_id": place.partner_id}
    if place.level == "evse":
        write_evses(work, [{"evse_id": place.id, "partner_id": place.partner_id, "group_id": group_id, "tariff_id": None}], start)
        return
    fresh = insert(GroupAssignment).values(
        **owned, **by, id=uuid7(), level=place.level, place_id=place.id, group_id=group_id, valid_from=start
    )
    changed = {name: fresh.excluded[name] for name in _CHANGED if name != "tariff_id"}
    work.session.execute(fresh.on_conflict_do_update(constraint="uq_group_assignment_place", set_=changed))


def write_evses(work: Work, choices: Sequence[Mapping[str, Any]], start: datetime) -> None:
    """Internal: EVSEs (evse_id, partner_id) have these choices (tariff_id or group_id or neither) from an instant on. One statement."""
    by = {"created_at": work.now, "created_by": work.actor.id, "created_name": work.actor.on_behalf_of or work.actor.name}
    values = [{"id": uuid7(), "operator_id": work.operator_id, "valid_from": start, **by, **choice} for choice in choices]
    fresh = insert(TariffAssignment)
    changed = {name: fresh.excluded[name] for name in _CHANGED}
    work.session.execute(fresh.on_conflict_do_update(index_elements=["evse_id", "valid_from"], set_=changed), values)


#: upper places that have a group now (the newest row not after now) or later
_UPPER = text(
    """
    select a.level, coalesce(st.label, l.name, p.name, o.name) as name, coalesce(st.label, l.code, p.code, o.code) as key,
           owner.name as partner, a.valid_from,
           a.valid_from <= :at as in_force
    from group_assignment a
    left join station st on st.id = a.station_id
    left join location l on l.id = a.location_id
    left join partner p on a.level = 'partner' and p.id = a.place_id
    left join operator o on a.level = 'operator' and o.id = a.place_id
    left join partner owner on owner.id = a.partner_id
    where a.group_id = :group and a.valid_from >= coalesce((
        select max(u.valid_from) from group_assignment u where u.level = a.level and u.place_id = a.place_id and u.valid_from <= :at), :at)
    order by array_position(array['operator', 'partner', 'location', 'station'], a.level), name limit 200
    """
)


def upper_places(work: Work, group_id: UUID) -> list[PlaceOfGroup]:
    """Charge points, locations, partners and the operator that have the group now or will. One statement; 200 at most."""
    found = work.session.execute(_UPPER, {"group": group_id, "at": work.now})
    return [
        PlaceOfGroup(level=r.level, key=r.key or "", name=r.name or "", partner=r.partner, since=r.valid_from, in_force=r.in_force)
        for r in found
    ]


def evses_of_group(work: Work, group_id: UUID, *, cursor: str | None = None, limit: int = PAGE) -> Page[PlaceOfGroup]:
    """EVSEs that have the group themselves, now or later, by label. Two statements."""
    other = aliased(TariffAssignment)
    # one pass over the assignments of these EVSEs: asked row by row, 10,000 of them took seconds
    ever = select(TariffAssignment.evse_id).where(TariffAssignment.group_id == group_id)
    begun = select(other.evse_id, func.max(other.valid_from).label("since")).where(other.valid_from <= work.now, other.evse_id.in_(ever))
    newest = begun.group_by(other.evse_id).subquery()
    statement: AnySelect = (
        select(Station.label, Evse.number, Partner.name, TariffAssignment.valid_from, TariffAssignment.id)
        .join(Evse, Evse.id == TariffAssignment.evse_id)
        .join(Station, Station.id == Evse.station_id)
        .outerjoin(Partner, Partner.id == Evse.partner_id)
        .outerjoin(newest, newest.c.evse_id == TariffAssignment.evse_id)
        .where(TariffAssignment.group_id == group_id, _mine(work, Evse.partner_id))
        .where((TariffAssignment.valid_from > work.now) | (TariffAssignment.valid_from == newest.c.since))
    )
    order = (Station.label, Evse.number, TariffAssignment.id)
    page = take_page(work.session, statement, order, lambda r: (r.label, r.number, r.id), cursor=cursor, limit=limit)
    return Page([_evse_of_group(row, work.now) for row in page.rows], page.before, page.after, page.total)


def _evse_of_group(row: Any, now: datetime) -> PlaceOfGroup:
    label, number, partner, since, _ = row
    place = evse_label(label, number)
    return PlaceOfGroup(level="evse", key=place, name=place, partner=partner, since=since, in_force=since <= now)


_EVSES = """
    select e.id from evse e join station st on st.id = e.station_id and st.retired_at is null
    where e.operator_id = :operator and (cast(:all as boolean) or e.partner_id = any (:reach)) and {where}
    order by st.label, e.number limit 1
"""
_WITH_GROUP = "{column} in (select g.place_id from group_assignment g where g.group_id = :group and g.level = '{level}')"
_OWN = "e.id in (select t.evse_id from tariff_assignment t where t.group_id = :group)"
_ABOVE = {"station": "st.id", "location": "st.location_id", "partner": "st.partner_id", "operator": "st.operator_id"}
_WHERE = [_OWN, *(_WITH_GROUP.format(column=column, level=level) for level, column in _ABOVE.items()), "true"]
#: an EVSE that has the group, one below a place that has it, the nearest level first, or any in sight
_SOME_EVSE = text(f"select coalesce({', '.join('(' + _EVSES.format(where=where) + ')' for where in _WHERE)})").bindparams(
    bindparam("reach", type_=ARRAY(Uuid))
)


def some_evse(work: Work, group_id: UUID) -> UUID | None:
    """An EVSE to try a group at: one where it counts if there is any, else the first in sight."""
    reach = work.scope(Permission.TARIFF_VIEW)
    own = list(reach) if isinstance(reach, frozenset) else None
    values = {"operator": work.operator_id, "group": group_id, "all": own is None, "reach": own or []}
    found = work.session.scalar(_SOME_EVSE, values)
    return UUID(str(found)) if found else None
