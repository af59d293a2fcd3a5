"""What pages read about drivers. Amounts are minor units of the partner's currency, gross."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.money.amount import Money
from app.money.ext_json import limits_from_json
from app.money.terms import SessionLimits


@dataclass(frozen=True, slots=True)
class DriverInput:
    """A driver as typed or read from a list. ``limit_minor`` None: the account's limit; ``group``: name of a group, empty: none."""

    name: str
    email: str
    phone: str = ""
    language: str = "en"
    corporate: bool = False
    limit_minor: int | None = None
    group: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class DriverFilter:
    """Which drivers; empty: all. ``partner`` is a code, ``group`` a name, ``company`` an answer, or ``none``: not offered."""

    text: str = ""
    partner: str = ""
    group: str = ""
    state: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class CardRow:
    """A charging card. ``last_used_at``: begin of its last session; ``limits``: energy_kwh, minutes, cost, where one session is stopped."""

    id: UUID
    value: str
    label: str
    status: str
    last_used_at: datetime | None
    limits: dict[str, Any] | None = None

    @property
    def session_limits(self) -> SessionLimits | None:
        """The limits as values."""
        return None if self.limits is None else limits_from_json(self.limits)


@dataclass(frozen=True, slots=True)
class DriverRow:
    """A driver in a list. ``used_minor``: charged on the partner's account this month; ``limit_minor``: what holds, None: no limit;
    ``debts``: own parts that the driver has not paid, by currency.
    """

    id: UUID
    partner_id: UUID
    partner_code: str
    partner_name: str
    currency: str
    time_zone: str
    code: str
    name: str
    email: str
    phone: str
    language: str
    state: str
    corporate: bool
    company_state: str | None
    own_limit_minor: int | None
    limit_minor: int | None
    group: str
    used_minor: int
    balance_minor: int
    cards: int
    debts: tuple[Money, ...]

    @property
    def masked_email(self) -> str:
        """As much as a list needs: never a whole address."""
        name, _, domain = self.email.partition("@")
        return f"{name[:1]}…@{domain}" if domain else ""

    @property
    def masked_phone(self) -> str:
        """The last two digits."""
        return f"… {self.phone[-2:]}" if self.phone else ""


@dataclass(frozen=True, slots=True)
class TopUpRow:
    """Money added, or waiting for a second person. ``mine``: asked by who looks; ``by_partner``: the account bears it, not the operator."""

    id: UUID
    amount_minor: int
    currency: str
    reason: str
    state: str
    asked_at: datetime
    asked_name: str
    decided_name: str | None
    mine: bool
    by_partner: bool
    reversed_name: str | None
    reversed_reason: str | None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An uploaded list: ``rows`` without the head, ``taken`` of them are drivers now, ``problems`` explains the others."""

    id: UUID
    file_name: str
    whole: bool
    state: str
    rows: int
    taken: int
    problems: list[dict[str, Any]]
    created_at: datetime
    created_name: str
