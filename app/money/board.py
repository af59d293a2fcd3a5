"""The prices to be shown before a session starts, as values: unit, net and gross, when they hold (AFIR Art. 5).

Order: per kWh, per minute (charging, then idle), per session, reservation. Sentences and layout are the pages' business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.money.amount import Money
from app.money.compile import RESERVATION_FLAT, RESERVATION_TIME, Matcher, Part, Plan
from app.money.pricing import compile_tariff
from app.money.rate import Per, Rate
from app.money.terms import FreeBelow, IdleGrace, Limit, Restrictions, Tariff
from app.money.usage import Readings
from app.money.windows import Steps
from app.money.zones import DAY, from_datetime, offsets, to_datetime

_SHOWN_ORDER = ("ENERGY", "TIME", "PARKING_TIME", "FLAT", RESERVATION_TIME, RESERVATION_FLAT)
_PER = {"ENERGY": Per.KWH, "FLAT": Per.SESSION, RESERVATION_FLAT: Per.SESSION}
#: how far the next change by the clock is looked for
_AHEAD = 8 * DAY


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """One price. Time is per minute. ``in_force`` for a session that starts at the instant asked for; ``when`` are its conditions."""

    dimension: str
    net: Rate
    gross: Rate
    vat_pct: Decimal | None
    in_force: bool
    when: Restrictions
    element: int
    #: of idle time only
    grace: IdleGrace | None = None
    #: the most this dimension costs, in the tariff's own basis
    cap: Money | None = None


@dataclass(frozen=True, slots=True)
class AheadPrice:
    """What a kWh costs, gross, for whoever takes it between two instants."""

    start: datetime
    end: datetime
    gross: Rate


@dataclass(frozen=True, slots=True)
class PriceBoard:
    """Every price a driver may meet, those in force first; ``changes_at``: when the clock next changes what is in force, if known."""

    prices: tuple[ShownPrice, ...]
    changes_at: datetime | None
    gross_prices: bool
    min_price: Limit | None
    max_price: Limit | None
    free_below: FreeBelow | None
    free_energy_kwh: Decimal

    def in_force(self, dimension: str) -> ShownPrice | None:
        """The price of a dimension in force, None if it has none."""
        return next((each for each in self.prices if each.in_force and each.dimension == dimension), None)

    @property
    def later(self) -> tuple[ShownPrice, ...]:
        """Prices that hold under conditions that are not met at the start."""
        return tuple(each for each in self.prices if not each.in_force)


def describe_components(tariff: Tariff, at: datetime, zone: str, user_groups: Iterable[str] = ()) -> PriceBoard:
    """The prices for a session starting at an instant in a place's zone, for a driver in these groups (none: the public)."""
    compiled = compile_tariff(tariff)
    plan = compiled.plan(frozenset(user_groups))
    now = from_datetime(at)
    shown = _shown(tariff, plan, plan.charging, now, zone) + _shown(tariff, plan, plan.reserved, now, zone)
    if tariff.ext.dynamic:
        # hours of a curve are many, and told by ``energy_ahead``
        shown = [each for each in shown if each.in_force or each.dimension != "ENERGY"]
    shown.sort(key=lambda each: (not each.in_force, _SHOWN_ORDER.index(each.dimension), each.element))
    return PriceBoard(
        prices=tuple(shown),
        changes_at=_change(plan.charging, now, zone),
        gross_prices=tariff.gross_prices,
        min_price=tariff.min_price,
        max_price=tariff.max_price,
        free_below=tariff.ext.free_below,
        free_energy_kwh=tariff.ext.free_energy_kwh,
    )


def energy_ahead(tariff: Tariff, at: datetime, zone: str, length: timedelta, user_groups: Iterable[str] = ()) -> tuple[AheadPrice, ...]:
    """The prices per kWh from an instant on, one after the other as the clock changes them, for a driver in these groups.

    Times without a price are left out.
    """
    compiled = compile_tariff(tariff)
    plan, now, whole = compiled.plan(frozenset(user_groups)), from_datetime(at), length // timedelta(microseconds=1)
    steps = _by_clock(plan.charging, now, zone, whole)
    found: list[AheadPrice] = []
    for place, (after, mask) in enumerate(steps):
        part = plan.charging.choose(_at_start(plan.charging, mask)).energy
        if part is None:
            continue
        gross = _price(tariff, plan, part, in_force=not place).gross
        end = to_datetime(now + (steps[place + 1][0] if place + 1 < len(steps) else whole))
        if found and found[-1].gross == gross and found[-1].end == to_datetime(now + after):
            found[-1] = AheadPrice(found[-1].start, end, gross)
        else:
            found.append(AheadPrice(to_datetime(now + after), end, gross))
    return tuple(found)


def _at_start(matcher: Matcher, mask: int) -> int:
    """Which elements of a mask hold when a session begins: no time has passed, no energy flowed, power and current are unknown."""
    for scale in (matcher.duration, matcher.energy):
        mask &= scale.at(0) if scale else mask
    return mask & matcher.powered(charging=False, length=0, energy=0, readings=Readings())


def _by_clock(matcher: Matcher, now: int, zone: str, length: int) -> Steps:
    return matcher.clock.steps(offsets(zone), now, length) if matcher.clock else [(0, matcher.every)]


def _change(matcher: Matcher, now: int, zone: str) -> datetime | None:
    """The next instant at which the clock makes another price count."""
    choices = [(after, matcher.choose(_at_start(matcher, mask))) for after, mask in _by_clock(matcher, now, zone, _AHEAD)]
    return next((to_datetime(now + after) for after, choice in choices if choice != choices[0][1]), None)


def _shown(tariff: Tariff, plan: Plan, matcher: Matcher, now: int, zone: str) -> list[ShownPrice]:
    current = set(matcher.choose(_at_start(matcher, _by_clock(matcher, now, zone, 1)[0][1])))
    return [_price(tariff, plan, part, in_force=part in current) for part in matcher.all_parts()]


def _price(tariff: Tariff, plan: Plan, part: Part, *, in_force: bool) -> ShownPrice:
    slot = plan.slots[part.slot]
    rate = Rate(slot.price, tariff.currency, _PER.get(slot.dimension, Per.HOUR))
    gross = rate if tariff.gross_prices else rate.with_tax(slot.vat_pct)
    net = rate.without_tax(slot.vat_pct) if tariff.gross_prices else rate
    cap = next((most for dimension, most in tariff.ext.caps if dimension.value == slot.dimension), None)
    return ShownPrice(
        dimension=slot.dimension,
        net=net.per_minute(),
        gross=gross.per_minute(),
        vat_pct=slot.vat_pct,
        in_force=in_force,
        when=tariff.elements[part.element].restrictions,
        element=part.element,
        grace=tariff.ext.idle_grace if slot.dimension == "PARKING_TIME" else None,
        cap=None if cap is None else Money.round(cap, tariff.currency),
    )
