"""The port to a payment provider: hold, capture less, void, refund, stored cards, signed webhooks. One protocol, provider by provider.

Every call carries a key; the same key is the same act, however often it is sent. Events are hints: what counts is ``get``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from app.kernel.errors import Refusal


class ProviderRefused(Refusal):
    """The provider says no, and will say no again: more than is reserved, already given back."""


class BadSignatureError(Exception):
    """A webhook that the provider did not sign; its sender learns nothing."""


@dataclass(frozen=True, slots=True)
class HoldWish:
    """What is to be reserved on a card, and where the driver comes back to. ``amount_minor`` in minor units of ``currency``.

    ``token``: a stored card to be charged without the driver; None: the card is entered on the provider's page.
    """

    key: str
    amount_minor: int
    currency: str
    seller: str
    description: str
    language: str
    return_url: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class StoreWish:
    """A card is to be stored for later, with the driver's consent; nothing is reserved."""

    key: str
    currency: str
    seller: str
    description: str
    language: str
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the provider knows about a hold now, or about a card that is being stored (``stored``, with its ``token``).

    Of a hold: created, to_confirm, reserved, charged, released, failed, expired. ``card_expires_on`` is the last day.
    """

    ref: str
    state: str
    page_url: str | None = None
    captured_minor: int = 0
    refunded_minor: int = 0
    card_brand: str | None = None
    card_last4: str | None = None
    card_expires_on: date | None = None
    token: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A signed hint that something happened to a hold."""

    id: str
    kind: str
    ref: str


class Provider(Protocol):
    """A payment provider. Out of reach: ``Unavailable``, to be tried again; a lasting no: ``ProviderRefused``."""

    @property
    def name(self) -> str:
        """Its word in the payment table and in the address of its webhooks."""

    @property
    def page_origin(self) -> str:
        """Scheme, host and port of its card page: ``https://pay.example``."""

    def authorize(self, wish: HoldWish) -> Answer:
        """Ask for a hold; the answer has the page on which the card is entered, or what became of the stored card's charge."""

    def store(self, wish: StoreWish) -> Answer:
        """Ask for a card to be stored; the answer has the page on which it is entered."""

    def forget(self, ref: str, key: str) -> None:
        """Forget a card, or the page for one, by the reference under which it was stored; it is charged no more."""

    def get(self, ref: str) -> Answer:
        """What the provider knows now."""

    def capture(self, ref: str, minor: int, key: str) -> Answer:
        """Take at most what is reserved, once; the rest goes back by itself."""

    def void(self, ref: str, key: str) -> Answer:
        """Give the whole hold back."""

    def refund(self, ref: str, minor: int, key: str, reason: str) -> Answer:
        """Pay back part of what was captured."""

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> WebhookEvent:
        """Read an event whose signature is right and not old; raises ``BadSignatureError`` otherwise."""


Providers = Mapping[str, Provider]
