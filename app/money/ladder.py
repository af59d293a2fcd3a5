"""Where an amount of a session comes from: one step per rounding, each with its inputs, its exact value and its source.

A ladder only retells what pricing and settlement have done: a step's amount is the stored or settled figure, its terms are what that was
made from, so ``exact`` rounds to ``amount`` and the sums of signed money terms are the amount itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from app.money.amount import decimals
from app.money.rate import rounded
from app.money.settlement.figures import Applied, Figures
from app.money.settlement.inputs import Fees
from app.money.sharing import SessionSplit
from app.money.vat import VatGroup

_SHOWN = 10
PLUS, MINUS, TIMES, OVER = "+", "−", "×", "÷"


class PrintedLine(Protocol):
    """A frozen price line; its amount is in the basis of the tariff (gross if its prices contain tax)."""

    @property
    def dimension(self) -> str:
        """ENERGY, FLAT, TIME, PARKING_TIME, ADJUSTMENT …"""

    @property
    def quantity(self) -> Decimal:
        """kWh, hours or fees."""

    @property
    def unit(self) -> str:
        """UN/ECE: KWH, HUR, C62."""

    @property
    def unit_price(self) -> Decimal:
        """Price of one unit, major units."""

    @property
    def vat_pct(self) -> Decimal | None:
        """None: not taxed."""

    @property
    def amount_minor(self) -> int:
        """Rounded once."""

    @property
    def exact(self) -> Decimal:
        """Major units before rounding."""

    @property
    def reason(self) -> str:
        """The clause, or why it was moved."""


@dataclass(frozen=True, slots=True)
class Term:
    """One input of a step. ``kind``: money (minor units), quantity (of ``unit``), price (per ``unit``), pct (per cent), factor (a number).

    ``step`` names the step it comes from.
    """

    sign: str
    kind: str
    value: int | Decimal
    unit: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung. ``source``: tariff, tax, sum, contract, rate, rest; ``clause`` is the place in the tariff, or the override's name.

    ``exact`` is the value in major units before rounding, None where nothing is rounded; ``place`` numbers price lines from 1.
    """

    name: str
    amount: int
    terms: tuple[Term, ...]
    source: str
    exact: Decimal | None = None
    clause: str = ""
    dimension: str = ""
    place: int = 0

    @property
    def inputs(self) -> tuple[str, ...]:
        """The steps it is made from."""
        return tuple(term.step for term in self.terms if term.step)


def upto(steps: Sequence[Step], name: str) -> tuple[Step, ...]:
    """The steps that lead to one, and itself; empty if there is no such step."""
    known = {step.name: step for step in steps}
    wanted = [name] if name in known else []
    for each in wanted:
        wanted += [step for step in known[each].inputs if step in known and step not in wanted]
    return tuple(step for step in steps if step.name in wanted)


def price_ladder(lines: Sequence[PrintedLine], groups: Iterable[VatGroup], *, gross_prices: bool) -> tuple[Step, ...]:
    """From quantities to net, VAT and gross. The names: line-1 …, then in gross prices gross, net, vat, otherwise net, vat, gross."""
    steps = [_line(place, line) for place, line in enumerate(lines, 1)]
    parts = tuple(Term(PLUS if place else "", "money", step.amount, step=step.name) for place, step in enumerate(steps))
    known = list(groups)
    net, vat, gross = sum(g.net for g in known), sum(g.vat for g in known), sum(g.gross for g in known)
    if gross_prices:
        steps.append(Step("gross", gross, parts, "sum"))
        steps += [*_nets(known, net), Step("vat", vat, _difference(("gross", gross), ("net", net)), "rest")]
    else:
        steps.append(Step("net", net, parts, "sum"))
        steps += _taxes(known, vat)
        steps.append(Step("gross", gross, (Term("", "money", net, step="net"), Term(PLUS, "money", vat, step="vat")), "sum"))
    return tuple(steps)


def _line(place: int, line: PrintedLine) -> Step:
    name = f"line-{place}"
    if line.dimension == "ADJUSTMENT":
        return Step(name, line.amount_minor, (), "tariff", None, line.reason, line.dimension, place)
    terms = (Term("", "quantity", line.quantity, line.unit), Term(TIMES, "price", line.unit_price, line.unit))
    return Step(name, line.amount_minor, terms, "tariff", line.exact, line.reason, line.dimension, place)


def _difference(*terms: tuple[str, int]) -> tuple[Term, ...]:
    return tuple(Term(MINUS if place else "", "money", amount, step=name) for place, (name, amount) in enumerate(terms))


def _nets(groups: list[VatGroup], net: int) -> list[Step]:
    """Out of gross prices, rate by rate."""
    found = []
    for number, group in enumerate(groups, 1):
        factor = 1 + Fraction(group.pct or 0) / 100
        made = (Term("", "money", group.gross, step="gross"), Term(OVER, "factor", rounded(factor)))
        name = "net" if len(groups) == 1 else f"net-{number}"
        found.append(Step(name, group.net, made, "tax", _shown(Fraction(group.gross) / factor), place=number))
    if len(groups) != 1:
        terms = tuple(Term(PLUS if place else "", "money", step.amount, step=step.name) for place, step in enumerate(found))
        found.append(Step("net", net, terms, "sum"))
    return found


def _taxes(groups: list[VatGroup], vat: int) -> list[Step]:
    """On top of net prices, rate by rate."""
    found = []
    for number, group in enumerate(groups, 1):
        made = (Term("", "money", group.net, step="net"), Term(TIMES, "pct", group.pct or Decimal(0)))
        name = "vat" if len(groups) == 1 else f"vat-{number}"
        found.append(Step(name, group.vat, made, "tax", _shown(Fraction(group.net) * Fraction(group.pct or 0) / 100), place=number))
    if len(groups) != 1:
        terms = tuple(Term(PLUS if place else "", "money", step.amount, step=step.name) for place, step in enumerate(found))
        found.append(Step("vat", vat, terms, "sum"))
    return found


def _shown(minor: Fraction) -> Decimal:
    """An exact number of minor units; the places are put right by ``in_major``."""
    return rounded(minor, _SHOWN)


@dataclass(frozen=True, slots=True)
class Metered:
    """The energy in Wh, the kind of current, and the electricity as (kWh, price per kWh without tax)."""

    wh: int
    current: str
    electricity: tuple[tuple[Decimal, Decimal], ...] = ()


def share_ladder(
    split: SessionSplit, lines: Sequence[PrintedLine], metered: Metered, *, gross_prices: bool, level: str = "operator"
) -> tuple[Step, ...]:
    """From the net price to the partner's part and the rest, as far as the ``level`` may see it: partner, sub_operator or operator.

    Names: shareable, connection, electricity, base, share, fee-session, fee-kwh, fee-handling, partner, received, sub, operator. A
    partner's ladder ends with its part; a sub-operator's has its own share in the place of the partner's. Without a contract only
    operator; nothing while the share is held.
    """
    if split.applied is None:
        return (Step("operator", split.paid.net, (Term("", "money", split.paid.net, step="net"),), "sum"),) if level == "operator" else ()
    if split.figures is None:
        return ()
    found = split.figures
    steps, base_name = _to_base(split, split.applied, found, lines, metered, gross_prices=gross_prices)
    if level != "sub_operator":
        steps += _part(split, found, metered, base_name)
    if level != "partner":
        steps += _above(split, found, base_name, own=level == "sub_operator")
    if level == "operator":
        rest = [("net", split.paid.net), ("partner", found.partner)] + ([("sub", found.sub_operator)] if found.above else [])
        steps.append(Step("operator", found.operator, _difference(*rest), "rest"))
    return tuple(steps)


def _to_base(
    split: SessionSplit, terms: Applied, found: Figures, lines: Sequence[PrintedLine], metered: Metered, *, gross_prices: bool
) -> tuple[list[Step], str]:
    """What is shared, and the name of its last step; the same for all levels."""
    steps = []
    if found.settlement_net != split.paid.net:
        steps.append(Step("shareable", found.settlement_net, (), "contract"))
    base = [("shareable" if steps else "net", found.settlement_net)]
    if terms.exclude_connection and found.connection_net:
        steps.append(_connection(split, lines, gross_prices=gross_prices))
        base.append(("connection", found.connection_net))
    if terms.deduct:
        steps.append(_electricity(found.electricity_cost, metered, split.currency))
        base.append(("electricity", found.electricity_cost))
    if len(base) > 1:
        steps.append(Step("base", found.base, _difference(*base), "contract"))
    return steps, "base" if len(base) > 1 else base[0][0]


def _share(name: str, found: Figures, terms: Applied, base_name: str, source: str) -> Step:
    share = (Term("", "money", found.base, step=base_name), Term(TIMES, "pct", terms.pct))
    return Step(name, found.share, share, source, _shown(Fraction(found.base) * Fraction(terms.pct) / 100), terms.override or "")


def _above(split: SessionSplit, found: Figures, base_name: str, *, own: bool) -> list[Step]:
    """What the sub-operator receives, passes on and keeps; nothing where there is none."""
    terms = split.applied.above if split.applied else None
    if terms is None or found.above is None:
        return []
    steps, got = [_share("received", found.above, terms, base_name, "above")], found.above
    part = [Term("", "money", got.share, step="received")]
    part += [Term(PLUS, "money", got.reimbursement)] if got.reimbursement else []
    part += [Term(MINUS, "money", fee) for fee in (got.fee_per_session, got.fee_per_kwh, got.fee_handling) if fee]
    if own:
        steps.append(Step("passed", found.partner, (), "below"))
    part.append(Term(MINUS, "money", found.partner, step="passed" if own else "partner"))
    return [*steps, Step("sub", found.sub_operator, tuple(part), "sum")]


def _part(split: SessionSplit, found: Figures, metered: Metered, base_name: str) -> list[Step]:
    """From the base to the partner's part."""
    terms = split.applied
    if terms is None:
        return []
    steps = [_share("share", found, terms, base_name, "contract"), *_fees(split, metered.wh, metered.current)]
    part = [Term("", "money", found.share, step="share")]
    part += [Term(PLUS, "money", found.reimbursement, step="electricity")] if terms.reimburse else []
    part += [Term(MINUS, "money", step.amount, step=step.name) for step in steps if step.name.startswith("fee-")]
    return [*steps, Step("partner", found.partner, tuple(part), "sum")]


def _connection(split: SessionSplit, lines: Sequence[PrintedLine], *, gross_prices: bool) -> Step:
    flat = [(place, line) for place, line in enumerate(lines, 1) if line.dimension == "FLAT"]
    amount = split.figures.connection_net if split.figures else 0
    sums = tuple(Term(PLUS if n else "", "money", line.amount_minor, step=f"line-{place}") for n, (place, line) in enumerate(flat))
    rates = {line.vat_pct for _, line in flat}
    if not gross_prices or len(rates) != 1 or split.applied is None or split.applied.taxation.untaxed:
        return Step("connection", amount, sums, "contract")
    factor = 1 + Fraction(rates.pop() or 0) / 100
    exact = Fraction(sum(line.amount_minor for _, line in flat)) / factor
    return Step("connection", amount, (*sums, Term(OVER, "factor", rounded(factor))), "contract", _shown(exact))


def _electricity(cost: int, metered: Metered, currency: str) -> Step:
    """The slices are added exactly and rounded once."""
    terms: list[Term] = []
    for energy, rate in metered.electricity:
        terms += [Term(PLUS if terms else "", "quantity", energy, "KWH"), Term(TIMES, "price", rate, "KWH")]
    exact = sum((Fraction(energy) * Fraction(rate) for energy, rate in metered.electricity), Fraction(0)) * 10 ** decimals(currency)
    return Step("electricity", cost, tuple(terms), "rate", _shown(exact) if terms else None)


def _fees(split: SessionSplit, wh: int, current: str) -> list[Step]:
    """What the partner bears, each rounded by itself."""
    figures, applied = split.figures, split.applied
    if figures is None or applied is None:
        return []
    fees: Fees = applied.contract.share.fees
    steps = []
    if figures.fee_per_session:
        steps.append(Step("fee-session", figures.fee_per_session, (Term("", "price", fees.per_session[current], "C62"),), "contract"))
    if figures.fee_per_kwh:
        rate = fees.per_kwh[current]
        exact = _shown(Fraction(wh, 1000) * Fraction(rate) * 10 ** decimals(split.currency))
        terms = (Term("", "quantity", Decimal(wh) / 1000, "KWH"), Term(TIMES, "price", rate, "KWH"))
        steps.append(Step("fee-kwh", figures.fee_per_kwh, terms, "contract", exact))
    if figures.fee_handling:
        of = ("gross", figures.paid.gross) if fees.handling_base == "gross" else ("net", figures.paid.net)
        terms = (Term("", "money", of[1], step=of[0]), Term(TIMES, "pct", fees.handling_pct))
        exact = _shown(Fraction(of[1]) * Fraction(fees.handling_pct) / 100)
        steps.append(Step("fee-handling", figures.fee_handling, terms, "contract", exact))
    return steps


def in_major(step: Step, currency: str) -> Decimal | None:
    """The exact value of a step in major units; that of a price line is kept so already."""
    if step.exact is None or step.name.startswith("line-"):
        return step.exact
    return step.exact.scaleb(-decimals(currency))
