"""Refunds of sessions to read: what was given back, whether the card has it yet, what is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, and_, cast, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.domain.ledger.models import Account, Entry, Posting
from app.domain.sessions.refund_models import SessionRefund

#: why something is given back
REASONS = ("idle_fee", "wrong_price", "no_energy", "wrong_reading", "complaint", "goodwill")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    """A refund with what everybody has less; minor units of ``currency``, negative but ``payback_minor``.

    ``paid_back_at``: when the provider returned it to the card; None: on its way, or nothing goes to a card.
    """

    id: UUID
    code: str
    booked_on: date
    reason: str
    note: str
    currency: str
    gross_minor: int
    net_minor: int
    vat_minor: int
    partner_minor: int
    rest_minor: int
    sub_operator_minor: int
    payback_minor: int
    made_at: datetime
    made_name: str
    paid_back_at: datetime | None

    @property
    def operator_minor(self) -> int:
        """What the operator has less; right for whoever sees the books of all levels."""
        return self.rest_minor - self.sub_operator_minor


def correction_key(refund_id: UUID) -> str:
    """The key of a refund's entry in the books."""
    return f"correction:{refund_id}"


def refunds_of(session: Session, session_id: UUID) -> list[RefundRow]:
    """The refunds of a session that the caller has found within its scope, in the order in which they apply.

    The sub-operator's part is what its account has less in the books, which show it to staff and to itself alone.
    """
    names = [name for name in RefundRow.__dataclass_fields__ if name not in {"paid_back_at", "sub_operator_minor"}]
    booked = aliased(Entry)
    above = (
        select(-func.coalesce(func.sum(Posting.amount_minor), literal(0)))
        .join(booked, booked.id == Posting.entry_id)
        .join(Account, Account.id == Posting.account_id)
        .where(
            booked.session_id == session_id,
            booked.key == func.concat("correction:", cast(SessionRefund.id, Text)),
            Account.code.startswith("partner_payable:"),
            Account.partner_id != SessionRefund.partner_id,
        )
        .scalar_subquery()
    )
    found = session.execute(
        select(
            *(getattr(SessionRefund, name) for name in names),
            cast(above, BigInteger).label("sub_operator_minor"),
            Entry.posted_at.label("paid_back_at"),
        )
        .outerjoin(Entry, and_(Entry.session_id == session_id, Entry.key == func.concat("refund:", cast(SessionRefund.id, Text))))
        .where(SessionRefund.session_id == session_id)
        .order_by(SessionRefund.number)
    )
    return [RefundRow(**row) for row in found.mappings()]


def chains_of(session: Session, ids: Sequence[UUID], until: date) -> dict[UUID, list[SessionRefund]]:
    """The refunds of many sessions booked up to a day, in the order in which they apply; one statement."""
    found: dict[UUID, list[SessionRefund]] = defaultdict(list)
    if ids:
        rows = select(SessionRefund).where(SessionRefund.session_id.in_(ids), SessionRefund.booked_on <= until)
        for row in session.scalars(rows.order_by(SessionRefund.session_id, SessionRefund.number)):
            found[row.session_id].append(row)
    return found


def corrected_lines(member: dict[str, Any], chain: Sequence[SessionRefund]) -> list[dict[str, Any]] | None:
    """The lines of a session as its refunds left them; None: it was cancelled."""
    return chain[-1].lines if chain else member["lines"]
