"""What happens to papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DocumentIssued(Event):
    """A paper got its number; from now on it cannot change."""

    kind: str
    number: str
    gross_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class DocumentReady(Event):
    """The file of a paper can be fetched; a page that waits for it shows the link."""

    audited: ClassVar[bool] = False
    live: ClassVar[bool] = True
    kind: str
    number: str
    session_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class MailQueued(Event):
    """A mail was written and waits to be sent."""

    to_address: str
    title: str
