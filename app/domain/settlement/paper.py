"""The content of a statement's paper: frozen copies of names and addresses beside the engine's answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.invoices.receipt import party
from app.domain.invoices.rows import Paper
from app.domain.people.features import Features, features_at
from app.domain.people.models import Contact, Operator, Partner
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.domain.settlement.models import Statement, StatementRow
from app.kernel.periods import local_date
from app.work.unit import Work


def statement_paper(work: Work, statement: Statement, partner: Partner) -> Paper:
    """What the statement says on paper, in the partner's language."""
    operator = work.session.get_one(Operator, statement.operator_id)
    content = {
        "seller": party(operator),
        "partner": _addressee(partner),
        "code": statement.code,
        "month": str(statement.month)[:7],
        "time_zone": statement.time_zone,
        "currency": statement.currency,
        "answer": statement.answer,
        "answer_hash": statement.answer_hash,
        "input_hash": statement.input_hash,
        "calc_version": statement.calc_version,
        "sessions": _sessions(work, statement),
    }
    return Paper(
        kind="statement",
        language=partner.language,
        issued_on=local_date(work.now, operator.time_zone),
        receiver=_billing_address(work, partner),
        currency=statement.currency,
        net_minor=statement.payout_net_minor,
        vat_minor=statement.payout_gross_minor - statement.payout_net_minor,
        content=content,
        partner_id=partner.id,
        statement_id=statement.id,
    )


def _addressee(partner: Partner) -> dict[str, Any]:
    return {
        "name": partner.legal_name,
        "code": partner.code,
        "street": partner.street,
        "postcode": partner.postcode,
        "city": partner.city,
        "country": partner.country,
        "vat_id": partner.vat_id,
    }


def _billing_address(work: Work, partner: Partner) -> str:
    """Where the statement is mailed, to the first named of several; empty while the partner's switch for it is off."""
    switches = features_at(work.session, [partner.id], work.now).get(partner.id, Features())
    if not switches.settlement_mail:
        return ""
    named = select(Contact.email).where(Contact.partner_id == partner.id, Contact.kind == "billing").order_by(Contact.id)
    return work.session.scalars(named).first() or ""


def _sessions(work: Work, statement: Statement) -> dict[str, dict[str, Any]]:
    """What the paper shows of each row beside the engine's figures: when, where, how much energy."""
    found = work.session.execute(
        select(
            ChargingSession.code,
            ChargingSession.ended_at,
            ChargingSession.energy_wh,
            ChargingSession.station_label,
            SessionRefund.code,
            SessionRefund.booked_on,
        )
        .join(StatementRow, StatementRow.session_id == ChargingSession.id)
        .outerjoin(SessionRefund, SessionRefund.id == StatementRow.refund_id)
        .where(StatementRow.statement_id == statement.id)
    )
    known: dict[str, dict[str, Any]] = {}
    for code, at, energy, label, refund, booked_on in found:
        if refund:
            known[refund] = {"booked_on": str(booked_on), "energy_wh": 0, "label": label}
        else:
            known[code] = {"ended_at": at and at.isoformat(), "energy_wh": energy, "label": label}
    return known
