"""Tariffs to begin with, in ordinary shapes. Prices are examples to be changed; all are gross and free below 0.1 kWh and two minutes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from app.money.simple import FREE_BELOW, IDLE_GRACE_SECONDS
from app.money.terms import Component, Dimension, Element, Extensions, IdleGrace, Restrictions, Tariff, TaxIncluded

D = Decimal
_NIGHT = Restrictions(start_minute=22 * 60, end_minute=6 * 60)
_WEEKEND = Restrictions(weekdays=frozenset({5, 6}))


def starter(name: str, currency: str, vat_pct: Decimal | None) -> Tariff | None:
    """The tariff of that name, None if there is none; names are those of STARTERS."""
    make = STARTERS.get(name)
    if make is None:
        return None
    elements, idle = make(vat_pct)
    ext = Extensions(
        idle_grace=IdleGrace(IDLE_GRACE_SECONDS) if idle else None,
        caps=((Dimension.PARKING_TIME, D(12)),) if idle else (),
        free_below=FREE_BELOW,
    )
    return Tariff(id="", currency=currency, elements=elements, tax_included=TaxIncluded.YES, ext=ext)


_Made = tuple[tuple[Element, ...], bool]


def _kwh(price: str, vat: Decimal | None, when: Restrictions | None = None) -> Element:
    return Element((Component(Dimension.ENERGY, D(price), 1, vat),), when or Restrictions())


def _idle(vat: Decimal | None) -> Element:
    """0.10 per minute by day; nights are free."""
    return Element((Component(Dimension.PARKING_TIME, D(6), 1, vat),), Restrictions(start_minute=8 * 60, end_minute=22 * 60))


def _time(vat: Decimal | None) -> Element:
    """0.05 per minute."""
    return Element((Component(Dimension.TIME, D(3), 1, vat),))


STARTERS: dict[str, Callable[[Decimal | None], _Made]] = {
    "per_kwh": lambda vat: ((_kwh("0.49", vat),), False),
    "kwh_idle": lambda vat: ((_kwh("0.49", vat), _idle(vat)), True),
    "day_night": lambda vat: ((_kwh("0.39", vat, _NIGHT), _kwh("0.49", vat)), False),
    "weekend": lambda vat: ((_kwh("0.39", vat, _WEEKEND), _kwh("0.49", vat)), False),
    "free_first": lambda vat: ((_kwh("0", vat, Restrictions(max_kwh=D(5))), _kwh("0.49", vat)), False),
    "tiers": lambda vat: ((_kwh("0.49", vat, Restrictions(max_kwh=D(20))), _kwh("0.59", vat)), False),
    "kwh_time": lambda vat: ((_kwh("0.39", vat), _time(vat)), False),
    "free": lambda vat: ((_kwh("0", vat),), False),
}
