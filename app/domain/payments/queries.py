"""Payments to read, and the door for providers, who know no tenant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.payments.models import Payment, Webhook
from app.domain.payments.rows import PaymentDoor, PaymentRow
from app.kernel.errors import NotFound

_COLUMNS = [getattr(Payment, f.name) for f in fields(PaymentRow)]


def row_of(payment: Payment) -> PaymentRow:
    """A payment as a plain value."""
    return PaymentRow(**{f.name: getattr(payment, f.name) for f in fields(PaymentRow)})


def about_payment(held: Payment) -> dict[str, Any]:
    """Whose hold it is, for the event."""
    return {
        "operator_id": held.operator_id,
        "partner_id": held.partner_id,
        "subject": ("payment", held.id),
        "provider": held.provider,
        "currency": held.currency,
    }


def payment(session: Session, payment_id: UUID) -> PaymentRow:
    """One payment in sight; ``NotFound`` otherwise."""
    found = session.execute(select(*_COLUMNS).where(Payment.id == payment_id)).mappings().one_or_none()
    if found is None:
        raise NotFound
    return PaymentRow(**found)


def payment_by_key(session: Session, key: str) -> PaymentRow | None:
    """The payment that was opened with that one-time key, if any."""
    found = session.execute(select(*_COLUMNS).where(Payment.key == key)).mappings().one_or_none()
    return PaymentRow(**found) if found else None


def payment_of_session(session: Session, session_id: UUID) -> PaymentRow:
    """The newest payment of a session; ``NotFound`` if it has none in sight."""
    found = session.execute(
        select(*_COLUMNS).where(Payment.session_id == session_id).order_by(Payment.created_at.desc(), Payment.id.desc()).limit(1)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound
    return PaymentRow(**row)


def payments_of_driver(session: Session, driver_id: UUID, limit: int = 20) -> list[PaymentRow]:
    """Payments of a driver's own parts, newest first; the caller has found the driver."""
    rows = session.execute(select(*_COLUMNS).where(Payment.driver_id == driver_id).order_by(Payment.id.desc()).limit(limit))
    return [PaymentRow(**row) for row in rows.mappings()]


def payment_at_door(session: Session, provider: str, ref: str) -> PaymentDoor | None:
    """Whose payment a provider's reference is; asked before any tenant is known."""
    row = session.execute(text("select * from door_payment(:provider, :ref)"), {"provider": provider, "ref": ref}).one_or_none()
    return PaymentDoor(*row) if row else None


def undecided(session: Session, before: datetime, limit: int = 200) -> list[PaymentRow]:
    """Holds that were asked for before an instant and have no answer yet: the webhook may be lost, so the provider is asked."""
    rows = session.execute(
        select(*_COLUMNS)
        .where(Payment.state.in_(("created", "to_confirm")), Payment.provider_ref.is_not(None), Payment.created_at < before)
        .order_by(Payment.created_at)
        .limit(limit)
    )
    return [PaymentRow(**row) for row in rows.mappings()]


def left_open(session: Session, states: Collection[str], before: datetime, limit: int = 200) -> list[UUID]:
    """Payments of drivers' own parts that stand in one of these states since before an instant."""
    open_since = Payment.created_at if "created" in states else Payment.reserved_at
    wanted = select(Payment.id).where(Payment.driver_id.is_not(None), Payment.state.in_(states), open_since < before)
    return list(session.scalars(wanted.order_by(Payment.id).limit(limit)))


def webhook_ref(session: Session, webhook_id: UUID) -> tuple[str, str] | None:
    """Provider and reference of an event in the inbox that is not done yet."""
    found = session.scalars(select(Webhook).where(Webhook.id == webhook_id, Webhook.done_at.is_(None))).one_or_none()
    return None if found is None else (found.provider, str(found.body["ref"]))
