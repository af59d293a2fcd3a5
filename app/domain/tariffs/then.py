"""What was set at a charge point at an instant: holder, terms, prices per kind of driver, electricity; each with since when and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from app.access.actor import ALL
from app.access.permissions import Permission
from app.domain.contracts.then import HolderThen, holder_at
from app.domain.network.history import commands_near, states_at, strips
from app.domain.network.models import Station
from app.domain.network.queries import connectors_of, evses_of, station_by_label
from app.domain.network.rows import CommandRow, EvseRow, StationRow, Strip
from app.domain.people.care_time import looks_after, time_of_care
from app.domain.tariffs.cascade_tester import Answer, Kind, LevelSays, Way, kinds, way_to_price
from app.domain.tariffs.electricity import RateThen, rate_on
from app.domain.tariffs.groups_queries import user_groups
from app.domain.tariffs.groups_rows import UserGroupRow
from app.kernel.errors import NotFound
from app.kernel.periods import day_start, local_date
from app.money.board import PriceBoard
from app.work.unit import Work, enter_tenant

_CHANGES = text(
    """
    with places as (select e.id as evse_id, st.id as station_id, st.location_id, st.partner_id, st.operator_id
                    from station st join evse e on e.station_id = st.id where st.id = :station),
    own as (select t.tariff_id, t.group_id, t.valid_from from tariff_assignment t join places p on p.evse_id = t.evse_id),
    upper as (select g.group_id, g.valid_from from group_assignment g
              where g.place_id in (select unnest(array[station_id, location_id, partner_id, operator_id]) from places)),
    groups as (select v.id, v.rest_tariff_id, v.valid_from from tariff_group_version v
               where v.group_id in (select group_id from own union select group_id from upper)),
    sheets as (select tariff_id from own union select rest_tariff_id from groups
               union select l.tariff_id from tariff_group_line l where l.version_id in (select id from groups)),
    instants as (select valid_from as at from own union select valid_from from upper union select valid_from from groups
                 union select v.valid_from from tariff_version v join sheets s on s.tariff_id = v.tariff_id where v.withdrawn_at is null
                 union select a.valid_from::timestamp at time zone c.time_zone from assignment a join contract c on c.id = a.contract_id
                   where a.station_id = :station
                 union select a.valid_until::timestamp at time zone c.time_zone from assignment a join contract c on c.id = a.contract_id
                   where a.station_id = :station and a.valid_until is not null
                 union select v.first_month::timestamp at time zone c.time_zone
                   from assignment a join contract c on c.id = a.contract_id join contract_version v on v.contract_id = c.id
                   where a.station_id = :station and v.state <> 'draft' and v.first_month > a.valid_from
                     and (a.valid_until is null or v.first_month < a.valid_until)
                 union select v.first_day::timestamp at time zone :zone from places p join electricity_rate r
                   on r.station_id = p.station_id or r.location_id = p.location_id join electricity_rate_version v on v.rate_id = r.id)
    select (select max(at) from instants where at < :at) as before, (select min(at) from instants where at > :at) as after
    """
)


@dataclass(frozen=True, slots=True)
class PriceThen:
    """What kinds of drivers paid at an EVSE: those with the same sheet together."""

    kinds: tuple[Kind, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class OutletThen:
    """The prices at an EVSE and the level that decided them (None: nothing did)."""

    label: str
    level: LevelSays | None
    prices: tuple[PriceThen, ...]


@dataclass(frozen=True, slots=True)
class PointThen:
    """A charge point at an instant. ``foreign``: it was not the asker's then, and nothing more is told."""

    station: StationRow
    at: datetime
    foreign: bool
    holder: HolderThen | None = None
    outlets: tuple[OutletThen, ...] = ()
    rate: RateThen | None = None
    #: connectors with their state, since when and until when; None: nothing was heard of it yet
    plugs: tuple[tuple[str, str | None, datetime | None, datetime | None], ...] = ()
    #: what they said on the local day of the instant
    strips: tuple[Strip, ...] = ()
    #: from half an hour before to half an hour after
    commands: tuple[CommandRow, ...] = ()
    #: since when we know it
    known_since: datetime | None = None
    #: instants at which prices, holder, contract version or electricity rate changed here, the nearest before and after
    before: datetime | None = None
    after: datetime | None = None
    #: the asker's own time of a charge point that is another's now, or of the care for who holds it, the end excluded;
    #: nothing outside of it is told
    own_time: tuple[datetime, datetime] | None = None

    @property
    def is_unborn(self) -> bool:
        """Whether there was nothing yet at the instant."""
        return self.holder is None and self.known_since is not None and self.at < self.known_since


def point_at(work: Work, label: str, number: int | None, at: datetime) -> PointThen:
    """A charge point within sight, or one of its EVSEs, as it was set up at the instant; parts the actor may not read are left out."""
    station = station_by_label(work, label)
    evses = [e for e in evses_of(work, station) if number is None or e.number == number]
    if number is not None and not evses:
        raise NotFound
    holder = holder_at(work, station.station_id, at)
    if holder is None and work.scope(Permission.NETWORK_VIEW) is not ALL:
        return PointThen(station, at, foreign=True)
    own = None
    if holder is not None and looks_after(work, holder.partner_id):
        own = time_of_care(work, holder.partner_id, at)
        if own is None:
            return PointThen(station, at, foreign=True)
    found = _point(work, station, evses, number, at, holder, user_groups(work, every=True))
    return found if own is None else _cut_to(found, own)


def held_before(work: Work, label: str) -> StationRow:
    """A charge point that is another's now and was the asker's once; ``NotFound`` for any other. Its holder of today is not told."""
    key = None
    if work.scope(Permission.NETWORK_VIEW) is not ALL:
        key = work.session.scalar(text("select voltpact_held_point(:label)"), {"label": label})
    if key is None:
        raise NotFound
    with _widely(work) as wide:
        return replace(station_by_label(wide, label), partner_id=None)


def held_point_at(work: Work, label: str, number: int | None, at: datetime) -> PointThen:
    """Such a charge point at an instant of the asker's own time; at any other it is foreign."""
    station = held_before(work, label)
    # the asker's own eyes: assignments of others are out of sight
    holder = holder_at(work, station.station_id, at)
    if holder is None or holder.until is None:
        return PointThen(station, at, foreign=True)
    start, end = day_start(holder.since, station.time_zone), day_start(holder.until, station.time_zone)
    # read before the sight is widened: groups of people have their owners' names
    people = user_groups(work, every=True)
    with _widely(work, holder.partner_id) as wide:
        evses = [e for e in evses_of(wide, station) if number is None or e.number == number]
        if not evses:
            raise NotFound
        found = _point(wide, replace(station, partner_id=holder.partner_id), evses, number, at, holder, people)
    return _cut_to(found, (start, end))


def _cut_to(found: PointThen, own: tuple[datetime, datetime]) -> PointThen:
    """The same without what was before or after the asker's own time."""
    start, end = own
    return replace(
        found,
        own_time=own,
        before=found.before if found.before and found.before >= start else None,
        after=found.after if found.after and found.after < end else None,
        commands=tuple(one for one in found.commands if start <= one.created_at < end),
    )


@contextmanager
def _widely(work: Work, holder: UUID | None = None) -> Iterator[Work]:
    """Read with the operator's sight what the caller cuts down to the asker's own time.

    Prices too, where the asker may see those of the ``holder`` of then; every other right stays what it is.
    """
    actor = work.actor
    seen = {Permission.NETWORK_VIEW, *({Permission.TARIFF_VIEW} if work.can(Permission.TARIFF_VIEW, partner_id=holder) else ())}
    wide = replace(actor, partners=ALL, grants={**actor.grants, **dict.fromkeys(seen, ALL)})
    enter_tenant(work.session, wide)
    try:
        yield replace(work, actor=wide)
    finally:
        enter_tenant(work.session, actor)


def _point(
    work: Work,
    station: StationRow,
    evses: list[EvseRow],
    number: int | None,
    at: datetime,
    holder: HolderThen | None,
    people: list[UserGroupRow],
) -> PointThen:
    reads_prices = work.can(Permission.TARIFF_VIEW, partner_id=station.partner_id, location_id=station.location_id)
    outlets = tuple(_outlet(work, e.evse_id, at, people) for e in evses) if reads_prices else ()
    rate = None
    if work.can(Permission.ELECTRICITY_VIEW, partner_id=station.partner_id):
        rate = rate_on(work.session, station.station_id, station.location_id, local_date(at, station.time_zone))
    around = work.session.execute(_CHANGES, {"station": station.station_id, "at": at, "zone": station.time_zone}).one()
    known = work.session.scalar(select(Station.created_at).where(Station.id == station.station_id))
    plugs = [plug for plug in connectors_of(work.session, [station.station_id])[station.station_id] if number in {None, plug.evse_number}]
    said = states_at(work, plugs, at)
    return PointThen(
        station, at, False, holder, outlets, rate,
        tuple((plug.evse_label, *said.get(plug.connector_id, (None, None, None))) for plug in plugs),
        tuple(strips(work, plugs, day_span(at, station.time_zone))), tuple(commands_near(work, station, at)), known,
        around.before, around.after,
    )  # fmt: skip


def day_span(at: datetime, zone: str) -> tuple[datetime, datetime]:
    """Beginning and end of the local day of an instant."""
    day = local_date(at, zone)
    return day_start(day, zone), day_start(day + timedelta(days=1), zone)


def _outlet(work: Work, evse_id: UUID, at: datetime, people: list[UserGroupRow]) -> OutletThen:
    way = way_to_price(work, evse_id, at)
    level = next((one for one in way.levels if one.wins), None)
    return OutletThen(way.label, level, _prices(way, kinds(way, people)))


def _prices(way: Way, every: list[Kind]) -> tuple[PriceThen, ...]:
    """Kinds of drivers by what they pay; the first of each sheet and price leads."""
    found: dict[tuple[UUID | None, PriceBoard | None], list[tuple[Kind, Answer]]] = {}
    for kind in every:
        answer = way.answer(kind.who)
        found.setdefault((answer.sheet.id if answer.sheet else None, answer.board), []).append((kind, answer))
    return tuple(PriceThen(tuple(kind for kind, _ in group), group[0][1]) for group in found.values())
