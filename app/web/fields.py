"""Form fields for what the house counts in: money, prices, percentages, months, days, local times.

They accept comma or point, ask where a number can be read in two ways, keep what was typed after an error, and give exact values.
``said`` is the value read, for the line below the field ("= €1,234.50").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from wtforms import Field, Form, SelectField, ValidationError
from wtforms.widgets import TextInput

from app.kernel.errors import Invalid
from app.kernel.periods import Month, zone
from app.money.amount import Money, decimals
from app.text import format as fmt
from app.text.numbers import AmbiguousError, UnreadableError, read_number
from app.text.words import gettext as _

#: a longer list is not offered: what is wanted is typed
MOST_CHOICES = 200
#: numbers beyond are a slip of the hand, and more than the books can count
_LARGEST = Decimal(10) ** 12
#: days and instants outside are a slip too, and the calendar ends
_YEARS = (1900, 2200)


def whole(text: str | None, otherwise: int) -> int:
    """A whole number out of a hidden field or an address, such as the state a form shows; ``otherwise`` for anything else."""
    return int(text) if text and re.fullmatch(r"\d{1,9}", text, re.ASCII) else otherwise


class PickField(SelectField):
    """A choice from a list; where the list would be too long, its key is typed (``is_typed``) and the domain says whether it exists."""

    is_typed = False

    def offer(self, choices: list[tuple[str, str]] | None) -> None:
        """What there is to choose from; None: too much of it."""
        self.is_typed, self.validate_choice, self.choices = choices is None, choices is not None, choices or []
        self.type = "StringField" if self.is_typed else "SelectField"
        self.widget = TextInput() if self.is_typed else SelectField.widget

    def _value(self) -> str:
        return self.data or ""


class TypedField(Field):
    """A field of one line whose text is read into a value; empty is None."""

    widget = TextInput()
    unit: str = ""
    mode = "text"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed; keep it as it was if it cannot be read."""
        self.typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if self.typed:
            self.data = self.read(self.typed)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)

    def read(self, typed: str) -> Any:
        """The value of a text, or ``ValueError`` with a sentence."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """The text of a value, as it would be typed here."""
        raise NotImplementedError

    @property
    def said(self) -> str:
        """The value as it was understood, for the line below the field."""
        return ""


class DecimalField(TypedField):
    """An exact number with at most ``places`` decimals, from ``least`` to ``most``."""

    mode = "decimal"

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        places: int = 9,
        least: Decimal | None = None,
        most: Decimal | None = None,
        unit: str = "",
        **more: Any,
    ) -> None:
        super().__init__(label, validators, **more)
        self.places, self.least, self.most, self.unit = places, least, most, unit

    def read(self, typed: str) -> Decimal:
        """The number, checked against decimals and limits."""
        try:
            value = read_number(typed)
        except AmbiguousError as doubt:
            whole, broken = fmt.number(doubt.whole), f"{fmt.number(doubt.broken)}0"
            raise ValueError(_("This can be read in two ways. Write %(one)s or %(other)s.", one=whole, other=broken)) from None
        except UnreadableError:
            raise ValueError(_("Write a number, such as 12.50 or 12,50.")) from None
        least, most = -_LARGEST if self.least is None else self.least, _LARGEST if self.most is None else self.most
        if value < least:
            raise ValueError(_("At least %(least)s.", least=fmt.number(least)))
        if value > most:
            raise ValueError(_("At most %(most)s.", most=fmt.number(most)))
        if value != round(value, self.places):
            raise ValueError(_("At most %(places)s decimals.", places=self.places))
        return value

    def write(self, value: Decimal) -> str:
        """Without groups, so that it can be read back in one way only."""
        text = fmt.number(value).replace(fmt.MINUS, "-")
        text = re.sub(r"[\u00a0\u202f\u2019']", "", text)
        mark = "," if "," in fmt.number(Decimal("0.5")) else "."
        text = text.replace("." if mark == "," else ",", "")
        return text + "0" if re.fullmatch(rf"-?[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}", text) else text


class MoneyField(DecimalField):
    """An amount; ``data`` is ``Money``. The currency is given here, or by the form (``InCurrency``)."""

    def __init__(self, label: Any = None, validators: Any = None, *, currency: str = "EUR", negative: bool = False, **more: Any) -> None:
        super().__init__(label, validators, least=None if negative else Decimal(0), unit=currency, **more)
        self.currency = currency

    def read(self, typed: str) -> Any:
        """The amount in whole minor units."""
        self.places, self.unit = decimals(self.currency), self.currency
        return Money.round(super().read(typed), self.currency)

    def write(self, value: Any) -> str:
        """With the currency's decimals."""
        text = fmt.number(value.major, decimals(value.currency)).replace(fmt.MINUS, "-")
        return re.sub(r"[\u00a0\u202f\u2019']", "", text)

    @property
    def said(self) -> str:
        """``= €1,234.50``."""
        return "" if self.data is None else f"= {fmt.money(self.data.minor, self.data.currency)}"


class InCurrency(Form):
    """Beside a form's base: every amount of it is in ``currency``, which is known before anything typed is read."""

    def __init__(self, *args: Any, currency: str, **values: Any) -> None:
        self.currency = currency
        super().__init__(*args, **values)

    def process(self, *args: Any, **values: Any) -> None:
        """WTForms' reading of what was sent."""
        for field in self._fields.values():
            if isinstance(field, MoneyField):
                field.currency = field.unit = self.currency
        super().process(*args, **values)


class RateField(DecimalField):
    """A price per kWh, minute, hour or session; ``data`` is an exact decimal, never negative."""

    def __init__(self, label: Any = None, validators: Any = None, *, per: str = "kwh", currency: str = "EUR", **more: Any) -> None:
        super().__init__(label, validators, places=5, least=Decimal(0), **more)
        self.per, self.currency = per, currency
        self.unit = f"{currency}/{fmt.UNITS.get(per, per)}"

    @property
    def said(self) -> str:
        """``= €0.49/kWh``."""
        return "" if self.data is None else f"= {fmt.price(self.data, self.currency, self.per)}"


class PctField(DecimalField):
    """A percentage from 0 to 100 with at most two decimals."""

    def __init__(self, label: Any = None, validators: Any = None, **more: Any) -> None:
        super().__init__(label, validators, **{"places": 2, "least": Decimal(0), "most": Decimal(100), "unit": "%"} | more)

    def read(self, typed: str) -> Decimal:
        """A per cent sign may be typed too."""
        return super().read(typed.removesuffix("%").strip())


class MonthField(TypedField):
    """A month typed as ``10/2026`` (or ``2026-10``); ``data`` is a ``Month``."""

    unit = "MM/YYYY"

    def read(self, typed: str) -> Month:
        """The month."""
        found = re.fullmatch(r"(?:(\d{1,2})[/.\s-](\d{4})|(\d{4})-(\d{1,2}))", typed)
        if found:
            year, number = int(found[2] or found[3]), int(found[1] or found[4])
            if 1 <= number <= 12 and 1970 <= year <= 2200:
                return Month(year, number)
        raise ValueError(_("Write a month as MM/YYYY, such as 10/2026."))

    def write(self, value: Month) -> str:
        """``10/2026``."""
        return f"{value.month:02d}/{value.year}"

    @property
    def said(self) -> str:
        """The month in words."""
        return "" if self.data is None else f"= {fmt.month(self.data)}"


class DayField(TypedField):
    """A day, picked or typed; ``data`` is a ``date``."""

    mode = "date"

    def read(self, typed: str) -> date:
        """ISO, as browsers send it, or day.month.year, or day/month/year."""
        found = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", typed)
        try:
            day = date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(typed)
        except ValueError:
            day = None
        if day is None or not _YEARS[0] <= day.year <= _YEARS[1]:
            raise ValueError(_("Write a date, such as 14.10.2026."))
        return day

    def write(self, value: date) -> str:
        """ISO, as the browser's date picker wants it."""
        return value.isoformat()


class LocalTimeField(TypedField):
    """A time on the wall clock of a place; ``data`` is the instant in UTC. ``zone_name`` may be set on the instance."""

    mode = "datetime-local"

    def __init__(self, label: Any = None, validators: Any = None, *, zone_name: str = "UTC", **more: Any) -> None:
        super().__init__(label, validators, **more)
        self.zone_name = zone_name

    def read(self, typed: str) -> datetime:
        """The instant; a time that the clock skips is refused, one that it shows twice wants its offset."""
        try:
            value = datetime.fromisoformat(typed.replace(" ", "T", 1) if "+" not in typed else typed.replace(" ", "T", 1).replace(" ", ""))
        except ValueError:
            value = None
        if value is None or not _YEARS[0] <= value.year <= _YEARS[1]:
            raise ValueError(_("Write date and time, such as 2026-10-14 14:05."))
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        here = zone(self.zone_name)
        early, late = value.replace(tzinfo=here, fold=0), value.replace(tzinfo=here, fold=1)
        if early.utcoffset() == late.utcoffset():
            return early.astimezone(UTC)
        if early.astimezone(UTC).astimezone(here).replace(tzinfo=None) != value:
            raise ValueError(_("The clocks skip this time on that day."))
        one, other = (fmt.offset(x) for x in (early, late))
        raise ValueError(_("The clocks show this time twice on that day. Add %(one)s or %(other)s.", one=one, other=other))

    def write(self, value: datetime) -> str:
        """As the browser's picker wants it; a repeated hour with its offset."""
        local = value.astimezone(zone(self.zone_name))
        text = local.strftime("%Y-%m-%dT%H:%M")
        return text + local.strftime("%z") if fmt.is_repeated(local) else text


def checked_by(check: Any) -> Any:
    """A validator out of a domain check that raises ``Invalid``: ``validators=[checked_by(checks.vat_id)]``."""

    def validate(_form: Any, field: Field) -> None:
        from app.text.messages import sentence

        try:
            check(field.data)
        except Invalid as refusal:
            raise ValidationError(sentence(refusal)) from refusal

    return validate


__all__ = [
    "DayField",
    "DecimalField",
    "LocalTimeField",
    "MoneyField",
    "MonthField",
    "PctField",
    "RateField",
    "TypedField",
    "checked_by",
]
