"""The bus as the unit of work sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.live.messages import LiveMessage


class Bus(Protocol):
    """Takes messages after a commit. Must not raise: a lost live message is repaired by the next page read."""

    def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Send all of them, in order."""


class NoBus:
    """Nobody listens (command line, migrations)."""

    def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Drop them."""
