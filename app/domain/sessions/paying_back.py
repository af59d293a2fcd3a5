"""The money of a refund on its way back to the card it came from."""

from __future__ import annotations

from uuid import UUID

from app.domain.payments.actions import refund as pay_back_by_card
from app.domain.payments.port import Provider
from app.domain.sessions.events import SessionChanged
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import live_row
from app.domain.sessions.refund_models import SessionRefund
from app.kernel.errors import NotFound
from app.kernel.periods import local_date
from app.live.messages import session_topic
from app.work.unit import Work


def pay_back(work: Work, refund_id: UUID, provider: Provider) -> None:
    """Return the money of a refund to the card it came from; again: nothing more happens."""
    refund = work.session.get(SessionRefund, refund_id)
    row = None if refund is None else work.session.get(ChargingSession, refund.session_id)
    if refund is None or row is None or row.payment_id is None:
        raise NotFound
    on = local_date(work.now, row.time_zone)
    pay_back_by_card(work, row.payment_id, refund.payback_minor, on, provider, key=str(refund.id), reason=refund.reason)
    row.seq += 1
    work.session.flush()
    work.record(SessionChanged.of(live_row(work.session, row.id, at=work.now)), topics=(session_topic(row.id),))
