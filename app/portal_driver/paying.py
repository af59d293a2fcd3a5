"""A signed-in driver pays what company and balance did not (D12, B39): card page of the provider, how it went, what was paid."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for

from app.domain.drivers.own import OwnRow
from app.domain.drivers.queries import top_ups
from app.domain.payments.actions import open_page
from app.domain.payments.queries import payments_of_driver
from app.domain.sessions.own_part import WAITING, own_payment, paid_parts, pay_debt
from app.kernel.errors import Conflict
from app.portal_driver import bp
from app.portal_driver.me import inside
from app.portal_driver.stored_cards import card_page_texts, shown_cards
from app.web.forms import OneTimeForm
from app.web.pages import fragment, page
from app.web.payments import card_provider, has_card_provider
from app.web.signin import current_work


@bp.get("/me/wallet", endpoint="me_wallet")
@inside
def wallet(me: OwnRow) -> Any:
    """D12: the balance and what was added to it; what is owed, and what was paid by card."""
    return _wallet(me, OneTimeForm(formdata=None), 200)


@bp.get("/me/wallet/debt", endpoint="me_debt")
@inside
def debt(me: OwnRow) -> Any:
    """The part about money owed alone; asks for itself again while a card is being charged."""
    return fragment("driver/me/_debt.html", **_debt(me, OneTimeForm(formdata=None)))


@bp.post("/me/pay", endpoint="me_pay")
@inside
def pay(me: OwnRow) -> Any:
    """Pay now: note the payment, then on to the provider's card page."""
    form = OneTimeForm()
    if not form.validate():
        return _wallet(me, form, 422)
    currency, key = request.form.get("currency", ""), form.one_time_key.data
    try:
        row = pay_debt(current_work(), me.driver_id, currency, key=key, provider=card_provider().name)
    except Conflict as refusal:
        return _wallet(me, form.refuse(refusal), 409)
    return redirect(url_for("driver.me_pay_card", payment=row.id), 303)


@bp.get("/me/pay/<uuid:payment>/card", endpoint="me_pay_card")
@inside
def card(me: OwnRow, payment: UUID) -> Any:
    """On to the provider's card page; the same page as long as it is open."""
    row = own_payment(current_work(), me.driver_id, payment)
    if row.state not in WAITING:
        return redirect(url_for("driver.me_wallet"), 303)
    return redirect(open_page(current_work().as_house(), row.id, card_provider(row.provider), **card_page_texts(me)), 303)


@bp.get("/me/payments/<uuid:payment>", endpoint="me_payment")
@inside
def paid(me: OwnRow, payment: UUID) -> Any:
    """What a payment was for: each charge, what the company, the balance and the card paid of it."""
    row = own_payment(current_work(), me.driver_id, payment)
    return page("driver/me/payment.html", me=me, paid=row, parts=paid_parts(current_work(), row.id))


def _wallet(me: OwnRow, form: OneTimeForm, status: int) -> Any:
    added = top_ups(current_work(), me.driver_id)
    return page("driver/me/wallet.html", added=added, status=status, **_debt(me, form) | shown_cards(me))


def _debt(me: OwnRow, form: OneTimeForm) -> dict[str, Any]:
    payments = payments_of_driver(current_work().session, me.driver_id)
    return {"me": me, "form": form, "payments": payments, "can_pay": has_card_provider()}
