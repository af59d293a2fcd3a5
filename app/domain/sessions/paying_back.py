"""The money of a refund on its way back to the card it came from."""

from __future__ import annotations

from uuid import UUID

from app.domain.drivers.models import DriverChargePaid
from app.domain.payments.actions import refund as pay_back_by_card
from app.domain.payments.port import Provider
from app.domain.payments.queries import payment
from app.domain.payments.rows import PaymentRow
from app.domain.sessions.events import SessionChanged
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import live_row
from app.domain.sessions.refund_models import SessionRefund
from app.kernel.errors import NotFound
from app.kernel.periods import local_date
from app.live.messages import session_topic
from app.work.unit import Work


def payment_of_refund(work: Work, refund_id: UUID) -> PaymentRow:
    """The payment that is paid back: the session's own hold, or the one by which its driver paid the own part."""
    refund = work.session.get(SessionRefund, refund_id)
    row = None if refund is None else work.session.get(ChargingSession, refund.session_id)
    if row is None:
        raise NotFound
    if row.payment_id is not None:
        return payment(work.session, row.payment_id)
    paid = work.session.get(DriverChargePaid, row.id)
    if paid is None:
        raise NotFound
    return payment(work.session, paid.payment_id)


def pay_back(work: Work, refund_id: UUID, provider: Provider) -> None:
    """Return the money of a refund to the card it came from; again: nothing more happens."""
    refund = work.session.get(SessionRefund, refund_id)
    row = None if refund is None else work.session.get(ChargingSession, refund.session_id)
    if refund is None or row is None:
        raise NotFound
    on, held = local_date(work.now, row.time_zone), payment_of_refund(work, refund_id)
    key, reason = str(refund.id), refund.reason
    pay_back_by_card(work, held.id, refund.payback_minor, on, provider, session_id=row.id, key=key, reason=reason)
    row.seq += 1
    work.session.flush()
    work.record(SessionChanged.of(live_row(work.session, row.id, at=work.now)), topics=(session_topic(row.id),))
