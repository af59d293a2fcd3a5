"""What happens to sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self
from uuid import UUID

from app.domain.sessions.rows import LiveSessionRow
from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class _OfRow(Event):
    """A live fact whose facts are the row that fragments show."""

    live: ClassVar[bool] = True
    row: LiveSessionRow

    @classmethod
    def of(cls, row: LiveSessionRow) -> Self:
        """The event about that row."""
        return cls(operator_id=row.operator_id, partner_id=row.partner_id, subject=("session", row.session_id), row=row)

    def facts(self) -> dict[str, Any]:
        """The row."""
        return self.row.to_facts()


@dataclass(frozen=True, kw_only=True)
class SessionChanged(_OfRow):
    """Something moved: readings, a state, a cost. Live only, as it happens every few seconds."""

    audited: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class SessionFinished(_OfRow):
    """Priced and frozen; its amount is in the books."""


@dataclass(frozen=True, kw_only=True)
class SessionHeld(_OfRow):
    """Not trusted yet: nobody pays until a person has looked. The reason is among the row's flags."""


@dataclass(frozen=True, kw_only=True)
class SessionFailed(_OfRow):
    """It never began; a hold is given back."""


@dataclass(frozen=True, kw_only=True)
class SessionRequested(Event):
    """A driver wants to charge and has seen the price."""

    code: str
    evse_id: UUID
    tariff_version_id: UUID | None
    hold_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class HoldConfirmed(Event):
    """The card's hold stands; the charge point is told to start."""

    code: str
    payment_id: UUID


@dataclass(frozen=True, kw_only=True)
class StopAsked(Event):
    """Somebody wants it to end now."""

    code: str


@dataclass(frozen=True, kw_only=True)
class HoldReleased(Event):
    """A person looked at a held session and let it be billed."""

    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SessionCollected(Event):
    """The driver's money has arrived."""

    code: str
    captured_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class RefundAsked(Event):
    """A refund above the limit was asked for, granted or refused by a second person; the amount is negative."""

    code: str
    reason: str
    note: str
    gross_minor: int
    currency: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SessionRefunded(Event):
    """All or part of what it cost was given back; amounts are negative."""

    code: str
    refund: str
    reason: str
    note: str
    gross_minor: int
    partner_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class LinkMailed(Event):
    """The driver wanted the link to the session, and later the receipt, by mail. Neither address nor link is noted here."""

    code: str


@dataclass(frozen=True, kw_only=True)
class ElectricityKnown(Event):
    """Sessions that were held for an electricity rate are settled."""

    sessions: int
