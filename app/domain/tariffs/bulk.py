"""Giving a price to many EVSEs at once: started after a preview, done by jobs of 1,000 EVSEs at most, taken back once.

What became of each EVSE is kept with the reason. An undo is a new assignment of what each EVSE had before; EVSEs that got something else
meanwhile are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app.domain.network.models import Evse, Station
from app.domain.tariffs.assign import write_evses
from app.domain.tariffs.bulk_models import BulkAssignment, BulkAssignmentItem
from app.domain.tariffs.bulk_places import PER_JOB, BulkFilter, BulkRow, Target, own_choices, preview, rows_by_id, target_by_code
from app.domain.tariffs.groups_events import BulkAssignmentDone, BulkAssignmentStarted
from app.domain.tariffs.telling import tell_later
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import new_code, read_code, uuid7
from app.kernel.periods import next_quarter
from app.work.unit import Work

#: EVSEs between two reports of progress
_STEP = 100
#: an EVSE, what it shall have, and why it is left alone (None: it gets it)
Wish = tuple[BulkRow, Target, str | None]


def bulk_start(work: Work, starts_at: datetime | None) -> datetime:
    """When a change of many begins: the next quarter hour, or later; refuses ``starts_too_early``."""
    earliest = next_quarter(work.now)
    if starts_at is not None and starts_at < earliest:
        raise Invalid("starts_too_early", field="starts_at")
    return starts_at or earliest


def start_bulk(work: Work, wanted: BulkFilter, code: str, mark: str, *, starts_at: datetime | None, partner_id: UUID | None) -> str:
    """Give the target to all EVSEs of a filter; ``mark`` is the preview's, and a list that changed since refuses ``list_changed``.

    Returns the code under which progress and result are found. Whose: ``partner_id`` (None: the operator's).
    """
    target = target_by_code(work, code)
    work.require(target.right, partner_id=partner_id)
    start = bulk_start(work, starts_at)
    seen, found = preview(work, wanted, target, start)
    if seen.mark != mark:
        raise Conflict("list_changed")
    if not seen.to_do:
        raise Invalid("nothing_to_assign", field="target")
    return write_bulk(work, [(row, target, why) for row, why in found], start, source="filter", target=target, partner_id=partner_id).code


def write_bulk(
    work: Work,
    wishes: Sequence[Wish],
    start: datetime,
    *,
    source: str,
    target: Target,
    partner_id: UUID | None,
    problems: Sequence[dict[str, Any]] = (),
    undo_of: UUID | None = None,
) -> BulkAssignment:
    """Internal: keep the wishes, those with a reason as skipped, and have the others done by jobs."""
    bulk = BulkAssignment(
        id=uuid7(),
        operator_id=work.operator_id,
        partner_id=partner_id,
        code=new_code("B"),
        source=source,
        tariff_id=target.tariff_id,
        group_id=target.group_id,
        starts_at=start,
        total=len(wishes),
        undo_of=undo_of,
        problems=list(problems),
        created_at=work.now,
        created_by=work.actor.id,
        created_name=work.actor.name,
    )
    work.session.add(bulk)
    work.session.flush()
    _keep_wishes(work, bulk, wishes)
    about = ("bulk_assignment", bulk.id)
    work.record(
        BulkAssignmentStarted(
            operator_id=work.operator_id, partner_id=partner_id, subject=about, code=bulk.code, total=len(wishes), valid_from=start
        )
    )
    return bulk


def _keep_wishes(work: Work, bulk: BulkAssignment, wishes: Sequence[Wish]) -> None:
    """One row per EVSE, those to be done first; a job for each 1,000 of them."""
    ordered = sorted(wishes, key=lambda wish: wish[2] is not None)
    items = [_item(bulk, place, wish) for place, wish in enumerate(ordered, 1)]
    for first in range(0, len(items), PER_JOB):
        work.session.execute(insert(BulkAssignmentItem), items[first : first + PER_JOB])
    waiting = sum(why is None for _, _, why in wishes)
    for first in range(1, waiting + 1, PER_JOB):
        work.later("tariffs.assign", key=f"bulk:{bulk.id}:{first}", partner_id=bulk.partner_id, bulk_id=bulk.id, first=first)


def _item(bulk: BulkAssignment, place: int, wish: Wish) -> dict[str, Any]:
    row, target, why = wish
    return {
        "bulk_id": bulk.id,
        "place": place,
        "operator_id": bulk.operator_id,
        "partner_id": row.partner_id,
        "evse_id": row.evse_id,
        "label": row.label,
        "tariff_id": target.tariff_id,
        "group_id": target.group_id,
        "before_tariff_id": row.tariff_id,
        "before_group_id": row.group_id,
        "result": None if why is None else "skipped",
        "reason": why,
    }


def bulk_by_code(work: Work, code: str) -> BulkAssignment:
    """A change of many in the actor's sight (row-level security: the own account's, for staff all)."""
    statement = select(BulkAssignment).where(BulkAssignment.code == (read_code("B", code) or ""))
    found = work.session.scalars(statement.where(BulkAssignment.operator_id == work.operator_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def undo_bulk(work: Work, code: str) -> str:
    """Give every EVSE back what it had, as a new assignment from the next quarter hour on; once. Returns the new code."""
    bulk = bulk_by_code(work, code)
    items = work.session.scalars(select(BulkAssignmentItem).where(BulkAssignmentItem.bulk_id == bulk.id)).all()
    done = [(item, Target(None, item.group_id or item.before_group_id).right) for item in items if item.result == "done"]
    rights = {right for _, right in done}
    for right in {Target(bulk.tariff_id, bulk.group_id).right, *rights}:
        work.require(right, partner_id=bulk.partner_id)
    if bulk.source == "undo" or any(item.result is None for item in items):
        raise Conflict("undo_not_now")
    if work.session.scalar(select(func.count()).where(BulkAssignment.undo_of == bulk.id)):
        raise Conflict("undone_already")
    start = max(next_quarter(work.now), bulk.starts_at)
    rows = {each: rows_by_id(work, [item.evse_id for item, right in done if right is each], each, start) for each in rights}
    wishes: list[Wish] = []
    for item, right in done:
        row = rows[right].get(item.evse_id)
        if row is not None:
            why = None if row.choice == (item.tariff_id, item.group_id) else "changed"
            wishes.append((row, Target(item.before_tariff_id, item.before_group_id), why))
    if not any(why is None for _, _, why in wishes):
        raise Conflict("nothing_to_undo")
    return write_bulk(work, wishes, start, source="undo", target=Target(), partner_id=bulk.partner_id, undo_of=bulk.id).code


def run_chunk(work: Work, bulk_id: UUID, first: int, report: Callable[[int, int], None]) -> dict[str, int]:
    """Internal: give the EVSEs from place ``first`` on what was wished; a repeat finds nothing to do. Returns done and skipped."""
    bulk = work.session.get_one(BulkAssignment, bulk_id)
    start = max(bulk.starts_at, work.now)
    own = own_choices(start)
    of = (BulkAssignmentItem.bulk_id == bulk_id, BulkAssignmentItem.place >= first, BulkAssignmentItem.place < first + PER_JOB)
    statement = (
        select(BulkAssignmentItem, Evse.partner_id, Station.retired_at, own.c.tariff_id, own.c.group_id)
        .join(Evse, Evse.id == BulkAssignmentItem.evse_id)
        .join(Station, Station.id == Evse.station_id)
        .outerjoin(own, own.c.evse_id == Evse.id)
        .where(*of, BulkAssignmentItem.result.is_(None))
        .order_by(BulkAssignmentItem.place)
    )
    found = work.session.execute(statement).all()
    skipped = 0
    for at in range(0, len(found), _STEP):
        report(at, len(found))
        skipped += _settle(work, found[at : at + _STEP], start)
    report(len(found), len(found))
    done = len(found) - skipped
    if done:
        tell_later(work)
    if found:
        work.record(
            BulkAssignmentDone(
                operator_id=bulk.operator_id,
                partner_id=bulk.partner_id,
                subject=("bulk_assignment", bulk.id),
                code=bulk.code,
                by=bulk.created_name,
                done=done,
                skipped=skipped,
            )
        )
    return {"done": done, "skipped": skipped}


def _settle(work: Work, chunk: Sequence[Any], start: datetime) -> int:
    reasons: dict[int, str | None] = {}
    choices = []
    for item, partner_id, retired_at, tariff_id, group_id in chunk:
        why = None
        if retired_at is not None:
            why = "retired"
        elif partner_id != item.partner_id:
            why = "moved"
        elif (tariff_id, group_id) != (item.before_tariff_id, item.before_group_id):
            why = "changed"
        else:
            choice = {"tariff_id": item.tariff_id, "group_id": item.group_id}
            choices.append({"evse_id": item.evse_id, "partner_id": partner_id, **choice})
        reasons[item.place] = why
    if choices:
        write_evses(work, choices, start)
    bulk_id = chunk[0][0].bulk_id
    for why in set(reasons.values()):
        places = [place for place, reason in reasons.items() if reason == why]
        settled = update(BulkAssignmentItem).where(BulkAssignmentItem.bulk_id == bulk_id, BulkAssignmentItem.place.in_(places))
        work.session.execute(settled.values(result="done" if why is None else "skipped", reason=why))
    return sum(why is not None for why in reasons.values())
