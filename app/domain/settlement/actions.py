"""Closing a month: ask for drafts, build them, issue them. Repeats find the first result."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select, update

from app.access.permissions import Permission
from app.domain.invoices.actions import issue_paper
from app.domain.ledger.actions import post
from app.domain.people.models import Partner
from app.domain.settlement.drafting import build, check_books, store
from app.domain.settlement.events import CloseRequested, StatementDrafted, StatementIssued
from app.domain.settlement.models import SettlementRun, Statement
from app.domain.settlement.months import settled_partners
from app.domain.settlement.netting import net_companies
from app.domain.settlement.paper import statement_paper
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.ids import uuid7
from app.kernel.periods import Month, local_month
from app.money.entries import driver_receivable, for_statement
from app.money.statement import build_statement
from app.work.locks import hold
from app.work.unit import Work


def request_close(work: Work, month: Month, *, one_time_key: str) -> UUID:
    """Build the drafts of a month, one job per partner; refused for a month that is not over. The same key finds the same run."""
    work.require(Permission.SETTLEMENT_CLOSE)
    partners = list(work.session.scalars(settled_partners(work)))
    open_until = min((local_month(work.now, partner.time_zone) for partner in partners), default=local_month(work.now, "UTC"))
    if month >= open_until:
        raise Conflict("month_not_over", month=str(month))
    hold(work.session, "close", work.operator_id, month)
    run = SettlementRun(
        id=uuid7(),
        operator_id=work.operator_id,
        month=month.first,
        kind="draft",
        requested_by=work.actor.id,
        requested_name=work.actor.name,
        created_at=work.now,
        total=len(partners),
    )
    work.session.add(run)
    work.session.flush()
    for partner in partners:
        work.later(
            "settlement.draft",
            key=f"draft:{one_time_key}:{partner.id}",
            partner_id=partner.id,
            run_id=run.id,
            partner=partner.id,
            month=str(month),
            by=work.actor.id,
            by_name=work.actor.name,
        )
    if partners and not work.jobs:
        raise Conflict("already_asked", month=str(month))
    work.record(CloseRequested(operator_id=work.operator_id, subject=("settlement_run", run.id), month=str(month), partners=len(partners)))
    return run.id


def draft(work: Work, partner_id: UUID, month: Month) -> Statement:
    """A partner's draft of a month from what is in the books now; an issued month is refused, an unchanged draft returned as it is."""
    work.require(Permission.SETTLEMENT_CLOSE, partner_id=partner_id)
    partner = work.session.get(Partner, partner_id)
    if partner is None:
        raise NotFound
    hold(work.session, "statement", partner_id, month)
    before = _statement_of(work, partner_id, month.first)
    if before is not None and before.state != "draft":
        raise Conflict("month_issued", month=str(month), number=before.number)
    built = build(work.session, partner, month, partner.currency)
    if before is not None and before.input_hash == built.input_hash and before.answer_hash == built.answer_hash:
        return before
    check_books(work.session, partner_id, partner.currency, built)
    statement = store(work, partner, month, built, before)
    work.record(
        StatementDrafted(
            operator_id=statement.operator_id,
            partner_id=None,  # a draft is the operator's own business
            subject=("statement", statement.id),
            code=statement.code,
            month=str(month),
            payout_gross_minor=statement.payout_gross_minor,
            currency=statement.currency,
            answer_hash=statement.answer_hash,
        )
    )
    return statement


def note_progress(work: Work, run_id: UUID, problem: dict[str, object] | None = None) -> None:
    """One more partner of a run is done; a problem is kept for staff. internal: part of the job's own transaction."""
    run = work.session.get_one(SettlementRun, run_id, with_for_update=True)
    run.done += 1
    if problem is not None:
        run.problems = [*run.problems, problem]
    if run.done >= run.total:
        run.finished_at = work.now


def issue(work: Work, codes: Collection[str]) -> list[str]:
    """Issue drafts: another person than the builder, unchanged since they were built. Returns the numbers; all or none."""
    work.require(Permission.SETTLEMENT_ISSUE)
    statements = work.session.scalars(
        select(Statement)
        .where(Statement.operator_id == work.operator_id, Statement.code.in_(codes))
        .order_by(Statement.code)
        .with_for_update()
    ).all()
    if len(statements) != len(set(codes)):
        raise NotFound
    return [_issue_one(work, statement) for statement in statements]


def _issue_one(work: Work, statement: Statement) -> str:
    if statement.state != "draft":
        return str(statement.number)
    partner = work.session.get_one(Partner, statement.partner_id)
    if statement.built_by is not None and statement.built_by == work.actor.id:
        raise Conflict("same_person", partner=partner.name)
    month = Month.of(statement.month)
    try:
        now = build(work.session, partner, month, statement.currency)
        check_books(work.session, partner.id, statement.currency, now)
    except Refusal as refusal:
        raise Conflict(refusal.code, field=None, **(refusal.params | {"partner": partner.name})) from refusal
    if now.answer_hash != statement.answer_hash:
        raise Conflict("draft_outdated", partner=partner.name)
    keys = now.gathered.session_ids  # a session is posted under its key, and called by its code in the input
    entry = for_statement(
        build_statement(statement.input), partner.country, month.last, receivable=lambda code: driver_receivable(str(keys[code]))
    )
    house = work.as_house()
    if entry is not None:
        post(house, entry, f"statement:{statement.id}", partner_id=partner.id, statement_id=statement.id)
    paper = issue_paper(house, statement_paper(work, statement, partner))
    frozen = {"state": "issued", "number": paper.number, "issued_at": work.now, "issued_by": work.actor.id, "issued_name": work.actor.name}
    work.session.execute(update(Statement).where(Statement.id == statement.id).values(frozen))
    net_companies(work, statement, partner, now)
    work.record(
        StatementIssued(
            operator_id=statement.operator_id,
            partner_id=partner.id,
            subject=("statement", statement.id),
            code=statement.code,
            number=paper.number,
            month=str(month),
            payout_gross_minor=statement.payout_gross_minor,
            currency=statement.currency,
            answer_hash=statement.answer_hash,
        )
    )
    work.later("documents.statement", key=f"statement:{statement.id}", partner_id=partner.id, statement_id=statement.id)
    return paper.number


def _statement_of(work: Work, partner_id: UUID, month: date) -> Statement | None:
    return work.session.scalars(
        select(Statement)
        .where(Statement.partner_id == partner_id, Statement.month == month)
        .order_by(Statement.revision.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
