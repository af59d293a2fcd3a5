"""The list of what needs a person, one thing of it, and what is snoozed. A constant number of statements: one a kind, one for marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select

from app.domain.today.kinds import KINDS
from app.domain.today.models import TodayMark
from app.domain.today.rows import MOST, Need, NeedItem, Needs, SnoozedItem
from app.kernel.errors import NotFound
from app.work.unit import Work

#: who has taken something is asked anew after so long
TAKEN_FOR = timedelta(days=90)
_NEVER = datetime.min.replace(tzinfo=UTC)
_Marks = dict[tuple[str, str], TodayMark]


def needs(work: Work) -> Needs:
    """What waits for a person, the most urgent kind first; only what the actor may see, and nothing that is snoozed."""
    marks = _marks(work)
    found, asleep = [], []
    for kind in kinds_of(work):
        need = _need(work, kind, marks)
        if need.items:
            found.append(need)
        asleep += [mark.snoozed_until for (of, _), mark in marks.items() if of == kind and _sleeps(mark, None, work.now)]
    return Needs(found, len(asleep), min((at for at in asleep if at), default=None))


def need(work: Work, kind: str) -> Need:
    """All of one kind, ``MOST`` at most; ``NotFound`` for a kind that is not the actor's."""
    if kind not in kinds_of(work):
        raise NotFound
    return _need(work, kind, _marks(work))


def need_item(work: Work, kind: str, key: str) -> NeedItem:
    """One thing, snoozed or not; ``NotFound`` when it needs nobody any more."""
    if kind not in kinds_of(work):
        raise NotFound
    chosen = KINDS[kind].ask(work).subquery()
    row = work.session.execute(select(chosen).where(chosen.c.key == key).limit(1)).one_or_none()
    if row is None:
        raise NotFound
    mark = _marks(work).get((kind, key))
    return _taken(work, NeedItem(kind, row.key, row.name, row.detail, row.code, row.since, row.due), mark)


def snoozed(work: Work) -> list[SnoozedItem]:
    """What is left alone, by the day it comes back. One statement."""
    allowed = set(kinds_of(work))
    asleep = [m for m in _marks(work).values() if m.kind in allowed and _sleeps(m, None, work.now)]
    return [
        SnoozedItem(m.kind, m.subject, m.name, m.snoozed_until, m.reason, m.snoozed_name)
        for m in sorted(asleep, key=lambda m: (m.snoozed_until or _NEVER, m.name))
        if m.snoozed_until is not None and m.snoozed_name is not None
    ]


def kinds_of(work: Work) -> Iterator[str]:
    """The kinds that the actor may see."""
    return (name for name, kind in KINDS.items() if any(work.can(right) for right in kind.rights))


def _need(work: Work, kind: str, marks: _Marks) -> Need:
    hidden = sum(1 for (of, _), mark in marks.items() if of == kind and _sleeps(mark, None, work.now))
    items = []
    for row in work.session.execute(KINDS[kind].ask(work).limit(MOST + 1 + hidden)):
        mark = marks.get((kind, row.key))
        if mark is None or not _sleeps(mark, row.since, work.now):
            items.append(_taken(work, NeedItem(kind, row.key, row.name, row.detail, row.code, row.since, row.due), mark))
    return Need(kind, tuple(items[:MOST]), len(items) if len(items) <= MOST else None)


def _sleeps(mark: TodayMark, since: datetime | None, now: datetime) -> bool:
    """Is it snoozed? What was said before the present need began does not count; ``since`` None: when that was does not matter."""
    if mark.snoozed_until is None or mark.snoozed_at is None or mark.snoozed_until <= now:
        return False
    return since is None or mark.snoozed_at >= since


def _taken(work: Work, item: NeedItem, mark: TodayMark | None) -> NeedItem:
    if mark is None or mark.taken_at is None or mark.taken_at < (item.since or _NEVER):
        return item
    return replace(item, taken_by=mark.taken_by, taken_name=mark.taken_name, mine=mark.taken_by == work.actor.id)


def _marks(work: Work) -> _Marks:
    lately = TodayMark.taken_at > work.now - TAKEN_FOR
    asked = select(TodayMark).where(TodayMark.operator_id == work.operator_id, or_(lately, TodayMark.snoozed_until > work.now))
    return {(mark.kind, mark.subject): mark for mark in work.session.scalars(asked)}
