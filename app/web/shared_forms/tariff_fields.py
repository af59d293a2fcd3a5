"""Fields of the tariff editor beyond those of app.web.fields: lengths of time, times of day, and one line of a tariff."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, Form, HiddenField, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from app.money.sheet import BLOCKS, Line, component_json
from app.money.terms import WEEKDAYS, Dimension
from app.text.format import number
from app.text.locales import current
from app.text.tariff_words import day_name
from app.text.words import Lazy, catalogue
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import DayField, DecimalField, PctField, TypedField
from app.web.forms import optional, required
from app.web.people_field import PeopleField


class LengthField(TypedField):
    """A length of time, typed in minutes (``90``) or, with their letter, hours or seconds (``4 h``, ``45 s``); ``data`` is seconds."""

    unit = "min"

    def read(self, typed: str) -> int:
        """Seconds."""
        found = re.fullmatch(r"(\d{1,6})\s*(h|min|s)?", typed)
        if not found:
            raise ValueError(_("Write minutes, such as 15, or 4 h, or 45 s."))
        return int(found[1]) * {"h": 3600, "s": 1}.get(found[2] or "", 60)

    def write(self, value: int) -> str:
        """Minutes where they are whole."""
        return str(value // 60) if value % 60 == 0 else f"{value} s"


class ClockField(TypedField):
    """A time of day, ``08:00``; ``data`` is the text as terms have it. 24:00 is the end of the day."""

    mode = "time"

    def read(self, typed: str) -> str:
        """The time with two digits each."""
        found = re.fullmatch(r"(\d{1,2})[:.](\d{2})", typed)
        if not found or int(found[2]) > 59 or int(found[1]) > (24 if found[2] == "00" else 23):
            raise ValueError(_("Write a time of day, such as 08:00."))
        return f"{int(found[1]) % 24:02d}:{found[2]}"

    def write(self, value: str) -> str:
        """As it is."""
        return value


class PriceField(DecimalField):
    """A price, written with at least two decimals."""

    def write(self, value: Decimal) -> str:
        """``0,10``."""
        mark = "," if "," in number(Decimal("0.5")) else "."
        whole, _, rest = super().write(value).partition(mark)
        return f"{whole}{mark}{rest:0<2}"


class _HouseWords:
    """WTForms' own sentences from the house's catalogues."""

    def gettext(self, string: str) -> str:
        return catalogue(current().language).gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return catalogue(current().language).ngettext(singular, plural, n)


class PartForm(Form):
    """A part of a form, repeated in it; without a token of its own."""

    class Meta:
        """WTForms options."""

        def get_translations(self, form: Any) -> Any:  # noqa: ARG002 - WTForms' signature
            """The house's catalogues."""
            return _HouseWords()


_UNITS: list[tuple[str, Lazy]] = [
    ("minute", _l("per minute, to the second")),
    ("1", _l("per started minute")),
    ("15", _l("per started 15 minutes")),
    ("30", _l("per started 30 minutes")),
    ("60", _l("per started hour")),
    ("240", _l("per started 4 hours")),
    ("360", _l("per started 6 hours")),
    ("hour", _l("per hour, to the second")),
]


class LineForm(PartForm):
    """One price with its conditions. ``kind`` is a Dimension and fixed when the line is made."""

    kind = HiddenField()
    price = PriceField(_l("Price"), [required(_l("Write a price; 0 for free."))], least=Decimal(0))
    unit = SelectField(_l("Counted"), choices=_UNITS, default="minute", validate_choice=False)
    weekdays = SelectMultipleField(_l("Days"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    start_time = ClockField(_l("From"), [optional()])
    end_time = ClockField(_l("Until"), [optional()])
    start_date = DayField(_l("First day"), [optional()])
    last_date = DayField(_l("Last day"), [optional()])
    holidays = SelectField(
        _l("Public holidays"),
        choices=[("", _l("like any day")), ("only", _l("only on them")), ("never", _l("never on them"))],
        default="",
    )
    min_kwh = DecimalField(_l("From energy"), [optional()], least=Decimal(0), unit="kWh")
    max_kwh = DecimalField(_l("Up to energy"), [optional()], least=Decimal(0), unit="kWh")
    min_minutes = LengthField(_l("From time after the start"), [optional()])
    max_minutes = LengthField(_l("Up to time after the start"), [optional()])
    min_power = DecimalField(_l("From power"), [optional()], least=Decimal(0), unit="kW")
    max_power = DecimalField(_l("Below power"), [optional()], least=Decimal(0), unit="kW")
    min_current = DecimalField(_l("From current"), [optional()], least=Decimal(0), unit="A")
    max_current = DecimalField(_l("Below current"), [optional()], least=Decimal(0), unit="A")
    user_groups = PeopleField(_l("Only for these groups of drivers"))
    reservation = SelectField(
        _l("What it prices"),
        choices=[
            ("", _l("Charging")),
            ("RESERVATION", _l("A reservation")),
            ("RESERVATION_EXPIRES", _l("A reservation nobody used")),
        ],
        default="",
    )
    step = DecimalField(_l("Rounded up to"), [optional()], places=0, least=Decimal(0))
    vat_pct = PctField(_l("Other VAT rate"), [optional()])
    untaxed = BooleanField(_l("Not taxed"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.weekdays.choices = [(word, day_name(day)) for day, word in enumerate(WEEKDAYS)]
        self.step.unit = "Wh" if self.kind.data == Dimension.ENERGY else "s"

    @property
    def is_time(self) -> bool:
        """Does it price time?"""
        return self.kind.data in {Dimension.TIME, Dimension.PARKING_TIME}

    @property
    def has_more(self) -> bool:
        """Is anything set that stands in the folded part?"""
        folded = (*_RANGES, "holidays", "start_date", "last_date", "user_groups", "reservation", "vat_pct", "untaxed")
        return any(self[name].data not in (None, "", False, []) or self[name].errors for name in folded)

    @classmethod
    def values_of(cls, line: Line, vat_pct: Decimal | None) -> dict[str, Any]:
        """The form's values of a line; ``vat_pct`` is the rate of the whole sheet."""
        when = line.when
        return {
            "kind": line.dimension.value,
            "price": line.price,
            "unit": line.unit,
            "weekdays": [WEEKDAYS[day] for day in sorted(when.weekdays)],
            "start_time": _clock(when.start_minute),
            "end_time": _clock(when.end_minute),
            "start_date": when.start_date,
            "last_date": when.end_date and when.end_date - timedelta(days=1),
            "min_minutes": when.min_duration,
            "max_minutes": when.max_duration,
            **{name: getattr(when, name) for name in _RANGES if not name.endswith("minutes")},
            "user_groups": sorted(when.user_groups),
            "reservation": when.reservation.value if when.reservation else "",
            "holidays": when.holidays.value if when.holidays else "",
            "step": None if line.block or line.step == 1 else Decimal(line.step),
            "vat_pct": None if line.vat_pct == vat_pct else line.vat_pct,
            "untaxed": line.vat_pct is None and vat_pct is not None,
        }

    def element(self, vat_pct: Decimal | None, place: int) -> dict[str, Any]:
        """The line as an element of an OCPI object; ``place`` names it in refusals."""
        rate = None if self.untaxed.data else vat_pct if self.vat_pct.data is None else self.vat_pct.data
        unit = self.unit.data if self.is_time and self.unit.data in {str(n) for n in BLOCKS} | {"minute", "hour"} else "minute"
        step = 1 if self.step.data is None else int(self.step.data)
        price = self.price.data if self.price.data is not None else Decimal(0)
        part = component_json(self.kind.data or "", price, unit, step, rate, f"elements[{place}].price_components[0].price")
        found = {name: value for name, value in self._restrictions().items() if value not in (None, "", [])}
        return {"price_components": [part], **({"restrictions": found} if found else {})}

    def _restrictions(self) -> dict[str, Any]:
        last = self.last_date.data
        numbers = {name: self[name].data for name in _RANGES if not name.endswith("minutes")}
        return {
            "day_of_week": list(self.weekdays.data or []),
            "start_time": self.start_time.data,
            "end_time": self.end_time.data,
            "start_date": self.start_date.data and self.start_date.data.isoformat(),
            "end_date": (last + timedelta(days=1)).isoformat() if last and last < date.max else None,
            "min_duration": self.min_minutes.data,
            "max_duration": self.max_minutes.data,
            **{name: None if value is None else f"{value:f}" for name, value in numbers.items()},
            "user_groups": list(self.user_groups.data or []),
            "reservation": self.reservation.data,
            "holidays": self.holidays.data,
        }


_RANGES = ("min_kwh", "max_kwh", "min_minutes", "max_minutes", "min_power", "max_power", "min_current", "max_current")


def _clock(minute: int | None) -> str | None:
    return None if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
