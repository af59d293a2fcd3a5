"""How much of what is billed: the quantities of a session's price lines, exact (README P1, steps 6 to 9).

Quantities are ratios of whole numbers in inner units: billionths of a kWh, microseconds, or one fee.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import gcd

from app.money.compile import Compiled, Part, Plan
from app.money.fields import NANO
from app.money.usage import Session
from app.money.walk import Piece, reservation_pieces, session_pieces

UNPRICED_ENERGY, UNPRICED_PARKING, UNPRICED_TIME = 1, 2, 4


class Tally:
    """Quantity per slot as ``nums[slot] / dens[slot]``, and what happened on the way."""

    __slots__ = ("capped", "dens", "nums", "parts", "pieces", "reserved", "trail", "unpriced")

    def __init__(self, slots: int, *, trail: bool) -> None:
        self.nums = [0] * slots
        self.dens = [1] * slots
        #: parts that billed something, in the order in which they first did
        self.parts: dict[Part, None] = {}
        self.unpriced = 0
        self.pieces: list[Piece] = []
        self.reserved: list[Piece] = []
        #: every quantity in time order, kept only where a cap has to decide which come first
        self.trail: list[tuple[int, int, int]] | None = [] if trail else None
        #: amounts in minor units of slots that a cap has cut
        self.capped: dict[int, Fraction] = {}

    def add(self, part: Part, num: int, den: int) -> None:
        """Bill a quantity at a part's price."""
        slot = part.slot
        self.parts[part] = None
        if self.trail is not None:
            self.trail.append((slot, num, den))
        held = self.dens[slot]
        if den == held:
            self.nums[slot] += num
            return
        if num % den == 0:
            self.nums[slot] += num // den * held
            return
        shared = gcd(num, den)
        num, den = num // shared, den // shared
        common = held // gcd(held, den) * den
        self.nums[slot] = self.nums[slot] * (common // held) + num * (common // den)
        self.dens[slot] = common


def tally(compiled: Compiled, plan: Plan, session: Session) -> Tally:
    """What of a session is billed, and at which prices. Void charging (``is_void``) bills its reservation only."""
    found = Tally(len(plan.slots), trail=bool(compiled.tariff.ext.caps))
    if session.reservation:
        _reservation(found, plan, session)
    if not is_void(compiled, session):
        _charging(found, compiled, plan, session)
        if found.trail is not None:
            _cap(found, plan)
    return found


def is_void(compiled: Compiled, session: Session) -> bool:
    """Whether nothing is due for charging: neither time nor energy, or both under the tariff's ``free_below``."""
    if session.energy < compiled.free_energy and session.end - session.start < compiled.free_time:
        return True
    return session.start == session.end and session.empty


def _reservation(found: Tally, plan: Plan, session: Session) -> None:
    reservation = session.reservation
    if reservation is None:
        return
    matcher = plan.expired if reservation.expired else plan.reserved
    found.reserved = reservation_pieces(matcher, reservation, session.zone)
    flat: Part | None = None
    last: Part | None = None
    for piece in found.reserved:
        choice = piece.choice
        flat = flat or choice.flat
        if choice.time and piece.time:
            last = choice.time
            found.add(last, piece.time, piece.time_over)
    if flat:
        found.add(flat, 1, 1)
    if last:
        _round_up(found, last, plan.members["RESERVATION_TIME"])
    if found.trail:
        found.trail.clear()  # caps are for charging


def _charging(found: Tally, compiled: Compiled, plan: Plan, session: Session) -> None:
    matcher = plan.charging
    found.pieces = session_pieces(compiled, matcher, session)
    flat: Part | None = None
    last: dict[str, Part] = {}
    for piece in found.pieces:
        _, _, time, _, energy, energy_over, choice, _, in_allowance = piece
        if flat is None and choice.flat is not None:
            flat = choice.flat
            found.add(flat, 1, 1)
        if energy:
            if choice.energy is None:
                found.unpriced |= UNPRICED_ENERGY
            elif not in_allowance:
                last["ENERGY"] = choice.energy
                found.add(choice.energy, energy, energy_over)
        if time:
            _bill_time(found, piece, last)
    if "ENERGY" in last:
        _round_up(found, last["ENERGY"], plan.members["ENERGY"])
    timed = "PARKING_TIME" if "PARKING_TIME" in last else "TIME"  # priced parking takes the whole rounding (README P5)
    if timed in last:
        _round_up(found, last[timed], plan.members[timed])


def _bill_time(found: Tally, piece: Piece, last: dict[str, Part]) -> None:
    if piece.stretch.charging:
        part, name, unpriced = piece.choice.time, "TIME", UNPRICED_TIME
    else:
        part, name, unpriced = piece.choice.parking, "PARKING_TIME", UNPRICED_PARKING
    if part is None:
        found.unpriced |= unpriced
    elif not piece.in_grace:
        last[name] = part
        found.add(part, piece.time, piece.time_over)


def _round_up(found: Tally, last: Part, slots: Iterable[int]) -> None:
    """Round the total of a dimension up to the last priced part's step and bill what is added at that part's price (README P5)."""
    if not last.step:
        return
    num, den = 0, 1
    for slot in slots:
        if found.nums[slot]:
            num, den = num * found.dens[slot] + found.nums[slot] * den, den * found.dens[slot]
    step = last.step * den
    surplus = -num % step
    if surplus:
        found.add(last, surplus, den)


def _cap(found: Tally, plan: Plan) -> None:
    """Where a dimension costs more than its cap, the earliest cost is kept (README P7)."""
    totals: dict[str, Fraction] = {}
    costs: dict[int, Fraction] = {}
    cut: set[str] = set()
    for slot, num, den in found.trail or ():
        dimension, _, _, times, over, _, _, cap = plan.slots[slot]
        if cap is None:
            continue
        cost = Fraction(num * times, den * over)
        before = totals.get(dimension, Fraction(0))
        totals[dimension] = before + cost
        left = Fraction(cap, NANO) - before
        if cost > left:
            cut.add(dimension)
            cost = max(left, Fraction(0))
        costs[slot] = costs.get(slot, Fraction(0)) + cost
    found.capped = {slot: cost for slot, cost in costs.items() if plan.slots[slot].dimension in cut}
