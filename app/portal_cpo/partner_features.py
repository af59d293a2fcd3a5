"""What a partner may do by itself (B5), and charging on its account (B6): shown, tried, saved."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.holdings import setup_steps
from app.domain.contracts.package_use import package_use
from app.domain.contracts.switches import corporate_effects, corporate_of, effects, features_of, package_of, save_corporate, save_features
from app.domain.people.features import values_of
from app.domain.people.queries import partner_by_code
from app.domain.people.service_packages import service_packages
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.partner_settings import CorporateForm, FeaturesForm, corporate_data
from app.web.forms import sent_again
from app.web.pages import go, page
from app.web.signin import current_work


def _tab(name: str, row: Any, *, status: int = 200, **more: Any) -> Any:
    work = current_work()
    more |= {"packages": service_packages(work.session, work.operator_id), "package": package_of(work, row.id)}
    more["steps"] = setup_steps(work, row)
    return page(f"cpo/partners/{name}.html", status=status, row=row, **more)


@bp.get("/partners/<code>/features")
def partner_features(code: str) -> Any:
    """The switches; for those who may change them, as a form."""
    row, now = features_of(current_work(), code)
    form = FeaturesForm(formdata=None, data=values_of(now) | {"number": str(now.number)})
    return _tab("features", row, now=now, form=form)


@bp.post("/partners/<code>/features")
def partner_features_save(code: str) -> Any:
    """First what would change for whom, then the save."""
    work, form = current_work(), FeaturesForm()
    row, now = features_of(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=row.id)
    if form.validate():
        try:
            if request.form.get("confirm"):
                save_features(work, code, form.to_input(), form.shown)
                return go("cpo.partner_features", code=code, note="features-saved")
            found = effects(work, code, form.to_input())
            use = package_use(work, code, form.package.data) if any(one.name == "package" for one in found) else None
            return _tab("features_check", row, form=form, found=found, use=use, sent=sent_again())
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _tab("features", row, status=422, now=now, form=form)


@bp.get("/partners/<code>/corporate-billing")
def partner_corporate(code: str) -> Any:
    """Charging on the partner's account."""
    row, now, use = corporate_of(current_work(), code)
    form = CorporateForm(formdata=None, data=corporate_data(now, row.currency), currency=row.currency)
    return _tab("corporate", row, now=now, use=use, form=form)


@bp.post("/partners/<code>/corporate-billing")
def partner_corporate_save(code: str) -> Any:
    """First what would change for whom, then the save: the terms hold from now on."""
    work, row = current_work(), partner_by_code(current_work(), code)
    work.require(Permission.PARTNER_EDIT, partner_id=row.id)
    _, now, use = corporate_of(work, code)
    form = CorporateForm(currency=row.currency)
    if form.validate():
        try:
            if request.form.get("confirm"):
                save_corporate(work, code, form.to_input(), form.shown)
                return go("cpo.partner_corporate", code=code, note="corporate-saved")
            found = corporate_effects(work, code, form.to_input())
            return _tab("corporate_check", row, form=form, found=found, then=form.to_input(), use=use, sent=sent_again())
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _tab("corporate", row, status=422, now=now, use=use, form=form)
