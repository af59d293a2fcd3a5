"""Lists as files to take away: at once, or made by a job that is asked for first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for

from app.documents.sheets import SHEETS
from app.documents.sheets import sheet as sheets
from app.text.sheet import csv_text
from app.web.forms import OneTimeForm
from app.web.pages import go, page
from app.web.signin import current_account, current_work

#: where the lists are whose endpoint is not their name
_LISTS = {
    "cpo.drivers": "cpo.all_partners_drivers",
    "cpo.charge-points": "cpo.charge_points",
    "cpo.sub-operators": "cpo.sub_operators",
    "partner.tariffs": "partner.prices",
}


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A CSV file of that name with these columns."""
    return file_answer(name, csv_text(head, rows))


def file_answer(name: str, content: str | Iterator[bytes]) -> Response:
    """A CSV file of that name with this content; what comes in parts is sent as it comes."""
    answer = Response(content, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def sheet_or_question(portal: str, name: str) -> Any:
    """The filter of a list as a file: all of it, not the page; a big one is made by a job, which is asked for first."""
    work, sheet = current_work(), SHEETS[name]
    sheet.require(work)
    wanted = sheet.wanted(request.args)
    total, limit = sheet.count(work, wanted), sheets.longest(work, _account_id())
    if total is not None and total <= min(sheets.AT_ONCE, sheets.AT_ONCE if limit is None else limit):
        return file_answer(f"{name}.csv", sheet.text(work, wanted, account=_account_id()))
    return redirect(url_for(f"{portal}.export", kind=name, **wanted), 303)


def sheet_question(portal: str, name: str, form: OneTimeForm | None = None) -> Any:
    """Asks before a big file is made; one that is longer than the account's service package allows cannot be."""
    work, sheet = current_work(), SHEETS[name]
    sheet.require(work)
    wanted = sheet.wanted(request.args)
    here = f"{portal}.{name}"
    total, limit = sheet.count(work, wanted), sheets.longest(work, _account_id())
    is_longer = limit is not None and total is not None and total > limit
    return page(
        "shared/jobs/export.html",
        status=409 if is_longer else 422 if form else 200,
        form=form or OneTimeForm(formdata=None),
        job=sheet.job,
        total=total,
        limit=limit,
        is_longer=is_longer,
        make=url_for(f"{portal}.export_do", kind=name, **wanted),
        back=url_for(_LISTS.get(here, here), **wanted),
    )


def sheet_wanted(portal: str, name: str) -> Any:
    """Have it made, with what the asking person may see; it appears among the jobs. The same key is the same job."""
    work, sheet, account = current_work(), SHEETS[name], current_account()
    sheet.require(work)
    form, limit = OneTimeForm(), sheets.longest(work, _account_id())
    total = None if limit is None else sheet.count(work, sheet.wanted(request.args))
    if not form.validate() or (limit is not None and total is not None and total > limit):
        return sheet_question(portal, name, form)
    of = account if account is not None and account.partner_id is not None else None
    work.later(
        sheet.job,
        key=f"sheet:{work.actor.id}:{form.one_time_key.data}",
        partner_id=of.partner_id if of else None,
        wanted=sheet.wanted(request.args),
        by=work.actor.id,
        partner=of.code if of else None,
    )
    return go(f"{portal}.jobs", note="export-asked")


def _account_id() -> UUID | None:
    """The partner account somebody is in; None: staff."""
    account = current_account()
    return account.partner_id if account is not None else None
