"""Bank & verification of a partner (B7): accounts, the second person, the agreement to self-billing."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.domain.contracts.holdings import setup_steps
from app.domain.people.bank import bank_page, suspend_account, verify_account
from app.domain.people.tax import enter_tax_status
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.web.bank_pages import AccountForm, AgreementForm, SuspendForm, TaxForm, agree, agreement_text, save_account
from app.web.confirm import confirmed
from app.web.pages import go, page
from app.web.signin import current_work


def _page(code: str, *, status: int = 200, template: str = "bank", **more: Any) -> Any:
    work = current_work()
    row, bank = bank_page(work, code)
    shown = {"account_form": AccountForm(formdata=None), "suspend_form": SuspendForm(formdata=None)}
    return page(f"cpo/partners/{template}.html", status=status, row=row, bank=bank, steps=setup_steps(work, row), **shown | more)


@bp.get("/partners/<code>/bank")
def partner_bank(code: str) -> Any:
    """Whether money may flow, and why not."""
    return _page(code)


@bp.get("/partners/<code>/bank/new")
@confirmed
def partner_bank_new(code: str) -> Any:
    """A form for another account."""
    row, _bank = bank_page(current_work(), code)
    current_work().require(Permission.BANK_EDIT, partner_id=row.id)
    return _page(code, template="bank_new")


@bp.post("/partners/<code>/bank/new")
@confirmed
def partner_bank_save(code: str) -> Any:
    """Enter it."""
    row, _bank = bank_page(current_work(), code)
    current_work().require(Permission.BANK_EDIT, partner_id=row.id)
    form = AccountForm()
    if form.validate():
        try:
            save_account(code, form)
            return go("cpo.partner_bank", code=code, note="account-entered")
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _page(code, template="bank_new", status=422, account_form=form)


@bp.post("/partners/<code>/bank/<int:number>/verify")
@confirmed
def partner_bank_verify(code: str, number: int) -> Any:
    """The second person has checked it."""
    verify_account(current_work(), code, number)
    return go("cpo.partner_bank", code=code, note="account-verified")


@bp.post("/partners/<code>/bank/<int:number>/suspend")
@confirmed
def partner_bank_suspend(code: str, number: int) -> Any:
    """No money to this account any more."""
    form = SuspendForm()
    current_work().require(Permission.BANK_VERIFY, partner_id=bank_page(current_work(), code)[0].id)
    if form.validate():
        suspend_account(current_work(), code, number, form.reason.data or "")
        return go("cpo.partner_bank", code=code, note="account-suspended")
    return _page(code, status=422, suspend_form=form)


@bp.get("/partners/<code>/bank/tax")
@confirmed
def partner_tax(code: str) -> Any:
    """A form for another tax status."""
    row, bank = bank_page(current_work(), code)
    current_work().require(Permission.BANK_VERIFY, partner_id=row.id)
    return _page(code, template="tax", form=TaxForm(formdata=None, present=bank.tax))


@bp.post("/partners/<code>/bank/tax")
@confirmed
def partner_tax_save(code: str) -> Any:
    """Enter it."""
    current_work().require(Permission.BANK_VERIFY, partner_id=bank_page(current_work(), code)[0].id)
    form = TaxForm()
    if form.validate():
        try:
            enter_tax_status(current_work(), code, form.to_input())
            return go("cpo.partner_bank", code=code, note="tax-entered")
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _page(code, template="tax", status=422, form=form)


@bp.route("/partners/<code>/bank/self-billing", methods=["GET", "POST"])
def partner_self_billing(code: str) -> Any:
    """The text of the agreement; staff record who agreed to it for the partner."""
    row, _bank = bank_page(current_work(), code)
    current_work().require(Permission.BANK_EDIT, partner_id=row.id)
    form = AgreementForm()
    if form.validate_on_submit():
        agree(row, form)
        return go("cpo.partner_bank", code=code, note="agreement-kept")
    return _page(code, template="self_billing", status=422 if form.is_submitted() else 200, form=form, text=agreement_text(row))
