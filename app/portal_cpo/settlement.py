"""Closing a month (B44): what accrued, drafts with progress, issuing by a second person."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from app.access.permissions import Permission
from app.domain.people.queries import operator_defaults
from app.domain.settlement.actions import request_close
from app.domain.settlement.issuing import IssueWish, issue_totals, left_drafts, request_issue, to_issue
from app.domain.settlement.months import month_totals, partner_months
from app.domain.settlement.queries import runs_of
from app.domain.settlement.rows import MonthTotals
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.periods import Month, local_month
from app.money.amount import Money
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
    return go_to(url_for("cpo.settlement_month", month=str(local_month(work.now, operator_defaults(work)["time_zone"]).plus(-1))))


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
        "is_over": month < local_month(work.now, operator_defaults(work)["time_zone"]),
        "found": found,
        "lines": found.rows,
        "run": runs[0] if runs else None,
        "step": _step(totals),
        "sums": totals.sums,
        "states": totals.states,
        "form": form or DraftsForm(),
        "currency": operator_defaults(work)["currency"],
        "me": work.actor.id,
    }


def _step(totals: MonthTotals) -> int:
    """1 accruing, 2 draft, 3 check, 4 issue, 5 pay."""
    if not totals.states:
        return 1
    return 3 if totals.some_without or "draft" in totals.states else 5


@bp.get("/settlement/<string:month>/progress")
def settlement_progress(month: str) -> Any:
    """How far drafts or statements are; asked every second while they are being made."""
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
    """What is about to be issued and what is left out, each with its reason: a page of its own, as it is final."""
    given = request.args
    wish = IssueWish(asked_month(month), None if "all" in given else tuple(given.getlist("code")), tuple(given.getlist("skip")))
    work = current_work()
    work.require(Permission.SETTLEMENT_ISSUE)
    totals, everything = issue_totals(work, wish), "y" if wish.codes is None else ""
    form = _confirming(totals)(codes=",".join(wish.codes or ()), everything=everything, skip=",".join(wish.skip))
    return _asking(wish, form, totals)


def _confirming(totals: list[tuple[int, Money]]) -> type[IssueForm]:
    return IssueForm.confirming([total.currency for _, total in totals])


def _asking(wish: IssueWish, form: IssueForm, totals: list[tuple[int, Money]], status: int = 200) -> Any:
    work = current_work()
    found = to_issue(work, wish, request.args.get("after"))
    chosen = {"all": 1} if wish.codes is None else {"code": list(wish.codes)}
    values = {"found": found, "left": left_drafts(work, wish), "totals": totals, "count": sum(count for count, _ in totals)}
    return page(
        "cpo/settlement/issue.html", form=form, status=status, month_of=wish.month, me=work.actor.id, wish=wish, chosen=chosen, **values
    )


@bp.post("/settlement/<string:month>/issue")
def settlement_issue_now(month: str) -> Any:
    """Have them issued, one job each; a statement that refuses stops no other."""
    wanted, work = asked_month(month), current_work()
    work.require(Permission.SETTLEMENT_ISSUE)
    wish = IssueForm().wish(wanted)
    totals = issue_totals(work, wish)
    form = _confirming(totals)()
    if not form.validate():
        return _asking(wish, form, totals, 422)
    wrong = [field for field, (_, total) in zip(form.totals, totals, strict=False) if not _same_total(field.data, total)]
    for field in wrong:
        form.refuse(Invalid("total_differs", field=field.name))
    if wrong or not totals:
        return _asking(wish, form if wrong else form.refuse(Invalid("total_differs", field="total")), totals, 422)
    try:
        request_issue(work, wish, one_time_key=form.one_time_key.data)
    except Conflict as refusal:
        return _asking(wish, form.refuse(refusal), totals, 422)
    return go("cpo.settlement_month", month=str(wanted), note="issue-asked")


def _same_total(typed: str, total: Money) -> bool:
    try:
        return Money.round(read_number(typed), total.currency) == total
    except (UnreadableError, AmbiguousError):
        return False
