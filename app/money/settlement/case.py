"""Reads a whole input; refuses what cannot be settled at all before anything is computed (settlement.md §2, §3)."""

from __future__ import annotations

from app.kernel.errors import Invalid
from app.kernel.periods import Month, zone
from app.money.amount import decimals
from app.money.settlement import fields as f
from app.money.settlement.care import read_care, read_care_held
from app.money.settlement.contracts import read_contract, read_holding
from app.money.settlement.inputs import CarriedIn, Case, Contract, Holding, Line, Refund, Session, SubOperator
from app.money.settlement.partners import read_carried_in, read_other_expense, read_partner, read_sub_operator
from app.money.settlement.sessions import currency, read_refund, read_session, settled_before

_REQUIRED = ("month", "time_zone", "currency", "partner", "contracts", "holdings", "sessions")
_OPTIONAL = ("sub_operator", "other_expenses", "carried_in", "care", "care_held")


def read_case(value: object) -> Case:
    """The input of one statement; refuses ``Invalid`` with one of the stable codes and the path of the offender."""
    members = f.Members(value, "", _REQUIRED, _OPTIONAL)
    month = members.read("month", f.month)
    time_zone = members.read("time_zone", f.text)
    zone(time_zone, field="time_zone")
    home = members.read("currency", currency)
    places = decimals(home)
    partner = members.read("partner", lambda inner, at: read_partner(inner, at, places))
    sub_operator = members.maybe("sub_operator", read_sub_operator, None)
    contracts = members.read("contracts", f.list_of(read_contract))
    _check_contracts(contracts, sub_operator)
    holdings = members.read("holdings", f.list_of(read_holding))
    _check_holdings(holdings, partner.id, contracts)
    entries = members.read("sessions", lambda inner, at: _entries(inner, at, home, month))
    _check_entries(entries, contracts)
    return Case(
        month=month,
        time_zone=time_zone,
        currency=home,
        places=places,
        partner=partner,
        sub_operator=sub_operator,
        contracts=contracts,
        holdings=holdings,
        entries=entries,
        other_expenses=members.maybe("other_expenses", f.list_of(read_other_expense), ()),
        carried_in=members.maybe("carried_in", lambda inner, at: read_carried_in(inner, at, places), CarriedIn(0, 0)),
        care=members.maybe("care", f.list_of(lambda inner, at: read_care(inner, at, places)), ()),
        care_held=members.maybe("care_held", f.list_of(read_care_held), ()),
    )


def _entries(value: object, at: str, home: str, month: Month) -> tuple[Session | Refund, ...]:
    """Sessions first, as a refund's amounts have the decimals of the session it reverses."""
    raw = f.list_of(lambda inner, _: inner)(value, at)
    read: dict[int, Session | Refund] = {}
    places: dict[str, int] = {}
    for index, entry in enumerate(raw):
        if not (isinstance(entry, dict) and "reverses" in entry):
            session = read_session(entry, f"{at}[{index}]", home)
            read[index] = session
            places.setdefault(session.id, decimals(session.currency))
    for index, entry in enumerate(raw):
        if index not in read:
            original = entry.get("reverses") if isinstance(entry, dict) else None
            known = places.get(original, decimals(home)) if isinstance(original, str) else decimals(home)
            read[index] = read_refund(entry, f"{at}[{index}]", known)
    for index in range(len(raw)):
        settled_before(read[index].settled_in, month, f"{at}[{index}].settled_in")
    return tuple(read[index] for index in range(len(raw)))


def _check_contracts(contracts: tuple[Contract, ...], sub_operator: SubOperator | None) -> None:
    for index, contract in enumerate(contracts):
        if contract.parent is not None and sub_operator is None:
            raise Invalid("parent_without_sub_operator", field=f"contracts[{index}].parent")
        if any(other.id == contract.id and _overlap(other, contract) for other in contracts[:index]):
            raise Invalid("overlapping_versions", field=f"contracts[{index}]")


def _overlap(one: Contract, other: Contract) -> bool:
    starts_before_end = one.valid_to is None or other.valid_from <= one.valid_to
    return starts_before_end and (other.valid_to is None or one.valid_from <= other.valid_to)


def _check_holdings(holdings: tuple[Holding, ...], partner: str, contracts: tuple[Contract, ...]) -> None:
    listed = {contract.id for contract in contracts}
    seen: set[str] = set()
    for index, holding in enumerate(holdings):
        if holding.charge_point in seen:
            raise Invalid("bad_value", field=f"holdings[{index}].charge_point")
        seen.add(holding.charge_point)
        for assignment in holding.assignments:
            ours = assignment.partner in {None, partner} and assignment.contract in listed
            if ours and assignment.platform_fee is not None:
                raise Invalid("bad_value", field=f"holdings[{index}].assignments")


def _check_entries(entries: tuple[Session | Refund, ...], contracts: tuple[Contract, ...]) -> None:
    """Where a contract pays covered kWh by a rate, covered energy needs its quantity."""
    if all(contract.subscription_settlement != "rate_per_kwh" for contract in contracts):
        return
    for index, entry in enumerate(entries):
        covered, part = _covered(entry)
        for position, line in enumerate(covered):
            if line.dimension == "ENERGY" and line.quantity is None:
                raise Invalid("missing_member", field=f"sessions[{index}].{part}reference_lines[{position}].quantity")


def _covered(entry: Session | Refund) -> tuple[tuple[Line, ...], str]:
    if isinstance(entry, Session):
        return entry.reference_lines, ""
    return (entry.correction and entry.correction.reference_lines) or (), "refund."
