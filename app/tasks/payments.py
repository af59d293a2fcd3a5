"""Jobs that talk to the payment provider: what an event was about, taking what a session cost, giving back what is not needed."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from app.db.engine import make_engine, make_sessions
from app.domain.payments.actions import webhook_done
from app.domain.payments.port import ProviderRefused, Providers
from app.domain.payments.queries import payment, payment_at_door, payment_of_session, webhook_ref
from app.domain.payments.stored import card_at_door, card_place, forget_at_provider, give_up_card, remove_all, take_card_answer
from app.domain.payments.testcard import cards
from app.domain.payments.testcard.provider import NAME, SIGNATURE, TestCardProvider, webhook_secret
from app.domain.sessions.actions import collect, give_back, hold_answered
from app.domain.sessions.own_card import ask_stored, charge_stored
from app.domain.sessions.own_part import debt_answered, forget_page, take_debt
from app.domain.sessions.paying_back import pay_back, payment_of_refund
from app.kernel.clock import system_clock
from app.live.bus import NoBus
from app.places import dialled
from app.settings import Settings, from_environment
from app.tasks.registry import job
from app.text.words import gettext
from app.work.unit import Work, WorkRoom

_installed: dict[str, Any] = {}


def install(settings: Settings, providers: Providers) -> None:
    """Use these settings and providers in this process instead of those of the environment."""
    _installed.update(settings=settings, providers=providers)


@cache
def _of_environment() -> dict[str, Any]:
    settings = from_environment()
    room = WorkRoom(
        make_sessions(make_engine(settings.web_database_url, pool_size=2, application="voltpact payments")), system_clock, NoBus()
    )
    return {"settings": settings, "providers": {NAME: TestCardProvider(room, settings.public_url, webhook_secret(settings.secret_key))}}


def _have(name: str) -> Any:
    return (_installed or _of_environment())[name]


@job("payments.webhook")
def webhook(work: Work, webhook_id: str) -> dict[str, Any] | None:
    """An event came in: ask the provider how things stand, and take its word."""
    found = webhook_ref(work.session, UUID(webhook_id))
    if found is None:
        return None
    provider, ref = found
    door, card = payment_at_door(work.session, provider, ref), card_at_door(work.session, provider, ref)
    state = "unknown_ref"
    if door is not None:
        state = _take_word(work, door.payment_id)
    elif card is not None:
        state = _take_card_word(work, card[1])
    webhook_done(work, UUID(webhook_id), state)
    return {"note": state}


@job("payments.ask_card")
def ask_card(work: Work, card_id: str) -> dict[str, Any]:
    """No event came about a card that is being stored: ask all the same; a page nobody fills in is given up."""
    provider, ref = card_place(work.session, UUID(card_id))
    state = _take_card_word(work, UUID(card_id)) if ref else ""
    give_up_card(work, UUID(card_id))
    return {"provider": provider, "state": state}


def _take_card_word(work: Work, card_id: UUID) -> str:
    provider, ref = card_place(work.session, card_id)
    return take_card_answer(work, card_id, _have("providers")[provider].get(ref or ""))


@job("payments.forget_card")
def forget_card(work: Work, card_id: str) -> None:
    """The provider forgets a removed card."""
    forget_at_provider(work, UUID(card_id), _have("providers")[card_place(work.session, UUID(card_id))[0]])


@job("payments.forget_cards")
def forget_cards(work: Work, driver_id: str) -> dict[str, Any]:
    """All cards of an erased driver go."""
    return {"cards": remove_all(work, UUID(driver_id))}


@job("payments.charge_own")
def charge_own(work: Work, driver_id: str, session_id: str, currency: str) -> dict[str, Any]:
    """A charge has an own part: take it from the driver's stored card, if there is one."""
    held = ask_stored(work, UUID(driver_id), UUID(session_id), currency)
    return {"payment": None if held is None else str(held.id)}


@job("payments.charge_stored")
def charge_card(work: Work, payment_id: str) -> dict[str, Any]:
    """Charge a stored card."""
    held = payment(work.session, UUID(payment_id))
    texts = {"description": gettext("Your part of charging"), "site": _have("settings").public_url}
    return {"state": charge_stored(work, held, _have("providers")[held.provider], **texts).state}


@job("payments.ask")
def ask(work: Work, payment_id: str) -> dict[str, Any]:
    """No event came: ask the provider all the same."""
    return {"state": _take_word(work, UUID(payment_id))}


def _take_word(work: Work, payment_id: UUID) -> str:
    held = payment(work.session, payment_id)
    answer = _have("providers")[held.provider].get(held.provider_ref or "")
    if held.session_id is None:
        return debt_answered(work, payment_id, answer).state
    return hold_answered(work, held.session_id, answer).payment_state or ""


@job("payments.capture")
def capture(work: Work, session_id: str) -> None:
    """Take what a rated session costs from its hold; if the hold is gone, the session stays awaited instead of asking for ever."""
    provider = _provider_of(work, UUID(session_id))
    try:
        collect(work, UUID(session_id), provider)
    except ProviderRefused:
        held = payment_of_session(work.session, UUID(session_id))
        if hold_answered(work, UUID(session_id), provider.get(held.provider_ref or "")).payment_state == "reserved":
            raise
        collect(work, UUID(session_id), provider)


@job("payments.capture_own")
def capture_own(work: Work, payment_id: str) -> None:
    """Take what a driver owes from the hold that was made for it."""
    take_debt(work, UUID(payment_id), _have("providers")[payment(work.session, UUID(payment_id)).provider])


@job("payments.forget_page")
def forget(work: Work, payment_id: str) -> None:
    """Give up a card page for own parts that nobody filled in."""
    forget_page(work, UUID(payment_id), _have("providers")[payment(work.session, UUID(payment_id)).provider])


@job("payments.release")
def release(work: Work, session_id: str) -> None:
    """Give the hold of a session that never began back."""
    give_back(work, UUID(session_id), _provider_of(work, UUID(session_id)))


@job("payments.refund")
def refund(work: Work, refund_id: str) -> None:
    """Return the money of a refund to the driver's card."""
    held = payment_of_refund(work, UUID(refund_id))
    pay_back(work, UUID(refund_id), _have("providers")[held.provider])


def _provider_of(work: Work, session_id: UUID) -> Any:
    return _have("providers")[payment_of_session(work.session, session_id).provider]


@job("testprovider.deliver")
def deliver(work: Work) -> dict[str, Any]:
    """The test provider sends its events that are due to our own address; what does not arrive is sent again later."""
    import httpx

    settings: Settings = _have("settings")
    provider: TestCardProvider = _have("providers")[NAME]
    sent = 0
    for event in cards.due_deliveries(work.session, work.now):
        body = httpx.Request("POST", "http://x", json=event.body).read()
        headers = {SIGNATURE: provider.sign(body, work.now), "Content-Type": "application/json"}
        try:
            address = f"http://{dialled(settings.host)}:{settings.port}/webhooks/payments/{NAME}"
            done = httpx.post(address, content=body, headers=headers, timeout=10).is_success
        except httpx.HTTPError:
            done = False
        cards.delivered(work.session, event.id, work.now, done=done)
        sent += done
    due = cards.next_due(work.session)
    if due is not None:
        work.later("testprovider.deliver", due_at=max(due, work.now))
    return {"sent": sent}
