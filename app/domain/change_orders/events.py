"""What happened to change orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ChangeOrdered(Event):
    """Somebody of a partner asked for a change."""

    code: str
    topic: str
    thing: str


@dataclass(frozen=True, kw_only=True)
class ChangeOrderMoved(Event):
    """An order was taken, asked about, answered, done or refused."""

    code: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str = ""
