"""Who may charge at a charge point, and whether drivers who look for a free place are shown it: to change, and to take back (B10).

A change is one act, whatever number of charge points: one of them at once, many by one job in the name of whoever asked. Each leaves a row
that is never changed, so that what held at an instant can be told; one undo gives back what stood before, where nothing changed since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, select, text

from app.access.permissions import Permission
from app.domain.network.access_models import StationAccess
from app.domain.network.access_rows import Access, AccessRow, access_of, after_of, before_of, group_names, shown_access
from app.domain.network.events import AccessSet
from app.domain.network.listing import StationLine
from app.domain.network.many import Choice, LeftOut, chosen, require_somewhere
from app.domain.network.models import Station
from app.domain.network.queries import in_reach
from app.domain.people.queries import within
from app.domain.people.user_groups import UserGroup
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import uuid7
from app.work.job_list import JobRow, own_job_by_key
from app.work.unit import Work

ACCESS = ("public", "own", "groups")
JOB = "network.access"


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """Charge points that would get it, and those that would not, with the reason."""

    to_do: tuple[StationLine, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One charge point of an act: before, after."""

    label: str
    partner_name: str | None
    before: AccessRow
    after: AccessRow


@dataclass(frozen=True, slots=True)
class AccessAct:
    """One act: its charge points by label, who did it and when (None: the job has not begun), whether it can still be taken back."""

    change_id: UUID
    job: JobRow | None
    rows: tuple[Changed, ...] = ()
    set_at: datetime | None = None
    set_name: str = ""
    is_undo: bool = False
    undone: bool = False
    may: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the job is still to do it."""
        return not self.rows and self.job is not None and self.job.is_open


def access_plan(work: Work, choice: Choice) -> AccessPlan:
    """Whose access can be changed of a choice, and why others are left out: ``not_allowed``, or held by nobody (``unheld``)."""
    require_somewhere(work, Permission.ACCESS_EDIT)
    why = [(line, _why_not(work, line)) for line in chosen(work, choice)]
    left_out = tuple(LeftOut(line.station.label, reason) for line, reason in why if reason is not None)
    return AccessPlan(tuple(line for line, reason in why if reason is None), left_out)


def set_access(work: Work, choice: Choice, wanted: Access, *, key: str, account: tuple[UUID, str] | None) -> UUID:
    """Have it so, and return the act; the same key is the same act. ``account``: key and code of a partner's, where its people ask.

    Refuses at ``access`` (``nothing_to_change``, ``already_so``) and ``groups`` (``no_group``, ``foreign_group``: another partner's).
    """
    change_id = uuid5(work.actor.id or work.operator_id, key)
    if is_known(work, change_id):
        return change_id
    plan = access_plan(work, choice)
    for line in plan.to_do:
        work.require(Permission.ACCESS_EDIT, partner_id=line.station.partner_id, location_id=line.station.location_id)
    if not plan.to_do:
        raise Invalid("nothing_to_change", field="access")
    _check(work, wanted, {line.station.partner_id for line in plan.to_do})
    asked = select(Station).where(Station.id.in_([line.station.station_id for line in plan.to_do]))
    other = [one.id for one in work.session.scalars(asked) if access_of(one) != wanted]
    if not other:
        raise Invalid("already_so", field="access")
    write_or_queue(work, change_id, dict.fromkeys(other, wanted), undo_of=None, account=account)
    return change_id


def undo_access(work: Work, change_id: UUID, *, account: tuple[UUID, str] | None) -> UUID:
    """Give back what stood before the act, where nothing was changed since; once. Refuses ``undone_already``, ``nothing_to_undo``."""
    rows = _rows_of(work, change_id)
    for row in rows:
        work.require(Permission.ACCESS_EDIT, partner_id=row.partner_id)
    if rows[0].undo_of is not None:
        raise Conflict("undo_not_now")
    if is_known(work, uuid5(change_id, "undo")):
        raise Conflict("undone_already")
    asked = select(Station).where(Station.id.in_([row.station_id for row in rows]), Station.retired_at.is_(None))
    now = {one.id: access_of(one) for one in work.session.scalars(asked)}
    back = {row.station_id: before_of(row) for row in rows if now.get(row.station_id) == after_of(row)}
    if not back:
        raise Conflict("nothing_to_undo")
    undo_id = uuid5(change_id, "undo")
    write_or_queue(work, undo_id, back, undo_of=change_id, account=account)
    return undo_id


def write_or_queue(
    work: Work, change_id: UUID, wanted: dict[UUID, Access], *, undo_of: UUID | None, account: tuple[UUID, str] | None
) -> None:
    """Internal: one charge point at once, many by a job."""
    if len(wanted) == 1:
        write_access(work, change_id, wanted, undo_of)
        return
    kinds: dict[Access, list[UUID]] = defaultdict(list)
    for station_id, one in wanted.items():
        kinds[one].append(station_id)
    work.later(
        JOB,
        key=f"access:{change_id}",
        partner_id=account[0] if account else None,
        change=change_id,
        wanted=[[one.access, one.listed, one.group_ids, ids, one.company] for one, ids in kinds.items()],
        undo_of=undo_of,
        by=work.actor.id,
        partner=account[1] if account else None,
    )


def write_access(work: Work, change_id: UUID, wanted: dict[UUID, Access], undo_of: UUID | None) -> int:
    """Internal: let it hold from now on, as far as the actor may; how many changed. A repeat changes nothing."""
    reach = in_reach(work.actor, Permission.ACCESS_EDIT, Station)
    return _write(work, change_id, wanted, undo_of, [*reach])


def move_access(work: Work, station_ids: Collection[UUID], private: Collection[UUID]) -> int:
    """Internal: charge points came to other partners, ``private`` of them to such as keep theirs to own drivers; how many changed.

    Groups of whoever had it before let nobody in any more: it is for the new partner's own drivers, until somebody says otherwise.
    """
    places = work.session.scalars(select(Station).where(Station.id.in_(station_ids), Station.partner_id.is_not(None))).all()
    own = [place for place in places if place.access == "groups" or (place.access == "public" and place.id in private)]
    return (
        _write(work, uuid7(), {place.id: Access("own", place.listed, company=place.company_default) for place in own}, None, [])
        if own
        else 0
    )


def _write(work: Work, change_id: UUID, wanted: dict[UUID, Access], undo_of: UUID | None, reach: list[ColumnElement[bool]]) -> int:
    asked = select(Station).where(Station.id.in_(wanted), Station.retired_at.is_(None)).order_by(Station.label)
    places = work.session.scalars(asked.where(*reach).with_for_update(key_share=True)).all()
    done = set(work.session.scalars(select(StationAccess.station_id).where(StationAccess.change_id == change_id)))
    names = group_names(work, {key for place in places for key in (*place.access_groups, *wanted[place.id].group_ids)})
    count = 0
    for place in places:
        before, after = access_of(place), wanted[place.id]
        if place.id in done or before == after:
            continue
        place.access, place.listed, place.access_groups = after.access, after.listed, list(after.group_ids)
        place.company_default = after.company
        work.session.add(_row(work, place, change_id, undo_of, before))
        facts = [_facts(shown_access(one, names)) for one in (before, after)]
        subject = ("station", place.id)
        work.record(
            AccessSet(
                operator_id=place.operator_id,
                partner_id=place.partner_id,
                subject=subject,
                label=place.label,
                before=facts[0],
                after=facts[1],
            )
        )
        count += 1
    work.session.flush()
    return count


def _facts(one: AccessRow) -> dict[str, Any]:
    """As the log keeps it."""
    return {"access": one.access, "listed": one.listed, "access_groups": [name for _, name in one.groups], "company": one.company}


def _row(work: Work, place: Station, change_id: UUID, undo_of: UUID | None, before: Access) -> StationAccess:
    return StationAccess(
        id=uuid7(), operator_id=place.operator_id, partner_id=place.partner_id, change_id=change_id, undo_of=undo_of, station_id=place.id,
        access=place.access, access_groups=place.access_groups, listed=place.listed, company=place.company_default,
        before_access=before.access,
        before_groups=list(before.group_ids), before_listed=before.listed, before_company=before.company,
        set_at=work.now, set_by=work.actor.id, set_name=work.actor.name,
    )  # fmt: skip


def access_act(work: Work, change_id: UUID) -> AccessAct:
    """An act in sight, as its rows say; before its job wrote them only to whoever asked. Five statements at most."""
    job = own_job_by_key(work, f"access:{change_id}")
    try:
        rows = _rows_of(work, change_id)
    except NotFound:
        if job is None:
            raise
        return AccessAct(change_id, job)
    labels = {one.id: one for one in work.session.execute(_WHERE, {"ids": [row.station_id for row in rows]})}
    names = group_names(work, {key for row in rows for key in (*row.access_groups, *row.before_groups)})
    shown = [
        Changed(
            labels[row.station_id].label,
            labels[row.station_id].partner,
            shown_access(before_of(row), names),
            shown_access(after_of(row), names),
        )
        for row in rows
        if row.station_id in labels
    ]
    may = all(work.can(Permission.ACCESS_EDIT, partner_id=row.partner_id) for row in rows)
    first = rows[0]
    undone = is_known(work, uuid5(change_id, "undo"))
    ordered = tuple(sorted(shown, key=lambda one: one.label))
    return AccessAct(change_id, job, ordered, first.set_at, first.set_name, first.undo_of is not None, undone, may)


_WHERE = text("select s.id, s.label, p.name as partner from station s left join partner p on p.id = s.partner_id where s.id = any(:ids)")


def _rows_of(work: Work, change_id: UUID) -> Sequence[StationAccess]:
    seen = within(StationAccess.partner_id, work.scope(Permission.NETWORK_VIEW))
    rows = work.session.scalars(select(StationAccess).where(StationAccess.change_id == change_id, seen)).all()
    if not rows:
        raise NotFound
    return rows


def is_known(work: Work, change_id: UUID) -> bool:
    """Internal: whether the act was done, or its job is to do it."""
    asked = select(StationAccess.id).where(StationAccess.change_id == change_id).limit(1)
    return work.session.scalar(asked) is not None or own_job_by_key(work, f"access:{change_id}") is not None


def _check(work: Work, wanted: Access, partner_ids: set[UUID | None]) -> None:
    if wanted.access not in ACCESS:
        raise Invalid("unknown_choice", field="access", value=wanted.access)
    if (wanted.access == "groups") != bool(wanted.group_ids):
        raise Invalid("no_group", field="groups")
    asked = select(UserGroup.partner_id).where(UserGroup.id.in_(wanted.group_ids), UserGroup.archived_at.is_(None))
    owners = work.session.scalars(asked).all()
    if len(owners) != len(wanted.group_ids) or any(owner is not None and {owner} != partner_ids for owner in owners):
        raise Invalid("foreign_group", field="groups")


def _why_not(work: Work, line: StationLine) -> str | None:
    place = line.station
    if not work.can(Permission.ACCESS_EDIT, partner_id=place.partner_id, location_id=place.location_id):
        return "not_allowed"
    return "unheld" if place.partner_id is None else None
