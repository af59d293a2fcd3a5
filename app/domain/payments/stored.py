"""Cards that drivers store at the provider with their consent, and what is charged to them without the driver.

Kept of a card are the provider's token, brand, last four and expiry, and the words the driver agreed to. Whoever removes it, and every
erased driver, leaves the words alone behind. As with holds, the row is written before the provider is asked, and states only go forward.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.drivers.own import own_driver
from app.domain.payments.actions import take_answer
from app.domain.payments.events import HoldAnswered, StoredCardChanged
from app.domain.payments.models import Payment, StoredCard
from app.domain.payments.port import Answer, HoldWish, Provider, ProviderRefused, StoreWish
from app.domain.payments.queries import about_payment, row_of
from app.domain.payments.rows import PaymentRow, StoredCardRow
from app.domain.people import checks
from app.kernel.errors import Conflict, Invalid, NotFound
from app.work.unit import Work

#: a card's page that nobody filled in is forgotten after so long
PATIENCE = timedelta(minutes=30)
#: cards of one driver that are stored, or being stored
MOST = 10
#: from a state, where a provider's word may lead
_FORWARD = {"created": {"to_confirm", "stored", "failed"}, "to_confirm": {"stored", "failed"}, "failed": {"to_confirm", "stored"}}
_COLUMNS = [getattr(StoredCard, f.name) for f in fields(StoredCardRow)]


def ask_card(work: Work, driver_id: UUID, *, name: str, consent: str, key: str, provider: str) -> StoredCardRow:
    """The acting driver wants to store a card and agreed to ``consent``, the words as shown. The same ``key`` is the same card.

    Refuses ``consent_needed`` (no words), ``too_long`` and ``too_many_cards``.
    """
    driver = own_driver(work, driver_id, lock=True)
    known = work.session.scalars(select(StoredCard).where(StoredCard.key == f"card:{key}", StoredCard.driver_id == driver.id)).one_or_none()
    if known is not None:
        return _row(known)
    if not consent:
        raise Invalid("consent_needed", field="consent")
    called = checks.text(name, "name", longest=40, required=False)
    if len(cards_to_pay(work.session, driver.id)) >= MOST:
        raise Conflict("too_many_cards", most=MOST)
    card = StoredCard(
        operator_id=driver.operator_id, partner_id=driver.partner_id, driver_id=driver.id, provider=provider, key=f"card:{key}",
        state="created", name=called, is_default=False, consent=consent, consent_at=work.now, created_at=work.now,
    )  # fmt: skip
    work.session.add(card)
    work.session.flush()
    _record(work, card, None)
    return _row(card)


def own_card(work: Work, driver_id: UUID, card_id: UUID) -> StoredCardRow:
    """A card of the acting driver; ``NotFound`` for any other, and for one that was removed."""
    return _row(_mine(work, driver_id, card_id))


def open_card_page(work: Work, card_id: UUID, provider: Provider, *, seller: str, description: str, language: str, return_url: str) -> str:
    """The provider's page on which the card is entered; asked for once, then remembered. The caller has found the card."""
    card = _locked(work, card_id)
    if card.page_url is None:
        if card.state != "created":
            raise Conflict("hold_over", state=card.state)
        currency = _currency(work.session, card)
        answer = provider.store(StoreWish(card.key, currency, seller, description, language, return_url))
        if answer.page_url is None:
            raise Conflict("no_card_page")
        card.provider_ref, card.page_url = answer.ref, answer.page_url
        work.session.flush()
    return card.page_url


def take_card_answer(work: Work, card_id: UUID, answer: Answer) -> str:
    """Take the provider's word about a card that is being stored, if it leads forward; the state. A driver's first card pays by default."""
    card = _locked(work, card_id)
    if answer.ref != card.provider_ref:
        raise Conflict("foreign_answer")
    if answer.state not in _FORWARD.get(card.state, ()):
        return card.state
    before, card.state, card.failure = card.state, answer.state, answer.failure
    if answer.state == "stored":
        card.token, card.card_brand, card.card_last4 = answer.token, answer.card_brand, answer.card_last4
        card.expires_on, card.stored_at, card.page_url = answer.card_expires_on, work.now, None
        card.is_default = default_card(work.session, card.driver_id) is None
    work.session.flush()
    _record(work, card, before)
    return card.state


def name_card(work: Work, driver_id: UUID, card_id: UUID, name: str) -> None:
    """Another name for the acting driver's card."""
    card = _mine(work, driver_id, card_id, lock=True)
    card.name = checks.text(name, "name", longest=40, required=False)
    work.session.flush()
    _record(work, card, card.state)


def choose_card(work: Work, driver_id: UUID, card_id: UUID) -> None:
    """From now on this card pays."""
    card = _mine(work, driver_id, card_id, lock=True)
    if card.state != "stored":
        raise Conflict("card_not_stored")
    _make_default(work, card)
    _record(work, card, card.state)


def remove_card(work: Work, driver_id: UUID, card_id: UUID) -> None:
    """Forget a card here at once and, by a job, at the provider; another stored one pays from now on.

    Refuses ``card_owes``: the only card, while something is to be paid.
    """
    card = _mine(work, driver_id, card_id, lock=True)
    others = [row for row in cards_to_pay(work.session, driver_id) if row.state == "stored" and row.id != card.id]
    owes = work.session.scalar(text("select exists (select from voltpact_open_parts(:driver))"), {"driver": driver_id})
    if card.state == "stored" and not others and owes:
        raise Conflict("card_owes")
    was_default = card.is_default
    _remove(work, card)
    if was_default and others:
        _make_default(work, work.session.get_one(StoredCard, others[0].id))


def remove_all(work: Work, driver_id: UUID) -> int:
    """The house's part of erasing a driver: all cards, here and at the provider. How many."""
    work.require(Permission.PAYMENT_TAKE)
    kept = select(StoredCard).where(StoredCard.driver_id == driver_id, StoredCard.state != "removed").with_for_update()
    found = work.session.scalars(kept).all()
    for card in found:
        _remove(work, card)
    return len(found)


def forget_at_provider(work: Work, card_id: UUID, provider: Provider) -> None:
    """The job behind a removal: the provider forgets the card too, and we its reference. Again: nothing more happens."""
    card = _locked(work, card_id)
    if card.state == "removed" and card.provider_ref is not None:
        provider.forget(card.provider_ref, f"forget:{card.key}")
        card.provider_ref = None
        work.session.flush()


def give_up_card(work: Work, card_id: UUID) -> None:
    """A page that nobody filled in for half an hour is removed; anything further on stays as it is."""
    card = _locked(work, card_id)
    if card.state in _FORWARD and card.created_at <= work.now - PATIENCE:
        _remove(work, card)


def charge_card(
    work: Work, payment_id: UUID, provider: Provider, *, seller: str, description: str, language: str, return_url: str
) -> PaymentRow:
    """Charge a hold that was opened for a stored card; what the provider says is taken, now or when its event comes. Once."""
    work.require(Permission.PAYMENT_TAKE)
    held = work.session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True)
    if held.provider_ref is not None or held.state != "created":
        return row_of(held)
    card = work.session.get_one(StoredCard, held.stored_card_id)
    if card.token is None:
        return _refused(work, held, "card_removed")
    wish = HoldWish(held.key, held.hold_minor, held.currency, seller, description, language, return_url, card.token)
    try:
        answer = provider.authorize(wish)
    except ProviderRefused as refusal:
        return _refused(work, held, refusal.code)
    held.provider_ref, held.page_url = answer.ref, answer.page_url
    work.session.flush()
    return take_answer(work, payment_id, answer)


def _refused(work: Work, held: Payment, why: str) -> PaymentRow:
    held.state, held.failure = "failed", why
    work.session.flush()
    work.record(HoldAnswered(**about_payment(held), state=held.state, failure=why))
    return row_of(held)


def cards_to_pay(session: Session, driver_id: UUID) -> list[StoredCardRow]:
    """A driver's cards that are not removed: the one that pays first, then the newest; the caller has found the driver."""
    rows = session.execute(
        select(*_COLUMNS)
        .where(StoredCard.driver_id == driver_id, StoredCard.state != "removed")
        .order_by(StoredCard.is_default.desc(), StoredCard.created_at.desc(), StoredCard.id.desc())
    )
    return [StoredCardRow(**row) for row in rows.mappings()]


def default_card(session: Session, driver_id: UUID) -> StoredCardRow | None:
    """The card that pays for a driver, if one is stored."""
    found = session.execute(select(*_COLUMNS).where(StoredCard.driver_id == driver_id, StoredCard.is_default)).mappings().one_or_none()
    return StoredCardRow(**found) if found else None


def card_at_door(session: Session, provider: str, ref: str) -> tuple[UUID, UUID] | None:
    """Operator and key of the card behind a provider's reference; asked before any tenant is known."""
    row = session.execute(text("select * from door_stored_card(:provider, :ref)"), {"provider": provider, "ref": ref}).one_or_none()
    return (row[0], row[1]) if row else None


def cards_under_way(session: Session, before: datetime, limit: int = 200) -> list[UUID]:
    """Cards that are being stored since before an instant: the webhook may be lost, so the provider is asked."""
    waiting = select(StoredCard.id).where(StoredCard.state.in_(_FORWARD), StoredCard.created_at < before)
    return list(session.scalars(waiting.order_by(StoredCard.created_at).limit(limit)))


def card_place(session: Session, card_id: UUID) -> tuple[str, str | None]:
    """Provider and reference of a card; ``NotFound`` for none."""
    found = session.execute(select(StoredCard.provider, StoredCard.provider_ref).where(StoredCard.id == card_id)).tuples().one_or_none()
    if found is None:
        raise NotFound
    return found


def _make_default(work: Work, card: StoredCard) -> None:
    kept = select(StoredCard).where(StoredCard.driver_id == card.driver_id, StoredCard.is_default).with_for_update()
    for row in work.session.scalars(kept):
        row.is_default = False
    # one at a time: an index allows no second one in between
    work.session.flush()
    card.is_default = True
    work.session.flush()


def _remove(work: Work, card: StoredCard) -> None:
    before, card.state, card.removed_at, card.is_default, card.name = card.state, "removed", work.now, False, ""
    card.token, card.card_brand, card.card_last4, card.expires_on, card.page_url = None, None, None, None, None
    work.session.flush()
    _record(work, card, before)
    work.later("payments.forget_card", key=f"forget:{card.id}", card_id=card.id)


def _mine(work: Work, driver_id: UUID, card_id: UUID, *, lock: bool = False) -> StoredCard:
    own_driver(work, driver_id, lock=lock)
    card = work.session.get(StoredCard, card_id, with_for_update=lock or None, populate_existing=lock)
    if card is None or card.driver_id != driver_id or card.state == "removed":
        raise NotFound
    return card


def _locked(work: Work, card_id: UUID) -> StoredCard:
    work.require(Permission.PAYMENT_TAKE)
    found = work.session.get(StoredCard, card_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def _currency(session: Session, card: StoredCard) -> str:
    return str(session.scalar(text("select currency from partner where id = :id"), {"id": card.partner_id}))


def _row(card: StoredCard) -> StoredCardRow:
    return StoredCardRow(**{f.name: getattr(card, f.name) for f in fields(StoredCardRow)})


def _record(work: Work, card: StoredCard, before: str | None) -> None:
    """Into the operator's log, not into the partner's: a private card is not its business."""
    after: dict[str, Any] = {"state": card.state, "default": card.is_default}
    work.record(
        StoredCardChanged(
            operator_id=card.operator_id, partner_id=None, subject=("driver", card.driver_id), before={"state": before}, after=after
        )
    )
