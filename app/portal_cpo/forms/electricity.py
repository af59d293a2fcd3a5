"""Forms about electricity rates: windows of hours, weekdays and days, each with a price with VAT; the last price counts always."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from wtforms import FieldList, Form, FormField, SelectField, StringField
from wtforms.validators import Length

from app.domain.tariffs.electricity_rows import RateInput, RateVersionInput, RateVersionRow
from app.kernel.errors import Invalid
from app.money.electricity import Window
from app.text.words import lazy as _l
from app.web.electricity_words import DAYS, clock, days_word
from app.web.fields import DayField, PctField, RateField
from app.web.forms import BaseForm, optional, required

_CLOCK = re.compile(r"([01]?\d|2[0-4])(?:[:.]([0-5]\d))?")
MOST_WINDOWS = 12


def days_key(days: frozenset[int]) -> str:
    """A set of weekdays as a choice."""
    return next((key for key, each in DAYS.items() if each == days), ",".join(map(str, sorted(days))))


def _days(key: str, path: str) -> frozenset[int]:
    if key in DAYS:
        return DAYS[key]
    parts = key.split(",")
    if not all(part.isdecimal() and int(part) < 7 for part in parts):
        raise Invalid("unknown_choice", field=path, value=key[:20])
    return frozenset(map(int, parts))


def _minute(typed: str | None, path: str) -> int | None:
    if not (typed or "").strip():
        return None
    found = _CLOCK.fullmatch((typed or "").strip())
    minute = 60 * int(found[1]) + int(found[2] or 0) if found else -1
    if not 0 <= minute <= 1440:
        raise Invalid("bad_clock", field=path)
    return minute % 1440


class WindowForm(Form):
    """One window; empty if it has no price."""

    days = SelectField(_l("Days"), validate_choice=False)
    start = StringField(_l("From"), [optional(), Length(max=5)])
    end = StringField(_l("Until"), [optional(), Length(max=5)])
    first = DayField(_l("First day"), [optional()])
    last = DayField(_l("Last day"), [optional()])
    gross = RateField(_l("Price with VAT"), [optional()], per="kwh")

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        keys = list(DAYS) + ([self.days.data] if self.days.data and self.days.data not in DAYS else [])
        self.days.choices = [(key, days_word(_days(key, "days"))) for key in keys if re.fullmatch(r"[\d,\-]*", key)]

    def window(self, path: str) -> Window | None:
        """The window as typed; refuses at its fields."""
        limited = any((self.days.data, self.start.data, self.end.data, self.first.data, self.last.data))
        if self.gross.data is None:
            if limited:
                raise Invalid("missing", field=f"{path}.gross")
            return None
        return Window(
            gross=self.gross.data,
            weekdays=_days(self.days.data or "", f"{path}.days"),
            start_minute=_minute(self.start.data, f"{path}.start"),
            end_minute=_minute(self.end.data, f"{path}.end"),
            first=self.first.data,
            last=self.last.data,
        )


class RateVersionForm(BaseForm):
    """Prices from a day on."""

    first_day = DayField(_l("Counts from"), [required()])
    vat_pct = PctField(_l("VAT in these prices"), [required()], default=Decimal(19))
    windows = FieldList(FormField(WindowForm), min_entries=3, max_entries=MOST_WINDOWS)
    always = RateField(_l("All other hours, with VAT"), [required()], per="kwh")

    def more(self) -> None:
        """Three more empty windows."""
        for _each in range(min(3, MOST_WINDOWS - len(self.windows))):
            self.windows.append_entry()

    def prices(self) -> RateVersionInput:
        """What was typed; refuses at its fields."""
        windows = [window for place, each in enumerate(self.windows) if (window := each.form.window(f"windows[{place}]")) is not None]
        always = Window(gross=self.always.data)
        return RateVersionInput(first_day=self.first_day.data, vat_pct=self.vat_pct.data, windows=(*windows, always))

    def show(self, version: RateVersionRow) -> None:
        """Fill in prices that stand."""
        self.vat_pct.data, self.always.data = version.vat_pct, version.windows[-1].gross
        while len(self.windows):
            self.windows.pop_entry()
        for each in version.windows[:-1]:
            self.windows.append_entry(
                {
                    "days": days_key(each.weekdays),
                    "start": clock(each.start_minute),
                    "end": clock(each.end_minute),
                    "first": each.first,
                    "last": each.last,
                    "gross": each.gross,
                }
            )
        self.windows.append_entry()


class RateForm(RateVersionForm):
    """A rate for a place that has none."""

    place = StringField(_l("Charge point or location"), [required(), Length(max=40)])
    name = StringField(_l("Name"), [required(), Length(max=120)])

    def to_input(self) -> RateInput:
        """The rate as typed."""
        return RateInput(place=self.place.data or "", name=self.name.data or "", prices=self.prices())
