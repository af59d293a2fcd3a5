"""The content of a driver's receipt: copies of everything it says, so that it can be printed again in ten years."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.drivers.models import Driver, DriverCharge, DriverChargePaid, DriverChargeRefund
from app.domain.invoices.rows import Paper
from app.domain.network.models import Evse, Location
from app.domain.payments.models import Payment
from app.domain.people.features import supplier_at, supplier_spans
from app.domain.people.models import Operator, Partner
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.refund_models import SessionRefund
from app.kernel.periods import local_date
from app.money.amount import Money
from app.money.purse import driver_rates
from app.money.vat import VatGroup

_SUMS = ("net", "vat", "gross")


def receipt_paper(session: Session, row: ChargingSession) -> Paper:
    """What the receipt of a rated session says. Amounts are minor units, instants ISO 8601 in UTC."""
    operator = session.get_one(Operator, row.operator_id)
    payment = session.get(Payment, row.payment_id) if row.payment_id else None
    supplier, series = supplier_of(session, row)
    content = {
        "seller": party(operator) if supplier is None else partner_party(supplier, operator),
        "agent": None if supplier is None else operator.legal_name,
        "session": _session(session, row),
        "lines": [_line(line) for line in _lines(session, row)],
        "taxes": _taxes(row),
        "net_minor": row.net_minor,
        "vat_minor": row.vat_minor,
        "gross_minor": row.gross_minor,
        "currency": row.currency,
        "payment": _payment(payment),
    }
    return Paper(
        kind="receipt",
        language=row.language,
        issued_on=local_date(_known(row.ended_at), row.time_zone),
        receiver=row.email or "",
        currency=row.currency,
        net_minor=row.net_minor or 0,
        vat_minor=row.vat_minor or 0,
        content=content,
        partner_id=row.partner_id,
        session_id=row.id,
        series=series,
    )


def own_part_paper(session: Session, row: ChargingSession, charge: DriverCharge) -> Paper:
    """What the paper says for the part of a charge that its driver paid, by card or balance: the whole price less the company's part.

    It belongs to the operator where the operator sells: neither the driver's company nor the host is to see who paid what (decision 0012).
    """
    paid = session.get(DriverChargePaid, row.id)
    at = paid.paid_at if paid else _known(row.rated_at)
    said, driver = receipt_paper(session, row), session.get_one(Driver, charge.driver_id)
    net, gross, company, balance = _back_before(session, row.id, at)
    groups = [VatGroup(Decimal(t["pct"]) if t["pct"] else None, *(t[f"{n}_minor"] for n in _SUMS)) for t in said.content["taxes"]]
    rates = driver_rates(groups, charge.company_minor - company, net, gross)
    parts = {"whole_minor": row.gross_minor, "back_minor": gross, "company_minor": charge.company_minor - company}
    parts |= {"balance_minor": charge.balance_minor - balance, "own_minor": paid.minor if paid else 0}
    sums = {f"{name}_minor": sum(getattr(rate, name) for rate in rates) for name in _SUMS}
    content = said.content | sums | {"parts": parts, "payment": own_card(session, paid)}
    content["taxes"] = [
        {"pct": None if rate.pct is None else f"{rate.pct.normalize():f}"} | {f"{name}_minor": getattr(rate, name) for name in _SUMS}
        for rate in rates
        if rate.gross
    ]
    return replace(
        said,
        kind="own_part",
        language=driver.language,
        receiver="",
        issued_on=local_date(at, row.time_zone),
        net_minor=sums["net_minor"],
        vat_minor=sums["vat_minor"],
        content=content,
        partner_id=said.partner_id if said.series else None,
        series=(f"{said.series[0]}-E", 1) if said.series else None,
    )


def own_card(session: Session, paid: DriverChargePaid | None) -> dict[str, Any] | None:
    """The card that paid an own part; None: a balance did."""
    card = session.get_one(Payment, paid.payment_id) if paid else None
    return {"brand": card.card_brand, "last4": card.card_last4} if card else None


def _back_before(session: Session, session_id: UUID, at: datetime) -> tuple[int, int, int, int]:
    """What was given back until an instant: net and gross of the price, the company's and the balance's share of it; minor units."""
    r, s = SessionRefund, DriverChargeRefund
    sums = [func.coalesce(func.sum(part), 0) for part in (-r.net_minor, -r.gross_minor, s.company_minor, s.balance_minor)]
    found = session.execute(select(*sums).join(s, s.refund_id == r.id).where(r.session_id == session_id, r.made_at <= at)).one()
    return int(found[0]), int(found[1]), int(found[2]), int(found[3])


def supplier_of(session: Session, row: ChargingSession) -> tuple[Partner | None, tuple[str, int] | None]:
    """Who sold the session, as the settlement has it: the partner under contract if it is the supplier (features.md 1A row 9).

    What a balance that the operator keeps paid whole, the operator sold (settlement.md §9).
    """
    if row.partner_id is None or row.contract_version_id is None or row.paid_with == "balance":
        return None, None
    found = supplier_at(supplier_spans(session, [row.partner_id])[row.partner_id], row.started_at)
    if found is None:
        return None, None
    return session.get_one(Partner, row.partner_id), (found.receipt_prefix or "", found.receipt_start or 1)


def partner_party(partner: Partner, operator: Operator) -> dict[str, Any]:
    """A partner as seller; questions still go to the operator's help line."""
    return {
        "name": partner.legal_name,
        "brand": partner.name,
        "vat_id": partner.vat_id,
        "phone": operator.help_phone,
        "street": partner.street,
        "postcode": partner.postcode,
        "city": partner.city,
        "country": partner.country,
    }


def party(operator: Operator) -> dict[str, Any]:
    """The operator as seller or issuer."""
    return {
        "name": operator.legal_name,
        "brand": operator.name,
        "vat_id": operator.vat_id,
        "phone": operator.help_phone,
        **operator.address,
    }


def _session(session: Session, row: ChargingSession) -> dict[str, Any]:
    outlet = session.get(Evse, row.evse_id) if row.evse_id else None
    site = session.get(Location, row.location_id) if row.location_id else None
    parked, counted = idle_seconds(row.priced or {})
    return {
        "code": row.code,
        "label": row.station_label if row.evse_number is None else f"{row.station_label}/{row.evse_number}",
        "evse_uid": outlet.evse_uid if outlet else None,
        "place": f"{site.name}, {site.street}, {site.postcode} {site.city}" if site else "",
        "time_zone": row.time_zone,
        "began_at": _known(row.started_at).isoformat(),
        "ended_at": _known(row.ended_at).isoformat(),
        "energy_wh": row.energy_wh,
        "meter_start_wh": row.meter_start_wh,
        "meter_stop_wh": row.meter_stop_wh,
        "idle_counted_s": counted,
        "idle_free_s": parked - counted,
    }


def idle_seconds(priced: dict[str, Any]) -> tuple[int, int]:
    """How long the car stood without charging, and how much of that was billed; whole seconds of a priced session."""
    parked = sum((Decimal(s["seconds"]) for s in priced.get("segments", []) if s["kind"] == "parking"), Decimal(0))
    counted = Decimal(priced.get("billed", {}).get("parking_s", "0"))
    return int(max(parked, counted)), int(counted)


def _lines(session: Session, row: ChargingSession) -> list[SessionLine]:
    return list(session.scalars(select(SessionLine).where(SessionLine.session_id == row.id).order_by(SessionLine.position)))


def _line(line: SessionLine) -> dict[str, Any]:
    return {
        "dimension": line.dimension,
        "quantity": f"{line.quantity.normalize():f}",
        "unit": line.unit,
        "unit_price": f"{line.unit_price.normalize():f}",
        "vat_pct": None if line.vat_pct is None else f"{line.vat_pct.normalize():f}",
        "amount_minor": line.amount_minor,
    }


def _taxes(row: ChargingSession) -> list[dict[str, Any]]:
    """Net, VAT and gross per rate; one line without a rate where the seller shows no VAT (by its status on the day of supply)."""
    groups = [_tax(group, row.currency) for group in (row.priced or {}).get("vat_groups", [])]
    if row.vat_minor == 0 and any(group["vat_minor"] for group in groups):
        return [{"pct": None, "net_minor": row.net_minor, "vat_minor": 0, "gross_minor": row.gross_minor}]
    return groups


def _tax(group: dict[str, Any], currency: str) -> dict[str, Any]:
    minor = {f"{name}_minor": Money.parse(group[name], currency).minor for name in ("net", "vat", "gross")}
    return {"pct": group["pct"], **minor}


def _payment(payment: Payment | None) -> dict[str, Any] | None:
    if payment is None:
        return None
    return {
        "brand": payment.card_brand,
        "last4": payment.card_last4,
        "hold_minor": payment.hold_minor,
        "captured_minor": payment.captured_minor,
        "released_minor": payment.hold_minor - payment.captured_minor,
    }


def _known(at: datetime | None) -> datetime:
    if at is None:
        raise RuntimeError("a rated session has a beginning and an end")
    return at
