"""What happens to card holds. All of it is in the audit log; drivers and staff see it through their session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class _AboutPayment(Event):
    provider: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class HoldOpened(_AboutPayment):
    """A hold is about to be asked for."""

    hold_minor: int


@dataclass(frozen=True, kw_only=True)
class CardPageOpened(_AboutPayment):
    """The provider gave the hold a name and a page."""

    ref: str


@dataclass(frozen=True, kw_only=True)
class HoldAnswered(_AboutPayment):
    """The provider's word about a hold changed: to_confirm, reserved, failed, released, expired."""

    state: str
    failure: str | None


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(_AboutPayment):
    """Money was taken, at most what was reserved."""

    hold_minor: int
    captured_minor: int


@dataclass(frozen=True, kw_only=True)
class HoldGivenBack(_AboutPayment):
    """Nothing was taken; the whole hold went back."""

    hold_minor: int


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(_AboutPayment):
    """Part of what was taken was paid back."""

    refunded_minor: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class WebhookKept(Event):
    """A provider's event lies in the inbox."""

    provider: str
    event_id: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class StoredCardChanged(Event):
    """A driver's card at the provider was asked for, stored, named, made the one that pays, or removed. Not the partner's business."""

    before: dict[str, Any]
    after: dict[str, Any]
