"""Issuing the drafts of a month: which ones, what they come to, and one job per statement. What one refuses stops no other."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from app.access.permissions import Permission
from app.db.paging import Page, take_page
from app.domain.people.models import Partner
from app.domain.settlement.events import IssueRequested
from app.domain.settlement.models import SettlementRun, Statement
from app.domain.settlement.months import PARTNERS
from app.domain.settlement.queries import heads, statement_head
from app.domain.settlement.rows import StatementHead
from app.kernel.errors import Conflict
from app.kernel.ids import uuid7
from app.kernel.periods import Month
from app.money.amount import Money
from app.work.locks import hold
from app.work.unit import Work

#: of those that stay drafts so many are named
_NAMED = 100


@dataclass(frozen=True, slots=True)
class IssueWish:
    """Drafts of a month: those with these codes (None: all), but none of ``skip``."""

    month: Month
    codes: tuple[str, ...] | None
    skip: tuple[str, ...] = ()


def _wished(work: Work, wish: IssueWish) -> list[ColumnElement[bool]]:
    work.require(Permission.SETTLEMENT_ISSUE)
    found = [Statement.operator_id == work.operator_id, Statement.month == wish.month.first, Statement.state == "draft"]
    return found if wish.codes is None else [*found, Statement.code.in_(wish.codes)]


def _ready(work: Work, wish: IssueWish) -> list[ColumnElement[bool]]:
    other = or_(Statement.built_by.is_(None), Statement.built_by != work.actor.id)
    return [*_wished(work, wish), other, Statement.code.not_in(wish.skip)]


def to_issue(work: Work, wish: IssueWish, cursor: str | None = None) -> Page[StatementHead]:
    """The drafts that would be issued, by partner. Two statements."""
    asked = heads(work).where(*_ready(work, wish))
    order = (Partner.name, Statement.id)
    page = take_page(work.session, asked, order, lambda row: (row.name, row.Statement.id), cursor=cursor, limit=PARTNERS)
    return Page([statement_head(*row) for row in page.rows], page.before, page.after, page.total)


def left_drafts(work: Work, wish: IssueWish) -> list[StatementHead]:
    """The first of those that would stay drafts: skipped, or built by the actor. One statement."""
    own = or_(Statement.built_by == work.actor.id, Statement.code.in_(wish.skip))
    found = work.session.execute(heads(work).where(*_wished(work, wish), own).order_by(Partner.name, Statement.id).limit(_NAMED))
    return [statement_head(*row) for row in found]


def issue_totals(work: Work, wish: IssueWish) -> list[tuple[int, Money]]:
    """How many would be issued and what they pay out, with VAT, per currency, the most statements first. One statement."""
    found = work.session.execute(
        select(Statement.currency, func.count(), func.coalesce(func.sum(Statement.payout_gross_minor), 0))
        .where(*_ready(work, wish))
        .group_by(Statement.currency)
        .order_by(func.count().desc(), Statement.currency)
    )
    return [(count, Money(int(minor), currency)) for currency, count, minor in found]


def request_issue(work: Work, wish: IssueWish, *, one_time_key: str) -> UUID:
    """Issue these drafts, one job each, in the actor's name; a repeat is refused, and no statement is ever issued twice."""
    ready = work.session.execute(select(Statement.code, Statement.partner_id).where(*_ready(work, wish)).order_by(Statement.code)).all()
    hold(work.session, "close", work.operator_id, wish.month)
    run = SettlementRun(
        id=uuid7(),
        operator_id=work.operator_id,
        month=wish.month.first,
        kind="issue",
        requested_by=work.actor.id,
        requested_name=work.actor.name,
        created_at=work.now,
        total=len(ready),
    )
    work.session.add(run)
    work.session.flush()
    for code, partner_id in ready:
        key = f"issue:{one_time_key}:{code}"
        work.later("settlement.issue", key=key, partner_id=partner_id, run_id=run.id, code=code, by=work.actor.id)
    if not work.jobs:
        raise Conflict("issue_asked")
    month = str(wish.month)
    work.record(IssueRequested(operator_id=work.operator_id, subject=("settlement_run", run.id), month=month, statements=len(ready)))
    return run.id
