"""Sessions whose part of a month is known from their end on: the running month adds them up instead of settling each anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.db.paging import AnySelect
from app.domain.contracts.models import ContractVersion
from app.domain.ledger.models import Account, Entry, Posting
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.domain.settlement.models import StatementRow
from app.domain.settlement.standing import issued_rows
from app.money.entries import partner_payable


def plain_session(partner_id: UUID) -> ColumnElement[bool]:
    """A session here whose row of the statement is what was booked at its end, whatever else the month brings.

    Its share is known, nothing of it was given back, and it is not on the partner's own account, where limits and discounts are shared out.
    """
    returned = exists().where(SessionRefund.session_id == ChargingSession.id)
    elsewhere = and_(ChargingSession.payer_id.is_not(None), ChargingSession.payer_id != partner_id)
    others_pay = or_(ChargingSession.channel != "corporate", elsewhere)
    return and_(ChargingSession.partner_id == partner_id, ChargingSession.partner_minor.is_not(None), others_pay, ~returned)


def plain_above() -> ColumnElement[bool]:
    """The same of a session of a partner in care: what stays with the sub-operator was booked with it, and nothing was given back."""
    returned = exists().where(SessionRefund.session_id == ChargingSession.id)
    return and_(ChargingSession.partner_minor.is_not(None), ~returned)


def plain_above_total(session: Session, partner_id: UUID, currency: str, before: datetime) -> int:
    """What stays with a sub-operator, net, of the plain sessions of its partners, as in ``plain_total``; one statement."""
    issued = issued_rows(partner_id).where(StatementRow.session_id == ChargingSession.id, StatementRow.refund_id.is_(None))
    found = session.scalar(
        booked_above(partner_id, func.sum(-Posting.amount_minor)).where(
            plain_above(), ChargingSession.currency == currency, ChargingSession.ended_at < before, ~issued.exists()
        )
    )
    return int(found or 0)


def booked_above(partner_id: UUID, *columns: ColumnElement[Any]) -> AnySelect:
    """Of the sessions with a sub-operator's terms above, what was booked for it when they ended: postings beside their sessions."""
    statement: AnySelect = select(*columns).select_from(ChargingSession)
    return (
        statement.join(ContractVersion, ContractVersion.id == ChargingSession.parent_version_id)
        .join(Entry, and_(Entry.session_id == ChargingSession.id, Entry.kind.in_(("session", "session_release"))))
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(ContractVersion.partner_id == partner_id, Account.code == partner_payable(str(partner_id)))
    )


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
