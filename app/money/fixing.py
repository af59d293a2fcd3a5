"""Terms that depend on when and where, made plain for one session: prices that follow a curve, and public holidays (README P7).

Done once, when a session fixes its terms, so that the engine only ever sees OCPI: dates, hours, prices. What was made can be read,
kept, sent to a roaming partner and priced again without the curve or a calendar.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from app.kernel.periods import zone
from app.money.fields import TariffInvalid
from app.money.rate import rounded
from app.money.terms import MINUTES_A_DAY, Component, Dimension, Dynamic, Element, HolidayRule, Restrictions, Tariff

#: a curve is put in for so long after the start; later the fallback counts
CURVE_AHEAD = timedelta(hours=48)
#: holidays are put in for the day before the start and so many days after it
HOLIDAYS_BEFORE, HOLIDAYS_AHEAD = timedelta(days=1), timedelta(days=60)
#: the grid of a curve, in minutes of the local day
_GRID = 15
_PLACES = 4
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The market's price per kWh, without tax, from ``start`` up to ``end`` (aware instants); it may be negative."""

    start: datetime
    end: datetime
    per_kwh: Decimal


def needs_fixing(tariff: Tariff) -> bool:
    """Whether terms say something that depends on a curve or on the holidays of the site."""
    return _follows(tariff) or any(each.restrictions.holidays for each in tariff.elements)


def check_fixed(tariff: Tariff) -> None:
    """Refuse ``not_fixed`` for terms that cannot be priced yet, naming the member."""
    if _follows(tariff):
        raise TariffInvalid("not_fixed", field="ext.dynamic")
    for place, element in enumerate(tariff.elements):
        if element.restrictions.holidays:
            raise TariffInvalid("not_fixed", field=f"elements[{place}].restrictions.holidays")


def _follows(tariff: Tariff) -> bool:
    return tariff.ext.dynamic is not None and not tariff.ext.dynamic.fixed


def fixed_at(
    tariff: Tariff, at: datetime, zone_name: str, curve: Iterable[CurvePoint] = (), holidays: Collection[date] = frozenset()
) -> Tariff:
    """The terms of a session that begins at an instant in a zone, ready for the engine; terms that need nothing come back as they are.

    Elements on holidays become elements on the dates of ``holidays``; those never on holidays, elements on the days between. A dynamic
    price becomes elements behind all others, one per run of equal prices on a local day, then one with the fallback.
    """
    elements = [made for element in tariff.elements for made in _on_dates(element, frozenset(holidays))]
    ext, dynamic = tariff.ext, tariff.ext.dynamic
    if dynamic and not dynamic.fixed:
        elements += _followed(tariff, dynamic, at, zone_name, curve)
        ext = replace(ext, dynamic=replace(dynamic, fixed=True))
    return replace(tariff, elements=tuple(elements), ext=ext)


def _on_dates(element: Element, holidays: Collection[date]) -> list[Element]:
    """An element without its word on holidays: one per run of days. A run's end is not included."""
    given = element.restrictions
    if given.holidays is None:
        return [element]
    known = sorted(holidays)
    if given.holidays is HolidayRule.ONLY:
        runs: list[tuple[date | None, date | None]] = [(each, each + _DAY) for each in known]
    else:
        marks: list[date | None] = [None, *known, None]
        runs = [(None if before is None else before + _DAY, after) for before, after in pairwise(marks)]
    made = []
    for first, after in runs:
        start = max((each for each in (first, given.start_date) if each), default=None)
        end = min((each for each in (after, given.end_date) if each), default=None)
        if start is None or end is None or start < end:
            made.append(replace(element, restrictions=replace(given, holidays=None, start_date=start, end_date=end)))
    never = replace(given, holidays=None, start_date=date(1970, 1, 1), end_date=date(1970, 1, 2))
    return made or [replace(element, restrictions=never)]


def price_per_kwh(dynamic: Dynamic, market: Decimal, *, gross: bool) -> Decimal:
    """What a driver pays per kWh at a market price, in the basis of the tariff: with mark-up and tax, to four decimals, within bounds.

    0.0812 at 20 % and 0.10 mark-up, 19 % VAT: (0.09744 + 0.10) × 1.19 = 0.2349536, so 0.235.
    """
    net = Fraction(market) * (1 + Fraction(dynamic.markup_pct) / 100) + Fraction(dynamic.markup)
    exact = net * (1 + Fraction(dynamic.vat_pct or 0) / 100) if gross else net
    price = max(rounded(exact, _PLACES), dynamic.floor, Decimal(0))
    return price if dynamic.ceiling is None else min(price, dynamic.ceiling)


def _followed(tariff: Tariff, dynamic: Dynamic, at: datetime, zone_name: str, curve: Iterable[CurvePoint]) -> list[Element]:
    prices = {cell: price_per_kwh(dynamic, market, gross=tariff.gross_prices) for cell, market in _cells(at, zone_name, curve).items()}
    found = [_priced(dynamic, price, _window(day, first, last)) for day, first, last, price in _runs(prices)]
    return [*found, _priced(dynamic, dynamic.fallback, Restrictions())]


def _priced(dynamic: Dynamic, price: Decimal, when: Restrictions) -> Element:
    return Element((Component(Dimension.ENERGY, price, 1, dynamic.vat_pct),), when)


def _window(day: date, first: int, last: int) -> Restrictions:
    return Restrictions(start_date=day, end_date=day + _DAY, start_minute=first, end_minute=last % MINUTES_A_DAY)


def _cells(at: datetime, zone_name: str, curve: Iterable[CurvePoint]) -> dict[tuple[date, int], Decimal]:
    """The market's price per quarter hour of the wall clock. A quarter that comes twice in autumn has the lower price of the two."""
    place = zone(zone_name)
    found: dict[tuple[date, int], Decimal] = {}
    for point in curve:
        moment, end = point.start.astimezone(UTC), min(point.end.astimezone(UTC), at.astimezone(UTC) + CURVE_AHEAD)
        while moment < end:
            local = moment.astimezone(place)
            cell = (local.date(), (local.hour * 60 + local.minute) // _GRID * _GRID)
            if moment + timedelta(minutes=_GRID) > at:
                found[cell] = min(found.get(cell, point.per_kwh), point.per_kwh)
            moment += timedelta(minutes=_GRID)
    return found


def _runs(prices: dict[tuple[date, int], Decimal]) -> list[tuple[date, int, int, Decimal]]:
    """Neighbouring quarters of a day at the same price as one: (day, first minute, minute after the last, price)."""
    runs: list[tuple[date, int, int, Decimal]] = []
    for (day, minute), price in sorted(prices.items()):
        if runs and runs[-1][0] == day and runs[-1][2] == minute and runs[-1][3] == price:
            runs[-1] = (day, runs[-1][1], minute + _GRID, price)
        else:
            runs.append((day, minute, minute + _GRID, price))
    return runs
