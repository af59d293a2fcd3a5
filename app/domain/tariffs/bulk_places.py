"""EVSEs chosen by a filter, what each has at an instant, and whether it may have what is wanted: the preview of a change of many."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Subquery, func, or_, select, true
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.db.paging import AnySelect, count_rows
from app.domain.network.models import Evse, Location, Station
from app.domain.network.rows import evse_label
from app.domain.people.models import Operator, Partner
from app.domain.people.queries import within
from app.domain.tariffs.groups_law import Blocks, ad_hoc_sheets, blocking
from app.domain.tariffs.groups_models import TariffGroup
from app.domain.tariffs.groups_queries import group_by_code, group_versions
from app.domain.tariffs.law import FAST_W, PlaceClass
from app.domain.tariffs.models import Tariff, TariffAssignment
from app.domain.tariffs.queries import tariff_by_code
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import read_code
from app.work.unit import Work

#: EVSEs in one change; a job takes 1,000 of them at most
MOST_EVSES, PER_JOB = 10_000, 1_000
#: what "has now" may be besides a code: nothing of its own
NOTHING = "none"


@dataclass(frozen=True, slots=True)
class BulkFilter:
    """Which EVSEs; everything optional. ``fast``: ``yes`` from 50 kW on, ``no`` below; ``has``: a tariff's or group's code, or ``none``.

    ``points``: labels of charge points chosen elsewhere, with blanks between.
    """

    text: str = ""
    partner: str = ""
    location: str = ""
    current: str = ""
    fast: str = ""
    has: str = ""
    points: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing narrowed: all EVSEs."""
        return not (self.text or self.partner or self.location or self.current or self.fast or self.has or self.points)


@dataclass(frozen=True, slots=True)
class Target:
    """What EVSEs shall have: a price sheet, a group, or neither (nothing of their own)."""

    tariff_id: UUID | None = None
    group_id: UUID | None = None
    code: str = ""
    name: str = ""
    partner_id: UUID | None = None
    sheets: frozenset[UUID] = frozenset()

    @property
    def right(self) -> Permission:
        """The right to give it to an EVSE."""
        return Permission.TARIFF_GROUP_EDIT if self.group_id else Permission.TARIFF_ASSIGN

    @property
    def choice(self) -> tuple[UUID | None, UUID | None]:
        """Tariff and group, of which one at most is set."""
        return self.tariff_id, self.group_id


@dataclass(frozen=True, slots=True)
class BulkRow:
    """An EVSE with what it has of its own."""

    evse_id: UUID
    partner_id: UUID | None
    label: str
    location: str
    partner: str | None
    country: str
    current: str
    max_w: int
    public: bool
    clock_approved: bool
    tariff_id: UUID | None
    group_id: UUID | None
    has: str | None
    has_code: str | None
    since: datetime | None

    @property
    def is_fast(self) -> bool:
        """50 kW and more."""
        return self.max_w >= FAST_W

    @property
    def kind(self) -> PlaceClass:
        """What the law looks at."""
        return PlaceClass(self.country, self.current, self.max_w, self.public, self.clock_approved)

    @property
    def choice(self) -> tuple[UUID | None, UUID | None]:
        """Tariff and group it has of its own."""
        return self.tariff_id, self.group_id


@dataclass(slots=True)
class ClassSum:
    """EVSEs of one class and partner: how many, what is replaced, what is skipped and why."""

    current: str
    fast: bool
    partner: str | None
    count: int = 0
    replaced: Counter[str | None] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen. ``mark`` changes with everything that matters; a confirmation names the mark it has seen."""

    classes: list[ClassSum]
    total: int
    to_do: int
    mark: str


def target_by_code(work: Work, code: str) -> Target:
    """The sheet or group of a code, or ``none``; refuses ``unknown_target``, archived ones, sheets without a price."""
    if code == NOTHING:
        return Target(code=NOTHING)
    if read_code("G", code):
        group = group_by_code(work, code)
        if group.archived:
            raise Conflict("group_archived")
        states = group_versions(work.session, group.id)
        newest = next((n for n, v in enumerate(states) if v.valid_from is not None and v.valid_from <= work.now), 0)
        sheets = frozenset(ad_hoc_sheets(states[: newest + 1]))
        return Target(None, group.id, group.code, group.name, group.partner_id, sheets)
    if not read_code("T", code):
        raise Invalid("unknown_target", field="target")
    row = tariff_by_code(work, code)
    if row.archived or row.now is None:
        raise Conflict("tariff_not_usable")
    return Target(row.id, None, row.code, row.name, row.partner_id, frozenset({row.id}))


def own_choices(at: datetime) -> Subquery:
    """What each EVSE has of its own at an instant: evse_id, tariff_id, group_id, valid_from."""
    rows = select(TariffAssignment.evse_id, TariffAssignment.tariff_id, TariffAssignment.group_id, TariffAssignment.valid_from)
    newest = rows.where(TariffAssignment.valid_from <= at).distinct(TariffAssignment.evse_id)
    return newest.order_by(TariffAssignment.evse_id, TariffAssignment.valid_from.desc()).subquery("own_choice")


def _own_choice(at: datetime) -> FromClause:
    """The same of one EVSE, looked up: where few are asked for, nobody reads what all have."""
    rows = select(TariffAssignment.tariff_id, TariffAssignment.group_id, TariffAssignment.valid_from)
    begun = rows.where(TariffAssignment.evse_id == Evse.id, TariffAssignment.valid_from <= at)
    return begun.order_by(TariffAssignment.valid_from.desc()).limit(1).correlate(Evse).lateral("own_choice")


def _statement(work: Work, right: Permission, at: datetime) -> tuple[AnySelect, Any, Any]:
    own, sheet, group = _own_choice(at), aliased(Tariff, name="sheet"), aliased(TariffGroup, name="in_group")
    country = func.coalesce(Location.country, Operator.country)
    statement: AnySelect = (
        select(
            Evse.id, Evse.partner_id, Station.label, Evse.number, Location.name, Partner.name, country, Evse.current, Evse.max_w,
            func.coalesce(Location.public, True), Evse.clock_approved,
            own.c.tariff_id, own.c.group_id, func.coalesce(sheet.name, group.name), func.coalesce(sheet.code, group.code), own.c.valid_from,
        )
        .join(Station, Station.id == Evse.station_id)
        .join(Operator, Operator.id == Evse.operator_id)
        .outerjoin(Location, Location.id == Station.location_id)
        .outerjoin(Partner, Partner.id == Evse.partner_id)
        .outerjoin(own, true())
        .outerjoin(sheet, sheet.id == own.c.tariff_id)
        .outerjoin(group, group.id == own.c.group_id)
    )  # fmt: skip
    mine = (Evse.operator_id == work.operator_id, Station.retired_at.is_(None), within(Evse.partner_id, work.scope(right)))
    here = work.actor.locations
    statement = statement.where(*mine) if here is None else statement.where(*mine, Station.location_id.in_(here))
    return statement, sheet, group


def narrowed(work: Work, wanted: BulkFilter, right: Permission, at: datetime) -> AnySelect:
    """The EVSEs of a filter that the actor may give prices to, with what they have at an instant; in no order."""
    statement, sheet, group = _statement(work, right, at)
    word = wanted.text.strip()
    if wanted.points:
        statement = statement.where(Station.label.in_(wanted.points.upper().split()))
    if word:
        places = (Station.label, Location.name, Evse.evse_uid)
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in places)))
    if wanted.partner:
        statement = statement.where(Partner.code == read_code("P", wanted.partner))
    if wanted.location:
        statement = statement.where(Location.code == read_code("L", wanted.location))
    if wanted.current:
        statement = statement.where(Evse.current == wanted.current)
    if wanted.fast:
        statement = statement.where(Evse.max_w >= FAST_W if wanted.fast == "yes" else Evse.max_w < FAST_W)
    if wanted.has == NOTHING:
        statement = statement.where(sheet.id.is_(None), group.id.is_(None))
    elif wanted.has:
        statement = statement.where(func.coalesce(sheet.code, group.code) == wanted.has)
    return statement


def count_of(work: Work, wanted: BulkFilter, right: Permission, at: datetime) -> int | None:
    """How many EVSEs a filter finds; None: more than 10,000."""
    return count_rows(work.session, select(narrowed(work, wanted, right, at).subquery()))


def rows_of(work: Work, wanted: BulkFilter, right: Permission, at: datetime, limit: int) -> list[BulkRow]:
    """The first EVSEs of a filter, by label."""
    statement = narrowed(work, wanted, right, at).order_by(Station.label, Evse.number).limit(limit)
    return [bulk_row(row) for row in work.session.execute(statement)]


def rows_by_id(work: Work, ids: Collection[UUID], right: Permission, at: datetime) -> dict[UUID, BulkRow]:
    """These EVSEs, of those the actor may give prices to."""
    found = work.session.execute(_statement(work, right, at)[0].where(Evse.id.in_(ids)))
    return {row[0]: bulk_row(row) for row in found}


def bulk_row(row: Any) -> BulkRow:
    """A row of the statement as a value."""
    evse_id, partner_id, label, number, location, *rest = row
    return BulkRow(evse_id, partner_id, evse_label(label, number), location or "", *rest)


def blocks_of(work: Work, rows: Iterable[BulkRow], sheets: Collection[UUID]) -> Blocks:
    """What the law forbids of these sheets at these EVSEs. One statement."""
    return blocking(work, sheets, {row.kind for row in rows}, work.now) if sheets else {}


def verdict(row: BulkRow, target: Target, blocks: Blocks) -> str | None:
    """Why an EVSE stays as it is: ``same``, ``other_partner``, or the rule that forbids it as ``code|clause``; None: it gets the target."""
    if row.choice == target.choice:
        return "same"
    if target.partner_id is not None and target.partner_id != row.partner_id:
        return "other_partner"
    found = next((blocks[sheet, row.kind] for sheet in sorted(target.sheets, key=str) if (sheet, row.kind) in blocks), None)
    return f"{found.code}|{found.clause}" if found else None


def judged(work: Work, rows: Sequence[BulkRow], target: Target) -> list[tuple[BulkRow, str | None]]:
    """Each EVSE with its verdict."""
    blocks = blocks_of(work, rows, target.sheets)
    return [(row, verdict(row, target, blocks)) for row in rows]


def preview(work: Work, wanted: BulkFilter, target: Target, at: datetime) -> tuple[Preview, list[tuple[BulkRow, str | None]]]:
    """What giving the target to all EVSEs of a filter would do; refuses ``too_many_bulk_evses``. A constant number of statements."""
    rows = rows_of(work, wanted, target.right, at, MOST_EVSES + 1)
    if len(rows) > MOST_EVSES:
        raise Invalid("too_many_bulk_evses", field="text", most=MOST_EVSES)
    found = judged(work, rows, target)
    classes: dict[tuple[str, bool, str | None], ClassSum] = {}
    digest = hashlib.sha256(f"{target.choice} {sorted(map(str, target.sheets))}".encode())
    for row, why in found:
        one = classes.setdefault((row.current, row.is_fast, row.partner), ClassSum(row.current, row.is_fast, row.partner))
        one.count += 1
        if why is None:
            one.replaced[row.has] += 1
        else:
            one.skipped[why] += 1
        digest.update(f"{row.evse_id} {row.choice} {why}".encode())
    order = sorted(classes.values(), key=lambda c: (c.partner or "", c.current, c.fast))
    return Preview(order, len(found), sum(why is None for _, why in found), digest.hexdigest()[:32]), found
