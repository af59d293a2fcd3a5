"""A tariff as an editor has it: one line per price, in units as people say them (per kWh, per minute, per started quarter of an hour).

An element with several prices becomes several lines under the same conditions; as each dimension looks for its own first fitting price
(README P3), that is the same tariff. ``form_path`` turns the path of a refusal into the path of the form's field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from app.kernel.errors import Invalid
from app.money.amount import decimals
from app.money.rate import rounded
from app.money.terms import Component, Dimension, Restrictions, Tariff, TaxIncluded

#: started blocks of so many minutes that a form offers
BLOCKS = (1, 15, 30, 60, 240, 360)
UNITS = ("kwh", "session", "minute", "hour", *(str(minutes) for minutes in BLOCKS))
_TIMES = (Dimension.TIME, Dimension.PARKING_TIME)
_PLACES = 9


@dataclass(frozen=True, slots=True)
class Line:
    """One price: ``unit`` is one of UNITS (a number: per started block of so many minutes), ``step`` counts Wh or seconds."""

    dimension: Dimension
    price: Decimal
    unit: str
    step: int
    vat_pct: Decimal | None
    when: Restrictions
    #: the groups of ``when`` as people read them
    groups: tuple[str, ...] = ()

    @property
    def block(self) -> int | None:
        """Minutes of the started block it prices; None for any other unit."""
        return int(self.unit) if self.unit.isdigit() else None

    @property
    def per_minute(self) -> Decimal | None:
        """The price of a minute of time, for comparing; None for energy and fees."""
        if self.dimension not in _TIMES:
            return None
        return self.price / (self.block or (60 if self.unit == "hour" else 1))


def lines_of(tariff: Tariff) -> tuple[Line, ...]:
    """Every price of a tariff, in order."""
    names = dict(tariff.ext.group_names)
    found = []
    for element in tariff.elements:
        groups = tuple(sorted(names.get(word, word) for word in element.restrictions.user_groups))
        found += [line_of(component, element.restrictions, groups) for component in element.components]
    return tuple(found)


def places_of(tariff: Tariff) -> list[tuple[int, int]]:
    """(element, component) of each line of ``lines_of``."""
    return [(row, column) for row, element in enumerate(tariff.elements) for column in range(len(element.components))]


def least_total(tariff: Tariff) -> Decimal | None:
    """What the tariff makes every session cost at least, with VAT (to the cent, at its highest rate); None: no such bound."""
    bound = tariff.min_price
    if bound is None:
        return None
    untaxed = tariff.tax_included is TaxIncluded.NOT_APPLICABLE
    pct = Decimal(0) if untaxed else max((line.vat_pct or Decimal(0) for line in lines_of(tariff)), default=Decimal(0))
    with_tax = rounded(Fraction(bound.excl_vat) * (100 + Fraction(pct)) / 100, decimals(tariff.currency))
    return max(with_tax, bound.incl_vat or with_tax)


def line_of(component: Component, when: Restrictions, groups: tuple[str, ...] = ()) -> Line:
    """A component in the unit that says it exactly: a started block where its step is one, else the minute, else the hour."""
    unit, amount = "kwh" if component.dimension is Dimension.ENERGY else "session", component.price
    if component.dimension in _TIMES:
        block = next((minutes for minutes in BLOCKS if minutes * 60 == component.step_size), None)
        units = ([(str(block), block)] if block else []) + [("minute", 1)]
        unit = "hour"
        for name, minutes in units:
            found = _exact(component.price * minutes, 60)
            if found is not None:
                unit, amount = name, found
                break
    return Line(component.dimension, amount, unit, component.step_size, component.vat_pct, when, groups)


def hourly(price: Decimal, unit: str, field: str) -> Decimal:
    """The price per hour that terms keep; refuses ``price_uneven`` at the field where it has no end as a decimal."""
    minutes = {"minute": 1, "hour": 60}.get(unit) or int(unit)
    found = _exact(price * 60, minutes)
    if found is None:
        raise Invalid("price_uneven", field=field, minutes=minutes)
    return found


def _exact(above: Decimal, below: int) -> Decimal | None:
    """A quotient with at most nine decimals; None if it has more."""
    found = (above / below).quantize(Decimal(1).scaleb(-_PLACES))
    if found * below != above:
        return None
    shorter = found.normalize()
    return shorter if int(shorter.as_tuple().exponent) <= 0 else shorter.quantize(Decimal(1))


def component_json(dimension: str, price: Decimal, unit: str, step: int, vat_pct: Decimal | None, field: str) -> dict[str, Any]:
    """A line's price as a component of an OCPI object."""
    if dimension in _TIMES:
        step = int(unit) * 60 if unit.isdigit() else step
        price = hourly(price, unit, field)
    found: dict[str, Any] = {"type": str(dimension), "price": f"{price:f}", "step_size": step}
    return found if vat_pct is None else found | {"vat": f"{vat_pct:f}"}


_LINE = re.compile(r"elements\[(\d+)\](?:\.price_components\[\d+\]|\.restrictions)?(?:\.(\w+))?.*")
_NAMES = {
    "vat": "vat_pct",
    "step_size": "step",
    "type": "kind",
    "price_components": "price",
    "day_of_week": "weekdays",
    "min_duration": "min_minutes",
    "max_duration": "max_minutes",
    "end_date": "last_date",
}
_WHOLE = {
    "elements": "lines",
    "ext.idle_grace.seconds": "grace",
    "ext.free_energy_kwh": "free_kwh",
    "ext.free_below.energy_kwh": "free_below_kwh",
    "ext.free_below.seconds": "free_below_s",
    "ext.limits.energy_kwh": "limit_kwh",
    "ext.limits.minutes": "limit_minutes",
    "ext.limits.cost": "limit_cost",
    "ext.hold": "hold",
}


def form_path(path: str) -> str:
    """``elements[2].restrictions.start_time`` is ``lines[2].start_time`` in the form; an unknown path stays as it is."""
    if found := _LINE.fullmatch(path):
        name = found[2] or "price"
        return f"lines[{found[1]}].{_NAMES.get(name, name)}"
    if path.startswith("ext.caps."):
        return f"cap_{path.rsplit('.', 1)[1].lower()}"
    if path.startswith("ext.dynamic"):
        return path.rsplit(".", 1)[1].replace("dynamic", "market").replace("vat", "vat_pct")
    if path.startswith(("min_price", "max_price")):
        return path.split(".", maxsplit=1)[0]
    return _WHOLE.get(path, path)
