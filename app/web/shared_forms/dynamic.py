"""The part of a tariff's form that makes the price of energy follow a day-ahead curve. Used by the editors of both portals.

In a form class: ``class TariffForm(DynamicFields, BaseForm)``. In its template: ``{% from "shared/tariffs/dynamic.html" import
dynamic_section %}{{ dynamic_section(form) }}``. Then ``form.dynamic(vat_pct)`` is the value for ``Extensions(dynamic=…)``, None where no
market is chosen; ``form.show_dynamic(tariff.ext.dynamic)`` fills it in, ``form.offer_markets(...)`` gives the choices.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from wtforms import SelectField

from app.kernel.errors import Invalid
from app.money.terms import Dynamic
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import DecimalField, RateField
from app.web.forms import BaseForm, optional

_PLAIN = ("markup", "floor", "ceiling", "fallback")


class DynamicFields(BaseForm):
    """Market area, mark-up, bounds, and what counts where the curve is not known. Prices per kWh; mark-up without VAT."""

    market = SelectField(_l("Price of energy follows"), [optional()])
    markup = DecimalField(_l("Mark-up per kWh, without VAT"), [optional()], places=6, least=Decimal(-10), most=Decimal(10))
    markup_pct = DecimalField(_l("Mark-up in per cent"), [optional()], places=2, least=Decimal(-100), most=Decimal(1000), unit="%")
    floor = RateField(_l("At least"), [optional()], per="kwh")
    ceiling = RateField(_l("At most"), [optional()], per="kwh")
    fallback = RateField(_l("Where no exchange price is known"), [optional()], per="kwh")

    def offer_markets(self, names: Iterable[str]) -> None:
        """The market areas with a curve; the empty choice is a fixed price."""
        known = list(names)
        if self.market.data and self.market.data not in known:
            known.append(self.market.data)
        self.market.choices = [("", _("No exchange: the price is fixed")), *((name, name) for name in known)]

    def show_dynamic(self, dynamic: Dynamic | None) -> None:
        """Fill in what stands."""
        if dynamic is None:
            return
        self.market.data, self.markup_pct.data = dynamic.market, dynamic.markup_pct or None
        for name in _PLAIN:
            self[name].data = getattr(dynamic, name) or None

    def dynamic(self, vat_pct: Decimal | None) -> Dynamic | None:
        """What was typed; refuses ``missing`` at ``fallback`` and ``min_above_max`` at ``floor``."""
        if not self.market.data:
            return None
        if self.fallback.data is None:
            raise Invalid("missing", field="fallback")
        if self.ceiling.data is not None and self.floor.data is not None and self.floor.data > self.ceiling.data:
            raise Invalid("min_above_max", field="floor")
        return Dynamic(
            market=self.market.data,
            fallback=self.fallback.data,
            markup=self.markup.data or Decimal(0),
            markup_pct=self.markup_pct.data or Decimal(0),
            floor=self.floor.data or Decimal(0),
            ceiling=self.ceiling.data,
            vat_pct=vat_pct,
        )
