"""What is paid, invoiced or carried over; cash, so it includes tax (settlement.md §9)."""

from __future__ import annotations

from dataclasses import dataclass

from app.money.settlement.inputs import CarriedIn, Partner


@dataclass(frozen=True, slots=True)
class Carry:
    """``carried_in + payout_gross = paid - invoiced + carried_out``; ``months`` in a row that it was negative."""

    carried_in: int
    paid: int
    invoiced: int
    carried_out: int
    months: int


def carry_over(partner: Partner, carried_in: CarriedIn, payout_gross: int) -> Carry:
    """Pay what is due; carry a debt for some months, then invoice it; carry what is below the minimum payout."""
    due = carried_in.amount + payout_gross
    if due < 0:
        months = carried_in.months + 1 if carried_in.amount < 0 else 1
        if months > partner.carry_months:
            return Carry(carried_in.amount, 0, -due, 0, 0)
        return Carry(carried_in.amount, 0, 0, due, months)
    if due < partner.minimum_payout:
        return Carry(carried_in.amount, 0, 0, due, 0)
    return Carry(carried_in.amount, due, 0, 0, 0)
