"""What a partner pays for its own drivers: limits, the split session, the discount (settlement.md §8).

Limits are gross and per local month of a session's end. A refund cuts the driver's part first and gives no limit back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.kernel.periods import Month
from app.money.purse import part_by_rate
from app.money.rounding import spread
from app.money.settlement.assignment import Placed
from app.money.settlement.fields import TaxCode
from app.money.settlement.inputs import Corporate
from app.money.settlement.lines import Paid, percent

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CorporateSession:
    """One rate of a session, or of its refund: the partner's part (gross, net) and the driver's."""

    session: str
    original: str
    gross: int
    driver_gross: int
    driver_net: int
    flags: tuple[str, ...]
    net: int
    code: TaxCode


@dataclass(frozen=True, slots=True)
class CorporateDiscount:
    """The operator's discount on the net total of one tax code; ``net`` is negative."""

    pct: Decimal
    base: int
    net: int
    code: TaxCode


@dataclass(frozen=True, slots=True)
class Allocation:
    """How much of each listed session is the partner's, gross, by session id."""

    parts: Mapping[str, int]

    def driver_part(self, placed: Placed) -> int:
        """What a session's driver pays, as first billed."""
        return placed.price.gross - self.parts[placed.entry.id]

    def wholly_own(self, placed: Placed) -> bool:
        """Whether a session is on the partner's account to the last cent, so that netting collects it."""
        return self.parts.get(placed.session.id) == placed.after.gross


def allocate(terms: Corporate, sessions: Iterable[Placed]) -> Allocation:
    """Use up the limits: parts told when a session ended (``corporate_gross``) stand; then settled rows, then by end, then by id."""
    left: dict[Month, int] = {}
    left_of: dict[tuple[Month, str], int] = {}
    parts: dict[str, int] = {}
    for placed in sorted(sessions, key=_order):
        month, driver, part = placed.month, placed.session.driver, placed.price.gross
        told = placed.session.corporate_gross
        if terms.monthly_limit is not None:
            part = min(part, max(0, left.setdefault(month, terms.monthly_limit - terms.used.get(month, 0))))
        if terms.driver_monthly_limit is not None and driver is not None:
            part = min(part, max(0, left_of.setdefault((month, driver), terms.driver_monthly_limit)))
        if told is not None:
            part = min(told, placed.price.gross)
        if driver is not None and (month, driver) in left_of:
            left_of[month, driver] -= part
        if month in left:
            left[month] -= part
        parts[placed.entry.id] = part
    return Allocation(parts)


def _order(placed: Placed) -> tuple[bool, bool, datetime, str]:
    session = placed.session
    return session.corporate_gross is None, session.settled_in is None, session.end, session.id


@dataclass(frozen=True, slots=True)
class _Part:
    gross: int
    net: int
    driver_gross: int
    driver_net: int


def _split(price: Paid, part: int) -> dict[Decimal, _Part]:
    """The partner's part of a price, spread over its rates; the driver has the rest."""
    found = {}
    for rate, told in zip(price.rates, part_by_rate(price.rates, part), strict=True):
        found[rate.pct or ZERO] = _Part(told.gross, told.net, rate.gross - told.gross, rate.net - told.net)
    return found


def session_lines(placed: Placed, part: int) -> Iterator[CorporateSession]:
    """The expense lines of a session, rates rising."""
    total = placed.price.gross
    flags: tuple[str, ...] = ()
    if part < total:
        flags = ("corporate_limit_split" if part else "corporate_limit_reached",)
        flags += () if placed.session.own_method else ("overage_without_method",)
    for pct, line in _split(placed.price, part).items():
        code = code_of(placed, pct)
        session = placed.entry.id
        yield CorporateSession(session, session, line.gross, line.driver_gross, line.driver_net, flags, line.net, code)


def refund_lines(placed: Placed, part: int) -> tuple[int, list[CorporateSession]]:
    """The partner's part after a refund, and the expense lines of the difference."""
    before, after = placed.before, placed.after
    driver = max(0, before.gross - part - (before.gross - after.gross))
    old, new = _split(before, part), _split(after, after.gross - driver)
    none = _Part(0, 0, 0, 0)
    lines = []
    for pct in sorted(old.keys() | new.keys()):
        one, two = new.get(pct, none), old.get(pct, none)
        cut = _Part(one.gross - two.gross, one.net - two.net, one.driver_gross - two.driver_gross, one.driver_net - two.driver_net)
        if cut != none:
            code = code_of(placed, pct)
            ids = (placed.entry.id, placed.session.id)
            lines.append(CorporateSession(*ids, cut.gross, cut.driver_gross, cut.driver_net, (), cut.net, code))
    return after.gross - driver, lines


def code_of(placed: Placed, pct: Decimal) -> TaxCode:
    """The tax code of a session's rate; a partner that sells without being registered has its own category."""
    applied = placed.place.applied
    if applied is not None and applied.taxation.untaxed:
        return applied.status.credit
    return TaxCode("S", pct) if pct else TaxCode("Z", ZERO)


def booked_lines(allocation: Allocation, sessions: Sequence[Placed], refunds: Sequence[Placed]) -> list[CorporateSession]:
    """All corporate lines of the month, in the order of the input. ``refunds`` of one session come in the order in which they apply.

    What is held, by staff or for want of an electricity rate, is booked with the statement that has its row: it comes again until then,
    and would be asked for each time.
    """
    found: list[tuple[int, CorporateSession]] = []
    parts = dict(allocation.parts)
    held = {placed.entry.id for placed in sessions if placed.verdict.list == "held"}
    for placed in sessions:
        if placed.entry.settled_in is None and placed.entry.id not in held:
            found += [(placed.index, line) for line in session_lines(placed, parts[placed.entry.id])]
    for placed in refunds:
        if placed.counts and placed.session.id in parts:
            parts[placed.session.id], lines = refund_lines(placed, parts[placed.session.id])
            waits = placed.session.id in held or placed.verdict.reason == "later_month"
            if placed.entry.settled_in is None and not waits:
                found += [(placed.index, line) for line in lines]
    return [line for _, line in sorted(found, key=lambda item: item[0])]


def discounts(terms: Corporate, lines: Sequence[CorporateSession]) -> list[CorporateDiscount]:
    """One discount on the net total, spread over the tax codes by rising rate."""
    totals: dict[TaxCode, int] = {}
    for line in lines:
        totals[line.code] = totals.get(line.code, 0) + line.net
    codes = sorted(totals, key=lambda code: (code.pct, code.category))
    whole = sum(totals.values())
    if not terms.discount_pct or not whole:
        return []
    parts = spread(percent(whole, terms.discount_pct), [totals[code] for code in codes])
    return [CorporateDiscount(terms.discount_pct, totals[code], -part, code) for code, part in zip(codes, parts, strict=True)]
