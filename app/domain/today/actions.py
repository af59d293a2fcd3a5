"""Taking something that needs a person, giving it back, and leaving it alone until a day. The thing itself is not changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.domain.people import checks
from app.domain.people.models import Operator
from app.domain.today.events import NeedGivenBack, NeedSnoozed, NeedTaken, NeedWoken
from app.domain.today.kinds import KINDS
from app.domain.today.models import TodayMark
from app.domain.today.queries import kinds_of, need_item
from app.domain.today.rows import NeedItem
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import uuid7
from app.kernel.periods import day_start, local_date
from app.work.unit import Work

#: nothing is left alone for longer
LONGEST_DAYS = 90


def take(work: Work, kind: str, key: str, instead_of: str = "") -> NeedItem:
    """Look after it from now on. From a colleague only by ``instead_of``, that colleague's id: else ``Conflict``."""
    mark, item = _marked(work, kind, key)
    if item.mine:
        return item
    if item.taken_by is not None and str(item.taken_by) != instead_of:
        raise Conflict("taken_by_colleague", name=item.taken_name)
    mark.taken_by, mark.taken_at, mark.taken_name = work.actor.id, work.now, work.actor.name
    work.session.flush()
    work.record(NeedTaken(**_about(mark), kind=kind, name_of=item.name, instead_of=item.taken_name))
    return need_item(work, kind, key)


def give_back(work: Work, kind: str, key: str) -> NeedItem:
    """Look after it no longer; of what a colleague has, ``Conflict``."""
    mark, item = _marked(work, kind, key)
    if item.taken_by is None:
        return item
    if not item.mine:
        raise Conflict("taken_by_colleague", name=item.taken_name)
    mark.taken_by, mark.taken_at, mark.taken_name = None, None, None
    work.session.flush()
    work.record(NeedGivenBack(**_about(mark), kind=kind, name_of=item.name))
    return need_item(work, kind, key)


def snooze(work: Work, kind: str, key: str, until: date, reason: str) -> None:
    """Leave it alone until that day of the operator's zone; refuses a day that is not ahead, or too far, and an empty reason."""
    mark, item = _marked(work, kind, key)
    zone = work.session.get_one(Operator, work.operator_id).time_zone
    today = local_date(work.now, zone)
    if not today < until <= today + timedelta(days=LONGEST_DAYS):
        raise Invalid("snooze_day", field="until", days=LONGEST_DAYS)
    mark.reason = checks.text(reason, "reason", longest=200)
    mark.snoozed_until, mark.snoozed_at, mark.snoozed_name = day_start(until, zone), work.now, work.actor.name
    work.session.flush()
    work.record(NeedSnoozed(**_about(mark), kind=kind, name_of=item.name, until=until, reason=mark.reason))


def wake(work: Work, kind: str, key: str) -> None:
    """Show it again now. One that is awake stays so."""
    _require_kind(work, kind)
    mark = _locked(work, kind, key)
    if mark is None:
        raise NotFound
    if mark.snoozed_until is not None:
        mark.snoozed_until, mark.snoozed_at, mark.snoozed_name, mark.reason = None, None, None, ""
        work.session.flush()
        work.record(NeedWoken(**_about(mark), kind=kind, name_of=mark.name))


def _marked(work: Work, kind: str, key: str) -> tuple[TodayMark, NeedItem]:
    """The thing and its mark, locked, so that of two who take it one is told about the other; ``NotFound`` for a foreign or settled one."""
    _require_kind(work, kind)
    found = need_item(work, kind, key)
    values = {"id": uuid7(), "operator_id": work.operator_id, "kind": kind, "subject": key, "name": found.name, "reason": ""}
    work.session.execute(insert(TodayMark).values(values).on_conflict_do_nothing(index_elements=["operator_id", "kind", "subject"]))
    mark = _locked(work, kind, key)
    if mark is None:
        raise NotFound
    mark.name = found.name
    return mark, need_item(work, kind, key)


def _require_kind(work: Work, kind: str) -> None:
    """One of the rights that show the kind; ``NotFound`` for a kind that is not the actor's, as for one that is none."""
    if kind not in kinds_of(work):
        raise NotFound
    work.require(next(right for right in KINDS[kind].rights if work.can(right)))


def _locked(work: Work, kind: str, key: str) -> TodayMark | None:
    asked = select(TodayMark).where(TodayMark.operator_id == work.operator_id, TodayMark.kind == kind, TodayMark.subject == key)
    return work.session.scalars(asked.with_for_update().execution_options(populate_existing=True)).one_or_none()


def _about(mark: TodayMark) -> dict[str, Any]:
    subject: tuple[str, UUID] = ("today_mark", mark.id)
    return {"operator_id": mark.operator_id, "subject": subject}
