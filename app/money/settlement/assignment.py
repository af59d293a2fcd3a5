"""Whose session it is, under which terms, and on which list of the statement it stands (settlement.md §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.kernel.periods import Month, local_date, local_month
from app.money.settlement.figures import Applied, Figures
from app.money.settlement.inputs import Assignment, Case, Contract, Refund, Session
from app.money.settlement.lines import NOTHING, Paid, Taxation, paid, reversed_sign
from app.money.sharing import below_floor, electricity_problem, select, settle


@dataclass(frozen=True, slots=True)
class Place:
    """Who held the charge point at the start. ``kind``: own, other_partner, unassigned (nobody), no_contract (no version in force)."""

    kind: str
    holder: str | None = None
    applied: Applied | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The list an entry stands on: row, settled (on an earlier statement), held, unassigned or elsewhere, with the reason."""

    list: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that is not settled at all, and why."""

    index: int
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry of the input with its verdict and figures. A refund's figures are differences.

    ``before`` and ``after`` are the session's price; ``counts``: whether later refunds start from ``after``.
    """

    index: int
    entry: Session | Refund
    session: Session
    place: Place
    verdict: Verdict
    month: Month
    price: Paid = NOTHING
    figures: Figures | None = None
    before: Paid = NOTHING
    after: Paid = NOTHING
    counts: bool = True

    @property
    def on_hold(self) -> bool:
        """Whether staff put it on hold; what an earlier statement has cannot be held any more."""
        return self.entry.hold is not None and self.entry.settled_in is None

    @property
    def applied(self) -> Applied:
        """The terms of an own session."""
        if self.place.applied is None:
            raise ValueError(f"{self.entry.id} is not settled here")
        return self.place.applied

    @property
    def amounts(self) -> Figures:
        """The figures of an own session that is not held."""
        if self.figures is None:
            raise ValueError(f"{self.entry.id} has no figures yet")
        return self.figures


class Holders:
    """Finds the holder of a charge point on a day, and the contract version of a month."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._holdings = {holding.charge_point: holding for holding in case.holdings}
        self._contracts: dict[str, list[Contract]] = {}
        for contract in case.contracts:
            self._contracts.setdefault(contract.id, []).append(contract)

    def ours(self, assignment: Assignment) -> bool:
        """Whether this partner holds it, under a contract of this statement."""
        return assignment.partner in {None, self._case.partner.id} and assignment.contract in self._contracts

    def version(self, contract: str, month: Month) -> Contract | None:
        """The version of one of the partner's contracts in force in a month."""
        return next((version for version in self._contracts.get(contract, ()) if version.covers(month)), None)

    def place(self, session: Session) -> Place:
        """Where a session belongs: the holder and the terms of its start, tax of its end."""
        zone = self._case.time_zone
        holding = self._holdings.get(session.charge_point)
        started = local_date(session.start, zone)
        found = next((one for one in holding.assignments if one.covers(started)), None) if holding else None
        if found is None:
            return Place("unassigned")
        if not self.ours(found):
            return Place("other_partner", found.partner or self._case.partner.id)
        contract = self.version(found.contract, local_month(session.start, zone))
        if contract is None:
            return Place("no_contract", self._case.partner.id)
        ended = local_date(session.end, zone)
        applied = select(session, contract, self._case.partner.tax.on(ended), ended)
        return Place("own", self._case.partner.id, applied)


def printed_price(session: Session, place: Place, ended: date) -> Paid:
    """What the lines of a session say, wherever it took place."""
    return paid(session, Taxation(session.vat_pct.on(ended), untaxed=False) if place.applied is None else place.applied.taxation)


def price_of(session: Session, place: Place, ended: date) -> Paid:
    """What the driver pays: the printed price, or nothing below the floor of the contract."""
    if place.applied is not None and below_floor(session, place.applied.contract):
        return NOTHING
    return printed_price(session, place, ended)


def doubles(case: Case) -> dict[int, str]:
    """The entries whose id stood before, by index: the same again, or in conflict with it."""
    first: dict[str, Session | Refund] = {}
    found: dict[int, str] = {}
    for index, entry in enumerate(case.entries):
        if first.setdefault(entry.id, entry) is not entry:
            found[index] = "duplicate" if first[entry.id] == entry else "duplicate_conflict"
    return found


def place_session(case: Case, holders: Holders, index: int, session: Session) -> Placed | Refused:
    """The first that holds: refused, other currency, later month, unassigned or other partner, settled earlier, held, row."""
    ended = local_date(session.end, case.time_zone)
    place, month = holders.place(session), Month.of(ended)
    if session.end < session.start:
        return Refused(index, session.id, "end_before_start")
    printed = printed_price(session, place, ended)
    if reversed_sign(session) or printed.gross < 0:
        return Refused(index, session.id, "negative_price")
    price = NOTHING if place.applied is not None and below_floor(session, place.applied.contract) else printed
    problem = None if place.applied is None else electricity_problem(session, place.applied)
    figures = None if place.applied is None or problem else settle(session, place.applied)
    verdict = _verdict(case, session, place, problem, month)
    return Placed(index, session, session, place, verdict, month, price, figures, after=price)


def _verdict(case: Case, session: Session, place: Place, problem: str | None, month: Month) -> Verdict:
    if session.currency != case.currency:
        return Verdict("elsewhere", "other_currency")
    if month > case.month:
        return Verdict("elsewhere", "later_month")
    if place.kind == "other_partner":
        return Verdict("elsewhere", place.kind)
    if place.kind != "own":
        return Verdict("unassigned", place.kind)
    if session.settled_in is not None:
        return Verdict("held", problem) if problem else Verdict("settled")
    reason = session.hold or problem
    return Verdict("held", reason) if reason else Verdict("row")


__all__ = ["Holders", "Place", "Placed", "Refused", "Verdict", "doubles", "place_session", "price_of", "printed_price"]
