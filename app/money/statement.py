"""The monthly statement of one partner as a pure function: the same input gives the same bytes (settlement.md).

How the month close calls it. The settlement room collects the input of settlement.md §2 from the database (contracts' versions, holdings,
the month's finished sessions, refunds, and those of earlier statements that are still awaited), then::

    snapshot = canonical_json(input)             # stored as sent
    statement = build_statement(input)           # refuses Invalid(code, field=path): shown to staff, nothing is stored
    answer = canonical_json(statement.answer())  # stored as given, beside digest(snapshot), digest(answer), CALC_VERSION
    entry = entries.for_statement(statement, country="DE", effective_on=month.last)
    for row in statement.rows:                   # typed, minor units: row.partner, row.placed.amounts.share, row.state, row.flags
        ...

The totals must equal the ledger's movement for the partner, else nothing is issued. Later, ``build_statement(json.loads(snapshot))`` must
give the same digest as long as ``CALC_VERSION`` is the stored one. Carry-over: ``statement.carry.carried_out`` and ``.months`` are the
next month's ``carried_in``. Rows and settled refunds are listed again with ``settled_in`` while they are awaited, and originals while
a refund of theirs is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.kernel.periods import Month, local_date
from app.money.settlement.assignment import Holders, Placed, Refused, doubles, place_session
from app.money.settlement.care import CareRow, PassedOn, credit_received, passed_on
from app.money.settlement.carry import Carry, carry_over
from app.money.settlement.case import read_case
from app.money.settlement.collection import all_money
from app.money.settlement.corporate import Allocation, CorporateSession, allocate, booked_lines
from app.money.settlement.documents import Documents, DocumentTax, Payable, documents
from app.money.settlement.expenses import Expense, expenses_of
from app.money.settlement.inputs import Case, Refund, Session, SubOperator
from app.money.settlement.output import answer_of
from app.money.settlement.receipts import Receipt, receipts
from app.money.settlement.refunds import place_refunds
from app.money.settlement.rows import Row, Totals, earlier_of, rows_of, totals_of


@dataclass(frozen=True, slots=True)
class Statement:
    """One partner's month, settled. Amounts are minor units of ``currency``; ``answer()`` is the exchange format."""

    month: Month
    currency: str
    places: int
    time_zone: str
    partner_id: str
    sub_operator: SubOperator | None
    rows: tuple[Row, ...]
    earlier: tuple[Row, ...]
    placed: tuple[Placed, ...]
    refused: tuple[Refused, ...]
    expenses: tuple[Expense, ...]
    totals: Totals
    taxes: tuple[DocumentTax, ...]
    sub_operator_totals: Totals | None
    sub_operator_taxes: tuple[DocumentTax, ...]
    carry: Carry
    receipts: tuple[Receipt, ...]
    care: tuple[CareRow, ...]
    care_held: tuple[dict[str, Any], ...]
    passed_on: tuple[PassedOn, ...]

    @property
    def payable(self) -> tuple[Row, ...]:
        """The rows whose money is here, of this month and of earlier ones."""
        return tuple(row for row in (*self.rows, *self.earlier) if row.state == "collected")

    def answer(self) -> dict[str, Any]:
        """The statement as settlement.md §3 writes it: decimal strings, JSON-ready."""
        return answer_of(self)


def build_statement(value: object) -> Statement:
    """Settle one partner's month from the input of settlement.md §2; refuses ``Invalid`` with code and path, and nothing else."""
    case = read_case(value)
    holders = Holders(case)
    sessions, refunds, refused = _place(case, holders)
    allocation, corporate = _corporate(case, sessions, refunds)
    placed = tuple(sorted((*sessions, *refunds), key=lambda one: one.index))
    settled = [one for one in (*sessions, *refunds) if one.verdict.list in {"row", "settled"} and one.figures is not None]
    money = all_money(settled, allocation.wholly_own)
    rows, earlier = rows_of(case, placed, money), earlier_of(case, placed, money)
    expenses = expenses_of(case, holders, corporate)
    charged = sum(line.net for line in expenses)
    sums, passed = Documents(), passed_on(case.care)
    credit_received(sums, case.care)
    taxes = documents(_partner_payables((*rows, *earlier)), ((line.code, line.net) for line in expenses), sums)
    sub_totals, sub_taxes = _sub_operator(case, rows, earlier)
    return Statement(
        month=case.month,
        currency=case.currency,
        places=case.places,
        partner_id=case.partner.id,
        time_zone=case.time_zone,
        sub_operator=case.sub_operator,
        rows=rows,
        earlier=earlier,
        placed=placed,
        refused=refused,
        expenses=expenses,
        totals=_totals(case, rows, earlier, charged),
        taxes=taxes,
        sub_operator_totals=sub_totals,
        sub_operator_taxes=sub_taxes,
        carry=carry_over(case.partner, case.carried_in, sum(tax.cash for tax in taxes) - sum(each.cash for each in passed)),
        receipts=receipts(_billed(sessions), allocation),
        care=case.care,
        care_held=case.care_held,
        passed_on=passed,
    )


def _totals(case: Case, rows: Iterable[Row], earlier: Iterable[Row], charged: int) -> Totals:
    """Of a sub-operator with what stays with it of the sessions of its partners."""
    now = [*((row.state, row.partner) for row in rows), *((row.state, row.part) for row in case.care if not row.earlier)]
    before = [*((row.state, row.partner) for row in earlier), *((row.state, row.part) for row in case.care if row.earlier)]
    return totals_of(now, before, charged, deducted=True)


def _place(case: Case, holders: Holders) -> tuple[list[Placed], list[Placed], tuple[Refused, ...]]:
    """Sessions in the order of the input, refunds in the order in which they apply, and what is refused."""
    twice = doubles(case)
    refused = [Refused(index, case.entries[index].id, reason) for index, reason in twice.items()]
    sessions: list[Placed] = []
    waiting: list[tuple[int, Refund]] = []
    for index, entry in enumerate(case.entries):
        if index in twice:
            continue
        if isinstance(entry, Session):
            found = place_session(case, holders, index, entry)
            _sort_out(found, sessions, refused)
        else:
            waiting.append((index, entry))
    refunds: list[Placed] = []
    for found in place_refunds(case, {one.entry.id: one for one in sessions}, waiting):
        _sort_out(found, refunds, refused)
    return sessions, refunds, tuple(sorted(refused, key=lambda one: one.index))


def _sort_out(found: Placed | Refused, placed: list[Placed], refused: list[Refused]) -> None:
    if isinstance(found, Refused):
        refused.append(found)
    else:
        placed.append(found)


def _billed(sessions: Iterable[Placed]) -> list[Placed]:
    """Sessions of this currency up to this month, wherever they took place."""
    return [one for one in sessions if one.verdict.reason not in {"other_currency", "later_month"}]


def _corporate(case: Case, sessions: Sequence[Placed], refunds: Sequence[Placed]) -> tuple[Allocation, list[CorporateSession]]:
    """How the partner's own drivers' sessions are shared with them, and what is booked of it now."""
    own = [one for one in _billed(sessions) if one.session.payer == case.partner.id]
    allocation = allocate(case.partner.corporate, own)
    return allocation, booked_lines(allocation, own, refunds)


def _partner_payables(rows: Iterable[Row]) -> Iterable[Payable]:
    for row in rows:
        if row.state == "collected":
            figures = row.placed.amounts
            yield Payable(row.placed, figures.partner, figures.reimbursement, row.placed.applied.status)


def _sub_operator(case: Case, rows: Sequence[Row], earlier: Sequence[Row]) -> tuple[Totals | None, tuple[DocumentTax, ...]]:
    """The same for the level above: what the sub-operator receives, and what it retains of it."""
    level, zone = case.sub_operator, case.time_zone
    if level is None:
        return None, ()
    now, before = ([(row.state, row.placed.amounts.received or 0) for row in part] for part in (rows, earlier))
    payable = [row for row in (*rows, *earlier) if row.state == "collected" and row.placed.amounts.received is not None]
    retained = sum(row.placed.amounts.sub_operator for row in payable)
    totals = totals_of(now, before, retained, deducted=False)
    return totals, documents((_received(level, zone, row.placed) for row in payable), ())


def _received(level: SubOperator, zone: str, placed: Placed) -> Payable:
    figures = placed.amounts
    status = level.tax.on(local_date(placed.session.end, zone))
    return Payable(placed, figures.received or 0, figures.reimbursement, status)
