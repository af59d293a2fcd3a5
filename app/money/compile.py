"""A tariff made ready for quick pricing: prices as whole-number ratios, restrictions as bit masks. Done once for each tariff.

A *slot* is a price line to be: one dimension, unit price and VAT rate. A *part* is a component that fills a slot. A *matcher*
finds, for a mask of elements that hold, the first part of each dimension in list order (README P3); a *plan* is what counts
for a driver in given user groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from math import gcd
from typing import NamedTuple

from app.money.amount import decimals
from app.money.fields import NANO, nano
from app.money.fixing import check_fixed
from app.money.limits import bounds
from app.money.terms import Component, Dimension, ReservationKind, Restrictions, Tariff
from app.money.usage import Readings
from app.money.windows import Scale, WallClock, is_clocked, scale
from app.money.zones import HOUR, SECOND

#: dimensions of a price line: the four of OCPI, then those of reserved time
RESERVATION_FLAT, RESERVATION_TIME = "RESERVATION_FLAT", "RESERVATION_TIME"
LINE_ORDER = (RESERVATION_FLAT, RESERVATION_TIME, "FLAT", "ENERGY", "TIME", "PARKING_TIME")
_RESERVED = {Dimension.FLAT: RESERVATION_FLAT, Dimension.TIME: RESERVATION_TIME}
#: how many inner units (billionths of a kWh, microseconds) one priced unit (kWh, hour, session) has
UNITS = {Dimension.ENERGY: NANO, Dimension.TIME: HOUR, Dimension.PARKING_TIME: HOUR, Dimension.FLAT: 1}
_STEP = {Dimension.ENERGY: NANO // 1000, Dimension.TIME: SECOND, Dimension.PARKING_TIME: SECOND, Dimension.FLAT: 0}


class Slot(NamedTuple):
    """A price line to be: amount in minor units = quantity × ``times`` ÷ ``over``."""

    dimension: str
    price: Decimal
    vat_pct: Decimal | None
    times: int
    over: int
    unit: int
    #: place in the plan's list of VAT rates
    rate: int
    cap: int | None


class Part(NamedTuple):
    """A component that fills a slot; ``step`` in inner units, 0 for none."""

    slot: int
    step: int
    element: int
    component: int


class Choice(NamedTuple):
    """The part that prices each dimension now; None: nothing does."""

    flat: Part | None
    energy: Part | None
    time: Part | None
    parking: Part | None


class PowerTest(NamedTuple):
    """Bounds on power and current of one element, in billionths of kW and ampere."""

    bit: int
    min_power: int | None
    max_power: int | None
    min_current: int | None
    max_current: int | None


#: later than any instant and more than any amount
_NEVER = 1 << 80
_ORDER = (Dimension.FLAT, Dimension.ENERGY, Dimension.TIME, Dimension.PARKING_TIME)


class Matcher:
    """Finds the parts that price, from the elements that hold."""

    __slots__ = ("_choices", "_parts", "clock", "duration", "energy", "every", "power", "static")

    def __init__(self, rows: Sequence[tuple[Restrictions, dict[Dimension, Part]]]) -> None:
        rows = reachable(rows)
        conditions = [restrictions for restrictions, _ in rows]
        self._parts = [parts for _, parts in rows]
        self._choices: dict[int, Choice] = {}
        self.every = (1 << len(rows)) - 1
        self.clock = WallClock(conditions) if any(map(is_clocked, conditions)) else None
        self.duration = _scale([(_times(r.min_duration), _times(r.max_duration)) for r in conditions])
        self.energy = _scale([(_nano(r.min_kwh), _nano(r.max_kwh)) for r in conditions])
        self.power = [test for bit, r in enumerate(conditions) if (test := _power(bit, r))]
        free = not (self.clock or self.duration or self.energy or self.power)
        #: the one choice, if nothing ever changes it
        self.static = self.choose(self.every) if free else None

    def choose(self, mask: int) -> Choice:
        """The first part of each dimension among the elements in the mask."""
        found = self._choices.get(mask)
        if found is None:
            found = Choice(*(self._first(mask, dimension) for dimension in _ORDER))
            self._choices[mask] = found
        return found

    def all_parts(self) -> list[Part]:
        """Every part that can ever price something, in list order."""
        return [part for parts in self._parts for part in parts.values()]

    def _first(self, mask: int, dimension: Dimension) -> Part | None:
        return next((parts[dimension] for bit, parts in enumerate(self._parts) if mask >> bit & 1 and dimension in parts), None)

    def powered(self, *, charging: bool, length: int, energy: int, readings: Readings) -> int:
        """The elements that power and current allow. ``min_*`` meets the highest reading, ``max_*`` the lowest; missing power of a
        charging period is its average, missing current never matches (README P3)."""
        mask = self.every
        low, high, low_current, high_current = readings
        average = charging and length > 0
        for test in self.power:
            holds = (
                _at_least(high, test.min_power, length, energy, average=average)
                and _below(low, test.max_power, length, energy, average=average)
                and (test.min_current is None or (high_current is not None and high_current >= test.min_current))
                and (test.max_current is None or (low_current is not None and low_current < test.max_current))
            )
            if not holds:
                mask &= ~(1 << test.bit)
        return mask


#: average power in billionths of kW = energy × this ÷ length
_AVERAGE = HOUR


def _at_least(reading: int | None, bound: int | None, length: int, energy: int, *, average: bool) -> bool:
    if bound is None:
        return True
    if reading is not None:
        return reading >= bound
    return average and energy * _AVERAGE >= bound * length


def _below(reading: int | None, bound: int | None, length: int, energy: int, *, average: bool) -> bool:
    if bound is None:
        return True
    if reading is not None:
        return reading < bound
    return average and energy * _AVERAGE < bound * length


def reachable(rows: Iterable[tuple[Restrictions, dict[Dimension, Part]]]) -> list[tuple[Restrictions, dict[Dimension, Part]]]:
    """Without parts that an unrestricted element before them always beats, and without elements that then have none."""
    open_to_all = Restrictions()
    taken: set[Dimension] = set()
    kept = []
    for restrictions, parts in rows:
        left = {dimension: part for dimension, part in parts.items() if dimension not in taken}
        if left:
            kept.append((restrictions, left))
        if restrictions == open_to_all:
            taken.update(left)
    return kept


def _times(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * SECOND


def _nano(value: Decimal | None) -> int | None:
    return None if value is None else nano(value)


def _scale(ranges: list[tuple[int | None, int | None]]) -> Scale | None:
    return scale([[each] for each in ranges]) if any(each != (None, None) for each in ranges) else None


def _power(bit: int, r: Restrictions) -> PowerTest | None:
    test = PowerTest(bit, _nano(r.min_power), _nano(r.max_power), _nano(r.min_current), _nano(r.max_current))
    return test if any(each is not None for each in test[1:]) else None


class Plan:
    """What counts for drivers in the given user groups: slots, VAT rates, and a matcher for each kind of time."""

    __slots__ = ("charging", "expired", "members", "rates", "reserved", "slots", "taxes")

    def __init__(self, tariff: Tariff, groups: frozenset[str]) -> None:
        self.slots: list[Slot] = []
        self.rates: list[Decimal | None] = []
        self.charging = self._matcher(tariff, groups, [None])
        self.reserved = self._matcher(tariff, groups, [ReservationKind.RESERVATION])
        #: the fees of expiry first, and per dimension, where there is none, those of the reservation (README P8)
        self.expired = self._matcher(tariff, groups, [ReservationKind.RESERVATION_EXPIRES, ReservationKind.RESERVATION])
        #: the slots of each dimension
        self.members = {name: [place for place, slot in enumerate(self.slots) if slot.dimension == name] for name in LINE_ORDER}
        #: the rates as parts of one: 19 % is (19, 100)
        self.taxes = [((pct or Decimal(0)) / 100).as_integer_ratio() for pct in self.rates]

    def _matcher(self, tariff: Tariff, groups: frozenset[str], kinds: Sequence[ReservationKind | None]) -> Matcher:
        rows = []
        for kind in kinds:
            for place, element in enumerate(tariff.elements):
                given = element.restrictions
                if given.reservation is not kind or (given.user_groups and not given.user_groups & groups):
                    continue
                parts = self._parts(tariff, place, element.components, reserved=kind is not None)
                rows.append((_conditions(given), parts))
        return Matcher(rows)

    def _parts(self, tariff: Tariff, place: int, components: Sequence[Component], *, reserved: bool) -> dict[Dimension, Part]:
        """The first component of each dimension counts (README P3)."""
        parts: dict[Dimension, Part] = {}
        for column, component in enumerate(components):
            dimension = component.dimension
            if dimension in parts or (reserved and dimension not in _RESERVED):
                continue
            slot = self._slot(tariff, component, reserved=reserved)
            parts[dimension] = Part(slot, component.step_size * _STEP[dimension], place, column)
        return parts

    def _slot(self, tariff: Tariff, component: Component, *, reserved: bool) -> int:
        name = _RESERVED[component.dimension] if reserved else component.dimension.value
        for place, slot in enumerate(self.slots):
            if slot.dimension == name and slot.price == component.price and same(slot.vat_pct, component.vat_pct):
                return place
        if not any(same(rate, component.vat_pct) for rate in self.rates):
            self.rates.append(component.vat_pct)
        rate = next(place for place, each in enumerate(self.rates) if same(each, component.vat_pct))
        scale_up = 10 ** decimals(tariff.currency)
        numerator, denominator = component.price.as_integer_ratio()
        unit = UNITS[component.dimension]
        times, over = numerator * scale_up, denominator * unit
        common = gcd(times, over)
        cap = None if reserved else tariff.ext.cap(component.dimension)
        limit = None if cap is None else nano(cap) * scale_up
        self.slots.append(Slot(name, component.price, component.vat_pct, times // common, over // common, unit, rate, limit))
        return len(self.slots) - 1


def same(one: Decimal | None, other: Decimal | None) -> bool:
    """Whether two VAT rates are the same; "not taxed" is not the rate zero."""
    return one == other if one is not None and other is not None else one is other


def _unbounded(bound: int | None) -> int:
    return _NEVER if bound is None else bound


def _conditions(given: Restrictions) -> Restrictions:
    """What is left to test during a session: user groups and the kind of reservation are settled."""
    if given.user_groups or given.reservation:
        return replace(given, user_groups=frozenset(), reservation=None)
    return given


class Compiled:
    """A tariff ready for pricing; plans for user groups are made as they are met."""

    __slots__ = (
        "_named",
        "_plans",
        "allowance",
        "bounds",
        "free_energy",
        "free_time",
        "grace",
        "gross_prices",
        "places",
        "since",
        "tariff",
        "until",
    )

    def __init__(self, tariff: Tariff) -> None:
        check_fixed(tariff)
        self.tariff = tariff
        self.places = decimals(tariff.currency)
        self.gross_prices = tariff.gross_prices
        self.since = 0 if tariff.valid_from is None else tariff.valid_from
        self.until = _NEVER if tariff.valid_until is None else tariff.valid_until
        self.allowance = nano(tariff.ext.free_energy_kwh)
        self.grace = tariff.ext.idle_grace
        self.bounds = bounds(tariff)
        below = tariff.ext.free_below
        #: a session under both is free; without such a term nothing is under them
        self.free_energy = _unbounded(_nano(below.energy_kwh)) if below else 0
        self.free_time = _unbounded(_times(below.seconds)) if below else 0
        self._named = frozenset[str]().union(*(each.restrictions.user_groups for each in tariff.elements))
        self._plans: dict[frozenset[str], Plan] = {}

    def plan(self, user_groups: frozenset[str]) -> Plan:
        """The plan for a driver in these groups."""
        known = user_groups & self._named if user_groups else user_groups
        found = self._plans.get(known)
        if found is None:
            found = self._plans[known] = Plan(self.tariff, known)
        return found
