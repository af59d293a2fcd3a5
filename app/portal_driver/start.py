"""From the scanned label to the card page: price first (D1), then the reserve (D2)."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from app.domain.network.photos import photo_of
from app.domain.payments.actions import open_page
from app.domain.payments.queries import payment_of_session
from app.domain.sessions.actions import request_start
from app.domain.sessions.mailing import mail_session_link
from app.domain.sessions.offer import Offer, free_places, reserved_until
from app.domain.sessions.queries import live_row, live_rows, session_at_door
from app.kernel.errors import Conflict, Unavailable
from app.portal_driver import bp
from app.portal_driver.doors import at_evse, at_session, remember_charge, remembered_charge
from app.portal_driver.forms.start import StartForm
from app.text.locales import current
from app.web.pages import fragment, page
from app.web.payments import card_provider, has_card_provider
from app.web.photo_pages import photo_answer
from app.web.signin import current_work
from app.work.unit import Work


@bp.get("/q/<label>")
def landing(label: str) -> Any:
    """D1: whose charge point this is, whether it is free, and what charging costs; before anything else."""
    running = _own_session()
    work, offer = at_evse(label)
    return page("driver/start/landing.html", **_state(work, offer), running=running)


@bp.get("/q/<label>/state")
def landing_state(label: str) -> Any:
    """The live part of D1, asked for every few seconds."""
    work, offer = at_evse(label)
    return fragment("driver/start/_state.html", **_state(work, offer))


@bp.get("/q/<label>/photo.jpg")
def landing_photo(label: str) -> Any:
    """The site's photo."""
    work, offer = at_evse(label)
    return photo_answer(photo_of(work, offer.location_id))


@bp.get("/q/<label>/pay")
def pay(label: str) -> Any:
    """D2: the price again, what is reserved and when it goes back, then on to the card."""
    _, offer = at_evse(label)
    if offer.problem or not has_card_provider():
        return redirect(url_for("driver.landing", label=offer.slug), 303)
    form = StartForm(formdata=None, version=str(offer.terms.tariff_version_id))
    return _pay_page(offer, form, 200)


@bp.post("/q/<label>/pay", endpoint="pay_post")
def begin(label: str) -> Any:
    """Begin a charge: its terms are fixed, then the card page of the provider opens."""
    work, offer = at_evse(label)
    form = StartForm()
    if not form.validate():
        return _pay_page(offer, form, 422)
    wish: dict[str, Any] = {"email": form.email.data, "language": current().language, "key": form.one_time_key.data}
    try:
        started, secret = request_start(work, offer.evse_id, **wish, provider=card_provider().name, shown_version=form.shown_version)
    except Unavailable:
        return redirect(url_for("driver.landing", label=offer.slug), 303)
    except Conflict as refusal:
        form.version.data = str(offer.terms.tariff_version_id)
        return _pay_page(offer, form.refuse(refusal), 409)
    if started.fresh and form.email.data:
        mail_session_link(work, started.session_id, form.email.data, url_for("driver.session", secret=secret, _external=True))
    return remember_charge(redirect(url_for("driver.card", secret=secret), 303), secret)


@bp.get("/s/<secret>/card")
def card(secret: str) -> Any:
    """On to the provider's card page; the same page as long as the hold is open."""
    at = at_session(secret)
    row = live_row(at.work.session, at.session_id, at=at.work.now)
    if row.state != "requested" or row.payment_state not in {"created", "to_confirm", "failed"}:
        return redirect(url_for("driver.session", secret=secret), 303)
    held = payment_of_session(at.work.session, at.session_id)
    texts = {"seller": row.location_name, "description": row.evse_label, "language": current().language}
    address = open_page(at.work, held.id, card_provider(held.provider), **texts, return_url=url_for("driver.back", _external=True))
    return redirect(address, 303)


@bp.get("/charge")
def back() -> Any:
    """Back from the card page, or on with the charge this browser began last."""
    secret = remembered_charge()
    return redirect(url_for("driver.session", secret=secret) if secret else "/receipts", 303)


def _pay_page(offer: Offer, form: StartForm, status: int) -> Any:
    return page("driver/start/pay.html", offer=offer, form=form, status=status)


def _state(work: Work, offer: Offer) -> dict[str, Any]:
    """Whether charging can begin, and what else there is."""
    places, until = free_places(work, offer), reserved_until(work, offer)
    return {"offer": offer, "free": places, "reserved_until": until, "can_pay": has_card_provider()}


def _own_session() -> str | None:
    """The secret of this browser's own session if it is still under way; read before the tenant is chosen for the label."""
    secret = remembered_charge()
    door = session_at_door(current_work().session, secret) if secret else None
    if door is None or request.args.get("new"):
        return None
    at = at_session(secret or "")
    rows = live_rows(at.work.session, [door.session_id])
    return secret if rows and rows[0].state in {"starting", "charging"} else None
