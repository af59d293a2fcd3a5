"""A session, its contract version and its partner's tax as the settlement reads them: one shape for rating, ledger and statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts.models import Contract, ContractVersion
from app.domain.network.models import Location, Station
from app.domain.people.models import Operator, Partner
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.rows import LineRow
from app.kernel.periods import Month
from app.money.amount import decimals, to_text
from app.money.entries import Parties, driver_receivable
from app.money.sharing import SessionSplit, split_session


def session_member(
    row: ChargingSession, lines: Sequence[SessionLine | LineRow], charge_point: str, *, tax_included: bool
) -> dict[str, Any]:
    """A finished session as the input of a statement has it: what was printed, not what would be computed again."""
    places = decimals(row.currency)
    member: dict[str, Any] = {
        "id": row.code,
        "start": _instant(row.started_at),
        "end": _instant(row.ended_at),
        "charge_point": charge_point,
        "kwh": to_text(row.energy_wh, 3),
        "evse_current": row.evse_current,
        "channel": row.channel,
        "vat_pct": _plain(row.vat_pct),
        "tax_included": tax_included,
        "currency": row.currency,
        "paid_with": "card" if row.payment_id else "invoice",
        "lines": [
            {"dimension": _dimension(line.dimension), "amount": to_text(line.amount_minor, places)}
            | ({} if line.vat_pct is None else {"vat_pct": _plain(line.vat_pct)})
            for line in lines
        ],
    }
    if row.channel == "corporate":
        member["payer"] = str(row.partner_id or row.operator_id)
    return member


def contract_member(version: ContractVersion) -> dict[str, Any]:
    """A contract version as the settlement reads it; percentages and prices as decimal strings."""
    member: dict[str, Any] = {
        "id": str(version.contract_id),
        "version": version.number,
        "valid_from": str(Month.of(version.first_month)),
        "ac_pct": _plain(version.ac_pct),
        "dc_pct": _plain(version.dc_pct),
        "exclude_connection_fee": version.exclude_connection_fee,
        "deduct_electricity_cost": version.deduct_electricity,
        "reimburse_electricity_cost": version.reimburse_electricity,
    }
    if version.last_month is not None and not version.auto_renewal:
        member["valid_to"] = str(Month.of(version.last_month))
    return member | version.terms


def tax_member(partner: Partner) -> dict[str, Any]:
    """Under which codes a partner is credited and charged."""
    return {"credit": partner.tax_credit, "fees": partner.tax_fees}


def split_of(session: Session, row: ChargingSession, lines: Sequence[SessionLine], *, tax_included: bool) -> tuple[SessionSplit, Parties]:
    """Who gets what of a session, by the very rules of the month's statement, and whose accounts it touches."""
    station = session.get_one(Station, row.station_id)
    operator = session.get_one(Operator, row.operator_id)
    site = session.get(Location, row.location_id) if row.location_id else None
    version = session.get(ContractVersion, row.contract_version_id) if row.contract_version_id else None
    partner = session.get(Partner, row.partner_id) if row.partner_id else None
    zone = row.time_zone
    if version is not None:
        zone = session.scalars(select(Contract.time_zone).where(Contract.id == version.contract_id)).one()
    split = split_session(
        session_member(row, lines, station.label, tax_included=tax_included),
        contract_member(version) if version else None,
        tax_member(partner) if partner else None,
        time_zone=zone,
        currency=row.currency,
    )
    parties = Parties(
        receivable=driver_receivable(str(row.id)),
        country=site.country if site else operator.country,
        partner_id=str(partner.id) if partner else None,
        sub_operator_id=str(partner.parent_id) if partner and partner.parent_id else None,
    )
    return split, parties


def _instant(at: datetime | None) -> str:
    if at is None:
        raise ValueError("a finished session has a start and an end")
    return at.isoformat()


def _dimension(word: str) -> str:
    return "RESERVATION_TIME" if word.startswith("RESERVATION") else word


def _plain(value: Decimal) -> str:
    """``19.00`` as ``19``."""
    return f"{value.normalize():f}"
