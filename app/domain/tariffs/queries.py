"""Reading price sheets, within what the actor may see. A constant number of statements each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, union_all
from sqlalchemy.orm import aliased, join, outerjoin

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.db.words import among
from app.domain.network.models import Evse, Location, Station
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.tariffs.groups_models import TariffGroup, TariffGroupLine, TariffGroupVersion
from app.domain.tariffs.groups_queries import groups_naming
from app.domain.tariffs.models import Tariff, TariffAssignment, TariffVersion
from app.domain.tariffs.own_prices import used_at, uses
from app.domain.tariffs.rows import PlaceRow, TariffFilter, TariffRow, VersionRow
from app.kernel.errors import Invalid, NotFound
from app.kernel.ids import read_code
from app.money.terms import Tariff as Terms
from app.money.terms_json import tariff_from_json
from app.work.unit import Work

#: a page names so many EVSEs of a sheet
SHOWN = 500


def _visible(work: Work) -> ColumnElement[bool]:
    """Own sheets, and those the actor's EVSEs are priced with."""
    reach = work.scope(Permission.TARIFF_VIEW)
    used = select(TariffAssignment.tariff_id).where(within(TariffAssignment.partner_id, reach))
    # lines of groups are shown by row-level security where the group counts at one of the actor's places
    grouped = select(TariffGroupVersion.rest_tariff_id).union(select(TariffGroupLine.tariff_id))
    return (
        or_(within(Tariff.partner_id, reach), Tariff.id.in_(used), Tariff.id.in_(grouped))
        if isinstance(reach, frozenset)
        else Tariff.id.is_not(None)
    )


def _statement(work: Work) -> AnySelect:
    statement: AnySelect = select(Tariff, Partner.name).outerjoin(Partner, Partner.id == Tariff.partner_id)
    return statement.where(Tariff.operator_id == work.operator_id, _visible(work))


def tariffs(work: Work, wanted: TariffFilter | None = None, *, cursor: str | None = None, limit: int = PAGE) -> Page[TariffRow]:
    """Price sheets by name. Five statements."""
    wanted = wanted or TariffFilter()
    page = take_page(
        work.session,
        _narrowed(_statement(work), wanted, work),
        (Tariff.name, Tariff.id),
        lambda r: (r.Tariff.name, r.Tariff.id),
        cursor=cursor,
        limit=limit,
        descending=wanted.falling,
    )
    return Page(_filled(work, page.rows), page.before, page.after, page.total)


def _narrowed(statement: AnySelect, wanted: TariffFilter, work: Work) -> AnySelect:
    statement = statement.where(Tariff.archived_at.is_not(None) if wanted.archived else Tariff.archived_at.is_(None))
    if word := wanted.text.strip():
        named = (Tariff.name.icontains(word, autoescape=True), Partner.name.icontains(word, autoescape=True))
        statement = statement.where(or_(*named, Tariff.code == read_code("T", word)))
    if wanted.owner:
        statement = statement.where(Tariff.partner_id.is_(None) if wanted.owner == "operator" else Tariff.partner_id.is_not(None))
    if wanted.currency:
        statement = statement.where(Tariff.currency == wanted.currency)
    if wanted.planned:
        to_come = TariffVersion.valid_from > work.now
        statement = statement.where(exists().where(TariffVersion.tariff_id == Tariff.id, to_come, TariffVersion.withdrawn_at.is_(None)))
    if wanted.use:
        used = or_(Tariff.id.in_(select(uses(work).subquery().c.tariff_id)), _in_group(work.now))
        statement = statement.where(used if wanted.use == "used" else ~used)
    return statement


def _in_group(at: datetime) -> ColumnElement[bool]:
    """The sheet is named by a version in force of a group in use."""
    later = aliased(TariffGroupVersion)
    in_force = (
        select(TariffGroupVersion.id)
        .join(TariffGroup, TariffGroup.id == TariffGroupVersion.group_id)
        .where(
            TariffGroup.archived_at.is_(None),
            TariffGroupVersion.valid_from <= at,
            ~exists().where(
                later.group_id == TariffGroupVersion.group_id,
                later.valid_from <= at,
                later.valid_from > TariffGroupVersion.valid_from,
            ),
        )
    )
    lines = select(TariffGroupLine.tariff_id).where(TariffGroupLine.version_id.in_(in_force))
    rest = select(TariffGroupVersion.rest_tariff_id).where(TariffGroupVersion.id.in_(in_force))
    return Tariff.id.in_(lines.union(rest))


def tariff_by_code(work: Work, code: str) -> TariffRow:
    """A price sheet by its code; a foreign one is not found."""
    found = work.session.execute(_statement(work).where(Tariff.code == (read_code("T", code) or ""))).one_or_none()
    if found is None:
        raise NotFound
    return _filled(work, [found])[0]


def _filled(work: Work, found: Iterable[Any]) -> list[TariffRow]:
    rows = list(found)
    history = _versions(work, [row[0].id for row in rows])
    used = used_at(work, [row[0].id for row in rows])
    named = groups_naming(work.session, [row[0].id for row in rows], work.now)
    return [_row(tariff, owner, history[tariff.id], (used.get(tariff.id, 0), named.get(tariff.id, 0))) for tariff, owner in rows]


def _row(tariff: Tariff, owner: str | None, history: list[VersionRow], used: tuple[int, int]) -> TariffRow:
    return TariffRow(
        id=tariff.id,
        code=tariff.code,
        name=tariff.name,
        currency=tariff.currency,
        partner_id=tariff.partner_id,
        owner=owner,
        archived=tariff.archived_at is not None,
        evses=used[0],
        groups=used[1],
        now=next((v for v in history if v.state == "active"), None),
        next=next((v for v in reversed(history) if v.state == "scheduled"), None),
    )


def versions(work: Work, tariff_id: UUID) -> list[VersionRow]:
    """All terms of a price sheet found before, the newest first."""
    return _versions(work, [tariff_id])[tariff_id]


def _versions(work: Work, ids: Collection[UUID]) -> dict[UUID, list[VersionRow]]:
    found: dict[UUID, list[VersionRow]] = defaultdict(list)
    active: set[UUID] = set()
    for version in work.session.scalars(
        select(TariffVersion).where(TariffVersion.tariff_id.in_(ids)).order_by(TariffVersion.tariff_id, TariffVersion.valid_from.desc())
    ):
        state = _state(work, version, later_in_force=version.tariff_id in active)
        if state == "active":
            active.add(version.tariff_id)
        found[version.tariff_id].append(_version(version, state))
    return found


def _state(work: Work, version: TariffVersion, *, later_in_force: bool) -> str:
    if version.withdrawn_at is not None:
        return "withdrawn"
    if version.valid_from > work.now:
        return "scheduled"
    return "past" if later_in_force else "active"


def stored_terms(stored: dict[str, Any] | None) -> Terms | None:
    """Terms as stored; None where there are none, or none that can be read."""
    if stored is None:
        return None
    try:
        return tariff_from_json(stored)
    except Invalid:
        return None


def _version(version: TariffVersion, state: str) -> VersionRow:
    return VersionRow(
        number=version.number,
        valid_from=version.valid_from,
        terms=version.terms,
        tariff=stored_terms(version.terms),
        created_name=version.created_name,
        withdrawn_at=version.withdrawn_at,
        withdrawn_name=version.withdrawn_name,
        state=state,
    )


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """Which EVSEs to offer; everything optional."""

    text: str = ""
    current: str = ""
    tariff: str = ""


def places(work: Work, narrowed: PlaceFilter, *, cursor: str | None = None, limit: int = PAGE) -> Page[PlaceRow]:
    """EVSEs the actor may give prices to, by label. Two statements."""
    where = _within(work)
    if narrowed.text.strip():
        word = narrowed.text.strip()
        where.append(or_(Station.label.icontains(word, autoescape=True), Location.name.icontains(word, autoescape=True)))
    if narrowed.current:
        where.append(Evse.current == narrowed.current)
    if narrowed.tariff:
        where.append(_PRICED.code == narrowed.tariff)
    order = (Station.label, Evse.number, Evse.id)
    page = take_page(work.session, _places(work), order, lambda r: (r.label, r.number, r.id), where=where, cursor=cursor, limit=limit)
    return Page([_place(row) for row in page.rows], page.before, page.after, page.total)


def places_by_id(work: Work, evse_ids: Collection[UUID]) -> list[PlaceRow]:
    """These EVSEs, of those the actor may give prices to."""
    statement = _places(work).where(Evse.id.in_(evse_ids), *_within(work)).order_by(Station.label, Evse.number)
    return [_place(row) for row in work.session.execute(statement)]


def places_of(work: Work, tariff_id: UUID) -> list[PlaceRow]:
    """The first EVSEs by label that a sheet is set at now, among those the actor may see; ``SHOWN`` at most."""
    to_come, newer = aliased(TariffAssignment), aliased(TariffAssignment)
    planned = exists().where(to_come.evse_id == Evse.id, to_come.valid_from > work.now)
    begun, evse = TariffAssignment.valid_from <= work.now, TariffAssignment.evse_id
    overtaken = exists().where(newer.evse_id == evse, newer.valid_from > TariffAssignment.valid_from, newer.valid_from <= work.now)
    changing = exists().where(to_come.evse_id == evse, to_come.valid_from > work.now)
    moving = select(evse).where(TariffAssignment.tariff_id == tariff_id, begun, changing, ~overtaken)
    # either by its own index: in one condition every EVSE would be compared with all that are changing
    ways = ([Evse.last_tariff_id == tariff_id, ~planned], [among(Evse.id, moving)])
    here = select(Evse.id, Station.label, Evse.number).join(Station, Station.id == Evse.station_id)
    both = union_all(*(here.where(*way, *_within(work, Permission.TARIFF_VIEW)) for way in ways)).subquery()
    chosen = select(both.c.id).order_by(both.c.label, both.c.number).limit(SHOWN)
    statement = _places(work).where(Evse.id.in_(chosen)).order_by(Station.label, Evse.number)
    return [_place(row) for row in work.session.execute(statement)]


_PRICED = aliased(Tariff, name="priced")


def _within(work: Work, right: Permission = Permission.TARIFF_ASSIGN) -> list[ColumnElement[bool]]:
    """EVSEs in service where the actor holds the right."""
    return [Evse.operator_id == work.operator_id, Station.retired_at.is_(None), within(Evse.partner_id, work.scope(right))]


def _in_force(work: Work) -> Any:
    begun = (TariffAssignment.evse_id == Evse.id, TariffAssignment.valid_from <= work.now)
    newest = select(TariffAssignment.tariff_id).where(*begun).order_by(TariffAssignment.valid_from.desc()).limit(1)
    return newest.correlate(Evse).scalar_subquery()


def _places(work: Work) -> AnySelect:
    places = join(Evse, Station, Station.id == Evse.station_id)
    places = outerjoin(places, Location, Location.id == Station.location_id)
    places = outerjoin(places, Partner, Partner.id == Evse.partner_id)
    places = outerjoin(places, _PRICED, _PRICED.id == _in_force(work))
    shown = (Evse.id, Evse.partner_id, Station.label, Evse.number, Location.name, Partner.name, Evse.current, Evse.max_w)
    return select(*shown, _PRICED.code, _PRICED.name).select_from(places)


def _place(row: Any) -> PlaceRow:
    evse_id, partner_id, label, number, location, partner, current, max_w, code, name = row
    return PlaceRow(
        evse_id=evse_id,
        partner_id=partner_id,
        label=f"{label}/{number}",
        location=location or "",
        partner=partner,
        current=current,
        max_w=max_w,
        tariff_code=code,
        tariff_name=name,
    )
