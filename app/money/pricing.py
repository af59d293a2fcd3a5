"""``price(tariff, session)``: what a charging session costs, to the cent and with every reason (README P1 to P8).

Also for a session that still runs (its ``end`` is now) or is only planned. ``price_total`` gives the same totals without lines.
Where tariffs are used again and again, compile them once: ``compiled = compile_tariff(tariff)``.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from app.money.compile import Choice, Compiled, Plan
from app.money.fields import SessionInvalid
from app.money.limits import limited, moved_groups
from app.money.priced import Adjustment, PricedSession, PriceLine, Segment, Totals, in_order
from app.money.tally import UNPRICED_ENERGY, UNPRICED_PARKING, UNPRICED_TIME, Tally, is_void, tally
from app.money.terms import Tariff
from app.money.usage import Session
from app.money.vat import VatGroup, group
from app.money.walk import grace_left

_UNPRICED = {
    mask: tuple(
        name for bit, name in ((UNPRICED_ENERGY, "ENERGY"), (UNPRICED_PARKING, "PARKING_TIME"), (UNPRICED_TIME, "TIME")) if mask & bit
    )
    for mask in range(8)
}


@lru_cache(maxsize=1024)
def compile_tariff(tariff: Tariff) -> Compiled:
    """The tariff made ready for pricing."""
    return Compiled(tariff)


def price(tariff: Tariff | Compiled, session: Session) -> PricedSession:
    """The full price of a session: lines, totals, VAT groups, adjustment, unpriced dimensions, flags, and the trace.

    Refuses ``tariff_not_active`` if the tariff does not hold at the start of the session or its reservation.
    """
    compiled = tariff if isinstance(tariff, Compiled) else compile_tariff(tariff)
    _check_active(compiled, session)
    plan = compiled.plan(session.user_groups)
    found = tally(compiled, plan, session)
    lines = _lines(plan, found, 10**compiled.places)
    void = is_void(compiled, session)
    groups = _groups(compiled, lines)
    total = limited(compiled.tariff, groups, minimum=not void)
    adjustment = None
    if total.reason:
        net, gross = sum(each.net for each in groups), sum(each.gross for each in groups)
        adjustment = Adjustment(total.net - net, total.gross - gross, total.reason)
        groups = moved_groups(compiled.tariff, groups, total)
    segments = [Segment(piece, True) for piece in found.reserved] + [Segment(piece, False) for piece in found.pieces]
    return PricedSession(
        tariff=compiled.tariff,
        session=session,
        lines=lines,
        groups=groups,
        net_minor=total.net,
        gross_minor=total.gross,
        adjustment=adjustment,
        unpriced=_UNPRICED[found.unpriced],
        flags=session.flags,
        segments=tuple(segments),
        void=void,
    )


def price_total(compiled: Compiled, session: Session) -> Totals:
    """Net, VAT and gross of a session in minor units: the totals of ``price``, much quicker."""
    _check_active(compiled, session)
    plan = compiled.plan(session.user_groups)
    void = is_void(compiled, session)
    static = plan.charging.static
    if static is not None and session.reservation is None and not compiled.tariff.ext.caps:
        sums = _no_sums(plan) if void else _static_sums(compiled, plan, static, session)
    else:
        sums = _sums(plan, tally(compiled, plan, session))
    return _totals(compiled, plan, sums, minimum=not void)


def _check_active(compiled: Compiled, session: Session) -> None:
    """The tariff that holds at the beginning prices everything, whatever happens to it meanwhile (README P3)."""
    start = session.reservation.start if session.reservation else session.start
    if not compiled.since <= start < compiled.until:
        raise SessionInvalid("tariff_not_active", field="reservation.start" if session.reservation else "start")


def _lines(plan: Plan, found: Tally, scale_up: int) -> tuple[PriceLine, ...]:
    """The price lines: the only rounding of an amount, half away from zero, is here and in ``_sums``."""
    clauses: dict[int, tuple[tuple[int, int], ...]] = {}
    for part in found.parts:
        clauses[part.slot] = (*clauses.get(part.slot, ()), (part.element, part.component))
    lines = []
    for slot, places in clauses.items():
        dimension, unit_price, vat_pct, times, over, unit, _, _ = plan.slots[slot]
        num, den = found.nums[slot], found.dens[slot]
        cut = found.capped.get(slot)
        top, bottom = (num * times, den * over) if cut is None else (cut.numerator, cut.denominator)
        amount = (2 * top + bottom) // (2 * bottom)
        line = PriceLine(dimension, unit_price, vat_pct, amount, num, den * unit, top, bottom * scale_up, places, cut is not None)
        lines.append(line)
    return in_order(lines)


def _groups(compiled: Compiled, lines: tuple[PriceLine, ...]) -> tuple[VatGroup, ...]:
    sums: dict[Decimal | None, int] = {}
    for line in lines:
        sums[line.vat_pct] = sums.get(line.vat_pct, 0) + line.amount
    if len(sums) > 1:
        sums = {pct: sums[pct] for pct in sorted(sums, key=lambda pct: Decimal(-1) if pct is None else pct)}
    return tuple(group(amount, pct, tax_included=compiled.gross_prices) for pct, amount in sums.items())


def _no_sums(plan: Plan) -> list[int]:
    return [0] * len(plan.rates)


def _sums(plan: Plan, found: Tally) -> list[int]:
    """The rounded lines summed per VAT rate of the plan."""
    sums = [0] * len(plan.rates)
    for slot, num in enumerate(found.nums):
        if not num:
            continue
        _, _, _, times, over, _, rate, _ = plan.slots[slot]
        cut = found.capped.get(slot)
        top, bottom = (num * times, found.dens[slot] * over) if cut is None else (cut.numerator, cut.denominator)
        sums[rate] += (2 * top + bottom) // (2 * bottom)
    return sums


def _static_sums(compiled: Compiled, plan: Plan, choice: Choice, session: Session) -> list[int]:
    """``_sums`` where no price can change: quantities are whole, order does not matter."""
    flat, energy, time, parking = choice
    sums = [0] * len(plan.rates)
    billed = []
    if flat:
        billed.append((flat.slot, 1))
    if energy and (left := session.energy - compiled.allowance - session.allowance) > 0:
        billed.append((energy.slot, left + (-left % energy.step if energy.step else 0)))
    idle = session.parking_time if parking else 0
    if parking and idle:
        if compiled.grace:
            idle -= sum(grace_left(compiled.grace, session.stretches))
        if idle:
            billed.append((parking.slot, idle + (-idle % parking.step if parking.step else 0)))
    if time and session.charging_time:
        lasted = session.charging_time
        billed.append((time.slot, lasted + (-lasted % time.step if time.step and not idle else 0)))
    for slot, quantity in billed:
        _, _, _, times, over, _, rate, _ = plan.slots[slot]
        sums[rate] += (2 * quantity * times + over) // (2 * over)
    return sums


def _totals(compiled: Compiled, plan: Plan, sums: list[int], *, minimum: bool) -> Totals:
    net = gross = 0
    for (numerator, denominator), amount in zip(plan.taxes, sums, strict=True):
        if compiled.gross_prices:
            whole = denominator + numerator
            net += (2 * amount * denominator + whole) // (2 * whole)
            gross += amount
        else:
            net += amount
            gross += amount + (2 * amount * numerator + denominator) // (2 * denominator)
    net_least, gross_least, net_most, gross_most = compiled.bounds
    if net > net_most or gross > gross_most or (minimum and (net < net_least or gross < gross_least)):
        groups = [group(amount, pct, tax_included=compiled.gross_prices) for pct, amount in zip(plan.rates, sums, strict=True)]
        net, gross, _ = limited(compiled.tariff, groups, minimum=minimum)
    return Totals(net, gross - net, gross)


__all__ = ["Compiled", "PricedSession", "Totals", "compile_tariff", "price", "price_total"]
