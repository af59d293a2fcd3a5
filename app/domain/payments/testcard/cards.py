"""What happens on the test provider's card page: the number says what the card does, and an event follows.

4242… is accepted, …0002 declined, …3155 asks for a confirmation first, …0259 sends its event late, …0101 sends it twice. Once stored,
…0341 is declined and …3184 asks for a confirmation each time it is charged.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain.payments.testcard.models import CardEvent, CardHold
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import uuid7
from app.kernel.periods import Month
from app.work.unit import Work

#: number -> (brand, what it does)
CARDS = {
    "4242424242424242": ("Visa", "accept"),
    "5555555555554444": ("Mastercard", "accept"),
    "4000000000000002": ("Visa", "decline"),
    "4000002500003155": ("Visa", "confirm"),
    "4000000000000259": ("Visa", "late"),
    "4000000000000101": ("Visa", "duplicate"),
    "4000000000000341": ("Visa", "decline_stored"),
    "4000002760003184": ("Visa", "confirm_stored"),
}
#: how late a late event is
LATE = timedelta(seconds=20)
#: after so many tries an event is given up
MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class CardPage:
    """What the card page shows; minor units of ``currency``. No amount: the card is stored for later."""

    ref: str
    state: str
    amount_minor: int
    currency: str
    seller: str
    description: str
    language: str
    return_url: str
    failure: str | None
    card_last4: str | None

    @property
    def return_path(self) -> str:
        """Where the driver goes back to, as a path: seller and test provider are one installation."""
        return urlsplit(self.return_url).path


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook to be sent now."""

    id: UUID
    body: dict[str, Any]
    tries: int


def card_page(session: Session, ref: str) -> CardPage:
    """The hold behind a card page; ``NotFound`` for an address nobody gave out."""
    return _page(_found(session, ref))


def enter_card(work: Work, ref: str, number: str, expiry: str, code: str) -> CardPage:
    """Internal: a card was entered. Declined: nothing is reserved and another card may be tried; an answered hold stays as it is."""
    held = _found(work.session, ref, lock=True)
    if held.state != "open":
        return _page(held)
    digits = re.sub(r"\D", "", number)
    if digits not in CARDS:
        raise Invalid("unknown_test_card", field="number")
    last_day = _last_day(expiry)
    if last_day is None or last_day < work.now.date():
        raise Invalid("card_expired", field="expiry")
    if not re.fullmatch(r"\d{3,4}", code.strip()):
        raise Invalid("bad_value", field="code")
    held.card_brand, behaviour = CARDS[digits]
    held.card_last4, held.card_expires_on = digits[-4:], last_day
    answer_card(work, held, behaviour)
    return _page(held)


def answer_card(work: Work, held: CardHold, behaviour: str) -> None:
    """Internal: what the card does to a hold, and the event that tells of it."""
    held.failure, held.behaviour = None, behaviour
    if behaviour == "decline":
        held.failure = "declined"
        _tell(work, held, "hold.failed")
    elif behaviour == "confirm":
        held.state = "to_confirm"
        _tell(work, held, "hold.to_confirm")
    else:
        _reserve(work, held, behaviour)


def confirm(work: Work, ref: str, *, agreed: bool) -> CardPage:
    """Internal: the driver agreed, or not, to the bank's question."""
    held = _found(work.session, ref, lock=True)
    if held.state != "to_confirm":
        return _page(held)
    if agreed:
        _reserve(work, held, "accept")
    else:
        held.state, held.failure = "open", "confirmation_failed"
        _tell(work, held, "hold.failed")
    return _page(held)


def due_deliveries(session: Session, now: datetime, limit: int = 50) -> list[Delivery]:
    """Events to be sent now, oldest first, each locked so that two workers never send the same."""
    rows = session.scalars(
        select(CardEvent)
        .where(CardEvent.sent < CardEvent.copies, CardEvent.due_at <= now, CardEvent.attempts < MOST_TRIES)
        .order_by(CardEvent.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Delivery(row.id, row.body, row.attempts) for row in rows]


def next_due(session: Session) -> datetime | None:
    """When the next event is to be sent, None if all are."""
    return session.scalar(select(func.min(CardEvent.due_at)).where(CardEvent.sent < CardEvent.copies, CardEvent.attempts < MOST_TRIES))


def delivered(session: Session, event_id: UUID, now: datetime, *, done: bool) -> None:
    """Note a try; one that failed is tried again after a pause that grows."""
    session.execute(
        text(
            "update testprovider_event set attempts = attempts + 1, sent = sent + :sent, "
            "due_at = case when :done then due_at else :now + make_interval(secs => least(60, 2 ^ least(attempts, 6))) end where id = :id"
        ),
        {"sent": int(done), "done": done, "now": now, "id": event_id},
    )


def _reserve(work: Work, held: CardHold, behaviour: str) -> None:
    held.state = "reserved"
    if held.saves:
        held.token = f"tpt_{secrets.token_urlsafe(24)}"
    due = work.now + LATE if behaviour == "late" else work.now
    _tell(work, held, "hold.reserved", due_at=due, copies=2 if behaviour == "duplicate" else 1)


def _tell(work: Work, held: CardHold, kind: str, *, due_at: datetime | None = None, copies: int = 1) -> None:
    event_id = f"tpe_{secrets.token_hex(12)}"
    due = due_at or work.now
    work.session.add(
        CardEvent(
            id=uuid7(),
            event_id=event_id,
            hold_id=held.id,
            kind=kind,
            body={"id": event_id, "kind": kind, "ref": held.ref},
            due_at=due,
            copies=copies,
            sent=0,
            attempts=0,
        )
    )
    work.session.flush()
    work.later("testprovider.deliver", due_at=due)


def _found(session: Session, ref: str, *, lock: bool = False) -> CardHold:
    query = select(CardHold).where(CardHold.ref == ref).execution_options(populate_existing=True)
    held = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if held is None:
        raise NotFound
    if lock and held.state in {"captured", "voided", "expired"}:
        raise Conflict("hold_over")
    return held


def _page(held: CardHold) -> CardPage:
    return CardPage(
        ref=held.ref,
        state=held.state,
        amount_minor=held.amount_minor,
        currency=held.currency,
        seller=held.seller,
        description=held.description,
        language=held.language,
        return_url=held.return_url,
        failure=held.failure,
        card_last4=held.card_last4,
    )


def _last_day(expiry: str) -> date | None:
    """``12/30`` or ``12/2030`` as the last day of that month; None for anything else."""
    given = re.fullmatch(r"\s*(\d{1,2})\s*/\s*(?:20)?(\d{2})\s*", expiry)
    if given is None or not 1 <= int(given[1]) <= 12:
        return None
    return Month(2000 + int(given[2]), int(given[1])).last
