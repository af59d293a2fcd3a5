"""What happens to statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class CloseRequested(Event):
    """Somebody wants the drafts of a month built, or built again."""

    month: str
    partners: int


@dataclass(frozen=True, kw_only=True)
class IssueRequested(Event):
    """Somebody wants drafts of a month issued."""

    month: str
    statements: int


@dataclass(frozen=True, kw_only=True)
class StatementDrafted(Event):
    """A draft stands, from this input with this answer."""

    live: ClassVar[bool] = True
    code: str
    month: str
    payout_gross_minor: int
    currency: str
    answer_hash: str


@dataclass(frozen=True, kw_only=True)
class StatementIssued(Event):
    """A statement got its number and cannot change any more."""

    live: ClassVar[bool] = True
    code: str
    number: str
    month: str
    payout_gross_minor: int
    currency: str
    answer_hash: str


@dataclass(frozen=True, kw_only=True)
class PreviewAsked(Event):
    """Somebody wants a month replayed under a contract's draft."""

    code: str
    number: int
    month: str


@dataclass(frozen=True, kw_only=True)
class PreviewAttached(Event):
    """A replay is kept with a draft, for the second person to see."""

    code: str
    number: int
    month: str
