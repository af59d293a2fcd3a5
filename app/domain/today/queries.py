"""The list of what needs a person, one thing of it, and what is snoozed. A constant number of statements: one a kind, one for marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select

from app.db.paging import AnySelect
from app.domain.people.models import Partner
from app.domain.today.kinds import KINDS
from app.domain.today.models import TodayMark
from app.domain.today.rows import MOST, SHOWS, Need, NeedItem, Needs, SnoozedItem
from app.kernel.errors import NotFound
from app.work.unit import Work

#: who has taken something is asked anew after so long
TAKEN_FOR = timedelta(days=90)
_NEVER = datetime.min.replace(tzinfo=UTC)
_Marks = dict[tuple[str, str], TodayMark]


def needs(work: Work, show: str = "all") -> Needs:
    """What waits for a person, the most urgent kind first; only what the actor may see, nothing that is snoozed. ``show``: ``SHOWS``."""
    return _needs(work, show, _marks(work))


def all_needs(work: Work) -> dict[str, Needs]:
    """The list in each of its ways to show it. Who looks after no partner and has taken nothing costs nothing more than the whole list."""
    marks = _marks(work)
    return {show: _needs(work, show, marks) for show in SHOWS}


def looks_after(work: Work) -> bool:
    """Is the reader account manager of any partner? One statement."""
    return bool(work.session.scalar(select(_own_partners(work).exists())))


def need(work: Work, kind: str, show: str = "all") -> Need:
    """All of one kind, ``MOST`` at most; ``NotFound`` for a kind that is not the actor's."""
    if kind not in kinds_of(work):
        raise NotFound
    return _need(work, kind, show, _marks(work))


def need_item(work: Work, kind: str, key: str) -> NeedItem:
    """One thing, snoozed or not; ``NotFound`` when it needs nobody any more."""
    if kind not in kinds_of(work):
        raise NotFound
    chosen = KINDS[kind].asked(work).subquery()
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


def _needs(work: Work, show: str, marks: _Marks) -> Needs:
    has_any = show != "mine" or looks_after(work)
    found, asleep = [], []
    for kind in kinds_of(work):
        need = _need(work, kind, show, marks) if has_any else None
        if need and need.items:
            found.append(need)
        asleep += [mark.snoozed_until for (of, _), mark in marks.items() if of == kind and _sleeps(mark, None, work.now)]
    return Needs(found, len(asleep), min((at for at in asleep if at), default=None))


def _need(work: Work, kind: str, show: str, marks: _Marks) -> Need:
    hidden = sum(1 for (of, _), mark in marks.items() if of == kind and _sleeps(mark, None, work.now))
    asked = _asked(work, kind, show, marks)
    items = []
    for row in [] if asked is None else work.session.execute(asked.limit(MOST + 1 + hidden)):
        mark = marks.get((kind, row.key))
        if mark is None or not _sleeps(mark, row.since, work.now):
            items.append(_taken(work, NeedItem(kind, row.key, row.name, row.detail, row.code, row.since, row.due), mark))
    if show == "taken":
        items = [item for item in items if item.mine]
    return Need(kind, tuple(items[:MOST]), len(items) if len(items) <= MOST else None)


def _asked(work: Work, kind: str, show: str, marks: _Marks) -> AnySelect | None:
    """The statement of a kind; None where it would find nothing."""
    if show == "mine":
        return None if KINDS[kind].partner is None else KINDS[kind].asked(work, _own_partners(work))
    if show != "taken":
        return KINDS[kind].asked(work)
    keys = [key for (of, key), mark in marks.items() if of == kind and mark.taken_by == work.actor.id]
    chosen = KINDS[kind].asked(work).subquery()
    return select(chosen).where(chosen.c.key.in_(keys)).order_by(chosen.c.since) if keys else None


def _own_partners(work: Work) -> AnySelect:
    """Keys of the partners that the reader is account manager of."""
    return select(Partner.id).where(Partner.operator_id == work.operator_id, Partner.manager_id == work.actor.id)


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
