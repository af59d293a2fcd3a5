"""What queries of the books return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Balance:
    """Sum of all legs of an account: debit positive, credit negative, minor units."""

    account_code: str
    kind: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class LegRow:
    """One leg of an entry as shown beside a session or statement."""

    entry_id: UUID
    key: str
    kind: str
    effective_on: date
    account_code: str
    amount_minor: int
    currency: str
