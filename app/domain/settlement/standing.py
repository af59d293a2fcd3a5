"""Where sessions and refunds stand: in which issued statement, and how a statement's input names them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.paging import AnySelect
from app.domain.people.features import Features
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.refund_models import SessionRefund
from app.domain.sessions.refunds import chains_of
from app.domain.sessions.settling import session_member
from app.domain.settlement.models import CompanyBill, Statement, StatementRow
from app.kernel.periods import Month, local_date

Suppliers = Sequence[tuple[datetime, Features]]


def issued_rows(partner_id: UUID) -> AnySelect:
    """Rows of a partner's issued statements."""
    rows = select(StatementRow.statement_id).join(Statement, StatementRow.statement_id == Statement.id)
    return rows.where(Statement.partner_id == partner_id, Statement.state != "draft")


def refund_members(
    session: Session, partner_id: UUID, codes: Mapping[UUID, str], month: Month
) -> list[tuple[SessionRefund, dict[str, Any]]]:
    """Every refund of these sessions booked up to the month, with those that earlier statements have; two statements."""
    chains = chains_of(session, list(codes), month.last)
    ids = [one.id for chain in chains.values() for one in chain]
    before = issued_rows(partner_id).with_only_columns(StatementRow.refund_id, Statement.month).where(StatementRow.refund_id.in_(ids))
    asked = select(CompanyBill.refund_id, Statement.month).join(Statement, Statement.id == CompanyBill.statement_id)
    asked = asked.where(CompanyBill.partner_id == partner_id, CompanyBill.refund_id.in_(ids), Statement.month < month.first)
    settled: dict[Any, date] = dict(session.execute(before.union(asked)).tuples().all()) if ids else {}
    return [
        (one, _refund(one, codes[key], settled.get(one.id)))
        for key in codes for one in chains.get(key, ())
    ]  # fmt: skip


def _refund(row: SessionRefund, reverses: str, settled: date | None) -> dict[str, Any]:
    member: dict[str, Any] = {"id": row.code, "reverses": reverses, "booked_on": str(row.booked_on)}
    if row.lines is not None:
        member["refund"] = {"lines": row.lines}
    return member | ({"settled_in": str(Month.of(settled))} if settled else {})


def lines_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[SessionLine]]:
    """The frozen price lines of sessions, in order."""
    found: dict[UUID, list[SessionLine]] = defaultdict(list)
    for line in session.scalars(
        select(SessionLine).where(SessionLine.session_id.in_(ids)).order_by(SessionLine.session_id, SessionLine.position)
    ):
        found[line.session_id].append(line)
    return found


def entry_member(row: ChargingSession, lines: list[SessionLine], settled: date | None, zone: str, suppliers: Suppliers) -> dict[str, Any]:
    """A session as a statement's input has it; ``settled``: the month of an earlier statement that has its row."""
    member = session_member(row, lines, suppliers=suppliers)
    if row.collected_at is not None:
        member["collected_on"] = str(local_date(row.collected_at, zone))
    if row.end_received_at is not None:
        member["received_at"] = row.end_received_at.isoformat()
    if settled is not None:
        member["settled_in"] = str(Month.of(settled))
    return member
