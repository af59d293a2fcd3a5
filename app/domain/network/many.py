"""Charge points chosen from a list, and one command to many of them: planned, sent by one job in the name of whoever asked, followed.

Who is not connected, or where the right is missing, is named and left out. The same key is the same job, and each charge point gets
its wish once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.access.gate import can_anywhere
from app.access.permissions import Permission
from app.domain.network.actions import tell_wanted, wish_values
from app.domain.network.commands import RIGHTS
from app.domain.network.listing import DRAWING, StationFilter, StationLine, station_conditions, station_lines
from app.domain.network.models import Station, StationCommand, StationState
from app.domain.network.queries import command_rows, in_reach
from app.domain.network.rows import CommandRow
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.work.job_list import JobRow, own_job
from app.work.jobs import Job
from app.work.unit import Work

#: commands that go to many charge points at once, in the order of the page
TO_MANY = ("reset_soft", "availability_off", "availability_on")
#: charge points in one choice
MOST = 1_000
#: a job that comes later than this sends nothing: nobody expects a restart half an hour after asking for it
LATEST = timedelta(minutes=2)
_STEP = 200
JOB = "network.commands"


@dataclass(frozen=True, slots=True)
class Choice:
    """Charge points by their labels, or all of a filter."""

    labels: tuple[str, ...] = ()
    narrowed: StationFilter | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A charge point that gets nothing: ``new`` and ``offline`` (no connection), ``not_allowed``, ``retired``."""

    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one command to a choice would do. ``mark`` changes with the choice; a confirmation names the mark it has seen."""

    action: str
    to_do: tuple[StationLine, ...]
    left_out: tuple[LeftOut, ...]
    mark: str

    @property
    def running(self) -> int:
        """Sessions that run at those that get it, known to us or not."""
        return sum(plug.session_code is not None or plug.status in DRAWING for line in self.to_do for plug in line.connectors)


@dataclass(frozen=True, slots=True)
class Sent:
    """How a command to many stands: its job, the wishes by label, who was left out. ``gone``: whose leaving had nothing sent at all."""

    job: JobRow
    action: str
    rows: tuple[CommandRow, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """Wishes that wait for an answer."""
        return sum(row.state in {"queued", "sent"} for row in self.rows)

    @property
    def is_open(self) -> bool:
        """Whether it may still move."""
        return self.job.is_open or self.open > 0


def chosen(work: Work, choice: Choice) -> list[StationLine]:
    """The charge points of a choice that are in use and in sight, by label; refuses ``too_many_chosen``. Three statements at most."""
    if choice.narrowed is not None:
        which = [*station_conditions(work, choice.narrowed), Station.retired_at.is_(None)]
    else:
        which = [Station.label.in_(choice.labels[: MOST + 1]), Station.retired_at.is_(None)]
    found = station_lines(work, *which, limit=MOST + 1)
    if len(found) > MOST:
        raise Invalid("too_many_chosen", field="label", most=MOST)
    return found


def require_somewhere(work: Work, right: Permission) -> None:
    """Refuse whoever holds the right for nothing at all; each charge point is asked for by itself."""
    if not can_anywhere(work.actor, right):
        raise NotAllowed("not_allowed", permission=right.value)


def plan_of(work: Work, choice: Choice, action: str) -> Plan:
    """Who would get the command, who not and why."""
    right, lines = _right(action), chosen(work, choice)
    require_somewhere(work, right)
    why = {line.station.label: _why_not(work, line, right) for line in lines}
    digest = hashlib.sha256(" ".join([action, *sorted(why)]).encode())
    left_out = tuple(LeftOut(label, reason) for label, reason in why.items() if reason is not None)
    return Plan(action, tuple(line for line in lines if why[line.station.label] is None), left_out, digest.hexdigest()[:32])


def send_to_many(work: Work, choice: Choice, action: str, *, mark: str, key: str, account: tuple[UUID, str] | None) -> UUID:
    """Have it sent, and return the job; refuses ``list_changed``, ``nothing_to_send``. ``account``: key, code of a partner's."""
    job_key = f"commands:{work.actor.id}:{key}"
    first = work.session.scalar(select(Job.id).where(Job.key == job_key))
    if first is not None:
        return first
    plan = plan_of(work, choice, action)
    if plan.mark != mark:
        raise Conflict("list_changed")
    if not plan.to_do:
        raise Invalid("nothing_to_send", field="label")
    for line in plan.to_do:
        work.require(_right(action), partner_id=line.station.partner_id, location_id=line.station.location_id)
    return work.later(
        JOB,
        key=job_key,
        partner_id=account[0] if account else None,
        action=action,
        wish=key,
        stations={str(line.station.station_id): line.station.label for line in plan.to_do},
        left_out=[[one.label, one.why] for one in plan.left_out],
        until=work.now + LATEST,
        by=work.actor.id,
        partner=account[1] if account else None,
    )


def gone_from_reach(work: Work, stations: Mapping[UUID, str]) -> list[str]:
    """Internal: the labels of charge points that the actor no longer sees: they went to somebody else meanwhile. One statement."""
    asked = select(Station.id).where(Station.id.in_(stations), *in_reach(work.actor, Permission.NETWORK_VIEW, Station))
    seen = set(work.session.scalars(asked))
    return sorted(label for station_id, label in stations.items() if station_id not in seen)


def send_wishes(work: Work, action: str, wish: str, station_ids: Sequence[UUID], until: datetime) -> tuple[list[str], list[LeftOut]]:
    """Internal: store the wishes of a job; a repeat finds them stored. Returns their keys, and who was left out since."""
    if work.now > until:
        raise Conflict("sent_too_late")
    right, keys, left_out = _right(action), [], []
    for at in range(0, len(station_ids), _STEP):
        asked = select(Station, StationState.connected).outerjoin(StationState, StationState.station_id == Station.id)
        asked = asked.where(Station.id.in_(station_ids[at : at + _STEP]), *in_reach(work.actor, Permission.NETWORK_VIEW, Station))
        values = []
        for place, connected in work.session.execute(asked.order_by(Station.label).with_for_update(of=Station, key_share=True)):
            allowed = work.can(right, partner_id=place.partner_id, location_id=place.location_id)
            if place.retired_at is not None or not allowed:
                left_out.append(LeftOut(place.label, "retired" if allowed else "not_allowed"))
                continue
            keys.append(f"{wish}:{action}:{place.id}")
            values.append(wish_values(work, place, keys[-1], connected=bool(connected)) | {"action": action, "params": {}})
        _store(work, values)
    return keys, left_out


def sent(work: Work, job_id: UUID, partner_id: UUID | None) -> Sent:
    """How the actor's own command to many stands. Three statements."""
    job, result = own_job(work, job_id, partner_id)
    if job.name != JOB:
        raise NotFound
    if result is None:
        return Sent(job, "")
    ids = work.session.scalars(select(StationCommand.id).where(StationCommand.one_time_key.in_(result["keys"]))).all()
    rows = sorted(command_rows(work.session, ids), key=lambda row: row.station_label)
    left_out = tuple(LeftOut(*one) for one in result["left_out"])
    return Sent(job, result["action"], tuple(rows), left_out, tuple(result.get("gone", ())))


def _store(work: Work, values: list[dict[str, Any]]) -> None:
    if values:
        asked = insert(StationCommand).values(values).on_conflict_do_nothing(index_elements=["one_time_key"]).returning(StationCommand.id)
        for row in command_rows(work.session, list(work.session.scalars(asked))):
            tell_wanted(work, row)


def _right(action: str) -> Permission:
    if action not in TO_MANY:
        raise NotFound
    return RIGHTS[action]


def _why_not(work: Work, line: StationLine, right: Permission) -> str | None:
    place = line.station
    if not work.can(right, partner_id=place.partner_id, location_id=place.location_id):
        return "not_allowed"
    return None if place.contact == "connected" else "new" if place.contact == "new" else "offline"
