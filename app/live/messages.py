"""What travels on the bus: a small frozen fact with the topics that may hear it. Never HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


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
