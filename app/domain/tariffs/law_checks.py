"""The questions that rules ask about a tariff. Each answers with the lines it is about (None: the whole) and values for its sentence.

Lines for certain groups of drivers only are no offer to everybody, so the law of charging without a contract does not look at them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.money.coverage import Coverage, coverage
from app.money.sheet import Line, lines_of, places_of
from app.money.terms import Dimension, Restrictions, Tariff, TaxIncluded

Answer = tuple[int | None, dict[str, Any]]
Check = Callable[["Seen", tuple[str, ...]], Iterable[Answer]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A tariff as the checks look at it."""

    tariff: Tariff
    lines: tuple[Line, ...]
    places: list[tuple[int, int]]
    coverage: tuple[Coverage, ...]

    def path(self, line: int) -> str:
        """Where a line's price stands in the tariff."""
        row, column = self.places[line]
        return f"elements[{row}].price_components[{column}].price"

    def open_lines(self, dimensions: Iterable[str]) -> Iterator[tuple[int, Line]]:
        """The lines of these dimensions that everybody is charged by, reserving apart."""
        for place, line in enumerate(self.lines):
            if line.dimension in dimensions and not line.when.user_groups and line.when.reservation is None:
                yield place, line


def look(tariff: Tariff) -> Seen:
    """The tariff made ready for all checks."""
    lines = lines_of(tariff)
    return Seen(tariff, lines, places_of(tariff), coverage(lines))


def _priced(seen: Seen, dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """There is a price on a dimension."""
    yield from ((place, {}) for place, line in seen.open_lines(dimensions) if line.price)


def _not_priced(seen: Seen, dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """Something has a price, but this dimension has none."""
    if seen.tariff.ext.dynamic and Dimension.ENERGY in dimensions:
        return
    everything = [line for _, line in seen.open_lines(Dimension)]
    if any(line.price for line in everything) and not any(line.price for line in everything if line.dimension in dimensions):
        yield None, {}


def _minimum(seen: Seen, _dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """A lowest price acts as a fee per session."""
    if seen.tariff.min_price is not None and seen.tariff.min_price.excl_vat > 0:
        yield None, {}


def _net(seen: Seen, _dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """Prices do not contain the tax that is added."""
    if seen.tariff.tax_included is TaxIncluded.NO and any(line.vat_pct for line in seen.lines):
        yield None, {}


def _several_kinds(seen: Seen, _dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """More than one kind of price has to be told before the start."""
    if len({line.dimension for _, line in seen.open_lines(Dimension) if line.price}) > 1:
        yield None, {}


def _by_clock(seen: Seen, dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """A price depends on the time of day or the weekday."""
    for place, line in seen.open_lines(dimensions):
        if line.when.weekdays or line.when.windows != Restrictions().windows:
            yield place, {}


def _no_cap(seen: Seen, dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """A price without an end."""
    for dimension in map(Dimension, dimensions):
        priced = [place for place, line in seen.open_lines((dimension,)) if line.price]
        if priced and seen.tariff.ext.cap(dimension) is None and seen.tariff.max_price is None:
            yield priced[0], {}


def _no_free_below(seen: Seen, _dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """Who replugs after a failed start pays a fee twice."""
    fees = [place for place, line in seen.open_lines((Dimension.FLAT,)) if line.price]
    if fees and seen.tariff.ext.free_below is None:
        yield fees[0], {}


def _no_energy_limit(seen: Seen, _dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """No number of kWh at which a session ends."""
    limits = seen.tariff.ext.limits
    if limits is None or limits.energy_kwh is None:
        yield None, {}


def _never(seen: Seen, _dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """A line that is never the first fitting one."""
    for each in seen.coverage:
        yield from ((place, {"line": place + 1, "by": by + 1}) for place, by in each.never)


def _crossing(seen: Seen, _dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """Two lines that fit at the same time, neither of them inside the other."""
    for each in seen.coverage:
        yield from ((second, {"line": first + 1, "other": second + 1}) for first, second in each.crossing)


def _free_hours(seen: Seen, dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """Hours of the week in which no line of a dimension can count."""
    for each in seen.coverage:
        if each.dimension in dimensions and each.free:
            yield each.lines[-1], {"hours": sum(end - start for _, start, end in each.free) // 60}


def _no_fallback(seen: Seen, dimensions: tuple[str, ...]) -> Iterator[Answer]:
    """Hours aside, some session meets no price: by amount, date, power or group."""
    for each in seen.coverage:
        if each.dimension in dimensions and each.sometimes_free and not each.free:
            yield each.lines[-1], {}


CHECKS: dict[str, Check] = {
    "priced": _priced,
    "not_priced": _not_priced,
    "minimum": _minimum,
    "net": _net,
    "several_kinds": _several_kinds,
    "by_clock": _by_clock,
    "no_cap": _no_cap,
    "no_free_below": _no_free_below,
    "no_energy_limit": _no_energy_limit,
    "never": _never,
    "crossing": _crossing,
    "free_hours": _free_hours,
    "no_fallback": _no_fallback,
}
