"""Holds, captures, releases, refunds: each once, however often asked; never more taken than reserved, nor paid back than taken.

The row with its key is written before a provider is called. States only go forward; a webhook is a hint, the provider's own answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.access.permissions import Permission
from app.domain.ledger.actions import post
from app.domain.ledger.queries import entry_of_key
from app.domain.payments.events import (
    CardPageOpened,
    HoldAnswered,
    HoldGivenBack,
    HoldOpened,
    PaymentCaptured,
    PaymentRefunded,
    WebhookKept,
)
from app.domain.payments.models import Payment, Webhook
from app.domain.payments.port import Answer, HoldWish, Provider, WebhookEvent
from app.domain.payments.queries import about_payment, payment_by_key, row_of
from app.domain.payments.rows import PaymentRow
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import uuid7
from app.money.entries import driver_receivable, for_capture, for_payback
from app.work.unit import Work

#: from a state, where a provider's word may lead; charged comes only from a capture of ours, which also books it
_FORWARD = {
    "created": {"to_confirm", "reserved", "failed", "released", "expired"},
    "to_confirm": {"reserved", "failed", "released", "expired"},
    "failed": {"to_confirm", "reserved", "released", "expired"},
    "reserved": {"released", "expired"},
}


def _locked(work: Work, payment_id: UUID) -> Payment:
    found = work.session.scalars(
        select(Payment).where(Payment.id == payment_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    work.require(Permission.PAYMENT_TAKE, partner_id=found.partner_id)
    return found


def open_hold(
    work: Work,
    *,
    session_id: UUID | None = None,
    driver_id: UUID | None = None,
    stored_card_id: UUID | None = None,
    partner_id: UUID | None,
    hold_minor: int,
    currency: str,
    key: str,
    provider: str,
) -> PaymentRow:
    """Note the wish for a hold of a session, or of a driver's own parts, before any provider is asked; the same key is the same hold."""
    work.require(Permission.PAYMENT_TAKE, partner_id=partner_id)
    if hold_minor <= 0:
        raise Invalid("bad_value", field="hold_minor", value=hold_minor)
    known = payment_by_key(work.session, key)
    if known is not None:
        if (known.session_id, known.driver_id, known.hold_minor, known.currency) != (session_id, driver_id, hold_minor, currency):
            raise Conflict("key_reused")
        return known
    made = Payment(
        operator_id=work.operator_id,
        partner_id=partner_id,
        session_id=session_id,
        driver_id=driver_id,
        stored_card_id=stored_card_id,
        provider=provider,
        key=key,
        state="created",
        currency=currency,
        hold_minor=hold_minor,
        captured_minor=0,
        refunded_minor=0,
        created_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    work.record(HoldOpened(**about_payment(made), hold_minor=hold_minor))
    return row_of(made)


def open_page(work: Work, payment_id: UUID, provider: Provider, *, seller: str, description: str, language: str, return_url: str) -> str:
    """The provider's card page of a hold; asked for once, then remembered."""
    held = _locked(work, payment_id)
    if held.page_url is not None:
        return held.page_url
    if held.state != "created":
        raise Conflict("hold_over", state=held.state)
    answer = provider.authorize(HoldWish(held.key, held.hold_minor, held.currency, seller, description, language, return_url))
    if answer.page_url is None:
        raise Conflict("no_card_page")
    held.provider_ref, held.page_url = answer.ref, answer.page_url
    work.record(
        CardPageOpened(
            **about_payment(held),
            ref=answer.ref,
        )
    )
    return answer.page_url


def take_answer(work: Work, payment_id: UUID, answer: Answer) -> PaymentRow:
    """Take the provider's word about a hold, if it leads forward; old, repeated and reordered news change nothing."""
    held = _locked(work, payment_id)
    if answer.ref != held.provider_ref:
        raise Conflict("foreign_answer")
    again = answer.state == "failed" == held.state and answer.failure != held.failure
    if answer.state not in _FORWARD.get(held.state, ()) and not again:
        return row_of(held)
    held.state, held.failure = answer.state, answer.failure
    held.card_brand, held.card_last4 = answer.card_brand, answer.card_last4
    if answer.state == "reserved":
        held.reserved_at = work.now
    if answer.state in {"released", "expired"}:
        held.released_at = work.now
    work.record(
        HoldAnswered(
            **about_payment(held),
            state=held.state,
            failure=held.failure,
        )
    )
    return row_of(held)


def capture(work: Work, payment_id: UUID, parts: Mapping[UUID, int], on: date, provider: Provider) -> PaymentRow:
    """Take what sessions cost from a hold, once, and book it: psp_clearing against what is owed for each. Nothing to take: give it back.

    ``parts`` is how much of each session, in minor units; ``on`` is the local day. Refuses ``above_hold`` and ``hold_not_reserved``; a
    repeat with the same amount returns the first result.
    """
    held, minor = _locked(work, payment_id), sum(parts.values())
    if held.state == "charged":
        if held.captured_minor != minor:
            raise Conflict("already_charged", captured=held.captured_minor)
        return row_of(held)
    if held.state != "reserved":
        raise Conflict("hold_not_reserved", state=held.state)
    if minor > held.hold_minor:
        raise Conflict("above_hold", hold=held.hold_minor)
    if minor <= 0:
        return release(work, payment_id, provider)
    answer = provider.capture(held.provider_ref or "", minor, f"capture:{held.key}")
    if answer.captured_minor != minor:
        raise Conflict("captured_otherwise", captured=answer.captured_minor)
    held.state, held.captured_minor, held.charged_at = "charged", minor, work.now
    if minor < held.hold_minor:
        held.released_at = work.now
    work.session.flush()
    entry = for_capture({driver_receivable(str(key)): part for key, part in parts.items()}, held.currency, on)
    if entry is not None:
        post(work, entry, f"capture:{held.id}", partner_id=held.partner_id, session_id=held.session_id, payment_id=held.id)
    work.record(
        PaymentCaptured(
            **about_payment(held),
            hold_minor=held.hold_minor,
            captured_minor=minor,
        )
    )
    return row_of(held)


def release(work: Work, payment_id: UUID, provider: Provider) -> PaymentRow:
    """Give a hold back whole. Already over: nothing happens; charged: refused."""
    held = _locked(work, payment_id)
    if held.state in {"released", "expired"}:
        return row_of(held)
    if held.state == "charged":
        raise Conflict("already_charged", captured=held.captured_minor)
    if held.provider_ref is not None:
        provider.void(held.provider_ref, f"void:{held.key}")
    held.state, held.released_at = "released", work.now
    work.record(
        HoldGivenBack(
            **about_payment(held),
            hold_minor=held.hold_minor,
        )
    )
    return row_of(held)


def refund(
    work: Work, payment_id: UUID, minor: int, on: date, provider: Provider, *, session_id: UUID, key: str, reason: str
) -> PaymentRow:
    """Pay back part of what was taken for a session and book it; the same key is the same refund. Refuses more than was taken.

    The key is kept by the ledger: an entry ``refund:<key>`` that exists means it was paid back before.
    """
    held = _locked(work, payment_id)
    work.require(Permission.SESSION_CORRECT, partner_id=held.partner_id)
    if minor <= 0:
        raise Invalid("bad_value", field="minor", value=minor)
    if entry_of_key(work.session, work.operator_id, f"refund:{key}") is not None:
        return row_of(held)
    answer = provider.refund(held.provider_ref or "", minor, f"refund:{key}", reason)
    if answer.refunded_minor > held.captured_minor:
        raise Conflict("above_captured", captured=held.captured_minor)
    held.refunded_minor = max(held.refunded_minor, answer.refunded_minor)
    work.session.flush()
    entry = for_payback(driver_receivable(str(session_id)), minor, held.currency, on)
    if entry is not None:
        post(work, entry, f"refund:{key}", partner_id=held.partner_id, session_id=session_id, payment_id=held.id)
    work.record(
        PaymentRefunded(
            **about_payment(held),
            refunded_minor=held.refunded_minor,
            reason=reason,
        )
    )
    return row_of(held)


def keep_webhook(work: Work, provider: str, event: WebhookEvent) -> UUID | None:
    """Internal: put an event whose signature was right into the inbox, and a job behind it; None if it lies there already.

    An event about a hold we do not know is kept and left alone: open holds are asked for in any case. The sender is a provider, not a
    person with rights; the signature is what was asked for instead.
    """
    values = {
        "id": uuid7(),
        "operator_id": work.actor.operator_id,
        "provider": provider,
        "event_id": event.id,
        "kind": event.kind,
        "body": {"ref": event.ref},
        "received_at": work.now,
    }
    kept: UUID | None = work.session.scalar(
        insert(Webhook).values(values).on_conflict_do_nothing(index_elements=["provider", "event_id"]).returning(Webhook.id)
    )
    if kept is None:
        return None
    if work.actor.operator_id is None:
        webhook_done(work, kept, "unknown_ref")
        return kept
    work.record(WebhookKept(operator_id=work.operator_id, subject=("webhook", kept), provider=provider, event_id=event.id, kind=event.kind))
    work.later("payments.webhook", key=f"webhook:{kept}", webhook_id=kept)
    return kept


def webhook_done(work: Work, webhook_id: UUID, note: str) -> None:
    """Internal: the event was looked into."""
    found = work.session.get(Webhook, webhook_id)
    if found is not None:
        found.done_at, found.note = work.now, note
