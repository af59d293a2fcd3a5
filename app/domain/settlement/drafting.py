"""From the engine's answer to stored rows, and what must be true before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Account, Entry, Posting
from app.domain.people.models import Partner
from app.domain.sessions.refunds import correction_key
from app.domain.settlement.inputs import Gathered, gather
from app.domain.settlement.models import Statement, StatementRow
from app.kernel.errors import Conflict
from app.kernel.ids import new_code, uuid7
from app.kernel.periods import Month
from app.money.amount import Money
from app.money.canonical import CALC_VERSION, canonical_json, digest
from app.money.entries import partner_payable
from app.money.statement import build_statement
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class Built:
    """A partner's month as computed now, not stored yet."""

    gathered: Gathered
    answer: dict[str, Any]
    input_hash: str
    answer_hash: str


def build(session: Session, partner: Partner, month: Month, currency: str) -> Built:
    """Compute a partner's month. Refuses what the engine refuses."""
    gathered = gather(session, partner, month, currency)
    answer = build_statement(gathered.input).answer()
    return Built(gathered, answer, digest(canonical_json(gathered.input)), digest(canonical_json(answer)))


def check_books(session: Session, partner_id: UUID, currency: str, built: Built) -> None:
    """Refuse ``ledger_differs`` unless the rows' partner parts, with the tax of what it sold itself, are what the books say is owed.

    Rows are sessions and refunds, each with the entries of its own; of those of partners in care what a sub-operator keeps of them.
    """
    rows, gathered = built.answer["rows"], built.gathered
    sessions = [gathered.session_ids[row["id"]] for row in rows if "reverses" not in row]
    refunds = [correction_key(gathered.refund_ids[row["id"]]) for row in rows if "reverses" in row]
    belongs = or_(and_(Entry.session_id.in_(sessions), Entry.kind != "refund"), Entry.key.in_(refunds))
    booked = session.scalar(
        select(func.coalesce(-func.sum(Posting.amount_minor), 0))
        .join(Entry, Entry.id == Posting.entry_id)
        .join(Account, Account.id == Posting.account_id)
        .where(Account.code == partner_payable(str(partner_id)), Account.currency == currency, belongs)
    )
    accrued = Money.parse(built.answer["totals"]["accrued"], currency).minor
    accrued += sum(Money.parse(row["vat"], currency).minor for row in rows if row["supplier"] == "partner" and "passed_on" not in row)
    if int(booked or 0) != accrued:
        raise Conflict("ledger_differs", difference=accrued - int(booked or 0), currency=currency)


def store(work: Work, partner: Partner, month: Month, built: Built, before: Statement | None) -> Statement:
    """Write the draft and its rows; an earlier draft is replaced in place and keeps its code."""
    statement = before or Statement(
        id=uuid7(),
        operator_id=work.operator_id,
        partner_id=partner.id,
        code=new_code("ST"),
        month=month.first,
        currency=partner.currency,
    )
    minor = {name: Money.parse(built.answer["totals"][name], partner.currency).minor for name in _TOTALS}
    statement.time_zone, statement.state = built.gathered.time_zone, "draft"
    statement.input, statement.answer = built.gathered.input, built.answer
    statement.input_hash, statement.answer_hash, statement.calc_version = built.input_hash, built.answer_hash, CALC_VERSION
    statement.accrued_minor, statement.collected_minor = minor["accrued"], minor["collected"]
    statement.awaited_minor, statement.expenses_minor = minor["awaited"], minor["expenses"]
    statement.payout_net_minor, statement.payout_gross_minor = minor["payout_net"], minor["payout_gross"]
    carry = built.answer["carry"]
    statement.carried_in_minor = Money.parse(carry["carried_in"], partner.currency).minor
    statement.carried_out_minor = Money.parse(carry["carried_out"], partner.currency).minor
    statement.carry_months = carry["months"]
    statement.built_at, statement.built_by, statement.built_name = work.now, work.actor.id, work.actor.on_behalf_of or work.actor.name
    work.session.add(statement)
    work.session.flush()
    work.session.execute(delete(StatementRow).where(StatementRow.statement_id == statement.id))
    work.session.add_all(_rows(statement, built))
    work.session.flush()
    return statement


_TOTALS = ("accrued", "collected", "awaited", "expenses", "payout_net", "payout_gross")


def _rows(statement: Statement, built: Built) -> list[StatementRow]:
    minor = {name: f"{name}_minor" for name in ("gross", "net", "vat", "partner")}
    return [
        StatementRow(
            statement_id=statement.id,
            position=position,
            operator_id=statement.operator_id,
            partner_id=statement.partner_id,
            session_id=built.gathered.session_ids[row.get("reverses", row["id"])],
            refund_id=built.gathered.refund_ids[row["id"]] if "reverses" in row else None,
            state=row["state"],
            facts=row,
            **{column: Money.parse(row[name], statement.currency).minor for name, column in minor.items()},
        )
        for position, row in enumerate(built.answer["rows"], 1)
    ]
