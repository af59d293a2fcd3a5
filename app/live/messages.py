"""What travels on the bus: a small frozen fact with the topics that may hear it. Never HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.kernel.events import Event

#: messages with this topic are for the OCPP worker, not for browsers
COMMANDS_TOPIC = "commands"


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """One fact. ``key`` names the subject (newest message per key wins in a mailbox); ``topics`` who may hear it."""

    name: str
    key: str
    topics: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def operator_topic(operator_id: UUID) -> str:
    """All staff of an operator."""
    return f"operator:{operator_id}"


def partner_topic(partner_id: UUID) -> str:
    """The people of one partner account (and its sub-operator)."""
    return f"partner:{partner_id}"


def session_topic(session_id: UUID) -> str:
    """The driver of one session, by its secret page."""
    return f"session:{session_id}"


def user_topic(user_id: UUID) -> str:
    """One signed-in person, on all devices (access changes)."""
    return f"user:{user_id}"


def message_of(event: Event, topics: tuple[str, ...] = (), key: str | None = None) -> LiveMessage:
    """The message an event leaves as: heard by the operator's staff, by the partner account it belongs to, and by ``topics``."""
    heard = (operator_topic(event.operator_id), *((partner_topic(event.partner_id),) if event.partner_id else ()), *topics)
    subject = key or (f"{event.subject[0]}:{event.subject[1]}" if event.subject else event.name)
    return LiveMessage(event.name, subject, heard, event.facts())
