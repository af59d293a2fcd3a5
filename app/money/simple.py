"""The tariff most hosts want: per kWh, perhaps per minute, a start fee, and an idle fee with grace and cap. To terms and back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.kernel.errors import Invalid
from app.money.terms import (
    Component,
    Dimension,
    Element,
    Extensions,
    FreeBelow,
    IdleGrace,
    Restrictions,
    Tariff,
    TaxIncluded,
)
from app.money.terms_json import tariff_from_json, tariff_to_json

#: whoever replugs after a failed start pays nothing (README P7)
FREE_BELOW = FreeBelow(Decimal("0.1"), 120)
#: a car may stay this long after charging before idling costs (README P7)
IDLE_GRACE_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleTerms:
    """Prices as a form has them: per kWh, per minute, per session. None: that price does not exist."""

    currency: str
    energy: Decimal | None
    per_min: Decimal | None = None
    start_fee: Decimal | None = None
    idle_per_min: Decimal | None = None
    idle_grace_s: int = IDLE_GRACE_SECONDS
    idle_cap: Decimal | None = None
    tax_included: bool = True
    vat_pct: Decimal | None = None

    def to_tariff(self, tariff_id: str = "") -> Tariff:
        """The terms as a tariff. Refuses (``Invalid``, field named as here) negative prices, an unknown currency, a VAT rate outside
        0 to 100, a cap without an idle fee, and a tariff without any price."""
        self._check()
        prices = (
            (Dimension.FLAT, self.start_fee),
            (Dimension.ENERGY, self.energy),
            (Dimension.TIME, None if self.per_min is None else self.per_min * 60),
            (Dimension.PARKING_TIME, None if self.idle_per_min is None else self.idle_per_min * 60),
        )
        components = tuple(Component(dimension, price, 1, self.vat_pct) for dimension, price in prices if price is not None)
        idle = self.idle_per_min is not None
        tariff = Tariff(
            id=tariff_id,
            currency=self.currency,
            elements=(Element(components),),
            tax_included=TaxIncluded.YES if self.tax_included else TaxIncluded.NO,
            ext=Extensions(
                idle_grace=IdleGrace(self.idle_grace_s) if idle else None,
                caps=((Dimension.PARKING_TIME, self.idle_cap),) if self.idle_cap is not None else (),
                free_below=FREE_BELOW,
            ),
        )
        return tariff_from_json(tariff_to_json(tariff))  # checked like any other tariff

    def _check(self) -> None:
        for name in ("energy", "per_min", "start_fee", "idle_per_min", "idle_cap", "idle_grace_s"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise Invalid("negative_number", field=name, value=str(value))
        if self.energy is None and self.per_min is None and self.start_fee is None and self.idle_per_min is None:
            raise Invalid("missing", field="energy")
        if self.idle_cap is not None and self.idle_per_min is None:
            raise Invalid("cap_without_price", field="idle_cap")
        if self.vat_pct is not None and not 0 <= self.vat_pct <= 100:
            raise Invalid("bad_vat_rate", field="vat_pct", pct=str(self.vat_pct))


def simple_tariff(
    currency: str,
    energy: Decimal | None,
    start_fee: Decimal | None = None,
    idle_per_min: Decimal | None = None,
    idle_grace_s: int = IDLE_GRACE_SECONDS,
    idle_cap: Decimal | None = None,
    *,
    tax_included: bool = True,
    vat_pct: Decimal | None = None,
) -> Tariff:
    """A tariff from a handful of prices; see ``SimpleTerms.to_tariff``."""
    return SimpleTerms(
        currency=currency,
        energy=energy,
        start_fee=start_fee,
        idle_per_min=idle_per_min,
        idle_grace_s=idle_grace_s,
        idle_cap=idle_cap,
        tax_included=tax_included,
        vat_pct=vat_pct,
    ).to_tariff()


def simple_terms(tariff: Tariff) -> SimpleTerms | None:
    """The form's values of a tariff that ``SimpleTerms`` can say in full; None for any other."""
    if not tariff.elements:
        return None
    prices: dict[Dimension, Component] = {}
    for component in tariff.elements[0].components:
        prices.setdefault(component.dimension, component)
    rates = {component.vat_pct for component in prices.values()}
    if len(rates) != 1 or len(tariff.elements) != 1 or tariff.elements[0].restrictions != Restrictions():
        return None
    cap, grace = tariff.ext.cap(Dimension.PARKING_TIME), tariff.ext.idle_grace

    def price(dimension: Dimension) -> Decimal | None:
        return prices[dimension].price if dimension in prices else None

    per_hour, idle_per_hour = price(Dimension.TIME), price(Dimension.PARKING_TIME)
    terms = SimpleTerms(
        currency=tariff.currency,
        energy=price(Dimension.ENERGY),
        per_min=None if per_hour is None else per_hour / 60,
        start_fee=price(Dimension.FLAT),
        idle_per_min=None if idle_per_hour is None else idle_per_hour / 60,
        idle_grace_s=grace.seconds if grace else 0,
        idle_cap=cap,
        tax_included=tariff.gross_prices,
        vat_pct=rates.pop(),
    )
    try:
        return terms if terms.to_tariff(tariff.id) == tariff else None
    except Invalid:
        return None
