"""Cards by which a driver pays the own part without being asked each time (D12): add with consent, name, choose, remove."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, url_for

from app.domain.drivers.own import OwnRow
from app.domain.payments.stored import ask_card, cards_to_pay, choose_card, name_card, open_card_page, own_card, remove_card
from app.kernel.errors import Conflict, Refusal
from app.portal_driver import bp
from app.portal_driver.forms.me import CardNameForm, StoreCardForm
from app.portal_driver.me import inside
from app.text.locales import current
from app.text.words import gettext as _
from app.web.pages import fragment, go, page
from app.web.payments import card_provider, has_card_provider
from app.web.signin import current_work


def shown_cards(me: OwnRow) -> dict[str, Any]:
    """What the part of the wallet about stored cards needs."""
    cards = cards_to_pay(current_work().session, me.driver_id)
    return {"me": me, "pay_cards": cards, "can_pay": has_card_provider(), "today": current_work().now.date()}


@bp.get("/me/wallet/cards", endpoint="me_stored_cards")
@inside
def cards(me: OwnRow) -> Any:
    """The part about stored cards alone; asks for itself again while one is being stored."""
    return fragment("driver/me/_pay_cards.html", **shown_cards(me))


@bp.get("/me/wallet/cards/new", endpoint="me_store_card")
@inside
def new(me: OwnRow) -> Any:
    """What storing a card means, and the driver's word."""
    return _asked(me, StoreCardForm(formdata=None), 200)


@bp.post("/me/wallet/cards", endpoint="me_store_card_add")
@inside
def add(me: OwnRow) -> Any:
    """Note the consent, then on to the provider's page where the card is entered."""
    form = StoreCardForm()
    if not form.validate():
        return _asked(me, form, 422)
    agreed, key, work = (_consent(me) if form.consent.data else ""), form.one_time_key.data, current_work()
    try:
        card = ask_card(work, me.driver_id, name=form.name.data or "", consent=agreed, key=key, provider=card_provider().name)
    except Refusal as refusal:
        return _asked(me, form.refuse(refusal), 409 if isinstance(refusal, Conflict) else 422)
    return redirect(url_for("driver.me_stored_page", card=card.id), 303)


@bp.get("/me/wallet/cards/<uuid:card>/page", endpoint="me_stored_page")
@inside
def card_page(me: OwnRow, card: UUID) -> Any:
    """On to the provider's page; the same one as long as it is open."""
    row = own_card(current_work(), me.driver_id, card)
    if row.state == "stored":
        return redirect(url_for("driver.me_wallet"), 303)
    return redirect(open_card_page(current_work().as_house(), row.id, card_provider(row.provider), **card_page_texts(me)), 303)


def card_page_texts(me: OwnRow) -> dict[str, str]:
    """What the provider's page says on top, in the driver's language, and where it leads back to."""
    back = url_for("driver.me_wallet", _external=True)
    return {"seller": me.partner_name, "description": _("Your part of charging"), "language": current().language, "return_url": back}


@bp.get("/me/wallet/cards/<uuid:card>", endpoint="me_stored_card")
@inside
def one(me: OwnRow, card: UUID) -> Any:
    """A stored card: its name, what was agreed to, and its end."""
    row = own_card(current_work(), me.driver_id, card)
    return _one(me, card, CardNameForm(formdata=None, data={"name": row.name}), 200)


@bp.post("/me/wallet/cards/<uuid:card>", endpoint="me_stored_name")
@inside
def name(me: OwnRow, card: UUID) -> Any:
    """Another name."""
    own_card(current_work(), me.driver_id, card)
    form = CardNameForm()
    if not form.validate():
        return _one(me, card, form, 422)
    try:
        name_card(current_work(), me.driver_id, card, form.name.data or "")
    except Refusal as refusal:
        return _one(me, card, form.refuse(refusal), 422)
    return go("driver.me_wallet", note="saved")


@bp.post("/me/wallet/cards/<uuid:card>/default", endpoint="me_stored_choose")
@inside
def choose(me: OwnRow, card: UUID) -> Any:
    """This card pays from now on."""
    choose_card(current_work(), me.driver_id, card)
    return go("driver.me_wallet", note="pay-card-chosen")


@bp.post("/me/wallet/cards/<uuid:card>/remove", endpoint="me_stored_remove")
@inside
def remove(me: OwnRow, card: UUID) -> Any:
    """Forget the card, here and at the provider."""
    own_card(current_work(), me.driver_id, card)
    try:
        remove_card(current_work(), me.driver_id, card)
    except Conflict as refusal:
        return _one(me, card, CardNameForm(formdata=None).refuse(refusal), 409)
    return go("driver.me_wallet", note="pay-card-removed")


def _consent(me: OwnRow) -> str:
    """What a driver agrees to, as it is shown, and kept."""
    return _(
        "My card is stored with the payment provider. After each charge with %(partner)s, what I have to pay of it myself is taken from "
        "this card without asking me again. I can remove the card at any time.",
        partner=me.partner_name,
    )


def _asked(me: OwnRow, form: StoreCardForm, status: int) -> Any:
    return page("driver/me/pay_card_new.html", me=me, form=form, consent=_consent(me), can_pay=has_card_provider(), status=status)


def _one(me: OwnRow, card: UUID, form: CardNameForm, status: int) -> Any:
    row = own_card(current_work(), me.driver_id, card)
    return page("driver/me/pay_card.html", me=me, card=row, form=form, status=status)
