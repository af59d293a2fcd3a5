"""A price that is taken back in part or whole: which lines give it, and what everybody has less of it (settlement.md §6).

The difference is that of the settlement's own code path before and after, so that books, paper and the later row agree to the cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.kernel.errors import Conflict, Invalid
from app.money.amount import Money
from app.money.rounding import spread
from app.money.settlement.figures import Figures
from app.money.sharing import SessionSplit, split_session
from app.money.vat import VatGroup, add_tax, split_gross

Lines = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a correction moves, minor units, negative. ``figures`` has every field; ``supplier`` as the session had it."""

    figures: Figures
    supplier: str
    currency: str
    #: the price per rate as it stood, and as it stands
    before: tuple[VatGroup, ...]
    after: tuple[VatGroup, ...]


def cut_lines(session: Mapping[str, Any], minor: int, position: int | None = None) -> list[dict[str, Any]]:
    """The lines of a session (settlement.md §2, with amounts) less a gross amount: all of it from one line, or from each its part.

    ``minor`` is gross, in minor units; where prices are net, the nearest net amount is taken. ``position`` counts from 1. Refuses
    ``above_line`` and ``no_such_line``. 3.50 of an idle line of 3.50 leave the line at 0.00.
    """
    lines, currency = session["lines"], session["currency"]
    if position is not None and not 1 <= position <= len(lines):
        raise Invalid("no_such_line", field="part")
    amounts = [Money.parse(line["amount"], currency).minor for line in lines]
    rates = [Decimal(line.get("vat_pct", session["vat_pct"])) for line in lines]
    included = session.get("tax_included", True)
    gross = amounts if included else [add_tax(amount, pct)[1] for amount, pct in zip(amounts, rates, strict=True)]
    if position is not None and minor > gross[position - 1]:
        raise Invalid("above_line", field="amount", left=Money(gross[position - 1], currency))
    shares = spread(minor, gross) if position is None else [minor if place == position else 0 for place in range(1, len(lines) + 1)]
    cuts = shares if included else [split_gross(share, pct)[0] for share, pct in zip(shares, rates, strict=True)]
    return [dict(line) | {"amount": str(Money(amount - cut, currency))} for line, amount, cut in zip(lines, amounts, cuts, strict=True)]


def correction(
    session: Mapping[str, Any],
    lines: Lines | None,
    contract: Mapping[str, Any] | None,
    tax: object | None,
    *,
    time_zone: str,
) -> Difference:
    """The difference between a session as it stands and with other ``lines``; None: nothing is left of it.

    Arguments as ``split_session`` takes them. Refuses a session whose share is not known (``missing_electricity_rate`` …).
    E13: 3.50 less gross are net −2.94, VAT −0.56, partner −2.06, operator −0.88.
    """
    currency = session["currency"]
    before = _figures(split_session(session, contract, tax, time_zone=time_zone, currency=currency))
    after = before[0].nothing()
    if lines is not None:
        after, _ = _figures(split_session(dict(session) | {"lines": list(lines)}, contract, tax, time_zone=time_zone, currency=currency))
    return Difference(after.minus(before[0]), before[1], currency, before[0].paid.rates, after.paid.rates)


def _figures(split: SessionSplit) -> tuple[Figures, str]:
    if split.held is not None:
        raise Conflict(split.held)
    return split.figures or Figures(paid=split.paid), split.supplier


def payback(captured: int, refunded: int, left_after: int) -> int:
    """What goes back to the card: what was taken and not paid back yet beyond the price that is left. Never negative."""
    return max(0, captured - refunded - left_after)


__all__ = ["Difference", "correction", "cut_lines", "payback"]
