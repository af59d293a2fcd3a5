"""Lists of charge points and sites: filters, search, keyset pages, counts by state. A constant number of statements each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.access.permissions import Permission
from app.db.paging import PAGE, Page, take_page
from app.db.words import found_by
from app.domain.network.meant import Meant, meant_stations
from app.domain.network.models import Connector, Location, Station, StationState
from app.domain.network.queries import connectors_of, in_reach, station_row, station_select
from app.domain.network.rows import NEW, OFFLINE, SILENCE, ConnectorRow, LocationRow, StationRow
from app.domain.network.standing import STATE_GROUPS, Standing, never_heard, silent, standing, talks
from app.domain.network.terminals import lacks_terminal
from app.domain.people.models import Partner
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.work.unit import Work

#: states in which the last reported power still means something
DRAWING = ("Charging", "SuspendedEV", "SuspendedEVSE")
STATE_FILTERS = (*STATE_GROUPS, "offline", "new", "no_terminal", "retired")


@dataclass(frozen=True, slots=True)
class StationFilter:
    """What a list of charge points is narrowed to; everything optional."""

    text: str = ""
    state: str = ""
    location: str = ""
    partner: str = ""


@dataclass(frozen=True, slots=True)
class StationLine:
    """One line of the list: a charge point with its connectors."""

    station: StationRow
    connectors: tuple[ConnectorRow, ...]


def stations(work: Work, narrowed: StationFilter | None = None, cursor: str | None = None, limit: int = PAGE) -> Page[StationLine]:
    """Charge points by label, those the actor may see, retired ones only when asked for. Five statements at most.

    Where words find very many, or very many are in the state, they are not counted (``Page.counted``).
    """
    asked = narrowed or StationFilter()
    meant, stand = meant_stations(work.session, asked.text), standing(work, asked.state)
    page = take_page(
        work.session,
        station_select(),
        [Station.label, Station.id],
        lambda r: [r.Station.label, r.Station.id],
        where=[*in_reach(work.actor, Permission.NETWORK_VIEW, Station), *station_conditions(work, asked, meant, stand)],
        count=not meant.many and not stand.many,
        cursor=cursor,
        limit=limit,
    )
    rows = [station_row(found, work.now) for found in page.rows]
    plugs = connectors_of(work.session, [r.station_id for r in rows], at=work.now)
    return replace(page, rows=[StationLine(r, tuple(plugs[r.station_id])) for r in rows])


def stations_at(work: Work, location_id: UUID) -> list[StationLine]:
    """Every charge point of a site, by label. Two statements."""
    return station_lines(work, Station.location_id == location_id, Station.retired_at.is_(None))


def station_lines(work: Work, *which: ColumnElement[bool], limit: int | None = None) -> list[StationLine]:
    """Charge points of these conditions that the actor may see, by label. Two statements."""
    asked = station_select().where(*which, *in_reach(work.actor, Permission.NETWORK_VIEW, Station)).order_by(Station.label).limit(limit)
    rows = [station_row(found, work.now) for found in work.session.execute(asked)]
    plugs = connectors_of(work.session, [r.station_id for r in rows], at=work.now)
    return [StationLine(r, tuple(plugs[r.station_id])) for r in rows]


def station_conditions(
    work: Work, asked: StationFilter, meant: Meant | None = None, stand: Standing | None = None
) -> list[ColumnElement[bool]]:
    """The filter of a list of charge points; without ``retired`` asked for, those in use.

    ``meant``: what its words are understood as; ``stand``: those in its state, if they were looked for.
    """
    at, words = work.now, meant or meant_stations(work.session, asked.text)
    stand = stand or standing(work, asked.state)
    conditions: list[ColumnElement[bool]] = [
        Station.retired_at.is_not(None) if asked.state == "retired" else Station.retired_at.is_(None),
        *words.conditions,
        *stand.conditions,
    ]
    if asked.location:
        conditions.append(Station.location_id == _key(Location.id, Location.code, read_code("L", asked.location)))
    if asked.partner:
        conditions.append(Station.partner_id == _key(Partner.id, Partner.code, read_code("P", asked.partner)))
    if asked.state == "offline":
        conditions.append(silent(at))
    elif asked.state == "no_terminal":
        conditions.append(lacks_terminal())
    elif asked.state == "new":
        conditions.append(never_heard())
    elif asked.state in STATE_GROUPS:
        conditions.append(talks(at))
    if asked.state in STATE_GROUPS and not stand.conditions:
        conditions.append(exists().where(Connector.station_id == Station.id, Connector.status.in_(STATE_GROUPS[asked.state])))
    return conditions


def _key(key: InstrumentedAttribute[UUID], code: InstrumentedAttribute[str], wanted: str | None) -> Any:
    """The key of what has that code, found once: joined to each charge point, the code would be read with all of them."""
    return select(key).where(code == (wanted or "")).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Area:
    """A piece of the map, in degrees."""

    south: Decimal
    west: Decimal
    north: Decimal
    east: Decimal


@dataclass(frozen=True, slots=True)
class LocationFilter:
    """What a list of sites is narrowed to."""

    text: str = ""
    partner: str = ""
    area: Area | None = None
    #: sites with a connector, or a charge point, in such a state
    state: str = ""


def _location_select() -> Any:
    holder = aliased(Partner)
    return select(Location, holder.code.label("partner_code"), holder.name.label("partner_name")).outerjoin(
        holder, holder.id == Location.partner_id
    )


def locations(work: Work, narrowed: LocationFilter | None = None, cursor: str | None = None, limit: int = PAGE) -> Page[LocationRow]:
    """Sites by name with their connectors' states and power. Three statements."""
    asked = _location_select().where(*in_reach(work.actor, Permission.NETWORK_VIEW, Location))
    if narrowed and narrowed.text.strip():
        code = read_code("L", narrowed.text)
        asked = asked.where(Location.code == code if code else found_by("found_locations", Location.id, narrowed.text))
    if narrowed and narrowed.partner:
        asked = asked.where(Location.partner_id.in_(select(Partner.id).where(Partner.code == narrowed.partner.upper())))
    if narrowed and narrowed.state:
        where = [
            *station_conditions(work, StationFilter(state=narrowed.state)),
            *in_reach(work.actor, Permission.NETWORK_VIEW, Station),
        ]
        there = select(Station.location_id).join(StationState, StationState.station_id == Station.id)
        asked = asked.where(Location.id.in_(there.where(*where)))
    if narrowed and narrowed.area:
        area = narrowed.area
        asked = asked.where(Location.latitude.between(area.south, area.north), Location.longitude.between(area.west, area.east))
    order = [Location.name, Location.id]
    page = take_page(work.session, asked, order, lambda r: [r.Location.name, r.Location.id], cursor=cursor, limit=limit)
    return replace(page, rows=_with_states(work, [_location(found) for found in page.rows]))


def location_by_code(work: Work, code: str) -> LocationRow:
    """One site; ``NotFound`` if unknown or foreign."""
    asked = _location_select().where(
        Location.code == (read_code("L", code) or ""), *in_reach(work.actor, Permission.NETWORK_VIEW, Location)
    )
    found = work.session.execute(asked).one_or_none()
    if found is None:
        raise NotFound
    return _with_states(work, [_location(found)])[0]


def location_choices(work: Work, most: int) -> list[tuple[str, str]] | None:
    """Codes and names of all sites the actor may see, for a form's list; None: more than ``most``."""
    asked = select(Location.code, Location.name).where(*in_reach(work.actor, Permission.NETWORK_VIEW, Location)).order_by(Location.name)
    found = [(code, name) for code, name in work.session.execute(asked.limit(most + 1))]
    return found if len(found) <= most else None


def sites_of_partner(work: Work, partner_id: UUID) -> list[tuple[UUID, str]]:
    """Keys and names of the sites where a partner holds something, by name: what its people may be limited to."""
    held = select(Station.location_id).where(Station.partner_id == partner_id)
    asked = select(Location.id, Location.name).where(
        *in_reach(work.actor, Permission.NETWORK_VIEW, Location), or_(Location.partner_id == partner_id, Location.id.in_(held))
    )
    return [(key, name) for key, name in work.session.execute(asked.order_by(Location.name, Location.id))]


def _location(found: Any) -> LocationRow:
    site = found.Location
    return LocationRow(
        location_id=site.id,
        operator_id=site.operator_id,
        partner_id=site.partner_id,
        code=site.code,
        name=site.name,
        street=site.street,
        postcode=site.postcode,
        city=site.city,
        country=site.country,
        region=site.region,
        latitude=site.latitude,
        longitude=site.longitude,
        time_zone=site.time_zone,
        vat_pct=site.vat_pct,
        public=site.public,
        hours=site.hours,
        help_phone=site.help_phone,
        max_w=site.max_w,
        partner_code=found.partner_code,
        partner_name=found.partner_name,
        directions=site.directions,
        photo=site.photo,
        duties=site.duties,
    )


def shown_status(at: datetime) -> ColumnElement[str]:
    """A connector's word as the pages show it, in SQL: its state, Offline after 15 minutes of silence, New before the first word."""
    return case(
        (and_(StationState.last_message_at.is_(None), Connector.status.is_(None)), NEW),
        (or_(StationState.last_message_at.is_(None), StationState.last_message_at <= at - SILENCE), OFFLINE),
        else_=func.coalesce(Connector.status, NEW),
    )


def _with_states(work: Work, rows: list[LocationRow]) -> list[LocationRow]:
    status = shown_status(work.now)
    asked = (
        select(
            Station.location_id,
            status.label("status"),
            func.count().label("plugs"),
            func.coalesce(func.sum(Connector.power_w), 0).label("w"),
        )
        .join(Connector, Connector.station_id == Station.id)
        .outerjoin(StationState, StationState.station_id == Station.id)
        .where(Station.location_id.in_([r.location_id for r in rows]), Station.retired_at.is_(None))
        .where(*in_reach(work.actor, Permission.NETWORK_VIEW, Station))
        .group_by(Station.location_id, status)
    )
    states: dict[UUID, dict[str, int]] = {r.location_id: {} for r in rows}
    drawn: dict[UUID, int] = dict.fromkeys(states, 0)
    for found in work.session.execute(asked) if rows else ():
        states[found.location_id][found.status] = found.plugs
        drawn[found.location_id] += int(found.w) if found.status in DRAWING else 0
    return [replace(r, states=states[r.location_id], power_w=drawn[r.location_id]) for r in rows]
