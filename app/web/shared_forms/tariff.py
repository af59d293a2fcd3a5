"""The form of a tariff, for both portals: any tariff the engine can price, to the form and back.

The form makes an OCPI object and lets ``parse_tariff`` judge it; a refusal's path finds its field again through ``form_path``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField, HiddenField, SelectField, StringField
from wtforms.validators import Length

from app.kernel.errors import Invalid, Refusal
from app.money.amount import decimals
from app.money.ext_json import extensions_json
from app.money.rate import rounded
from app.money.sheet import form_path, lines_of
from app.money.terms import Dimension, Dynamic, Extensions, GraceMode, GraceScope, Limit, Tariff, TaxIncluded
from app.money.terms_json import parse_tariff, tariff_to_json
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import DecimalField, PctField
from app.web.forms import optional
from app.web.shared_forms.dynamic import DynamicFields
from app.web.shared_forms.tariff_fields import ClockField, LengthField, LineForm, PartForm

MOST_LINES = 100
_MONEY: dict[str, Any] = {"places": 5, "least": Decimal(0)}
_KWH: dict[str, Any] = {"least": Decimal(0), "unit": "kWh"}


class ExampleForm(PartForm):
    """A session to price while a tariff is edited: energy, minutes charging, minutes idle, and when it starts."""

    kwh = DecimalField(_l("Energy"), [optional()], least=Decimal(0), most=Decimal(1000), unit="kWh", places=3)
    charging = LengthField(_l("Charging"), [optional()])
    idle = LengthField(_l("Idle"), [optional()])
    at = ClockField(_l("Starts at"), [optional()])


#: kWh, seconds charging, seconds idle, start
EXAMPLES: tuple[dict[str, Any], ...] = (
    {"kwh": Decimal(8), "charging": 1800, "idle": 0, "at": "12:00"},
    {"kwh": Decimal(22), "charging": 7200, "idle": 1200, "at": "18:00"},
    {"kwh": Decimal(45), "charging": 18000, "idle": 21600, "at": "22:00"},
)


class TariffForm(DynamicFields):
    """A whole tariff: its lines in order, then what counts for all of it."""

    name = StringField(_l("Name"), [Length(max=120)])
    lines = FieldList(FormField(LineForm), max_entries=MOST_LINES)
    vat_pct = PctField(_l("VAT"), [optional()])
    tax_included = SelectField(
        _l("Prices are"),
        choices=[("YES", _l("with VAT")), ("NO", _l("without VAT, which is added")), ("N/A", _l("free of VAT"))],
        default="YES",
    )
    min_price = DecimalField(_l("A session costs at least"), [optional()], **_MONEY)
    max_price = DecimalField(_l("A session costs at most"), [optional()], **_MONEY)
    min_other = DecimalField(_l("Lowest price on the other basis"), [optional()], **_MONEY)
    max_other = DecimalField(_l("Highest price on the other basis"), [optional()], **_MONEY)
    free_kwh = DecimalField(_l("Free energy per session"), [optional()], **_KWH)
    grace = LengthField(_l("Idle time that is free"), [optional()])
    grace_scope = SelectField(
        _l("Free idle time counts"), choices=[("phase", _l("anew each time charging stops")), ("session", _l("once per session"))]
    )
    grace_mode = SelectField(
        _l("If it takes longer"), choices=[("deduct", _l("only the rest is billed")), ("threshold", _l("all idle time is billed"))]
    )
    cap_energy = DecimalField(_l("Energy costs at most"), [optional()], **_MONEY)
    cap_time = DecimalField(_l("Charging time costs at most"), [optional()], **_MONEY)
    cap_parking_time = DecimalField(_l("Idle time costs at most"), [optional()], **_MONEY)
    cap_flat = DecimalField(_l("Start fees cost at most"), [optional()], **_MONEY)
    free_below_kwh = DecimalField(_l("Free below energy"), [optional()], **_KWH)
    free_below_s = LengthField(_l("Free below time"), [optional()])
    limit_kwh = DecimalField(_l("Stop after energy"), [optional()], **_KWH)
    limit_minutes = LengthField(_l("Stop after time"), [optional()])
    limit_cost = DecimalField(_l("Stop at cost, with VAT"), [optional()], **_MONEY)
    hold = DecimalField(_l("Reserved on the card before"), [optional()], **_MONEY)
    start_date_time = HiddenField()
    end_date_time = HiddenField()
    examples = FieldList(FormField(ExampleForm), min_entries=3, max_entries=3)
    driver = SelectField(_l("For whom"), choices=[], validate_choice=False)
    session = StringField(_l("A session that happened"), [Length(max=20)])

    def __init__(self, *args: Any, currency: str = "EUR", **values: Any) -> None:
        super().__init__(*args, **values)
        self.currency = currency
        self.offer_markets([])
        self.has_people = True
        #: code and name of the group whose members the examples are for; empty: somebody in no group
        self.shown_for: tuple[str, ...] = ()
        for field in self._fields.values():
            if isinstance(field, DecimalField) and not field.unit:
                field.unit = currency
        for line in self.lines:
            line.form.price.unit = f"{currency}/kWh" if line.form.kind.data == Dimension.ENERGY else currency

    @classmethod
    def of(cls, name: str, tariff: Tariff) -> Self:
        """The form filled in with terms."""
        return cls(formdata=None, currency=tariff.currency, data={"name": name, **_values(tariff)})

    @classmethod
    def typed(cls, pairs: list[tuple[str, str]], currency: str, *, shown: bool = True) -> Self:
        """The form as somebody typed it before; ``shown``: it goes on a page again, so it carries a token."""
        return cls(formdata=MultiDict(pairs), currency=currency, meta={"csrf": shown})

    def tariff(self) -> Tariff:
        """The terms as typed; refuses ``Invalid`` with a path in the terms."""
        found: dict[str, Any] = {"currency": self.currency, "tax_included": self.tax_included.data}
        found["elements"] = [line.form.element(self.vat_pct.data, place) for place, line in enumerate(self.lines)]
        for name in ("start_date_time", "end_date_time"):
            found[name] = self[name].data or None
        found["ext"] = {name: value for name, value in self._ext().items() if value not in (None, {})}
        for name in ("min_price", "max_price"):
            found[name] = self._bound(name)
        return parse_tariff(found)

    def offer_people(self, groups: Mapping[str, str]) -> None:
        """The groups of drivers that lines may be for, name by code."""
        self.has_people = bool(groups) or any(line.form.user_groups.data for line in self.lines)
        self.driver.choices = [("", _("Drivers in no group")), *((code, f"{name} ({code})") for code, name in groups.items())]
        self.shown_for = next(((code, name) for code, name in groups.items() if code == self.driver.data), ())
        for line in self.lines:
            line.form.user_groups.offer(groups)

    def refuse(self, refusal: Refusal) -> Self:
        """Put a refusal at the field its path means."""
        if refusal.field:
            refusal.field = form_path(refusal.field)
        return super().refuse(refusal)

    def _ext(self) -> dict[str, Any]:
        def text(field: DecimalField) -> str | None:
            return None if field.data is None else f"{field.data:f}"

        seconds = self.limit_minutes.data
        grace = {"seconds": self.grace.data, "scope": self.grace_scope.data, "mode": self.grace_mode.data}
        caps = {each.value: text(self[f"cap_{each.value.lower()}"]) for each in Dimension}
        below = {"energy_kwh": text(self.free_below_kwh), "seconds": self.free_below_s.data}
        limits = {
            "energy_kwh": text(self.limit_kwh),
            "minutes": None if seconds is None else max(1, seconds // 60),
            "cost": text(self.limit_cost),
        }
        parts = {"caps": caps, "free_below": below, "limits": limits}
        return {
            "idle_grace": grace if self.grace.data is not None else None,
            "free_energy_kwh": text(self.free_kwh),
            "hold": text(self.hold),
            "dynamic": extensions_json(Extensions(dynamic=self.dynamic(self.vat_pct.data))).get("dynamic"),
            **{name: {key: value for key, value in part.items() if value is not None} for name, part in parts.items()},
        }

    def _bound(self, name: str) -> dict[str, str] | None:
        """A lowest or highest price: typed on the tariff's own basis, the other one derived at its only rate of VAT."""
        own, other = self[name].data, self[f"{name[:3]}_other"].data
        if own is None:
            return None
        if self.tax_included.data != TaxIncluded.YES.value:
            return {"excl_vat": f"{own:f}"} | ({} if other is None else {"incl_vat": f"{other:f}"})
        if other is None:
            rates = {self._rate(line.form) for line in self.lines}
            if len(rates) > 1:
                raise Invalid("bound_needs_one_rate", field=name)
            other = net_bound(own, self.currency, next(iter(rates), None))
        return {"excl_vat": f"{other:f}", "incl_vat": f"{own:f}"}

    def _rate(self, line: LineForm) -> Decimal | None:
        rate: Decimal | None = None if line.untaxed.data else self.vat_pct.data if line.vat_pct.data is None else line.vat_pct.data
        return rate


def net_bound(gross: Decimal, currency: str, vat_pct: Decimal | None) -> Decimal:
    """The net bound that belongs to a gross one, to the cent: 2.00 at 19 % is 1.68."""
    if not vat_pct:
        return gross
    return rounded(Fraction(gross) * 100 / (100 + Fraction(vat_pct)), decimals(currency))


def _bounds(limit: Limit | None, tariff: Tariff, rates: set[Decimal | None]) -> tuple[Decimal | None, Decimal | None]:
    """(own basis, other basis if it cannot be derived)."""
    if limit is None:
        return None, None
    if not tariff.gross_prices:
        return limit.excl_vat, limit.incl_vat
    own = limit.excl_vat if limit.incl_vat is None else limit.incl_vat
    derived = net_bound(own, tariff.currency, next(iter(rates), None)) if len(rates) == 1 else None
    return own, None if derived == limit.excl_vat else limit.excl_vat


def _values(tariff: Tariff) -> dict[str, Any]:
    """The form's values of terms."""
    lines, ext = lines_of(tariff), tariff.ext
    rates = {line.vat_pct for line in lines}
    vat_pct = next((line.vat_pct for line in lines if line.vat_pct is not None), ext.dynamic.vat_pct if ext.dynamic else None)
    low, high = (_bounds(limit, tariff, rates) for limit in (tariff.min_price, tariff.max_price))
    written = tariff_to_json(tariff)
    grace, below, limits = ext.idle_grace, ext.free_below, ext.limits
    return {
        "lines": [LineForm.values_of(line, vat_pct) for line in lines],
        "vat_pct": vat_pct,
        "tax_included": tariff.tax_included.value,
        "min_price": low[0],
        "min_other": low[1],
        "max_price": high[0],
        "max_other": high[1],
        "free_kwh": ext.free_energy_kwh or None,
        "grace": grace.seconds if grace else None,
        "grace_scope": (grace.scope if grace else GraceScope.PHASE).value,
        "grace_mode": (grace.mode if grace else GraceMode.DEDUCT).value,
        **_dynamic_values(ext.dynamic),
        **{f"cap_{each.value.lower()}": ext.cap(each) for each in Dimension},
        "free_below_kwh": below.energy_kwh if below else None,
        "free_below_s": below.seconds if below else None,
        "limit_kwh": limits.energy_kwh if limits else None,
        "limit_minutes": limits.minutes * 60 if limits and limits.minutes is not None else None,
        "limit_cost": limits.cost if limits else None,
        "hold": ext.hold,
        "start_date_time": written.get("start_date_time", ""),
        "end_date_time": written.get("end_date_time", ""),
        "examples": list(EXAMPLES),
    }


def _dynamic_values(dynamic: Dynamic | None) -> dict[str, Any]:
    if dynamic is None:
        return {}
    names = ("markup", "markup_pct", "floor", "ceiling", "fallback")
    return {"market": dynamic.market} | {name: getattr(dynamic, name) for name in names}


def example_lengths(form: ExampleForm) -> tuple[Decimal, timedelta, timedelta]:
    """Energy, time charging and time idle of an example; at least a minute."""
    charging = timedelta(seconds=form.charging.data or 0)
    return form.kwh.data or Decimal(0), max(charging, timedelta(minutes=1)), timedelta(seconds=form.idle.data or 0)
