"""After a charge: what its driver owes is taken from the card the driver stored for that; without one, or declined, it stays a debt."""

from __future__ import annotations

from uuid import UUID

from app.domain.drivers.models import Driver
from app.domain.payments.actions import open_hold
from app.domain.payments.port import Provider
from app.domain.payments.queries import payment_by_key
from app.domain.payments.rows import PaymentRow
from app.domain.payments.stored import charge_card, default_card
from app.domain.people.models import Partner
from app.domain.sessions.own_part import locked_driver, open_parts, taken_word
from app.work.unit import Work


def ask_stored(work: Work, driver_id: UUID, session_id: UUID, currency: str) -> PaymentRow | None:
    """Open a hold for all a driver owes in that currency on the stored card that pays; one for each charge. None: no card, or no debt.

    A driver without a card is told of the debt by a mail.
    """
    driver = locked_driver(work, driver_id)
    key = f"stored:{session_id}"
    known = payment_by_key(work.session, key)
    if known is not None:
        return known
    owed = sum(open_parts(work, driver.id, currency, work.now).values())
    if not owed or driver.erased_at is not None:
        return None
    card = default_card(work.session, driver.id)
    if card is None:
        work.later("drivers.owes", key=f"owes:{session_id}", partner_id=driver.partner_id, driver_id=driver.id)
        return None
    whose = {"driver_id": driver.id, "partner_id": driver.partner_id, "stored_card_id": card.id}
    held = open_hold(work, **whose, hold_minor=owed, currency=currency, key=key, provider=card.provider)
    work.later("payments.charge_stored", key=f"charge:{held.id}", payment_id=held.id)
    return held


def charge_stored(work: Work, held: PaymentRow, provider: Provider, *, description: str, site: str) -> PaymentRow:
    """Charge the card of such a hold; the provider's word is taken at once, or later from its event."""
    driver = work.session.get_one(Driver, held.driver_id)
    seller = work.session.get_one(Partner, driver.partner_id).name
    texts = {"seller": seller, "description": description, "language": driver.language}
    return taken_word(work, charge_card(work, held.id, provider, **texts, return_url=f"{site}/me/wallet"))
