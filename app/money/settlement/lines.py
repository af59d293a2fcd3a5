"""Printed lines, the cut of a discount, and tax per rate (settlement.md §4, steps 1 and 2). Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.money.amount import decimals
from app.money.rounding import ratio, spread
from app.money.settlement.inputs import Line, Session
from app.money.vat import VatGroup, groups

ZERO = Decimal(0)


def minor(places: int, *factors: Decimal | int, over: int = 1) -> int:
    """The product of exact factors in major units, divided by ``over``, rounded once to the minor unit."""
    numerator: int = 10**places
    denominator = over
    for factor in factors:
        above, below = factor.as_integer_ratio()
        numerator, denominator = numerator * above, denominator * below
    return ratio(numerator, denominator)


def percent(amount: int, pct: Decimal) -> int:
    """``round(amount × pct)``: 923 at 70 is 646."""
    above, below = pct.as_integer_ratio()
    return ratio(amount * above, below * 100)


def list_amounts(lines: Iterable[Line], places: int) -> list[int]:
    """What each line says before any discount."""
    return [minor(places, _known(line.quantity), _known(line.unit_price)) if line.amount is None else line.amount for line in lines]


def _known(factor: Decimal | None) -> Decimal:
    if factor is None:
        raise ValueError("a line has an amount, or a quantity and a price")
    return factor


def paid_amounts(session: Session) -> list[int]:
    """What the driver pays for each line: the list amount less the discount."""
    listed = list_amounts(session.lines, decimals(session.currency))
    cut = session.discount
    if cut is None or not listed:
        return listed
    if cut.pct is not None:
        return [amount - percent(amount, cut.pct) for amount in listed]
    return [amount - part for amount, part in zip(listed, spread(cut.amount or 0, listed), strict=True)]


def reversed_sign(session: Session) -> bool:
    """Whether a line other than an adjustment (to a minimum or maximum price) is negative."""
    for line in (*session.lines, *session.reference_lines):
        parts = (line.quantity, line.unit_price, line.amount)
        if line.dimension != "ADJUSTMENT" and any(part is not None and part < 0 for part in parts):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Paid:
    """What a driver pays, by tax rate, lowest first."""

    rates: tuple[VatGroup, ...]

    @property
    def gross(self) -> int:
        """With tax."""
        return sum(rate.gross for rate in self.rates)

    @property
    def net(self) -> int:
        """Without tax."""
        return sum(rate.net for rate in self.rates)

    @property
    def vat(self) -> int:
        """The tax."""
        return sum(rate.vat for rate in self.rates)

    def minus(self, other: Paid) -> Paid:
        """The difference, rate by rate."""
        ours, theirs = _by_pct(self), _by_pct(other)
        differences = []
        for pct in sorted(ours.keys() | theirs.keys()):
            one, two = ours.get(pct, VatGroup(pct, 0, 0, 0)), theirs.get(pct, VatGroup(pct, 0, 0, 0))
            differences.append(VatGroup(pct, one.net - two.net, one.vat - two.vat, one.gross - two.gross))
        return Paid(tuple(differences))


def _by_pct(paid: Paid) -> dict[Decimal, VatGroup]:
    return {rate.pct: rate for rate in paid.rates if rate.pct is not None}


NOTHING = Paid(())


@dataclass(frozen=True, slots=True)
class Taxation:
    """How a session is taxed: the rate of lines that name none; ``untaxed`` if its seller charges no tax."""

    pct: Decimal
    untaxed: bool

    def of(self, line: Line) -> Decimal:
        """The rate of one line."""
        if self.untaxed:
            return ZERO
        return self.pct if line.vat_pct is None else line.vat_pct


def taxed(lines: Iterable[tuple[Line, int]], taxation: Taxation, *, tax_included: bool) -> Paid:
    """Net and tax per rate over the sum of its lines."""
    return Paid(groups(((taxation.of(line), amount) for line, amount in lines), tax_included=tax_included))


def paid(session: Session, taxation: Taxation) -> Paid:
    """What the driver pays for a session."""
    return taxed(zip(session.lines, paid_amounts(session), strict=True), taxation, tax_included=session.tax_included)
