"""The content of a paper that corrects a receipt: what the receipt said, and what is different. The receipt itself never changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.drivers.models import DriverChargePaid
from app.domain.invoices.models import Document
from app.domain.invoices.receipt import own_card, supplier_of
from app.domain.invoices.rows import Paper
from app.domain.payments.models import Payment
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.money.amount import Money
from app.money.purse import Shared
from app.money.settlement.fields import plain
from app.money.vat import VatGroup


def receipt_of(session: Session, session_id: Any, kind: str = "receipt") -> Document | None:
    """The receipt of a session that the caller has found within its scope, or its paper of that other kind."""
    return session.scalars(select(Document).where(Document.session_id == session_id, Document.kind == kind)).one_or_none()


def correction_paper(
    session: Session,
    row: ChargingSession,
    refund: SessionRefund,
    receipt: Document,
    cuts: Sequence[int],
    rates: Sequence[VatGroup],
    on: date,
    parts: Shared | None = None,
) -> Paper:
    """What the correction says: ``cuts`` are the receipt's lines less, ``rates`` the difference per rate; all minor units, negative.

    Seller, place and language are the receipt's, also if they have changed since. ``parts``: who gets what, where the paper that is
    corrected is for a driver's own part; ``rates`` are the driver's then.
    """
    _, series = supplier_of(session, row)
    payment = session.get(Payment, row.payment_id) if row.payment_id else None
    content = _content(refund, receipt, cuts, rates) | {
        "card": {"brand": payment.card_brand, "last4": payment.card_last4} if payment else None
    }
    if parts is not None:
        content["card"] = own_card(session, session.get(DriverChargePaid, row.id))
        content["parts"] = {"whole_minor": refund.gross_minor, "company_minor": parts.company, "balance_minor": parts.balance}
    return Paper(
        kind="correction",
        language=receipt.language,
        issued_on=on,
        receiver=row.email or "",
        currency=refund.currency,
        net_minor=content["net_minor"],
        vat_minor=content["vat_minor"],
        content=content,
        partner_id=receipt.partner_id,
        session_id=row.id,
        refund_id=refund.id,
        corrects_id=receipt.id,
        series=(f"{series[0]}-K", 1) if series else None,
    )


def _content(refund: SessionRefund, receipt: Document, cuts: Sequence[int], rates: Sequence[VatGroup]) -> dict[str, Any]:
    said = receipt.content
    return {
        "seller": said["seller"],
        "agent": said.get("agent"),
        "session": said["session"],
        "receipt": {"number": receipt.number, "issued_on": str(receipt.issued_on), "gross_minor": receipt.gross_minor},
        "refund": {"code": refund.code, "reason": refund.reason, "booked_on": str(refund.booked_on)},
        "lines": [{"dimension": line["dimension"], "cut_minor": cut} for line, cut in zip(said["lines"], cuts, strict=True) if cut],
        "taxes": [_tax(rate) for rate in rates],
        "net_minor": sum(rate.net for rate in rates),
        "vat_minor": sum(rate.vat for rate in rates),
        "gross_minor": sum(rate.gross for rate in rates),
        "currency": refund.currency,
        "payback_minor": refund.payback_minor,
    }


def cuts_of(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]] | None, currency: str) -> list[int]:
    """By how much each line is less, minor units, negative or zero; ``after`` None: all of it."""
    old = [Money.parse(line["amount"], currency).minor for line in before]
    new = [0] * len(old) if after is None else [Money.parse(line["amount"], currency).minor for line in after]
    return [two - one for one, two in zip(old, new, strict=True)]


def _tax(rate: VatGroup) -> dict[str, Any]:
    return {"pct": None if rate.pct is None else plain(rate.pct), "net_minor": rate.net, "vat_minor": rate.vat, "gross_minor": rate.gross}
