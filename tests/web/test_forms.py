"""Fields and forms: what is typed becomes exact values, what is refused finds its field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, StringField

from app.kernel.errors import Conflict, Invalid
from app.kernel.periods import Month
from app.money.amount import Money
from app.text.locales import speaking
from app.web.fields import DayField, InCurrency, LocalTimeField, MoneyField, MonthField, PctField, RateField
from app.web.forms import BaseForm, OneTimeForm, optional, required


class _Element(Form):
    price = RateField(per="minute")


class _Form(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    name = StringField("Name", [required()])
    hold = MoneyField("Hold", [optional()])
    yen = MoneyField("Yen", [optional()], currency="JPY")
    rate = RateField("Rate", [optional()])
    share = PctField("Share", [optional()])
    month = MonthField("Month", [optional()])
    on = DayField("On", [optional()])
    at = LocalTimeField("At", [optional()], zone_name="Europe/Berlin")
    elements = FieldList(FormField(_Element), min_entries=2)


class _InYen(InCurrency, BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    amount = MoneyField("Amount")


@pytest.fixture
def app() -> Iterator[Any]:
    flask = Flask("forms")
    flask.secret_key = "x"
    with flask.test_request_context(method="POST"):
        yield flask


def typed(**values: str) -> _Form:
    form = _Form(formdata=MultiDict({"name": "x", **values}))
    form.validate()
    return form


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("hold", "45", Money(4500, "EUR")),
        ("hold", "1.234,50", Money(123450, "EUR")),
        ("yen", "1500", Money(1500, "JPY")),
        ("rate", "0,49", Decimal("0.49")),
        ("share", "62,5 %", Decimal("62.5")),
        ("month", "10/2026", Month(2026, 10)),
        ("month", "2026-10", Month(2026, 10)),
        ("on", "2026-10-14", date(2026, 10, 14)),
        ("on", "14.10.2026", date(2026, 10, 14)),
        ("at", "2026-10-14T14:05", datetime(2026, 10, 14, 12, 5, tzinfo=UTC)),
        ("at", "2026-10-25 02:30 +01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_what_is_typed_becomes_an_exact_value(app: Any, field: str, text: str, value: object) -> None:
    form = typed(**{field: text})
    assert form.errors == {}
    assert form[field].data == value


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("hold", "1.234", "This can be read in two ways. Write 1,234 or 1.2340."),
        ("hold", "1.005,999", "At most 2 decimals."),
        ("hold", "-3", "At least 0."),
        ("yen", "15.5", "At most 0 decimals."),
        ("rate", "abc", "Write a number, such as 12.50 or 12,50."),
        ("rate", "0,1234567", "At most 5 decimals."),
        ("share", "100,01", "At most 100."),
        ("month", "13/2026", "Write a month as MM/YYYY, such as 10/2026."),
        ("on", "31.02.2026", "Write a date, such as 14.10.2026."),
        ("at", "2026-03-29T02:30", "The clocks skip this time on that day."),
        ("at", "2026-10-25T02:30", "The clocks show this time twice on that day. Add +02:00 or +01:00."),
        ("name", "", "Fill this in."),
    ],
)
def test_what_cannot_be_read_says_why_and_stays_as_typed(app: Any, field: str, text: str, sentence: str) -> None:
    form = typed(**{field: text})
    assert [str(e) for e in form.errors[field]] == [sentence]
    assert form[field]._value() == text
    assert (field, sentence) in list(form.problems())


def test_a_character_that_cannot_be_stored_is_told_at_its_field(app: Flask) -> None:
    with speaking("en"):
        form = typed(name="Caf\0é", share="70")
        assert form.name.errors == ["This contains a character that cannot be stored."]
        assert (form.share.errors, form.validate()) == ([], False)


@pytest.mark.parametrize(
    ("typed_name", "kept"), [("Jo\u0308rg\u200b", "Jörg"), ("\u202egro.live\u202c", "gro.live"), ("a\x07b\nc", "ab\nc"), ("\ufeffx", "x")]
)
def test_what_nobody_can_see_is_left_out(app: Flask, typed_name: str, kept: str) -> None:
    assert typed(name=typed_name).name.data == kept


@pytest.mark.parametrize("nothing", ["", "   ", "\u200b\u2060", "\u00a0"])
def test_what_shows_nothing_is_not_filled_in(app: Flask, nothing: str) -> None:
    with speaking("en"):
        form = typed(name=nothing)
        assert [str(e) for e in form.name.errors] == ["Fill this in."]
        assert form.name.raw_data == [nothing]


@pytest.mark.parametrize(
    ("field", "text"), [("hold", "9" * 20), ("hold", "9" * 39), ("rate", "1" + "0" * 13), ("on", "9999-12-31"), ("on", "1.1.0001")]
)
def test_a_slip_beyond_every_book_and_calendar_is_refused(app: Flask, field: str, text: str) -> None:
    assert len(typed(**{field: text}).errors[field]) == 1
    assert typed(at="0001-01-01T00:00").errors.keys() == typed(at="9999-12-31T23:59").errors.keys() == {"at"}


@pytest.mark.parametrize("region", ["en_GB", "de_DE", "fr_FR", "de_CH"])
@pytest.mark.parametrize("value", ["0.49", "1234.5", "1.234", "0.105", "12345.67", "100"])
def test_a_value_written_into_a_field_is_read_back_as_the_same(app: Any, region: str, value: str) -> None:
    with speaking(region[:2], region):
        shown = _Form(formdata=None, data={"rate": Decimal(value), "hold": Money(123450, "EUR")})
        form = typed(rate=shown.rate._value(), hold=shown.hold._value())
        assert form.errors == {}
        assert (form.rate.data, form.hold.data) == (Decimal(value), Money(123450, "EUR"))


def test_the_currency_of_a_form_is_known_before_its_amounts_are_read(app: Any) -> None:
    form = _InYen(formdata=MultiDict({"amount": "1500"}), currency="JPY")
    assert (form.amount.data, form.amount.unit) == (Money(1500, "JPY"), "JPY")
    broken = _InYen(formdata=MultiDict({"amount": "15.5"}), currency="JPY")
    assert not broken.validate()


def test_what_was_understood_is_said_below_the_field(app: Any) -> None:
    form = typed(hold="1234,5", rate="0,49", month="10/2026")
    assert [form.hold.said, form.rate.said, form.month.said] == ["= €1,234.50", "= €0.49/kWh", "= October\u00a02026"]


def test_a_refusal_finds_its_field_also_a_nested_one(app: Any) -> None:
    form = typed()
    form.refuse(Invalid("out_of_range", field="hold")).refuse(Invalid("bad_value", field="elements[1].price"))
    form.refuse(Invalid("bad_value", field="no.such[7].thing")).refuse(Conflict("already_exists"))
    assert [i for i, _ in form.problems()] == ["form", "form", "hold", "elements-1-price"]
    assert form.has_problem
    assert not typed().has_problem


def test_sentences_of_forms_are_in_the_language_spoken(app: Any) -> None:
    with speaking("de"):
        form = typed(name="", share="200")
        assert [t for _, t in form.problems()] == ["Füllen Sie das aus.", "Höchstens 100."]


class _Once(OneTimeForm):
    class Meta(OneTimeForm.Meta):
        csrf = False


def test_a_one_time_key_is_made_with_the_page_and_kept_on_the_way_back(app: Any) -> None:
    first, second = _Once(formdata=None), _Once(formdata=None)
    assert first.one_time_key.data != second.one_time_key.data
    back = _Once(formdata=MultiDict({"one_time_key": first.one_time_key.data}))
    assert back.validate()
    assert back.one_time_key.data == first.one_time_key.data
    forged = _Once(formdata=MultiDict({"one_time_key": "'; drop table"}))
    assert not forged.validate()
    assert forged.has_problem
