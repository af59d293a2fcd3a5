"""A partner's own bank data: where its money goes, and the agreement to self-billing (B7 in P12)."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.domain.people.bank import BankPage, bank_page
from app.domain.people.rows import PartnerRow
from app.kernel.errors import Conflict, Invalid, NotFound
from app.portal_partner import bp
from app.web.bank_pages import AccountForm, AgreementForm, agree, agreement_text, save_account
from app.web.confirm import confirmed
from app.web.pages import go, page
from app.web.signin import current_account, current_work


def _own() -> tuple[PartnerRow, BankPage]:
    account = current_account()
    if account is None:
        raise NotFound
    current_work().require(Permission.BANK_VIEW, partner_id=account.partner_id)
    return bank_page(current_work(), account.code)


@bp.get("/settings/bank")
def bank() -> Any:
    """Whether we can receive money, and why not."""
    row, found = _own()
    return page("partner/account/bank.html", row=row, bank=found)


@bp.route("/settings/bank/new", methods=["GET", "POST"])
@confirmed
def bank_new() -> Any:
    """Another account: it waits 72 hours and for a second person."""
    row, found = _own()
    current_work().require(Permission.BANK_EDIT, partner_id=row.id)
    form = AccountForm()
    if form.validate_on_submit():
        try:
            save_account(row.code, form)
            return go("partner.bank", note="account-entered")
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return page("partner/account/bank_new.html", row=row, bank=found, account_form=form, status=422 if form.is_submitted() else 200)


@bp.route("/settings/bank/self-billing", methods=["GET", "POST"])
def bank_self_billing() -> Any:
    """Read the agreement, and agree."""
    row, found = _own()
    current_work().require(Permission.BANK_EDIT, partner_id=row.id)
    form = AgreementForm()
    if form.validate_on_submit():
        agree(row, form)
        return go("partner.bank", note="agreement-kept")
    status = 422 if form.is_submitted() else 200
    return page("partner/account/self_billing.html", row=row, bank=found, form=form, text=agreement_text(row), status=status)
