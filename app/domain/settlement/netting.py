"""Rule 18: a session on a company's account is collected when the company's statement nets it; the operator does not pay hosts before."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from app.domain.people.models import Partner
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.own_part import settled_up
from app.domain.settlement.drafting import Built
from app.domain.settlement.models import CompanyBill, Statement
from app.kernel.periods import Month, month_span
from app.money.amount import Money
from app.work.unit import Work


def net_companies(work: Work, statement: Statement, partner: Partner, built: Built) -> None:
    """Part of issuing: note what the statement asks the partner for, and collect what it covers.

    A statement that ends without a debt covers its own sessions and those of earlier ones whose debt was carried into it. One that ends
    with a debt covers nothing yet; what was invoiced after too many months waits to be paid.
    """
    work.session.add_all(_bills(statement, built))
    work.session.flush()
    _collect_own(work, statement, partner, built)
    carry = built.answer["carry"]
    if Money.parse(carry["carried_out"], statement.currency).minor < 0 or Money.parse(carry["invoiced"], statement.currency).minor:
        return
    invoiced = (
        select(func.max(Statement.month))
        .where(Statement.partner_id == partner.id, Statement.currency == statement.currency, Statement.state != "draft")
        .where(Statement.answer["carry"]["invoiced"].astext.not_in(("0", "0.00", "0.000")))
    )
    after = work.session.scalar(invoiced)
    covered = select(Statement.id).where(Statement.partner_id == partner.id, Statement.currency == statement.currency)
    if after is not None:
        covered = covered.where(Statement.month > after)
    done = (
        update(CompanyBill)
        .where(CompanyBill.partner_id == partner.id, CompanyBill.netted_at.is_(None), CompanyBill.statement_id.in_(covered))
        .values(netted_at=work.now)
        .returning(CompanyBill.session_id)
        .execution_options(synchronize_session=False)
    )
    netted = sorted(set(work.session.scalars(done)))
    if netted:
        settled_up(work, netted)


def _bills(statement: Statement, built: Built) -> list[CompanyBill]:
    """What the statement asks for, by session or refund."""
    asked: dict[str, int] = defaultdict(int)
    lines: list[dict[str, Any]] = [one for one in built.answer["expenses"] if one["kind"] == "corporate_session"]
    for line in lines:
        asked[line["session"]] += Money.parse(line["gross"], statement.currency).minor
    found, owner = built.gathered, {"operator_id": statement.operator_id, "partner_id": statement.partner_id, "statement_id": statement.id}
    whose = {one["id"]: one["reverses"] for one in found.input["sessions"] if "reverses" in one}
    return [
        CompanyBill(**owner, session_id=found.session_ids[whose.get(code, code)], refund_id=found.refund_ids.get(code), minor=minor)
        for code, minor in asked.items()
    ]


def _collect_own(work: Work, statement: Statement, partner: Partner, built: Built) -> None:
    """Sessions on the account at the partner's own points are paid with this very statement, so they count as of its month's end."""
    paid = [row["id"] for row in built.answer["rows"] if row["state"] == "collected" and not row.keys() & {"reverses", "passed_on"}]
    ids = [built.gathered.session_ids[code] for code in paid]
    last = month_span(Month.of(statement.month), partner.time_zone).end - timedelta(microseconds=1)
    rows = update(ChargingSession).where(ChargingSession.id.in_(ids), ChargingSession.collected_at.is_(None))
    work.session.execute(rows.values(collected_at=last, seq=ChargingSession.seq + 1).execution_options(synchronize_session=False))
