"""What queries about payments return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """A card hold of a session, or of a driver's own parts, and what became of it; minor units of ``currency``."""

    id: UUID
    operator_id: UUID
    partner_id: UUID | None
    session_id: UUID | None
    driver_id: UUID | None
    provider: str
    provider_ref: str | None
    key: str
    state: str
    currency: str
    hold_minor: int
    captured_minor: int
    refunded_minor: int
    card_brand: str | None
    card_last4: str | None
    failure: str | None
    page_url: str | None
    created_at: datetime
    reserved_at: datetime | None
    charged_at: datetime | None
    released_at: datetime | None
    stored_card_id: UUID | None

    @property
    def is_final(self) -> bool:
        """Whether the hold itself is over: charged, given back or run out."""
        return self.state in {"charged", "released", "expired"}


@dataclass(frozen=True, slots=True)
class PaymentDoor:
    """Whose payment a provider's reference names; all that is known before the tenant is."""

    operator_id: UUID
    partner_id: UUID | None
    payment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCardRow:
    """A driver's card at the provider, or one that is being stored; all of it that is known."""

    id: UUID
    provider: str
    state: str
    name: str
    card_brand: str | None
    card_last4: str | None
    expires_on: date | None
    is_default: bool
    consent: str
    consent_at: datetime
    page_url: str | None
    failure: str | None
    created_at: datetime
