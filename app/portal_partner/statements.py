"""A partner's money: the month so far (P6), statements (P7), papers (P8)."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.invoices.queries import documents as find_documents
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerRow
from app.domain.settlement.accruing import MonthSoFar, month_so_far
from app.domain.settlement.queries import statement_by_code, statements_of
from app.domain.settlement.rows import StatementHead
from app.kernel.errors import NotFound
from app.portal_partner import bp
from app.text.charts import Line, month_lines
from app.text.drawing import Picture
from app.text.format import month as month_word
from app.text.format import plain_money
from app.text.words import gettext
from app.web.pages import page
from app.web.papers import file_answer, rows_file, statement_context
from app.web.signin import current_account, current_work


def own_partner() -> PartnerRow:
    """The partner in the address."""
    account = current_account()
    if account is None or account.code is None:
        raise NotFound
    return partner_by_code(current_work(), account.code)


def _own(code: str) -> StatementHead:
    head = statement_by_code(current_work(), code)
    account = current_account()
    if account is None or head.partner_code != account.code:
        raise NotFound
    return head


@bp.get("/current-month")
def current_month() -> Any:
    """What the month has brought so far, day by day beside the month before."""
    work = current_work()
    account = current_account()
    found = month_so_far(work, account.partner_id if account else None)
    return page("partner/current_month/show.html", found=found, chart=_chart(found))


def _chart(found: MonthSoFar) -> Picture:
    """The partner's part, cumulated by day, beside the month before."""
    lines = [
        Line(month_word(found.month), found.by_day(found.days, found.today.day)),
        Line(month_word(found.month.plus(-1)), found.by_day(found.before, found.month.plus(-1).days)),
    ]
    return month_lines(gettext("Your part, net, cumulated by day"), found.month, lines, lambda v: plain_money(int(v), found.currency))


@bp.get("/statements")
def statements() -> Any:
    """Statements, the newest month first."""
    account = current_account()
    found = statements_of(current_work(), account.partner_id) if account and account.partner_id else []
    return page("partner/statements/index.html", found=found)


@bp.get("/statements/<string:code>")
def statement(code: str) -> Any:
    """One statement; who may not see rows sees its sums."""
    work, head = current_work(), _own(code)
    with_rows = work.can(Permission.STATEMENT_ROWS, partner_id=head.partner_id)
    return page("partner/statements/show.html", **statement_context(work, head, with_rows=with_rows))


@bp.get("/statements/<string:code>.csv")
def statement_file(code: str) -> Any:
    """Its rows as a file."""
    return rows_file(current_work(), _own(code))


@bp.get("/documents")
def documents() -> Any:
    """The partner's papers."""
    work, account = current_work(), current_account()
    work.require(Permission.DOCUMENT_VIEW, partner_id=account.partner_id if account else None)
    found = find_documents(work, partner_id=account.partner_id if account else None, cursor=request.args.get("after"), kind="statement")
    return page("shared/documents/index.html", part="shared/documents/_list.html", found=found, portal="partner")


@bp.get("/documents/<string:number>.pdf")
def document_pdf(number: str) -> Any:
    """A paper's PDF."""
    return file_answer(current_work(), number)
