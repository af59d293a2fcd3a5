"""EVSEs that get another price sheet or group, and groups that get other lines: what the partners concerned are told of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.domain.network.rows import evse_label
from app.domain.people.user_groups import UserGroup
from app.domain.tariffs.bulk_models import BulkAssignment, BulkAssignmentItem
from app.domain.tariffs.cascade import CHOSEN, HELD
from app.domain.tariffs.cascade_lines import Line
from app.domain.tariffs.cascade_tester import SHEETS
from app.domain.tariffs.groups_models import GroupAssignment, TariffGroup, TariffGroupVersion
from app.domain.tariffs.groups_queries import lines_of
from app.domain.tariffs.models import TariffAssignment
from app.domain.tariffs.queries import stored_terms
from app.money.terms import Tariff
from app.work.unit import Work

#: the shortest time before an instant
_JUST = timedelta(microseconds=1)
#: labels of EVSEs that a mail names; the rest is a number
NAMED = 5

#: what each EVSE has before and from an instant on, counted by holder; only where that differs. Wants :operator, :at, :before, and the
#: EVSEs, places and groups that were touched as :touched (keys are unique over tables); ``only_evses``: there are no others; EVSEs in
#: :returned keep what they have because a change that was told is taken back
_MOVED = text(
    f"""
    with sides as (
        select w.at = :at as after, e.id as evse, st.label, e.number, held_by.id as holder,
          chosen.tariff_id, chosen.group_id, gv.id as version, coalesce(chosen.tariff_id, gv.rest_tariff_id) as sheet,
          e.id = any (:touched) or chosen.level = 'station' and st.id = any (:touched)
            or chosen.level = 'location' and st.location_id = any (:touched) or chosen.level = 'partner' and held_by.id = any (:touched)
            or chosen.level = 'operator' and st.operator_id = any (:touched) or chosen.group_id = any (:touched) as touched
        from (values (cast(:before as timestamptz)), (cast(:at as timestamptz))) w (at)
        join evse e on e.operator_id = :operator and (not :only_evses or e.id = any (:touched))
        join station st on st.id = e.station_id and st.retired_at is null
        join operator o on o.id = e.operator_id
        left join location l on l.id = st.location_id
        {HELD}
        {CHOSEN}
    )
    select b.holder, old.tariff_id as old_tariff, old.group_id as old_group, old.version as old_version, old.sheet as old_sheet,
      b.tariff_id, b.group_id, b.version, b.sheet, count(*) as evses,
      (array_agg(array[b.label, b.number::text] order by b.label, b.number))[1:{NAMED}] as named
    from sides b
    join sides old on old.evse = b.evse and not old.after
    where b.after and b.holder is not null and (old.touched or b.touched)
      and ((old.tariff_id, old.group_id, old.version) is distinct from (b.tariff_id, b.group_id, b.version) or b.evse = any (:returned))
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    order by count(*) desc, 11
    """  # noqa: S608 - constants
).bindparams(bindparam("touched", type_=ARRAY(Uuid)), bindparam("returned", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A group's line as a mail says it: for whom, and the sheet's name."""

    line: Line
    people: str | None
    sheet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """A sheet or group that EVSEs have; ``code`` empty: none. ``terms`` are everyone else's, who have no line of their own."""

    code: str = ""
    name: str = ""
    terms: Tariff | None = None
    lines: tuple[ToldLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMove:
    """So many EVSEs of a partner pay by another sheet or group, or by other lines of the same, from an instant on."""

    valid_from: datetime
    evses: int
    labels: tuple[str, ...]
    before: Had
    after: Had

    @property
    def withdrawn(self) -> bool:
        """What was planned for this instant is taken back; ``after`` stays in force."""
        return self.before is self.after

    @property
    def unnamed(self) -> int:
        """EVSEs that are only counted."""
        return self.evses - len(self.labels)


def moves(work: Work, since: datetime, until: datetime) -> dict[UUID, list[PriceMove]]:
    """By partner what was assigned, attached or published for a group in these minutes, by its start, the most EVSEs first.

    What was given and taken back within them is not told at all: what counts is what EVSEs have at the start and had just before.
    """
    told: dict[UUID, list[PriceMove]] = defaultdict(list)
    returned = _returned(work, since, until)
    for at, (touched, only_evses) in sorted(_touched(work, since, until).items()):
        values = {"operator": work.operator_id, "at": at, "before": at - _JUST, "touched": list(touched), "only_evses": only_evses}
        rows = work.session.execute(_MOVED, values | {"returned": returned}).all()
        before = _had(work, {(r.old_tariff, r.old_group, r.old_version, r.old_sheet) for r in rows}, at - _JUST)
        after = _had(work, {(r.tariff_id, r.group_id, r.version, r.sheet) for r in rows}, at)
        for row in rows:
            told[row.holder].append(_move(row, at, before, after))
    return told


def _move(row: Row[Any], at: datetime, before: dict[Any, Had], after: dict[Any, Had]) -> PriceMove:
    old = (row.old_tariff, row.old_group, row.old_version, row.old_sheet)
    new = (row.tariff_id, row.group_id, row.version, row.sheet)
    labels = tuple(evse_label(label, int(number)) for label, number in row.named)
    then = after[new]
    return PriceMove(valid_from=at, evses=row.evses, labels=labels, before=then if old == new else before[old], after=then)


def _touched(work: Work, since: datetime, until: datetime) -> dict[datetime, tuple[set[UUID], bool]]:
    """By start the EVSEs, places and groups that were written in these minutes, and whether they are EVSEs alone. Three statements."""
    found: dict[datetime, tuple[set[UUID], bool]] = {}
    kinds: tuple[tuple[Any, Any], ...] = (
        (GroupAssignment, GroupAssignment.place_id),
        (TariffGroupVersion, TariffGroupVersion.group_id),
        (TariffAssignment, TariffAssignment.evse_id),
    )
    for table, key in kinds:
        written = (table.operator_id == work.operator_id, table.created_at >= since, table.created_at < until)
        for at, touched in work.session.execute(select(table.valid_from, key).where(*written)):
            found.setdefault(at, (set(), table is TariffAssignment))[0].add(touched)
    return found


def _returned(work: Work, since: datetime, until: datetime) -> list[UUID]:
    """EVSEs that a change of many was taken back for in these minutes, of those that were told of it before them."""
    undo, undone = aliased(BulkAssignment), aliased(BulkAssignment)
    made = (undo.operator_id == work.operator_id, undo.created_at >= since, undo.created_at < until, undone.created_at < since)
    items = select(BulkAssignmentItem.evse_id).join(undo, undo.id == BulkAssignmentItem.bulk_id).join(undone, undone.id == undo.undo_of)
    return list(work.session.scalars(items.where(*made, BulkAssignmentItem.result == "done")))


#: tariff, group, the group's version, and everyone else's sheet
_Choice = tuple[UUID | None, UUID | None, UUID | None, UUID | None]


def _had(work: Work, choices: Collection[_Choice], at: datetime) -> dict[_Choice, Had]:
    """Names, lines and everyone else's terms of what EVSEs have at an instant. Four statements."""
    lines = lines_of(work.session, {version for _, _, version, _ in choices if version})
    spoken = [line for each in lines.values() for line in each]
    wanted = {sheet for *_, sheet in choices if sheet} | {line.tariff_id for line in spoken}
    sheets = {row.id: row for row in work.session.execute(SHEETS, {"at": at, "ids": list(wanted)})}
    groups = select(TariffGroup).where(TariffGroup.id.in_({group for _, group, *_ in choices if group}))
    named = {group.id: group for group in work.session.scalars(groups)}
    people = select(UserGroup.id, UserGroup.name).where(UserGroup.id.in_({line.user_group_id for line in spoken if line.user_group_id}))
    crowds = dict(work.session.execute(people).tuples().all())
    found: dict[_Choice, Had] = {}
    for choice in choices:
        tariff_id, group_id, version, sheet = choice
        thing: Any = named[group_id] if group_id else sheets[tariff_id] if tariff_id else None
        if thing is None:
            found[choice] = Had()
            continue
        said = tuple(
            ToldLine(line, crowds.get(line.user_group_id) if line.user_group_id else None, sheets[line.tariff_id].name)
            for line in (lines.get(version, ()) if version else ())
        )
        found[choice] = Had(code=thing.code, name=thing.name, terms=stored_terms(sheets[sheet].terms) if sheet else None, lines=said)
    return found
