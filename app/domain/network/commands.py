"""Commands to charge points: which there are, who may send them, and how each becomes sent, answered or given up.

Nothing here talks to a station: the OCPP worker takes queued rows, one per charge point at a time, and reports back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.network.events import CommandChanged
from app.domain.network.models import StationCommand
from app.domain.network.queries import command_rows
from app.domain.network.rows import CommandRow
from app.live.messages import LiveMessage, message_of

#: a wish that is not answered by then counts as not answered (a late answer still counts)
PATIENCE = timedelta(seconds=30)

#: command -> the right it needs; in the order of the page
RIGHTS: dict[str, Permission] = {
    "remote_start": Permission.COMMAND_START,
    "remote_stop": Permission.COMMAND_STOP,
    "unlock": Permission.COMMAND_UNLOCK,
    "reset_soft": Permission.COMMAND_RESTART,
    "reset_hard": Permission.COMMAND_RESTART,
    "trigger_status": Permission.COMMAND_TRIGGER,
    "trigger_meter": Permission.COMMAND_TRIGGER,
    "trigger_boot": Permission.COMMAND_TRIGGER,
    "trigger_heartbeat": Permission.COMMAND_TRIGGER,
    "availability_on": Permission.COMMAND_AVAILABILITY,
    "availability_off": Permission.COMMAND_AVAILABILITY,
}
#: commands that mean one EVSE, not the whole charge point
FOR_EVSE = frozenset({"remote_start", "remote_stop", "unlock"})
#: commands the hotline may give while somebody is on the phone
HELP = ("remote_stop", "unlock", "reset_soft", "trigger_status")
#: states after which nothing more is expected
FINAL = ("accepted", "rejected", "not_sent")


@dataclass(frozen=True, slots=True)
class Offered:
    """A command as a page offers it."""

    action: str
    for_evse: bool
    granted: bool


def mark_sent(session: Session, command_id: UUID, *, at: datetime) -> CommandRow | None:
    """Internal: the OCPP worker hands the wish to the charge point. None: somebody was faster, or it is given up."""
    changed = update(StationCommand).where(StationCommand.id == command_id, StationCommand.state == "queued")
    return _changed(session, changed.values(state="sent", sent_at=at), command_id)


def answer_command(
    session: Session, command_id: UUID, state: str, answer: Mapping[str, Any] | None, reason: str | None, *, at: datetime
) -> CommandRow | None:
    """Internal: what became of a command. A late answer replaces ``no_answer``, never another answer. None: nothing changed."""
    from_states = ("queued", "sent", "no_answer") if state in FINAL else ("queued", "sent")
    changed = update(StationCommand).where(StationCommand.id == command_id, StationCommand.state.in_(from_states))
    values = {"state": state, "answer": dict(answer) if answer is not None else None, "reason": reason, "answered_at": at}
    return _changed(session, changed.values(values), command_id)


def give_up(session: Session, *, at: datetime) -> list[LiveMessage]:
    """Internal: wishes whose time is over. Never taken up: not sent; sent and silent: no answer. Returns what the bus should hear."""
    open_ones = or_(
        and_(StationCommand.state == "queued", StationCommand.expires_at <= at),
        and_(StationCommand.state == "sent", StationCommand.sent_at <= at - PATIENCE),
    )
    due = session.execute(select(StationCommand.id, StationCommand.state).where(open_ones).with_for_update(skip_locked=True)).all()
    for command_id, state in due:
        outcome = ("not_sent", "not_taken") if state == "queued" else ("no_answer", "time_out")
        changed = update(StationCommand).where(StationCommand.id == command_id)
        session.execute(changed.values(state=outcome[0], reason=outcome[1], answered_at=at))
    return [message_of(CommandChanged.of(row)) for row in command_rows(session, [command_id for command_id, _ in due])]


def _changed(session: Session, statement: Any, command_id: UUID) -> CommandRow | None:
    if session.scalar(statement.returning(StationCommand.id)) is None:
        return None
    return command_rows(session, [command_id])[0]
