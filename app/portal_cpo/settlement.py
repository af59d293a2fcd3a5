"""Closing a month (B44): what accrued, drafts with progress, issuing by a second person."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from app.access.permissions import Permission
from app.domain.settlement.actions import issue, request_close
from app.domain.settlement.months import drafts_among, month_totals, partner_months
from app.domain.settlement.queries import runs_of
from app.domain.settlement.rows import MonthTotals, StatementHead
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.periods import Month, local_month
from app.portal_cpo import bp
from app.portal_cpo.forms.settlement import DraftsForm, IssueForm
from app.text.numbers import AmbiguousError, UnreadableError, read_number
from app.web.pages import fragment, go, go_to, page
from app.web.signin import current_work


def asked_month(text: str) -> Month:
    """The month in the address; anything else is not found."""
    try:
        return Month.parse(text)
    except Invalid as wrong:
        raise NotFound from wrong


@bp.get("/settlement")
def settlement() -> Any:
    """On to the month that is to be closed next: the last one that is over."""
    work = current_work()
    work.require(Permission.SETTLEMENT_VIEW)
    return go_to(url_for("cpo.settlement_month", month=str(local_month(work.now, "Europe/Berlin").plus(-1))))


@bp.get("/settlement/<string:month>")
def settlement_month(month: str) -> Any:
    """The close of a month."""
    return page("cpo/settlement/show.html", part="cpo/settlement/_month.html", **_shown(asked_month(month)))


def _shown(month: Month, form: DraftsForm | None = None) -> dict[str, Any]:
    work = current_work()
    found, totals = partner_months(work, month, request.args.get("after")), month_totals(work, month)
    runs = runs_of(work, month.first)
    return {
        "month_of": month,
        "before": month.plus(-1),
        "after": month.plus(1),
        "is_over": month < local_month(work.now, "Europe/Berlin"),
        "found": found,
        "lines": found.rows,
        "run": runs[0] if runs else None,
        "step": _step(totals),
        "sums": totals,
        "form": form or DraftsForm(),
        "currency": found.rows[0].currency if found.rows else "EUR",
        "me": work.actor.id,
    }


def _step(totals: MonthTotals) -> int:
    """1 accruing, 2 draft, 3 check, 4 issue, 5 pay."""
    if not totals.states:
        return 1
    return 3 if totals.some_without or "draft" in totals.states else 5


@bp.get("/settlement/<string:month>/progress")
def settlement_progress(month: str) -> Any:
    """How far the drafts are; asked every second while they are being built."""
    return fragment("cpo/settlement/_month.html", **_shown(asked_month(month)))


@bp.post("/settlement/<string:month>/drafts")
def settlement_drafts(month: str) -> Any:
    """Build the drafts of a month, again if need be."""
    wanted, form = asked_month(month), DraftsForm()
    if not form.validate():
        return page("cpo/settlement/show.html", status=422, **_shown(wanted, form))
    request_close(current_work(), wanted, one_time_key=form.one_time_key.data)
    return go("cpo.settlement_month", month=str(wanted), note="drafts-asked")


@bp.get("/settlement/<string:month>/issue")
def settlement_issue(month: str) -> Any:
    """What is about to be issued: a page of its own, as it is final."""
    heads = _chosen(asked_month(month), request.args.getlist("code"))
    return page("cpo/settlement/issue.html", form=IssueForm(codes=",".join(h.code for h in heads)), **_about(asked_month(month), heads))


def _chosen(month: Month, codes: list[str]) -> list[StatementHead]:
    work = current_work()
    work.require(Permission.SETTLEMENT_ISSUE)
    return drafts_among(work, month, codes)


def _about(month: Month, heads: list[StatementHead]) -> dict[str, Any]:
    total = sum(head.payout_gross_minor for head in heads)
    return {
        "month_of": month,
        "heads": heads,
        "total": total,
        "currency": heads[0].currency if heads else "EUR",
        "me": current_work().actor.id,
    }


@bp.post("/settlement/<string:month>/issue")
def settlement_issue_now(month: str) -> Any:
    """Issue them, all or none."""
    wanted, form = asked_month(month), IssueForm()
    heads = _chosen(wanted, form.to_input())
    about = _about(wanted, heads)
    if not form.validate():
        return page("cpo/settlement/issue.html", form=form, status=422, **about)
    if not _same_total(form.total.data, about["total"]):
        form.refuse(Invalid("total_differs", field="total"))
        return page("cpo/settlement/issue.html", form=form, status=422, **about)
    try:
        numbers = issue(current_work(), form.to_input())
    except Conflict as refusal:
        return page("cpo/settlement/issue.html", form=form.refuse(refusal), status=422, **about)
    return go("cpo.settlement_month", month=str(wanted), note="statements-issued", note_values={"count": str(len(numbers))})


def _same_total(typed: str, minor: int) -> bool:
    try:
        return int(read_number(typed) * 100) == minor
    except (UnreadableError, AmbiguousError):
        return False
