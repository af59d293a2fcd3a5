"""What queries of settlement return. Amounts are minor units of ``currency``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.money.amount import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementHead:
    """A statement without its rows."""

    id: UUID
    operator_id: UUID
    partner_id: UUID
    partner_code: str
    partner_name: str
    code: str
    number: str | None
    month: date
    currency: str
    time_zone: str
    state: str
    accrued_minor: int
    collected_minor: int
    awaited_minor: int
    expenses_minor: int
    payout_net_minor: int
    payout_gross_minor: int
    carried_in_minor: int
    carried_out_minor: int
    built_at: datetime
    built_by: UUID | None
    built_name: str
    issued_at: datetime | None
    issued_name: str | None
    answer_hash: str
    calc_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledRow:
    """A session in a statement, or a refund of one (``booked_on``); ``facts`` is the row as the engine answered it (decimal strings)."""

    position: int
    code: str
    session_code: str
    label: str
    ended_at: datetime | None
    booked_on: date | None
    energy_wh: int
    gross_minor: int
    net_minor: int
    vat_minor: int
    partner_minor: int
    state: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MonthSums:
    """A month over all partners of one currency: revenue of its sessions, and its statements' sums."""

    net: Money
    accrued: Money
    awaited: Money
    payout_gross: Money


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """A month over all partners: its sums per currency, states of its statements, whether some partner has none."""

    #: by currency; empty while nothing was earned
    sums: tuple[MonthSums, ...]
    states: frozenset[str]
    some_without: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerMonth:
    """One partner in the close of a month: its statement, or what has accrued so far."""

    partner_id: UUID
    partner_code: str
    partner_name: str
    currency: str
    statement: StatementHead | None
    sessions: int
    net_minor: int
    unrated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A wish to build drafts or to issue them, and how far it is; ``failed`` of them will not come without being asked for again."""

    id: UUID
    month: date
    kind: str
    requested_name: str
    created_at: datetime
    done: int
    total: int
    failed: int
    problems: tuple[dict[str, Any], ...]
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPoint:
    """What a day of a month brought."""

    on: date
    sessions: int
    energy_wh: int
    net_minor: int
    partner_minor: int

    def plus(self, other: DayPoint) -> DayPoint:
        """The same day with what another level brought."""
        names = ("sessions", "energy_wh", "net_minor", "partner_minor")
        return DayPoint(on=self.on, **{name: getattr(self, name) + getattr(other, name) for name in names})
