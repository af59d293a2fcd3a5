"""What charge points tell by themselves about a command that was done: how an update of firmware goes, that a reservation has ended.

Read from the frames as they were kept (as long as those are kept); nothing is stored twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.network.commands import number_of
from app.domain.network.rows import CommandRow
from app.work.unit import Work

FIRMWARE = frozenset({"FirmwareStatusNotification", "SignedFirmwareStatusNotification"})
RESERVATION = "ReservationStatusUpdate"
#: so many messages are looked at, the newest first
_MOST = 200

_HEARD = text(
    """
    select action, received_at, frame from message_log
    where station_id = :station and received_at >= :since and direction = 'in' and action = any (:actions) and outcome in ('ok', 'lenient')
    order by received_at desc, id desc limit :most
    """
)


@dataclass(frozen=True, slots=True)
class Progress:
    """The last word about a command, as the protocol spells it (``Downloading``, ``Installed``; ``Expired``, ``Removed``), and when."""

    status: str
    at: datetime


def progress(work: Work, station_id: UUID, log: Sequence[CommandRow]) -> dict[UUID, Progress]:
    """By command, for those of one charge point that were found before; others are left out. One statement, none without such commands."""
    asked = [c for c in log if c.state == "accepted" and c.action in {"firmware", "reserve"}]
    if not asked:
        return {}
    heard = _heard(work.session, station_id, min(c.created_at for c in asked), [*FIRMWARE, RESERVATION])
    updates = sorted((c for c in asked if c.action == "firmware"), key=lambda c: c.created_at)
    kept = {number_of(c.command_id): c.command_id for c in asked if c.action == "reserve"}
    found: dict[UUID, Progress] = {}
    for action, at, said in heard:
        if action == RESERVATION:
            about, status = kept.get(_reservation(said)), said.get("reservationUpdateStatus")
        else:
            # neither protocol names the update in every message: it means the last one asked for before
            about, status = next((c.command_id for c in reversed(updates) if c.created_at <= at), None), said.get("status")
        if about is not None and isinstance(status, str) and status != "Idle":
            found.setdefault(about, Progress(status, at))
    return found


def ended_reservations(session: Session, station_id: UUID, since: datetime) -> frozenset[int]:
    """Numbers of reservations that the charge point itself ended since an instant: they expired, or it took them back. One statement."""
    return frozenset(_reservation(said) for _action, _at, said in _heard(session, station_id, since, [RESERVATION])) - {0}


def _heard(session: Session, station_id: UUID, since: datetime, actions: Sequence[str]) -> list[tuple[str, datetime, dict[str, Any]]]:
    asked = {"station": station_id, "since": since, "actions": list(actions), "most": _MOST}
    return [(row.action, row.received_at, _payload(row.frame)) for row in session.execute(_HEARD, asked)]


def _reservation(said: dict[str, Any]) -> int:
    """Its number, which is never 0; 0 where a station that was understood only roughly says none."""
    number = said.get("reservationId")
    return number if isinstance(number, int) else 0


def _payload(frame: str) -> dict[str, Any]:
    """The third part of a call; a frame that was kept cut short says nothing."""
    try:
        said = json.loads(frame)[3]
    except (ValueError, LookupError, TypeError):
        return {}
    return said if isinstance(said, dict) else {}
