"""Numbers as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.text.numbers import AmbiguousError, UnreadableError, read_number


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12", "12"),
        ("0.49", "0.49"),
        ("0,49", "0.49"),
        (",5", "0.5"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,5", "1234.5"),
        ("1\u202f234,5", "1234.5"),
        ("1’234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("0.234", "0.234"),
        ("0,234", "0.234"),
        ("1234.567", "1234.567"),
        ("1,2345", "1.2345"),
        ("−3,50", "-3.50"),
        ("+7", "7"),
    ],
)
def test_comma_or_point(typed: str, value: str) -> None:
    assert read_number(typed) == Decimal(value)


@pytest.mark.parametrize("typed", ["1.234", "1,234", "12.000", "-999,100"])
def test_what_can_be_read_in_two_ways_is_asked(typed: str) -> None:
    with pytest.raises(AmbiguousError) as doubt:
        read_number(typed)
    assert doubt.value.whole == doubt.value.broken * 1000


@pytest.mark.parametrize(
    "typed", ["", "abc", "1.2.3", "1,23,456", "12,34.567,8", "1e5", "NaN", "0x10", "--1", "1 .5.", "9" * 50, "12,345.67.8"]
)
def test_what_is_no_number_is_not_guessed(typed: str) -> None:
    with pytest.raises(UnreadableError):
        read_number(typed)
