"""The test provider's hosted card page, ``/test-provider/<ref>``; mounted only where settings allow. It takes no money."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request

from app.domain.payments.testcard.cards import CARDS, CardPage, card_page, confirm, enter_card
from app.kernel.errors import Invalid
from app.testprovider.forms import CardForm
from app.text.locales import locale, speak
from app.web.pages import page
from app.web.signin import current_work, safe_next

bp = Blueprint("testprovider", __name__, url_prefix="/test-provider")


@bp.get("/<ref>")
def show(ref: str) -> Any:
    """The card page of a hold: the card's fields, or the bank's question, or the way back."""
    held = card_page(current_work().session, ref)
    speak(locale(held.language))
    if held.state not in {"open", "to_confirm"}:
        return _back(held)
    return _card_page(held, CardForm(formdata=None), 200)


@bp.post("/<ref>")
def pay(ref: str) -> Any:
    """A card was entered."""
    held = card_page(current_work().session, ref)
    speak(locale(held.language))
    form = CardForm()
    if not form.validate():
        return _card_page(held, form, 422)
    try:
        held = enter_card(current_work(), ref, form.number.data, form.expiry.data, form.code.data)
    except Invalid as refusal:
        return _card_page(held, form.refuse(refusal), 422)
    return redirect(f"/test-provider/{ref}", 303) if held.state in {"open", "to_confirm"} else _back(held)


@bp.post("/<ref>/confirm")
def answer(ref: str) -> Any:
    """The driver's answer to the bank's question."""
    held = confirm(current_work(), ref, agreed=request.form.get("answer") == "yes")
    return redirect(f"/test-provider/{ref}", 303) if held.state == "open" else _back(held)


def _card_page(held: CardPage, form: CardForm, status: int) -> Any:
    return page("testprovider/card.html", held=held, form=form, cards=CARDS, status=status)


def _back(held: CardPage) -> Any:
    return redirect(safe_next(held.return_path) or "/", 303)
