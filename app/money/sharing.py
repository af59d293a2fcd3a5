"""How one session is shared: its net price, less connection, less electricity, times the share (settlement.md §4).

``split_session`` is what a finished session is posted by; a statement's row is the very same ``select`` and ``settle``, so that
the ledger and the statement cannot disagree. The partner's figure is the contractual one, the operator has the residual.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from app.kernel.errors import Conflict
from app.kernel.periods import local_date, local_month, zone
from app.money.amount import decimals
from app.money.rounding import half_away
from app.money.settlement.contracts import read_contract
from app.money.settlement.fields import Dated
from app.money.settlement.figures import Applied, Figures
from app.money.settlement.inputs import Contract, Fees, Line, Override, Session, Share, TaxStatus
from app.money.settlement.lines import NOTHING, Paid, Taxation, list_amounts, minor, paid, paid_amounts, percent, taxed
from app.money.settlement.overrides import matching, percentage
from app.money.settlement.partners import read_tax
from app.money.settlement.sessions import read_session


@dataclass(frozen=True, slots=True)
class SessionSplit:
    """One session for rating and ledger, minor units of ``currency``; its parts always add up to the net price.

    ``figures`` is None without a contract (all is the operator's) and while ``held`` (missing_electricity_rate,
    electricity_kwh_mismatch): then what is the partner's is not known yet, and ``partner`` and ``operator`` refuse to guess.
    """

    paid: Paid
    currency: str
    supplier: str
    applied: Applied | None = None
    figures: Figures | None = None
    held: str | None = None

    @property
    def partner(self) -> int:
        """The partner's part of the net price."""
        return 0 if self.applied is None else self._known.partner

    @property
    def sub_operator(self) -> int:
        """What stays with the level between operator and partner."""
        return 0 if self.applied is None else self._known.sub_operator

    @property
    def operator(self) -> int:
        """Whatever is left of the net price."""
        return self.paid.net if self.applied is None else self._known.operator

    @property
    def _known(self) -> Figures:
        if self.figures is None:
            raise Conflict(self.held or "missing_electricity_rate")
        return self.figures


def split_session(session: object, contract: object | None, tax: object | None, *, time_zone: str, currency: str) -> SessionSplit:
    """Settle one session by itself, exactly as the month's statement will.

    ``session``, ``contract`` (the version fixed at the start) and ``tax`` (of the partner) are the very members the statement's
    input will have; contract and tax are None where nobody holds the charge point. ``time_zone`` is the contract's. Refuses
    ``Invalid`` as the statement does. A version not in force in the month of the start counts as none.
    E1: AC 22.413 kWh × 0.49 at 70 % gives gross 1098, net 923, VAT 175, partner 646, operator 277.
    """
    if contract is None or tax is None:
        return split(read_session(session, "session", currency), None, None, time_zone)
    terms, status = read_contract(contract, "contract"), read_tax(tax, "tax")
    return split(read_session(session, "session", currency), terms, status, time_zone)


def split(session: Session, contract: Contract | None, tax: Dated[TaxStatus] | None, time_zone: str) -> SessionSplit:
    """``split_session`` of values already read."""
    zone(time_zone)
    ended = local_date(session.end, time_zone)
    if contract is None or tax is None or not contract.covers(local_month(session.start, time_zone)):
        return SessionSplit(paid(session, Taxation(session.vat_pct.on(ended), untaxed=False)), session.currency, "operator")
    applied = select(session, contract, tax.on(ended), ended)
    held = electricity_problem(session, applied)
    if held is not None:
        return SessionSplit(paid(session, applied.taxation), session.currency, applied.supplier, applied, None, held)
    figures = settle(session, applied)
    return SessionSplit(figures.paid, session.currency, applied.supplier, applied, figures)


def select(session: Session, contract: Contract, status: TaxStatus, ended: date) -> Applied:
    """The terms of a contract that a session falls under; ``ended`` is the local day of its end.

    Switching deduction off switches reimbursement off; what the operator's balance paid for, the operator sells.
    """
    override = matching(contract.share.overrides, session.channel, session.emsp, session.user_groups)
    deduct = _flag("deduct_electricity_cost", contract, override)
    supplier = "operator" if session.paid_with == "balance" else (session.supplier or contract.supplier)
    terms = Applied(
        contract=contract,
        override=None if override is None else override.name,
        pct=percentage(contract.share, override, session.current),
        exclude_connection=_flag("exclude_connection_fee", contract, override),
        deduct=deduct,
        reimburse=deduct and _flag("reimburse_electricity_cost", contract, override),
        supplier=supplier,
        taxation=Taxation(session.vat_pct.on(ended), untaxed=supplier == "partner" and not status.credit.registered),
        status=status,
    )
    return terms if contract.parent is None else replace(terms, above=_above(session, terms, contract.parent))


def _above(session: Session, terms: Applied, parent: Share) -> Applied:
    """The terms of the level above: its percentage and fees; base and floor are those of the partner's contract."""
    override = matching(parent.overrides, session.channel, session.emsp, session.user_groups)
    return replace(
        terms,
        contract=replace(terms.contract, share=parent, parent=None),
        override=None if override is None else override.name,
        pct=percentage(parent, override, session.current),
    )


def _flag(name: str, contract: Contract, override: Override | None) -> bool:
    chosen: bool | None = None if override is None else getattr(override, name)
    return bool(getattr(contract, name)) if chosen is None else chosen


def below_floor(session: Session, contract: Contract) -> bool:
    """Whether a session is too short or too small to be billed under its contract."""
    if not contract.floor_minutes and not contract.floor_wh:
        return False
    minutes = Fraction((session.end - session.start) // timedelta(microseconds=1), 60_000_000)
    return minutes < Fraction(contract.floor_minutes) or session.wh < contract.floor_wh


def electricity_problem(session: Session, applied: Applied) -> str | None:
    """Why the electricity of a session cannot be deducted yet, or None; energy of 0 kWh costs nothing at any rate."""
    if not applied.deduct or below_floor(session, applied.contract):
        return None
    if session.wh > 0 and not session.electricity:
        return "missing_electricity_rate"
    if any(part.rate_net is None and part.wh for part in session.electricity):
        return "missing_electricity_rate"
    if sum(part.wh for part in session.electricity) != session.wh:
        return "electricity_kwh_mismatch"
    return None


def settle(session: Session, applied: Applied) -> Figures:
    """The figures of a session whose electricity is known (``electricity_problem`` is None); below the floor all are 0."""
    contract = applied.contract
    above = None if applied.above is None else settle(session, applied.above)
    if below_floor(session, contract):
        return Figures(paid=NOTHING, above=above)
    places = decimals(session.currency)
    price = paid(session, applied.taxation)
    lines = _settlement_lines(session, contract, places)
    settlement_net = taxed(lines, applied.taxation, tax_included=session.tax_included).net + _covered_by_rate(session, contract, places)
    flat = [(line, amount) for line, amount in lines if line.dimension == "FLAT"] if applied.exclude_connection else []
    connection_net = taxed(flat, applied.taxation, tax_included=session.tax_included).net
    electricity_cost = _electricity(session, places) if applied.deduct else 0
    base = settlement_net - connection_net - electricity_cost
    reimbursement = electricity_cost if applied.reimburse else 0
    per_session, per_kwh, handling = _fees(contract.share.fees, session, price, places)
    return Figures(
        paid=price,
        settlement_net=settlement_net,
        connection_net=connection_net,
        electricity_cost=electricity_cost,
        base=base,
        share=share_of(base, applied.pct, contract.negative_margin),
        reimbursement=reimbursement,
        fee_per_session=per_session,
        fee_per_kwh=per_kwh,
        fee_handling=handling,
        above=above,
    )


def share_of(base: int, pct: Decimal, negative_margin: str) -> int:
    """``round(base × pct)``; under ``floor_zero`` a loss is not shared."""
    return 0 if base < 0 and negative_margin == "floor_zero" else percent(base, pct)


def _settlement_lines(session: Session, contract: Contract, places: int) -> list[tuple[Line, int]]:
    """What is shared: the list price if the operator funds the discount, and what a subscription covered at the reference tariff."""
    by_partner = session.discount is not None and session.discount.funded_by == "partner"
    amounts = paid_amounts(session) if by_partner else list_amounts(session.lines, places)
    lines = list(zip(session.lines, amounts, strict=True))
    if contract.subscription_settlement == "reference_tariff":
        lines += zip(session.reference_lines, list_amounts(session.reference_lines, places), strict=True)
    return lines


def _covered_by_rate(session: Session, contract: Contract, places: int) -> int:
    """What covered energy is worth at the contract's own net rate."""
    if contract.subscription_settlement != "rate_per_kwh":
        return 0
    energy = sum(Fraction(line.quantity or 0) for line in session.reference_lines if line.dimension == "ENERGY")
    return half_away(energy * Fraction(contract.subscription_rate_per_kwh) * 10**places)


def _electricity(session: Session, places: int) -> int:
    """The slices are added exactly and rounded once."""
    exact = sum(Fraction(part.wh, 1000) * Fraction(part.rate_net or 0) for part in session.electricity)
    return half_away(exact * 10**places)


def _fees(fees: Fees, session: Session, price: Paid, places: int) -> tuple[int, int, int]:
    """Per session, per metered kWh and for handling what was paid, each rounded by itself."""
    per_kwh = minor(places, session.wh, fees.per_kwh[session.current], over=1000)
    handled = price.gross if fees.handling_base == "gross" else price.net
    return minor(places, fees.per_session[session.current]), per_kwh, percent(handled, fees.handling_pct)


__all__ = [
    "Applied",
    "Figures",
    "SessionSplit",
    "below_floor",
    "electricity_problem",
    "select",
    "settle",
    "share_of",
    "split",
    "split_session",
]
