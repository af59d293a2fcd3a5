"""B19's rates: what electricity costs at a place, in dated versions with windows; list, new, new prices, CSV."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.tariffs.curves import home_zone
from app.domain.tariffs.electricity import points_without_rate, rate_by_code, rates
from app.domain.tariffs.electricity_actions import add_rate_version, create_rate
from app.domain.tariffs.electricity_import import HEADS, RatesReport, exported, import_rates
from app.domain.tariffs.electricity_rows import RateRow
from app.kernel.errors import Invalid
from app.kernel.periods import local_date
from app.portal_cpo import bp
from app.portal_cpo.forms.electricity import RateForm, RateVersionForm
from app.web.bodies import takes_files
from app.web.electricity_words import clock, days_word
from app.web.exports import csv_answer
from app.web.pages import go, page
from app.web.sheet_pages import SheetForm, told
from app.web.signin import current_work


@bp.get("/electricity-rates")
def electricity_rates() -> Any:
    """All rates, and what has none."""
    work = current_work()
    work.require(Permission.ELECTRICITY_VIEW)
    found = rates(work, cursor=request.args.get("after"))
    return page("cpo/electricity_rates/index.html", found=found, without=points_without_rate(work))


@bp.get("/electricity-rates.csv", endpoint="electricity_rates_csv")
def electricity_rates_file() -> Any:
    """Every price of every version."""
    work = current_work()
    work.require(Permission.ELECTRICITY_VIEW)
    return csv_answer("electricity-rates.csv", HEADS, list(exported(work)))


@bp.get("/electricity-rates/new")
def electricity_rate_new() -> Any:
    """The form, empty."""
    work = current_work()
    work.require(Permission.CONTRACT_EDIT)
    form = RateForm(formdata=None, place=request.args.get("place", ""), first_day=local_date(work.now, home_zone(work)).replace(day=1))
    return _form(form, None, 200)


@bp.post("/electricity-rates/new", endpoint="electricity_rate_create")
def electricity_rate_save() -> Any:
    """Store a rate, or show more lines."""
    work, form = current_work(), RateForm()
    work.require(Permission.CONTRACT_EDIT)
    if request.form.get("step") == "more":
        form.more()
        return _form(form, None, 200)
    try:
        if form.validate():
            return go("cpo.electricity_rate", code=create_rate(work, form.to_input()), note="rate-created")
    except Invalid as refusal:
        form.refuse(refusal)
    return _form(form, None, 422)


@bp.get("/electricity-rates/import")
def electricity_rates_import() -> Any:
    """A file to be checked."""
    current_work().require(Permission.CONTRACT_EDIT)
    return page("cpo/electricity_rates/import.html", form=SheetForm(formdata=None), report=None, told=[], heads=HEADS)


@bp.post("/electricity-rates/import", endpoint="electricity_rates_import_send")
@takes_files
def electricity_rates_send() -> Any:
    """Check a file, or store it."""
    work, form = current_work(), SheetForm()
    work.require(Permission.CONTRACT_EDIT)
    report: RatesReport | None = None
    storing = request.form.get("step") == "import"
    try:
        if form.validate():
            report = import_rates(work, form.sheet(), store=storing)
    except Invalid as refusal:
        form.refuse(refusal)
    if report is None or report.problems:
        problems = told(report.problems) if report else []
        return page("cpo/electricity_rates/import.html", status=422, form=form, report=report, told=problems, heads=HEADS)
    if storing:
        return go("cpo.electricity_rates", note="rates-imported")
    return page("cpo/electricity_rates/import.html", form=form, report=report, told=[], heads=HEADS)


@bp.get("/electricity-rates/<code>")
def electricity_rate(code: str) -> Any:
    """A rate with all its versions."""
    row = rate_by_code(current_work(), code)
    return page("cpo/electricity_rates/show.html", row=row, days_word=days_word, clock=clock, by=True)


@bp.get("/electricity-rates/<code>/version")
def electricity_rate_version(code: str) -> Any:
    """New prices, starting from those that stand."""
    work = current_work()
    work.require(Permission.CONTRACT_EDIT)
    row = rate_by_code(work, code)
    form = RateVersionForm(formdata=None)
    form.show(row.next or row.now or row.versions[0])
    return _form(form, row, 200)


@bp.post("/electricity-rates/<code>/version", endpoint="electricity_rate_version_save")
def electricity_rate_version_store(code: str) -> Any:
    """Store new prices, or show more lines."""
    work, form = current_work(), RateVersionForm()
    work.require(Permission.CONTRACT_EDIT)
    row = rate_by_code(work, code)
    if request.form.get("step") == "more":
        form.more()
        return _form(form, row, 200)
    try:
        if form.validate():
            add_rate_version(work, code, form.prices())
            return go("cpo.electricity_rate", code=row.code, note="rate-version-added")
    except Invalid as refusal:
        form.refuse(refusal)
    return _form(form, row, 422)


def _form(form: RateVersionForm, row: RateRow | None, status: int) -> Any:
    return page("cpo/electricity_rates/edit.html", status=status, form=form, row=row)
