"""The test provider as the port sees it: deterministic, strict, and without a cent of real money.

It keeps its own unit of work, as a provider far away would: what it promised stays promised when our transaction fails. Webhooks are
signed as ``t=<seconds>,v1=<HMAC-SHA-256 of "t.body">`` and delivered by a job.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.actor import NOBODY
from app.domain.payments.port import Answer, BadSignatureError, HoldWish, ProviderRefused, StoreWish, WebhookEvent
from app.domain.payments.testcard.cards import answer_card
from app.domain.payments.testcard.models import CardHold, CardRefund
from app.kernel.errors import Conflict
from app.kernel.ids import uuid7
from app.places import derive
from app.work.unit import Work, WorkRoom

NAME = "test"
SIGNATURE = "Voltpact-Test-Signature"
#: a signature older or newer than this is not accepted
TOLERANCE = timedelta(minutes=5)

_STATES = {"open": "created", "to_confirm": "to_confirm", "reserved": "reserved", "captured": "charged", "voided": "released"}
_SIGNED = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def webhook_secret(secret_key: str) -> str:
    """What the test provider signs with: derived from the installation's key, useless for anything else."""
    return derive(secret_key, "test provider webhooks")


class TestCardProvider:
    """The port's answers from the test provider's own tables."""

    __test__ = False
    name = NAME

    def __init__(self, room: WorkRoom, public_url: str, secret: str) -> None:
        self._room = room
        self._public_url = public_url
        self._secret = secret

    @property
    def page_origin(self) -> str:
        """Where the installation itself is found."""
        parts = urlsplit(self._public_url)
        return f"{parts.scheme}://{parts.netloc}"

    def authorize(self, wish: HoldWish) -> Answer:
        """A new hold and its card page, or the charge of a stored card; the same key is the same hold."""
        with self._room.open(NOBODY) as work:
            held, fresh = self._asked(work, wish, wish.amount_minor)
            if (held.amount_minor, held.currency) != (wish.amount_minor, wish.currency):
                raise ProviderRefused("key_reused")
            if fresh and wish.token is not None:
                _charge(work, held, wish.token)
            # a late card's charge is on its way until the event says more
            return replace(self._answer(held), state="created") if held.behaviour == "late" and wish.token else self._answer(held)

    def store(self, wish: StoreWish) -> Answer:
        """A page on which a card is entered that is stored; the same key is the same page."""
        with self._room.open(NOBODY) as work:
            return self._answer(self._asked(work, wish, 0)[0])

    def forget(self, ref: str, key: str) -> None:  # noqa: ARG002 - forgetting twice is the same as once, whatever the key
        """The card's token names nothing any more, and its number's last digits are gone."""
        with self._room.open(NOBODY) as work:
            held = _held(work.session, ref)
            held.state, held.token = "voided", None
            held.card_brand, held.card_last4, held.card_expires_on = None, None, None
            work.session.flush()

    def _asked(self, work: Work, wish: HoldWish | StoreWish, minor: int) -> tuple[CardHold, bool]:
        """The hold of a wish's key, and whether it is new."""
        held = work.session.scalars(select(CardHold).where(CardHold.key == wish.key).with_for_update()).one_or_none()
        if held is not None:
            return held, False
        texts = {name: getattr(wish, name) for name in ("key", "currency", "seller", "description", "language", "return_url")}
        made = CardHold(
            id=uuid7(), ref=f"tph_{secrets.token_urlsafe(24)}", state="open", amount_minor=minor, saves=not minor, captured_minor=0,
            refunded_minor=0, created_at=work.now, **texts,
        )  # fmt: skip
        work.session.add(made)
        work.session.flush()
        return made, True

    def get(self, ref: str) -> Answer:
        """What is known of a hold."""
        with self._room.open(NOBODY) as work:
            return self._answer(_held(work.session, ref))

    def capture(self, ref: str, minor: int, key: str) -> Answer:
        """Take part of a reserve, once."""
        with self._room.open(NOBODY) as work:
            held = _held(work.session, ref)
            if held.state == "captured" and held.capture_key == key:
                if held.captured_minor != minor:
                    raise ProviderRefused("key_reused")
                return self._answer(held)
            if held.state != "reserved":
                raise ProviderRefused("hold_not_reserved", state=held.state)
            if not 0 < minor <= held.amount_minor:
                raise ProviderRefused("above_hold", hold=held.amount_minor)
            held.state, held.captured_minor, held.capture_key = "captured", minor, key
            work.session.flush()
            return self._answer(held)

    def void(self, ref: str, key: str) -> Answer:  # noqa: ARG002 - giving back twice is the same as once, whatever the key
        """Give a reserve back."""
        with self._room.open(NOBODY) as work:
            held = _held(work.session, ref)
            if held.state == "captured":
                raise ProviderRefused("already_charged")
            held.state = "voided"
            work.session.flush()
            return self._answer(held)

    def refund(self, ref: str, minor: int, key: str, reason: str) -> Answer:  # noqa: ARG002 - the test provider prints no reason
        """Pay back part of what was taken; the same key is the same refund."""
        with self._room.open(NOBODY) as work:
            held = _held(work.session, ref)
            known = work.session.scalars(select(CardRefund).where(CardRefund.key == key)).one_or_none()
            if known is None:
                if not 0 < minor <= held.captured_minor - held.refunded_minor:
                    raise ProviderRefused("above_captured", captured=held.captured_minor)
                work.session.add(CardRefund(id=uuid7(), hold_id=held.id, key=key, amount_minor=minor, created_at=work.now))
                held.refunded_minor += minor
            elif known.amount_minor != minor:
                raise ProviderRefused("key_reused")
            work.session.flush()
            return self._answer(held)

    def sign(self, body: bytes, now: datetime) -> str:
        """The signature header of a body sent now."""
        moment = str(int(now.timestamp()))
        return f"t={moment},v1={self._mac(moment, body)}"

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> WebhookEvent:
        """Read a signed event."""
        given = _SIGNED.fullmatch(headers.get(SIGNATURE, ""))
        if given is None or not hmac.compare_digest(given[2], self._mac(given[1], body)):
            raise BadSignatureError
        if abs(int(now.timestamp()) - int(given[1])) > TOLERANCE.total_seconds():
            raise BadSignatureError
        event = json.loads(body)
        return WebhookEvent(str(event["id"]), str(event["kind"]), str(event["ref"]))

    def _mac(self, moment: str, body: bytes) -> str:
        return hmac.new(self._secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()

    def _answer(self, held: CardHold) -> Answer:
        state = "failed" if held.state == "open" and held.failure else _STATES.get(held.state, held.state)
        if held.saves and state == "reserved":
            state = "stored"
        return Answer(
            ref=held.ref,
            state=state,
            page_url=f"{self._public_url}/test-provider/{quote(held.ref)}",
            captured_minor=held.captured_minor,
            refunded_minor=held.refunded_minor,
            card_brand=held.card_brand,
            card_last4=held.card_last4,
            card_expires_on=held.card_expires_on,
            token=held.token,
            failure=held.failure,
        )


def _charge(work: Work, held: CardHold, token: str) -> None:
    """Charge a stored card: nobody is there to type anything, so some cards say no, or ask first."""
    card = work.session.scalars(select(CardHold).where(CardHold.token == token)).one_or_none()
    if card is None:
        raise ProviderRefused("unknown_card")
    held.card_brand, held.card_last4 = card.card_brand, card.card_last4
    behaviour = card.behaviour or "accept"
    answer_card(work, held, {"decline_stored": "decline", "confirm_stored": "confirm", "confirm": "accept"}.get(behaviour, behaviour))
    work.session.flush()


def _held(session: Session, ref: str) -> CardHold:
    held = session.scalars(
        select(CardHold).where(CardHold.ref == ref).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if held is None:
        raise Conflict("unknown_hold")
    return held
