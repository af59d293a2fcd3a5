"""How a change of many stands: progress, what became of each EVSE, and the last ones. A constant number of statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.db.paging import PAGE, Page, take_page
from app.domain.people.queries import within
from app.domain.tariffs.bulk import bulk_by_code
from app.domain.tariffs.bulk_models import BulkAssignment, BulkAssignmentItem
from app.domain.tariffs.groups_models import TariffGroup
from app.domain.tariffs.models import Tariff
from app.kernel.errors import NotFound
from app.work.unit import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRowShown:
    """A change of many. ``seen``: EVSEs its jobs have got through, also those not yet committed."""

    code: str
    source: str
    target: str | None
    target_code: str | None
    starts_at: datetime
    total: int
    done: int
    skipped: int
    seen: int
    failed: bool
    created_at: datetime
    created_name: str
    undo_of: str | None
    undone_by: str | None
    problems: tuple[dict[str, Any], ...]

    @property
    def is_open(self) -> bool:
        """Do EVSEs wait for their job?"""
        return self.done + self.skipped < self.total and not self.failed

    @property
    def can_be_undone(self) -> bool:
        """Everything settled, something done, not undone yet, and no undo itself."""
        return not self.is_open and self.done > 0 and self.undone_by is None and self.source != "undo"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one EVSE."""

    label: str
    before: str | None
    result: str | None
    reason: str | None


_COUNTS = text(
    """
    select b.id, coalesce(t.name, g.name), coalesce(t.code, g.code), o.code, u.code,
      (select count(*) from bulk_assignment_item i where i.bulk_id = b.id and i.result = 'done'),
      (select count(*) from bulk_assignment_item i where i.bulk_id = b.id and i.result = 'skipped'),
      coalesce((select sum(j.done) from job j where j.name = 'tariffs.assign' and j.key like 'bulk:' || b.id || ':%'), 0),
      exists (select from job j where j.name = 'tariffs.assign' and j.key like 'bulk:' || b.id || ':%'
              and j.state in ('failed', 'cancelled'))
    from bulk_assignment b
    left join tariff t on t.id = b.tariff_id
    left join tariff_group g on g.id = b.group_id
    left join bulk_assignment o on o.id = b.undo_of
    left join bulk_assignment u on u.undo_of = b.id
    where b.id = any (:ids)
    """
)


def bulk_shown(work: Work, code: str) -> BulkRowShown:
    """One change of many. Two statements."""
    return _shown(work, [bulk_by_code(work, code)])[0]


def last_bulks(work: Work, partner_id: UUID | None, limit: int = 10) -> list[BulkRowShown]:
    """The last changes of an account (None: the operator's own). Two statements."""
    mine = BulkAssignment.partner_id == partner_id if partner_id is not None else BulkAssignment.partner_id.is_(None)
    statement = select(BulkAssignment).where(BulkAssignment.operator_id == work.operator_id, mine)
    return _shown(
        work, list(work.session.scalars(statement.order_by(BulkAssignment.created_at.desc(), BulkAssignment.id.desc()).limit(limit)))
    )


def _shown(work: Work, found: list[BulkAssignment]) -> list[BulkRowShown]:
    facts = {row[0]: tuple(row[1:]) for row in work.session.execute(_COUNTS, {"ids": [b.id for b in found]})}
    return [_row(bulk, *facts[bulk.id]) for bulk in found]


def _row(
    bulk: BulkAssignment, name: str | None, target: str | None, undo_of: str | None, undone_by: str | None, *counts: Any
) -> BulkRowShown:
    done, skipped, seen, failed = counts
    return BulkRowShown(
        code=bulk.code,
        source=bulk.source,
        target=name,
        target_code=target,
        starts_at=bulk.starts_at,
        total=bulk.total,
        done=done,
        skipped=skipped,
        seen=min(bulk.total, max(int(seen), done)),
        failed=failed,
        created_at=bulk.created_at,
        created_name=bulk.created_name,
        undo_of=undo_of,
        undone_by=undone_by,
        problems=tuple(bulk.problems),
    )


def settled_rows(work: Work, code: str, *, skipped_only: bool, cursor: str | None = None, limit: int = PAGE) -> Page[Settled]:
    """The EVSEs of a change, those that were skipped first. Three statements."""
    bulk = bulk_by_code(work, code)
    reach = work.scope(Permission.TARIFF_VIEW)
    if isinstance(reach, frozenset) and not reach:
        raise NotFound
    sheet, group = aliased(Tariff), aliased(TariffGroup)
    statement = (
        select(BulkAssignmentItem.place, BulkAssignmentItem.label, func.coalesce(sheet.name, group.name), BulkAssignmentItem.result,
               BulkAssignmentItem.reason)
        .outerjoin(sheet, sheet.id == BulkAssignmentItem.before_tariff_id)
        .outerjoin(group, group.id == BulkAssignmentItem.before_group_id)
        .where(BulkAssignmentItem.bulk_id == bulk.id, within(BulkAssignmentItem.partner_id, reach))
    )  # fmt: skip
    if skipped_only:
        statement = statement.where(BulkAssignmentItem.result == "skipped")
    order = (BulkAssignmentItem.place,)
    page = take_page(work.session, statement, order, lambda r: (r.place,), cursor=cursor, limit=limit)
    return Page([Settled(*row[1:]) for row in page.rows], page.before, page.after, page.total)
