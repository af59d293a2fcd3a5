"""The settlement input of one partner and month, collected from the database in a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, exists, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.domain.contracts.models import Contract, ContractVersion
from app.domain.drivers.queries import company_parts
from app.domain.ledger.queries import movement
from app.domain.people.features import corporate_at, supplier_spans
from app.domain.people.models import Partner
from app.domain.people.tax import TaxStep, on_day, tax_steps
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.domain.sessions.settling import contract_member, tax_member, terms_members
from app.domain.settlement.care import care_of
from app.domain.settlement.models import CompanyBill, Statement, StatementRow
from app.domain.settlement.standing import entry_member, issued_rows, lines_of, refund_members
from app.kernel.periods import Month, month_span
from app.money.amount import decimals, to_text
from app.money.balances import ADDED, TAKEN_BACK, balance_receivable
from app.text.locales import speaking
from app.text.words import gettext

_STATIONS, _EVSES, _HOLDERS = (
    text(asked).bindparams(bindparam("elsewhere", type_=ARRAY(Uuid)))
    for asked in (
        "select id, label from settled_stations(:partner, :elsewhere) order by label",
        "select station_id, evse_uid, current, status from settled_evses(:partner, :elsewhere)",
        "select station_id, partner_id, contract_id, valid_from, valid_until from settled_holders(:partner, :elsewhere)",
    )
)
#: statements a debt is carried where no contract says otherwise (settlement.md §2)
_CARRIED = 3
_ALL = true()


@dataclass(frozen=True, slots=True)
class Gathered:
    """The input as the engine takes it, and which key stands behind which code of a session or refund."""

    input: dict[str, Any]
    session_ids: dict[str, UUID]
    refund_ids: dict[str, UUID]
    time_zone: str


def gather(
    session: Session, partner: Partner, month: Month, currency: str, which: ColumnElement[bool] = _ALL, above: ColumnElement[bool] = _ALL
) -> Gathered:
    """Everything the engine needs for a partner's month; the caller has asked the gate.

    ``which``: of the sessions only these; ``above``: only these of those of partners in its care.
    """
    zone = partner.time_zone
    span = month_span(month, zone)
    found = _sessions(session, partner.id, currency, month, zone, which)
    tax = tax_steps(session, [partner.id])[partner.id]
    versions = _versions(session, partner.id, currency)
    entries = _entries(session, partner, found, versions, currency)
    refunds = refund_members(session, partner.id, {row.id: row.code for row, _ in found}, month)
    value: dict[str, Any] = {
        "month": str(month),
        "time_zone": zone,
        "currency": currency,
        "partner": {"id": str(partner.id), "tax": tax_member(tax)}
        | _corporate(session, partner, span.end, currency)
        | _payout_rules(versions, month, currency),
        "contracts": [contract_member(version) for version in versions],
        "holdings": holdings_member(session, partner, {row.station_id for row, _ in found if row.partner_id != partner.id}),
        "sessions": [*entries, *(member for _, member in refunds)],
    }
    expenses = [*expenses_member(versions, month, partner, tax), *_balances_member(session, partner, month, currency)]
    if expenses:
        value["other_expenses"] = expenses
    carried = _carried_in(session, partner.id, currency, month)
    if carried is not None:
        value["carried_in"] = {"amount": to_text(carried.carried_out_minor, decimals(currency)), "months": carried.carry_months}
    care = care_of(session, partner, month, currency, [version.id for version in versions], tax, above)
    value |= {name: rows for name, rows in (("care", care.rows), ("care_held", care.held)) if rows}
    session_ids = {row.code: row.id for row, _ in found} | care.session_ids
    return Gathered(value, session_ids, {one.code: one.id for one, _ in refunds} | care.refund_ids, zone)


def _entries(
    session: Session,
    partner: Partner,
    found: Sequence[tuple[ChargingSession, date | None]],
    versions: Sequence[ContractVersion],
    currency: str,
) -> list[dict[str, Any]]:
    """The sessions as the engine takes them."""
    lines = lines_of(session, [row.id for row, _ in found])
    suppliers = supplier_spans(session, [partner.id])[partner.id]
    terms = {version.id: version for version in versions}
    told = company_parts(session, partner.id, [row.id for row, _ in found if row.payer_id == partner.id])
    return [
        entry_member(row, lines[row.id], settled, partner.time_zone, suppliers)
        | terms_members(row, _chosen(terms, row))
        | ({"corporate_gross": to_text(told[row.id], decimals(currency))} if row.id in told and row.channel == "corporate" else {})
        for row, settled in found
    ]


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
    session: Session, partner_id: UUID, currency: str, month: Month, time_zone: str, which: ColumnElement[bool]
) -> list[tuple[ChargingSession, date | None]]:
    """Rated sessions up to the month's end: in no issued statement, still awaited when it began, or with a refund that is in none.

    Of the partner's drivers elsewhere: those of the month, and what no statement has asked the partner for yet.
    """
    span = month_span(month, time_zone)
    issued = issued_rows(partner_id).where(StatementRow.session_id == ChargingSession.id, StatementRow.refund_id.is_(None))
    billed = select(CompanyBill.id).join(Statement, Statement.id == CompanyBill.statement_id).where(CompanyBill.partner_id == partner_id)
    asked = billed.where(CompanyBill.session_id == ChargingSession.id, CompanyBill.refund_id.is_(None))
    settled = func.coalesce(
        issued.with_only_columns(Statement.month).order_by(Statement.month).limit(1).scalar_subquery(),
        asked.where(Statement.month < month.first).with_only_columns(Statement.month).scalar_subquery(),
    )
    in_issued = issued.exists()
    awaited = or_(ChargingSession.collected_at.is_(None), ChargingSession.collected_at >= span.start)
    refund = exists().where(SessionRefund.session_id == ChargingSession.id, SessionRefund.booked_on <= month.last)
    given_back = refund.where(~issued_rows(partner_id).where(StatementRow.refund_id == SessionRefund.id).exists())
    taken_off = refund.where(~billed.where(CompanyBill.refund_id == SessionRefund.id).exists())
    here = ChargingSession.partner_id == partner_id
    new = or_(ChargingSession.ended_at >= span.start, and_(~asked.exists(), ChargingSession.gross_minor > 0), taken_off)
    elsewhere = and_(ChargingSession.payer_id == partner_id, ChargingSession.partner_id.is_distinct_from(partner_id), new)
    rows = session.execute(
        select(ChargingSession, settled.label("settled_in"))
        .where(
            or_(and_(here, or_(~in_issued, awaited, given_back)), elsewhere),
            ChargingSession.currency == currency,
            ChargingSession.state == "rated",
            ChargingSession.ended_at < span.end,
            which,
        )
        .order_by(ChargingSession.ended_at, ChargingSession.id)
    )
    return [(row, settled_in) for row, settled_in in rows]


def expenses_member(versions: Sequence[ContractVersion], month: Month, partner: Partner, tax: Sequence[TaxStep]) -> list[dict[str, Any]]:
    """What the versions in force charge each month beside the platform fee: for giving back the cost of electricity."""
    due = [v for v in _in_force(versions, month) if v.reimburse_electricity and v.reimbursement_fee]
    with speaking(partner.language):
        word = gettext("Reimbursement of electricity, fee per month")
    line = {"kind": "custom_fee", "text": word, "quantity": "1", "tax_code": on_day(tax, month.last).fees}
    return [line | {"unit_price": f"{v.reimbursement_fee.normalize():f}"} for v in due]


def _balances_member(session: Session, partner: Partner, month: Month, currency: str) -> list[dict[str, Any]]:
    """What the partner's people added to drivers' balances in the month, less what they took back: no supply, so outside VAT."""
    account = balance_receivable(str(partner.id)), currency
    added = movement(session, partner.operator_id, account, month.first, month.plus(1).first, (ADDED, TAKEN_BACK))
    if not added:
        return []
    with speaking(partner.language):
        word = gettext("Added to drivers' balances")
    price = to_text(added, decimals(currency))
    return [{"kind": "driver_balance", "text": word, "quantity": "1", "unit_price": price, "tax_code": "O0"}]


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
    """Every charge point the partner ever held, with all its holders and EVSEs; and those elsewhere at which its drivers charged.

    Also what others hold by now: whoever may ask for the partner's month may know what it had and until when.
    """
    asked = {"partner": partner.id, "elsewhere": list(elsewhere)}
    outlets: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for station_id, evse_uid, current, status in session.execute(_EVSES, asked):
        outlets[station_id].append({"id": evse_uid, "current": current, "status": status})
    spans: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for station_id, holder, contract, since, until in session.execute(_HOLDERS, asked):
        span: dict[str, Any] = {"contract": str(contract), "from": str(since)}
        if until is not None:
            span["to"] = str(until)
        if holder != partner.id:
            span["partner"] = str(holder)
        spans[station_id].append(span)
    return [{"charge_point": label, "evses": outlets[key], "assignments": spans[key]} for key, label in session.execute(_STATIONS, asked)]


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
