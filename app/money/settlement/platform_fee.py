"""The platform fee of a month, a line per charge point and item, and the fixed fee of each contract (settlement.md §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.money.amount import decimals
from app.money.rounding import half_away
from app.money.settlement.assignment import Holders
from app.money.settlement.fields import TaxCode
from app.money.settlement.inputs import Assignment, Case, Contract, Holding, PlatformFee

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class PlatformFeeLine:
    """One fee; ``until`` is not included; ``charge_point`` None for the fixed fee of a contract."""

    item: str
    charge_point: str | None
    quantity: Decimal
    unit_price: Decimal
    policy: str
    since: date
    until: date
    days: int
    days_in_month: int
    note: str | None
    net: int
    code: TaxCode


@dataclass(frozen=True, slots=True)
class _Tenure:
    """A holder of a charge point within the month. ``contract`` None: another partner; ``fee`` None: its price is not stated."""

    since: date
    until: date
    contract: Contract | None
    fee: PlatformFee | None

    @property
    def days(self) -> int:
        return (self.until - self.since).days


def platform_fees(case: Case, holders: Holders, code: TaxCode) -> list[PlatformFeeLine]:
    """All lines of the month: by charge point, item and date, then the fixed fees in the order of the contracts."""
    lines: list[PlatformFeeLine] = []
    for holding in sorted(case.holdings, key=lambda one: one.charge_point):
        tenures = list(_tenures(case, holders, holding))
        for item, quantity in _quantities(holding):
            lines += _item_lines(case, holding, tenures, item, quantity, code)
    return lines + list(_fixed(case, code))


def _quantities(holding: Holding) -> list[tuple[str, int]]:
    counting = [evse.current for evse in holding.evses if evse.counts]
    return [("charge_point", min(1, len(counting))), ("ac_evse", counting.count("AC")), ("dc_evse", counting.count("DC"))]


def _tenures(case: Case, holders: Holders, holding: Holding) -> Iterator[_Tenure]:
    """The holders of the month by date; own contracts count with a version in force, other partners' always."""
    first, end = case.month.first, case.month.plus(1).first
    for assignment in holding.assignments:
        since, until = max(assignment.since, first), min(assignment.until or end, end)
        if since >= until:
            continue
        contract = holders.version(assignment.contract, case.month) if holders.ours(assignment) else None
        if contract is not None or not holders.ours(assignment):
            yield _Tenure(since, until, contract, _fee(assignment, contract))


def _fee(assignment: Assignment, contract: Contract | None) -> PlatformFee | None:
    return assignment.platform_fee if contract is None else contract.platform_fee


def _item_lines(case: Case, holding: Holding, tenures: list[_Tenure], item: str, quantity: int, code: TaxCode) -> Iterator[PlatformFeeLine]:
    for index, tenure in enumerate(tenures):
        fee = tenure.fee
        if tenure.contract is None or fee is None or not quantity or not fee.prices[item]:
            continue
        whole = Fraction(fee.prices[item]) * quantity * 10 ** decimals(case.currency)
        net, note = _net(case, tenures, index, item, whole)
        yield PlatformFeeLine(
            item=item,
            charge_point=holding.charge_point,
            quantity=Decimal(quantity),
            unit_price=fee.prices[item],
            policy=fee.policy,
            since=tenure.since,
            until=tenure.until,
            days=tenure.days,
            days_in_month=case.month.days,
            note=note,
            net=net,
            code=code,
        )


def _net(case: Case, tenures: list[_Tenure], index: int, item: str, whole: Fraction) -> tuple[int, str | None]:
    """What one holder pays of the month's exact fee in minor units, and why if it is not the plain sum."""
    tenure = tenures[index]
    if tenure.fee is None or tenure.fee.policy == "whole_month":
        return (half_away(whole), None) if index == 0 else (0, "earlier_holder_pays")

    def part(days: int) -> int:
        return half_away(whole * days / case.month.days)

    last_of_several = index > 0 and index == len(tenures) - 1
    if last_of_several and all(_same_price(other, tenure, item) for other in tenures):
        rest = part(sum(other.days for other in tenures)) - sum(part(other.days) for other in tenures[:index])
        return rest, "last_holder_takes_rest"
    return part(tenure.days), None


def _same_price(other: _Tenure, own: _Tenure, item: str) -> bool:
    """Whether another holder pays the same price by the day; unstated prices of other partners are the same."""
    if own.fee is None or (other.contract is None and other.fee is None):
        return own.fee is not None
    return other.fee is not None and other.fee.policy == "daily" and other.fee.prices[item] == own.fee.prices[item]


def _fixed(case: Case, code: TaxCode) -> Iterator[PlatformFeeLine]:
    for contract in case.contracts:
        fee = contract.platform_fee
        if fee is None or not fee.monthly_fixed or not contract.covers(case.month):
            continue
        yield PlatformFeeLine(
            item="monthly_fixed",
            charge_point=None,
            quantity=_ONE,
            unit_price=fee.monthly_fixed,
            policy=fee.policy,
            since=case.month.first,
            until=case.month.plus(1).first,
            days=case.month.days,
            days_in_month=case.month.days,
            note=None,
            net=half_away(Fraction(fee.monthly_fixed) * 10 ** decimals(case.currency)),
            code=code,
        )
