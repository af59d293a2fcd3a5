"""Reads who is settled: partner, sub-operator, their tax status, what was carried in, and other expenses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.kernel.errors import Invalid
from app.kernel.periods import Month
from app.money.settlement import fields as f
from app.money.settlement.inputs import CarriedIn, Corporate, OtherExpense, Partner, SubOperator, TaxStatus

_EXPENSES = ("custom_fee", "service_visit", "roaming_fee", "driver_balance")
_CARRY_MONTHS = 3


def read_partner(value: object, at: str, places: int) -> Partner:
    """The partner of the statement."""
    members = f.Members(value, at, ("id", "tax"), ("minimum_payout", "carry_months", "corporate"))
    return Partner(
        id=members.read("id", f.text),
        tax=members.read("tax", read_tax),
        minimum_payout=members.maybe("minimum_payout", f.scaled_positive(places), 0),
        carry_months=members.maybe("carry_months", f.count, _CARRY_MONTHS),
        corporate=members.maybe("corporate", lambda inner, path: _corporate(inner, path, places), Corporate()),
    )


def read_sub_operator(value: object, at: str) -> SubOperator:
    """The sub-operator above the partner."""
    members = f.Members(value, at, ("id", "tax"))
    return SubOperator(members.read("id", f.text), members.read("tax", read_tax))


def read_tax(value: object, at: str) -> f.Dated[TaxStatus]:
    """A tax status, or a list of them with the first day of each."""
    if not isinstance(value, list):
        return f.Dated(((date.min, read_status(value, at)),))
    steps = []
    for index, entry in enumerate(value):
        members = f.Members(entry, f"{at}[{index}]", ("credit", "fees", "from"), ("reimbursement",))
        steps.append((members.read("from", f.day), _status(members)))
    return dated(steps, at)


def read_status(value: object, at: str) -> TaxStatus:
    """The codes of one status."""
    return _status(f.Members(value, at, ("credit", "fees"), ("reimbursement",)))


def _status(members: f.Members) -> TaxStatus:
    credit = members.read("credit", f.tax_code)
    return TaxStatus(credit, members.read("fees", f.tax_code), members.maybe("reimbursement", f.tax_code, credit))


def dated(steps: list[tuple[date, f.T]], at: str) -> f.Dated[f.T]:
    """Steps in order of their days; none at all, or two from one day, are refused."""
    days = [since for since, _ in steps]
    if not steps or len(set(days)) < len(days):
        raise Invalid("bad_value", field=at)
    return f.Dated(tuple(sorted(steps, key=lambda step: step[0])))


def _corporate(value: object, at: str, places: int) -> Corporate:
    members = f.Members(value, at, (), ("monthly_limit", "driver_monthly_limit", "discount_pct", "used"))
    limit = f.scaled_positive(places)
    return Corporate(
        monthly_limit=members.maybe("monthly_limit", limit, None),
        driver_monthly_limit=members.maybe("driver_monthly_limit", limit, None),
        discount_pct=members.maybe("discount_pct", f.pct, Decimal(0)),
        used=members.maybe("used", lambda inner, path: _used(inner, path, places), {}),
    )


def _used(value: object, at: str, places: int) -> dict[Month, int]:
    amounts = f.mapping(value, at)
    return {f.month(name, f"{at}.{name}"): f.scaled_positive(places)(amount, f"{at}.{name}") for name, amount in amounts.items()}


def read_carried_in(value: object, at: str, places: int) -> CarriedIn:
    """What earlier statements left, with sign."""
    members = f.Members(value, at, ("amount", "months"))
    return CarriedIn(members.read("amount", f.scaled(places)), members.read("months", f.count))


def read_other_expense(value: object, at: str) -> OtherExpense:
    """A custom fee, service visit or roaming fee at a net price."""
    members = f.Members(value, at, ("kind", "text", "quantity", "unit_price", "tax_code"))
    return OtherExpense(
        kind=members.read("kind", f.one_of(*_EXPENSES)),
        text=members.read("text", f.text),
        quantity=members.read("quantity", f.decimal),
        unit_price=members.read("unit_price", f.decimal),
        tax_code=members.read("tax_code", f.tax_code),
    )
