"""Partners: the list, general data, a new one, pausing and closing (B2, B3)."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from app.access.permissions import Permission
from app.documents.sheets.partners import PARTNER_WORDS, partner_filter
from app.domain.contracts.actions import close_partner
from app.domain.contracts.changing_care import change_partner
from app.domain.contracts.holdings import setup_steps
from app.domain.contracts.switches import package_of
from app.domain.people.actions import create_partner, set_partner_state
from app.domain.people.features import PACKAGES
from app.domain.people.managers import account_manager, possible_managers
from app.domain.people.queries import operator_defaults, partner_by_code, partner_countries, sub_operators
from app.domain.people.rows import PartnerRow
from app.domain.settlement.partner_list import partner_lines
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.partners import GENERAL, PartnerForm, ReasonForm
from app.text.regions import country_name
from app.web.exports import sheet_or_question
from app.web.fields import whole
from app.web.pages import go, page
from app.web.signin import current_work


@bp.get("/partners")
def partners() -> Any:
    """The list."""
    work, wanted = current_work(), partner_filter(request.args)
    found = partner_lines(work, wanted, cursor=request.args.get("after"))
    kept = {name: value for name in PARTNER_WORDS if (value := getattr(wanted, name))}
    countries = sorted(partner_countries(work), key=country_name)
    return page(
        "cpo/partners/index.html", found=found, wanted=wanted, kept=kept, parents=sub_operators(work), countries=countries,
        packages=PACKAGES, today=work.now.date(), part="cpo/partners/_list.html",
    )  # fmt: skip


@bp.get("/partners.csv")
def partners_file() -> Any:
    """The same list as a file: the filter, not the page."""
    return sheet_or_question("cpo", "partners")


@bp.get("/partners/new")
def partner_new() -> Any:
    """An empty form, filled with what the operator's own house suggests."""
    work = current_work()
    work.require(Permission.PARTNER_EDIT)
    form = PartnerForm(formdata=None, data=operator_defaults(work)).offer(sub_operators(work), possible_managers(work))
    return page("cpo/partners/new.html", form=form)


@bp.post("/partners/new")
def partner_create() -> Any:
    """Create, and on to its page."""
    work = current_work()
    work.require(Permission.PARTNER_EDIT)
    form = PartnerForm().offer(sub_operators(work), possible_managers(work))
    if not form.validate():
        return page("cpo/partners/new.html", form=form, status=422)
    try:
        row = create_partner(work, form.to_input())
    except Invalid as refusal:
        return page("cpo/partners/new.html", form=form.refuse(refusal), status=422)
    return go("cpo.partner", code=row.code, note="partner-created")


@bp.get("/partners/<code>")
def partner(code: str) -> Any:
    """General data."""
    work = current_work()
    row = partner_by_code(work, code)
    about = {"package": package_of(work, row.id), "manager": account_manager(work.session, row.id)}
    return page("cpo/partners/general.html", row=row, steps=setup_steps(work, row), **about)


@bp.get("/partners/<code>/edit")
def partner_edit(code: str) -> Any:
    """General data in a form."""
    work, row = current_work(), _to_change(code)
    manager = account_manager(work.session, row.id)
    typed = _typed(row) | {"manager": manager.email if manager else ""}
    form = PartnerForm(formdata=None, data=typed).offer(sub_operators(work), possible_managers(work), row, manager)
    return page("cpo/partners/edit.html", row=row, form=form, steps=setup_steps(work, row))


@bp.post("/partners/<code>/edit")
def partner_save(code: str) -> Any:
    """Save; somebody else's changes meanwhile are shown beside one's own."""
    work, row = current_work(), _to_change(code)
    steps = setup_steps(work, row)
    people = possible_managers(work), row, account_manager(work.session, row.id)
    form = PartnerForm(chosen(request.form)).offer(sub_operators(work), *people)
    if not form.validate():
        return page("cpo/partners/edit.html", row=row, form=form, steps=steps, status=422)
    try:
        row = change_partner(work, code, form.to_input(), whole(form.version.data, 0))
    except Invalid as refusal:
        return page("cpo/partners/edit.html", row=row, form=form.refuse(refusal), steps=steps, status=422)
    except Conflict as conflict:
        return page("cpo/partners/compare.html", row=row, form=form, found=conflict.params, steps=steps, status=409)
    return go("cpo.partner", code=row.code, note="partner-saved")


def _to_change(code: str) -> PartnerRow:
    """A partner whose general data the actor may change: asked before a form is read."""
    row = partner_by_code(current_work(), code)
    current_work().require(Permission.PARTNER_EDIT, partner_id=row.id)
    return row


def chosen(typed: MultiDict[str, str]) -> MultiDict[str, str]:
    """The form as sent; after a comparison with, per field, whichever side was kept."""
    kept = MultiDict(typed)
    for name in GENERAL:
        if typed.get(f"keep_{name}") == "theirs":
            kept[name] = typed.get(f"theirs_{name}", "")
    return kept


@bp.get("/partners/<code>/<any(pause, close):act>")
def partner_stop(code: str, act: str) -> Any:
    """The page that asks for the reason before pausing or closing."""
    work, row = current_work(), _to_change(code)
    return page("cpo/partners/stop.html", row=row, act=act, form=ReasonForm(), still=[], steps=setup_steps(work, row))


@bp.post("/partners/<code>/<any(pause, close):act>")
def partner_stop_now(code: str, act: str) -> Any:
    """Pause or close; what is still open is listed."""
    work, row = current_work(), _to_change(code)
    form, still = ReasonForm(), []
    if form.validate():
        try:
            if act == "pause":
                set_partner_state(work, code, "paused", form.reason.data or "")
                return go("cpo.partner", code=row.code, note="partner-paused")
            close_partner(work, code, form.reason.data or "")
            return go("cpo.partner", code=row.code, note="partner-closed")
        except Conflict as refusal:
            still = [(thing, _where(row, thing.kind, thing.code)) for thing in refusal.params.get("open", [])]  # type: ignore[attr-defined]
            form.refuse(refusal)
        except Invalid as refusal:
            form.refuse(refusal)
    return page("cpo/partners/stop.html", row=row, act=act, form=form, still=still, steps=setup_steps(work, row), status=422)


def _where(row: PartnerRow, kind: str, code: str) -> str:
    """The page on which an open thing is ended."""
    if kind in {"contract", "partner", "statement"}:
        return url_for(f"cpo.{kind}", code=code)
    if kind == "session":
        return url_for("cpo.charge_point", label=code.partition("/")[0])
    return url_for("cpo.documents", kind="statement") if kind == "balance" else url_for("cpo.partner_points", code=row.code)


@bp.post("/partners/<code>/resume")
def partner_resume(code: str) -> Any:
    """Let a paused partner's people in again."""
    row = set_partner_state(current_work(), code, "active")
    return go("cpo.partner", code=row.code, note="partner-active")


def _typed(row: PartnerRow) -> dict[str, Any]:
    return {name: getattr(row, name) or "" for name in GENERAL if name != "manager"} | {"version": str(row.version)}
