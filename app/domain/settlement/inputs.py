"""The settlement input of one partner and month, collected from the database in a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.domain.contracts.models import Assignment, Contract, ContractVersion
from app.domain.network.models import Connector, Evse, Station
from app.domain.people.features import Features, corporate_at, supplier_spans
from app.domain.people.models import Partner
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.settling import contract_member, electricity_member, session_member, tax_member
from app.domain.settlement.models import Statement, StatementRow
from app.kernel.periods import Month, local_date, month_span
from app.money.amount import decimals, to_text
from app.text.locales import speaking
from app.text.words import gettext

Suppliers = Sequence[tuple[datetime, Features]]
#: statements a debt is carried where no contract says otherwise (settlement.md §2)
_CARRIED = 3


@dataclass(frozen=True, slots=True)
class Gathered:
    """The input as the engine takes it, and which session key stands behind which code."""

    input: dict[str, Any]
    session_ids: dict[str, UUID]
    time_zone: str


def gather(session: Session, partner: Partner, month: Month, currency: str) -> Gathered:
    """Everything the engine needs for a partner's month; the caller has asked the gate."""
    zone = partner.time_zone
    span = month_span(month, zone)
    found = _sessions(session, partner.id, currency, span.start, span.end)
    lines = lines_of(session, [row.id for row, _, _ in found])
    suppliers = supplier_spans(session, [partner.id])[partner.id]
    versions = _versions(session, partner.id, currency)
    terms = {version.id: version for version in versions}
    entries = [
        _entry(row, label, lines[row.id], settled, zone, suppliers) | electricity_member(row, _chosen(terms, row))
        for row, label, settled in found
    ]
    value: dict[str, Any] = {
        "month": str(month),
        "time_zone": zone,
        "currency": currency,
        "partner": {"id": str(partner.id), "tax": tax_member(partner)}
        | _corporate(session, partner, span.end, currency)
        | _payout_rules(versions, month, currency),
        "contracts": [contract_member(version) for version in versions],
        "holdings": holdings_member(session, partner, {row.station_id for row, _, _ in found if row.partner_id != partner.id}),
        "sessions": entries,
    } | expenses_member(versions, month, partner)
    carried = _carried_in(session, partner.id, currency, month)
    if carried is not None:
        value["carried_in"] = {"amount": to_text(carried.carried_out_minor, decimals(currency)), "months": carried.carry_months}
    return Gathered(value, {row.code: row.id for row, _, _ in found}, zone)


def _corporate(session: Session, partner: Partner, end: datetime, currency: str) -> dict[str, Any]:
    """Limits and discount of charging on the partner's account as they stood at the month's end; nothing while it is off."""
    terms = corporate_at(session, partner.id, end)
    if not terms.enabled or currency != partner.currency:
        return {}
    places = decimals(currency)
    member: dict[str, Any] = {"discount_pct": f"{terms.discount_pct.normalize():f}"}
    for name, limit in (("monthly_limit", terms.monthly_limit_minor), ("driver_monthly_limit", terms.driver_limit_minor)):
        if limit is not None:
            member[name] = to_text(limit, places)
    return {"corporate": member}


def _sessions(
    session: Session, partner_id: UUID, currency: str, start: datetime, end: datetime
) -> list[tuple[ChargingSession, str, date | None]]:
    """Rated sessions up to the month's end: those in no issued statement, and those whose money was still awaited when it began."""
    issued = (
        select(Statement.month)
        .join(StatementRow, StatementRow.statement_id == Statement.id)
        .where(StatementRow.session_id == ChargingSession.id, Statement.partner_id == partner_id, Statement.state != "draft")
        .order_by(Statement.month)
        .limit(1)
        .scalar_subquery()
    )
    in_issued = exists().where(
        StatementRow.session_id == ChargingSession.id,
        StatementRow.statement_id == Statement.id,
        Statement.partner_id == partner_id,
        Statement.state != "draft",
    )
    rows = session.execute(
        select(ChargingSession, Station.label, issued.label("settled_in"))
        .join(Station, Station.id == ChargingSession.station_id)
        .where(
            or_(ChargingSession.partner_id == partner_id, and_(ChargingSession.payer_id == partner_id, ChargingSession.ended_at >= start)),
            ChargingSession.currency == currency,
            ChargingSession.state == "rated",
            ChargingSession.ended_at < end,
            or_(~in_issued, and_(in_issued, or_(ChargingSession.collected_at.is_(None), ChargingSession.collected_at >= start))),
        )
        .order_by(ChargingSession.ended_at, ChargingSession.id)
    )
    return [(row, label, settled) for row, label, settled in rows]


def lines_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[SessionLine]]:
    """The frozen price lines of sessions, in order."""
    found: dict[UUID, list[SessionLine]] = defaultdict(list)
    for line in session.scalars(
        select(SessionLine).where(SessionLine.session_id.in_(ids)).order_by(SessionLine.session_id, SessionLine.position)
    ):
        found[line.session_id].append(line)
    return found


def _entry(
    row: ChargingSession, label: str, lines: list[SessionLine], settled: date | None, zone: str, suppliers: Suppliers
) -> dict[str, Any]:
    included = (row.tariff or {}).get("tax_included", "NO") == "YES"
    member = session_member(row, lines, label, tax_included=included, suppliers=suppliers)
    if row.collected_at is not None:
        member["collected_on"] = str(local_date(row.collected_at, zone))
    if row.end_received_at is not None:
        member["received_at"] = row.end_received_at.isoformat()
    if settled is not None:
        member["settled_in"] = str(Month.of(settled))
    return member


def expenses_member(versions: Sequence[ContractVersion], month: Month, partner: Partner) -> dict[str, Any]:
    """What the versions in force charge each month beside the platform fee: for giving back the cost of electricity."""
    due = [v for v in _in_force(versions, month) if v.reimburse_electricity and v.reimbursement_fee]
    with speaking(partner.language):
        word = gettext("Reimbursement of electricity, fee per month")
    line = {"kind": "custom_fee", "text": word, "quantity": "1", "tax_code": partner.tax_fees}
    return {"other_expenses": [line | {"unit_price": f"{v.reimbursement_fee.normalize():f}"} for v in due]} if due else {}


def _in_force(versions: Sequence[ContractVersion], month: Month) -> list[ContractVersion]:
    return [v for v in versions if v.first_month <= month.first and (v.auto_renewal or v.last_month is None or month.first <= v.last_month)]


def _chosen(versions: Mapping[UUID, ContractVersion], row: ChargingSession) -> ContractVersion | None:
    return None if row.contract_version_id is None else versions.get(row.contract_version_id)


def _payout_rules(versions: Sequence[ContractVersion], month: Month, currency: str) -> dict[str, Any]:
    """Below what nothing is paid, and how long a debt is carried: of several contracts in force what suits the partner better."""
    binding = _in_force(versions, month)
    least, carried = (min((v.minimum_payout_minor for v in binding), default=0), max((v.carry_months for v in binding), default=_CARRIED))
    rules: dict[str, Any] = {"minimum_payout": to_text(least, decimals(currency))} if least else {}
    return rules | ({"carry_months": carried} if carried != _CARRIED else {})


def _versions(session: Session, partner_id: UUID, currency: str) -> list[ContractVersion]:
    return list(
        session.scalars(
            select(ContractVersion)
            .join(Contract, Contract.id == ContractVersion.contract_id)
            .where(ContractVersion.partner_id == partner_id, Contract.currency == currency, ContractVersion.state != "draft")
            .order_by(Contract.code, ContractVersion.number)
        )
    )


def holdings_member(session: Session, partner: Partner, elsewhere: Collection[UUID] = ()) -> list[dict[str, Any]]:
    """Every charge point the partner ever held, with all its holders and EVSEs; and those elsewhere at which its drivers charged."""
    held = [*session.scalars(select(Assignment.station_id).where(Assignment.partner_id == partner.id).distinct()), *elsewhere]
    outlets: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for outlet, reported in session.execute(
        select(Evse, Connector.status)
        .join(Connector, Connector.evse_id == Evse.id)
        .where(Evse.station_id.in_(held))
        .order_by(Evse.station_id, Evse.number)
    ):
        status = "never_connected" if reported is None else "faulted" if reported == "Faulted" else "in_service"
        outlets[outlet.station_id].append({"id": outlet.evse_uid, "current": outlet.current, "status": status})
    spans: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    rows = session.scalars(select(Assignment).where(Assignment.station_id.in_(held)).order_by(Assignment.station_id, Assignment.valid_from))
    for assignment in rows:
        span: dict[str, Any] = {"contract": str(assignment.contract_id), "from": str(assignment.valid_from)}
        if assignment.valid_until is not None:
            span["to"] = str(assignment.valid_until)
        if assignment.partner_id != partner.id:
            span["partner"] = str(assignment.partner_id)
        spans[assignment.station_id].append(span)
    labels = session.execute(select(Station.id, Station.label).where(Station.id.in_(held)).order_by(Station.label))
    return [{"charge_point": label, "evses": outlets[key], "assignments": spans[key]} for key, label in labels]


def _carried_in(session: Session, partner_id: UUID, currency: str, month: Month) -> Statement | None:
    return session.scalars(
        select(Statement)
        .where(
            Statement.partner_id == partner_id,
            Statement.currency == currency,
            Statement.month < month.first,
            Statement.state != "draft",
        )
        .order_by(Statement.month.desc(), Statement.revision.desc())
        .limit(1)
    ).one_or_none()
