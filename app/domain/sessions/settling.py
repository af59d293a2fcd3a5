"""A session, its contract version and its partner's tax as the settlement reads them: one shape for rating, ledger and statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import Keyed
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.values import net_rate
from app.domain.network.models import Location
from app.domain.people.features import Features, supplier_at, supplier_spans
from app.domain.people.models import Operator, Partner
from app.domain.people.tax import TaxStep, tax_steps
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.rows import LineRow
from app.kernel.errors import Invalid
from app.kernel.periods import Month
from app.money.amount import decimals, to_text
from app.money.entries import Parties, driver_receivable
from app.money.settlement.contracts import read_contract
from app.money.sharing import SessionSplit, split_session

T = TypeVar("T", bound=Keyed)
_EVER = date(1970, 1, 1)


def session_member(
    row: ChargingSession,
    lines: Sequence[SessionLine | LineRow],
    *,
    suppliers: Sequence[tuple[datetime, Features]] = (),
) -> dict[str, Any]:
    """A finished session as the input of a statement has it: what was printed, not what would be computed again.

    ``suppliers`` are the partner's switches over time: where it sold by itself when the session began, it is the supplier.
    """
    places = decimals(row.currency)
    member: dict[str, Any] = {
        "id": row.code,
        "start": _instant(row.started_at),
        "end": _instant(row.ended_at),
        "charge_point": row.station_label,
        "kwh": to_text(row.energy_wh, 3),
        "evse_current": row.evse_current,
        "channel": row.channel,
        "vat_pct": _plain(row.vat_pct),
        "tax_included": (row.tariff or {}).get("tax_included") == "YES",
        "currency": row.currency,
        "paid_with": row.paid_with or ("card" if row.payment_id else "invoice"),
        "lines": [
            {"dimension": _dimension(line.dimension), "amount": to_text(line.amount_minor, places)}
            | ({} if line.vat_pct is None else {"vat_pct": _plain(line.vat_pct)})
            for line in lines
        ],
    }
    if row.electricity is not None:
        member["electricity"] = row.electricity
    if row.contract_version_id is not None and supplier_at(suppliers, row.started_at) is not None:
        member["supplier"] = "partner"
    if row.channel == "corporate":
        member["payer"] = str(row.payer_id or row.partner_id or row.operator_id)
        if row.driver_id is not None:
            member["driver"] = str(row.driver_id)
    return member


def contract_member(version: ContractVersion, parent: ContractVersion | None = None) -> dict[str, Any]:
    """A contract version as the settlement reads it, with the level above where there is one; percentages and prices as decimal strings."""
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
    return member | version.terms | ({"parent": _parent_member(parent)} if parent else {})


def _parent_member(parent: ContractVersion) -> dict[str, Any]:
    """Of the level above: percentages, exceptions and fees per session; base and floor are the partner's."""
    member = {"id": str(parent.contract_id), "ac_pct": _plain(parent.ac_pct), "dc_pct": _plain(parent.dc_pct)}
    return member | {name: parent.terms[name] for name in ("overrides", "fees") if parent.terms.get(name)}


def terms_members(row: ChargingSession, version: ContractVersion | None) -> dict[str, Any]:
    """What a session's contract asks of it: the price of its electricity, and who charged, where a line of exceptions names such people."""
    return _electricity_member(row, version) | _who_member(row)


def _who_member(row: ChargingSession) -> dict[str, Any]:
    """Roaming partner and groups of people, as exceptions of either level name them."""
    return ({"emsp": row.provider} if row.provider else {}) | ({"user_groups": list(row.user_groups)} if row.user_groups else {})


def _electricity_member(row: ChargingSession, version: ContractVersion | None) -> dict[str, Any]:
    """The contract's one price of electricity, where the place had no rate of its own; neither: nothing, and the settlement holds it."""
    rate = None if version is None else net_rate(version.electricity_price, version.electricity_vat_pct)
    if rate is None or row.electricity is not None:
        return {}
    return {"electricity": [{"kwh": to_text(row.energy_wh, 3), "rate_net": _plain(rate)}]}


def tax_member(steps: Sequence[TaxStep]) -> dict[str, str] | list[dict[str, str]]:
    """Under which codes a partner is credited and charged; where that changed, with the first day of each."""
    members = [{"credit": step.credit, "fees": step.fees} for step in steps]
    if len(members) == 1:
        return members[0]
    return [member | {"from": str(step.valid_from or _EVER)} for member, step in zip(members, steps, strict=True)]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What splitting sessions needs beside them, by key; zones by contract."""

    operators: dict[UUID, Operator]
    sites: dict[UUID, Location]
    #: those of partners and of the sub-operators above them
    versions: dict[UUID, ContractVersion]
    zones: dict[UUID, str]
    partners: dict[UUID, Partner]
    #: by partner, its switches over time, newest first
    suppliers: dict[UUID, list[tuple[datetime, Features]]]
    #: by partner, its tax status over time, oldest first
    taxes: dict[UUID, list[TaxStep]]


def surroundings(session: Session, rows: Sequence[ChargingSession]) -> Surroundings:
    """Read for any number of sessions in eight statements."""
    fixed = {row.contract_version_id for row in rows} | {row.parent_version_id for row in rows}
    versions = _by_key(session, ContractVersion, fixed)
    contracts = _by_key(session, Contract, {version.contract_id for version in versions.values()})
    holders = {row.partner_id for row in rows if row.partner_id is not None}
    return Surroundings(
        operators=_by_key(session, Operator, {row.operator_id for row in rows}),
        sites=_by_key(session, Location, {row.location_id for row in rows}),
        versions=versions,
        zones={key: contract.time_zone for key, contract in contracts.items()},
        partners=_by_key(session, Partner, {row.partner_id for row in rows}),
        suppliers=supplier_spans(session, holders),
        taxes=tax_steps(session, holders),
    )


def _by_key(session: Session, model: type[T], keys: Collection[UUID | None]) -> dict[UUID, T]:
    wanted = [key for key in keys if key is not None]
    return {row.id: row for row in session.scalars(select(model).where(model.id.in_(wanted)))} if wanted else {}


@dataclass(frozen=True, slots=True)
class Shared:
    """What one session is shared by: the members that ``split_session`` takes, and whose accounts it touches."""

    session: dict[str, Any]
    contract: dict[str, Any] | None
    tax: dict[str, str] | list[dict[str, str]] | None
    time_zone: str
    parties: Parties


def parent_of(around: Surroundings, row: ChargingSession) -> ContractVersion | None:
    """The sub-operator's version fixed at the start; none where it gives less than the partner's, or is out of sight."""
    version = around.versions.get(row.contract_version_id) if row.contract_version_id else None
    parent = around.versions.get(row.parent_version_id) if row.parent_version_id else None
    return None if version is None else level_above(version, parent)


def level_above(version: ContractVersion, parent: ContractVersion | None) -> ContractVersion | None:
    """``parent``, unless it gives less than the version below: then it is no level."""
    if parent is None:
        return None
    try:
        read_contract(contract_member(version, parent), "contract")
    except Invalid as refusal:
        return None if refusal.code == "child_above_parent" else parent
    return parent


def shared_by(around: Surroundings, row: ChargingSession, lines: Sequence[SessionLine]) -> Shared:
    """The members of a session, its contract and tax as the month's statement will have them."""
    version = around.versions.get(row.contract_version_id) if row.contract_version_id else None
    parent = parent_of(around, row)
    partner = around.partners.get(row.partner_id) if row.partner_id else None
    suppliers = around.suppliers.get(row.partner_id, []) if row.partner_id else []
    return Shared(
        session=session_member(row, lines, suppliers=suppliers) | terms_members(row, version),
        contract=contract_member(version, parent) if version else None,
        tax=tax_member(around.taxes[partner.id]) if partner else None,
        time_zone=around.zones[version.contract_id] if version else row.time_zone,
        parties=_parties(around, row, partner, parent),
    )


def split_of(around: Surroundings, row: ChargingSession, lines: Sequence[SessionLine]) -> tuple[SessionSplit, Parties]:
    """Who gets what of a session, by the very rules of the month's statement, and whose accounts it touches."""
    by = shared_by(around, row, lines)
    return split_session(by.session, by.contract, by.tax, time_zone=by.time_zone, currency=row.currency), by.parties


def _parties(around: Surroundings, row: ChargingSession, partner: Partner | None, parent: ContractVersion | None) -> Parties:
    site = around.sites.get(row.location_id) if row.location_id else None
    return Parties(
        receivable=driver_receivable(str(row.id)),
        country=(site or around.operators[row.operator_id]).country,
        partner_id=str(partner.id) if partner else None,
        sub_operator_id=str(parent.partner_id) if parent else None,
    )


def _instant(at: datetime | None) -> str:
    if at is None:
        raise ValueError("a finished session has a start and an end")
    return at.isoformat()


def _dimension(word: str) -> str:
    return "RESERVATION_TIME" if word.startswith("RESERVATION") else word


def _plain(value: Decimal) -> str:
    """``19.00`` as ``19``."""
    return f"{value.normalize():f}"
