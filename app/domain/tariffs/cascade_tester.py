"""Who pays what at an EVSE at an instant, with the way to it: every level and what it says, the lines, the price, the reason.

Three statements for one EVSE, whatever number of drivers is asked about, and one for each sheet that follows a curve. Lines may be
replaced by those of a group that is being changed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.permissions import Permission
from app.domain.network.rows import evse_label
from app.domain.tariffs.cascade import HELD, SAYS
from app.domain.tariffs.cascade_lines import ADHOC, UNKNOWN, Line, Who, first_fit
from app.domain.tariffs.curves import Site, fixed_terms, is_open
from app.domain.tariffs.groups_queries import lines_of
from app.domain.tariffs.groups_rows import GroupState, UserGroupRow
from app.kernel.errors import Invalid, NotFound
from app.money.board import PriceBoard, describe_components
from app.money.priced import PricedSession
from app.money.pricing import price
from app.money.readings import planned
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff
from app.work.unit import Work

#: the example under each price: so much energy in so much time
EXAMPLE_KWH, EXAMPLE_TIME = Decimal(20), timedelta(hours=2)

_PLACE = text(
    f"""
    select st.label, e.number, e.id as evse_id, coalesce(l.name, '') as location, coalesce(l.time_zone, o.time_zone) as zone,
           o.id as operator_id, coalesce(l.country, o.country) as country, coalesce(l.region, '') as region,
           o.currency, held_by.id as holder_id, held_by.day, p.name as holder, st.partner_id, st.location_id,
           c.level, c.tariff_id, c.group_id, c.since, c.by, coalesce(t.name, g.name) as name, coalesce(t.code, g.code) as code,
           v.id as version_id, v.number as version, v.rest_tariff_id
    from (select cast(:at as timestamptz) as at) w
    join evse e on e.id = :evse
    join station st on st.id = e.station_id and st.retired_at is null
    join operator o on o.id = st.operator_id
    left join location l on l.id = st.location_id
    {HELD}
    left join partner p on p.id = held_by.id
    left join lateral ({SAYS}) c on true
    left join tariff t on t.id = c.tariff_id
    left join tariff_group g on g.id = c.group_id
    left join lateral (
        select x.id, x.number, x.rest_tariff_id from tariff_group_version x
        where x.group_id = c.group_id and x.valid_from <= w.at order by x.valid_from desc limit 1
    ) v on true
    order by c.rank
    """  # noqa: S608 - constants
)
SHEETS = text(
    """
    select t.id, t.code, t.name, v.number, v.terms, v.valid_from, v.created_name,
           (select min(n.valid_from) from tariff_version n
            where n.tariff_id = t.id and n.valid_from > :at and n.withdrawn_at is null) as until
    from tariff t
    left join lateral (
        select x.number, x.terms, x.valid_from, x.created_name from tariff_version x
        where x.tariff_id = t.id and x.valid_from <= :at and x.withdrawn_at is null order by x.valid_from desc limit 1
    ) v on true
    where t.id = any (:ids)
    """
)


@dataclass(frozen=True, slots=True)
class LevelSays:
    """What one level of the cascade says; ``code`` None: it passes the question on (``since`` None: it never said anything)."""

    level: str
    code: str | None = None
    name: str | None = None
    since: datetime | None = None
    is_group: bool = False
    wins: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A price sheet as it stands at the instant, since when and by whom; ``terms`` None: it has none yet."""

    id: UUID
    code: str
    name: str
    number: int | None
    terms: dict[str, Any] | None
    since: datetime | None = None
    by: str | None = None
    #: when its next terms begin
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a driver pays: by which line (None: everyone else's, or the sheet of the EVSE itself), which sheet, and an example."""

    line: int | None
    misses: dict[int, str]
    sheet: Sheet | None
    tariff: Tariff | None
    board: PriceBoard | None
    example: PricedSession | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The cascade at one EVSE and instant."""

    evse_id: UUID
    label: str
    location: str
    holder_id: UUID | None
    holder: str | None
    zone: str
    currency: str
    day: date
    at: datetime
    levels: tuple[LevelSays, ...]
    group_code: str | None = None
    version: int | None = None
    lines: tuple[Line, ...] = ()
    rest_id: UUID | None = None
    sheets: dict[UUID, Sheet] = field(default_factory=dict)

    def answer(self, who: Who) -> Answer:
        """What this driver pays here then."""
        fit = first_fit(self.lines, who, self.holder_id, self.day)
        sheet = self.sheets.get(self.lines[fit - 1].tariff_id if fit else self.rest_id) if self.rest_id else None
        before = self.lines[: fit - 1] if fit else self.lines
        misses = {number: line.misses(who, self.holder_id, self.day) or "" for number, line in enumerate(before, 1)}
        tariff, board, example = self._priced(sheet, who)
        return Answer(fit, misses, sheet, tariff, board, example)

    def names(self, people: UserGroupRow) -> bool:
        """Does a line here, of the group of tariffs or inside one of its sheets, name these people?"""
        elements = [element for sheet in self.sheets.values() for element in (sheet.terms or {}).get("elements", [])]
        words = {word for element in elements for word in element.get("restrictions", {}).get("user_groups", [])}
        return any(line.user_group_id == people.id for line in self.lines) or not words.isdisjoint((people.code, people.name))

    def _priced(self, sheet: Sheet | None, who: Who) -> tuple[Tariff | None, PriceBoard | None, PricedSession | None]:
        if sheet is None or sheet.terms is None:
            return None, None, None
        try:
            tariff = parse_tariff(sheet.terms)
            board = describe_components(tariff, self.at, self.zone, who.group_words)
            return tariff, board, price(tariff, planned(self.at, self.zone, EXAMPLE_KWH, EXAMPLE_TIME, user_groups=who.group_words))
        except Invalid:
            return None, None, None


def way_to_price(work: Work, evse_id: UUID, at: datetime, *, instead: tuple[str, GroupState] | None = None) -> Way:
    """The cascade at an EVSE the actor may see prices of; ``instead``: the code of a group and the lines to take for its own."""
    rows = work.session.execute(_PLACE, {"evse": evse_id, "at": at}).all()
    if not rows or not work.can(Permission.TARIFF_VIEW, partner_id=rows[0].partner_id, location_id=rows[0].location_id):
        raise NotFound
    winner = next((row for row in rows if row.tariff_id or row.group_id), None)
    lines, rest = _lines(work, winner, instead)
    place = rows[0]
    way = Way(
        evse_id=place.evse_id,
        label=evse_label(place.label, place.number),
        location=place.location,
        holder_id=place.holder_id,
        holder=place.holder,
        zone=place.zone,
        currency=place.currency,
        day=place.day,
        at=at,
        levels=_levels(rows, winner),
        group_code=winner.code if winner is not None and winner.group_id else None,
        version=winner.version if winner is not None else None,
        lines=lines,
        rest_id=rest,
    )
    site = Site(place.operator_id, place.zone, place.country, place.region)
    return replace(way, sheets=_sheets(work, {rest, *(line.tariff_id for line in lines)}, at, site))


def _lines(work: Work, winner: Any, instead: tuple[str, GroupState] | None) -> tuple[tuple[Line, ...], UUID | None]:
    if winner is None:
        return (), None
    if winner.tariff_id is not None:
        return (), winner.tariff_id
    if instead is not None and instead[0] == winner.code:
        return instead[1].lines, instead[1].rest_tariff_id
    return lines_of(work.session, [winner.version_id]).get(winner.version_id, ()), winner.rest_tariff_id


def _levels(rows: Collection[Any], winner: Any) -> tuple[LevelSays, ...]:
    said = {row.level: row for row in rows if row.level is not None}
    found = []
    for level in ("evse", "station", "location", "partner", "operator"):
        row = said.get(level)
        if row is None:
            found.append(LevelSays(level))
        else:
            found.append(LevelSays(level, row.code, row.name, row.since, row.group_id is not None, row is winner, row.by))
    return tuple(found)


def _sheets(work: Work, ids: Collection[UUID | None], at: datetime, site: Site) -> dict[UUID, Sheet]:
    """The sheets with their terms as a session that begins then and there would keep them."""
    rows = work.session.execute(SHEETS, {"at": at, "ids": [i for i in ids if i is not None]}).all()
    terms = {row.id: fixed_terms(work.session, row.terms, at, site) if is_open(row.terms) else row.terms for row in rows}
    return {
        row.id: Sheet(row.id, row.code, row.name, row.number, terms[row.id], row.valid_from, row.created_name, row.until) for row in rows
    }


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of driver for the tester: ``key`` is its word (``group:…``, ``plan:…``, ``provider:…`` with the name behind)."""

    key: str
    who: Who
    name: str = ""


def kinds(way: Way, people: Collection[UserGroupRow]) -> list[Kind]:
    """Every kind of driver that can be told apart at this place."""
    found = [
        Kind("adhoc", ADHOC),
        Kind("app", Who("app")),
        Kind("card", Who("rfid")),
        Kind("own", Who("rfid", way.holder_id)),
        Kind("unknown", UNKNOWN),
    ]
    found += [Kind(f"group:{g.code}", Who("rfid", g.partner_id, (g.id,), group_words=(g.code, g.name)), g.name) for g in people]
    plans = sorted({line.plan for line in way.lines if line.plan})
    found += [Kind(f"plan:{plan}", Who("app", plan=plan), plan) for plan in plans]
    found.append(Kind("roaming", Who("roaming")))
    providers = sorted({line.provider for line in way.lines if line.provider})
    return [*found, *(Kind(f"provider:{name}", Who("roaming", provider=name), name) for name in providers)]
