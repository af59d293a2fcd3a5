"""All expenses of a statement in their order: platform fees, corporate sessions, their discount, others (settlement.md §3, §8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.money.settlement.assignment import Holders
from app.money.settlement.corporate import CorporateDiscount, CorporateSession, discounts
from app.money.settlement.fields import TaxCode
from app.money.settlement.inputs import Case
from app.money.settlement.lines import minor
from app.money.settlement.platform_fee import PlatformFeeLine, platform_fees


@dataclass(frozen=True, slots=True)
class OtherExpenseLine:
    """A fee agreed by itself: ``net`` is ``round(quantity × unit_price)``."""

    kind: str
    text: str
    quantity: Decimal
    unit_price: Decimal
    net: int
    code: TaxCode


Expense = PlatformFeeLine | CorporateSession | CorporateDiscount | OtherExpenseLine


def expenses_of(case: Case, holders: Holders, corporate: list[CorporateSession]) -> tuple[Expense, ...]:
    """Every expense; platform fees take the partner's code for fees on the month's last day."""
    fees = platform_fees(case, holders, case.partner.tax.on(case.month.last).fees)
    return (*fees, *corporate, *discounts(case.partner.corporate, corporate), *_others(case))


def _others(case: Case) -> Iterator[OtherExpenseLine]:
    for one in case.other_expenses:
        net = minor(case.places, one.quantity, one.unit_price)
        yield OtherExpenseLine(one.kind, one.text, one.quantity, one.unit_price, net, one.tax_code)
