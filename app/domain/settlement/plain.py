"""Sessions whose part of a month is known from their end on: the running month adds them up instead of settling each anew."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.domain.settlement.models import StatementRow
from app.domain.settlement.standing import issued_rows


def plain_session(partner_id: UUID) -> ColumnElement[bool]:
    """A session here whose row of the statement is what was booked at its end, whatever else the month brings.

    Its share is known, nothing of it was given back, and it is not on the partner's own account, where limits and discounts are shared out.
    """
    returned = exists().where(SessionRefund.session_id == ChargingSession.id)
    elsewhere = and_(ChargingSession.payer_id.is_not(None), ChargingSession.payer_id != partner_id)
    others_pay = or_(ChargingSession.channel != "corporate", elsewhere)
    return and_(ChargingSession.partner_id == partner_id, ChargingSession.partner_minor.is_not(None), others_pay, ~returned)


def plain_total(session: Session, partner_id: UUID, currency: str, before: datetime) -> int:
    """The partner's part, net, of its plain sessions that ended before an instant and stand in no issued statement; one statement."""
    issued = issued_rows(partner_id).where(StatementRow.session_id == ChargingSession.id, StatementRow.refund_id.is_(None))
    found = session.scalar(
        select(func.sum(ChargingSession.partner_minor)).where(
            plain_session(partner_id),
            ChargingSession.currency == currency,
            ChargingSession.state == "rated",
            ChargingSession.ended_at < before,
            ~issued.exists(),
        )
    )
    return int(found or 0)
