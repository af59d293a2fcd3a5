"""What happened to drivers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DriverAdded(Event):
    """Somebody may charge for this partner."""

    code: str
    person: str


@dataclass(frozen=True, kw_only=True)
class DriverEdited(Event):
    """A driver's data, state or limit changed."""

    code: str
    person: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DriversImported(Event):
    """A list of drivers was taken in."""

    file_name: str
    number: int


@dataclass(frozen=True, kw_only=True)
class CardChanged(Event):
    """A card was given, blocked, let in again or replaced; ``card`` are its last characters."""

    code: str
    person: str
    card: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class BalanceAdded(Event):
    """Money for a driver's balance was asked for, added or refused."""

    code: str
    person: str
    amount_minor: int
    currency: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CompanyAnswered(Event):
    """A driver said yes or no to charging on the account, or left it."""

    code: str
    person: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ContactShown(Event):
    """Somebody of the operator looked at a driver's address and phone."""

    code: str
    person: str


@dataclass(frozen=True, kw_only=True)
class DriverDataTaken(Event):
    """Everything about a driver was taken away as a file."""

    code: str
    person: str


@dataclass(frozen=True, kw_only=True)
class DriverErased(Event):
    """A driver's personal data is gone."""

    code: str
    person: str
