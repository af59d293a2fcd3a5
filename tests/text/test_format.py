"""How amounts, energy and times are written, per region. U+00A0 and U+202F are written out where they count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.kernel.periods import Month
from app.text import format as fmt
from app.text.locales import choose, locale, speaking

N = "\u00a0"
THIN = "\u202f"
AT = datetime(2026, 10, 14, 12, 5, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("region", "money", "small", "price", "number"),
    [
        ("en_GB", "€1,234.50", "−€3.50", "€0.49/kWh", "1,234,567.891"),
        ("de_DE", f"1.234,50{N}€", f"−3,50{N}€", f"0,49{N}€/kWh", "1.234.567,891"),
        ("fr_FR", f"1{THIN}234,50{N}€", f"−3,50{N}€", f"0,49{N}€/kWh", f"1{THIN}234{THIN}567,891"),
        ("de_AT", f"€{N}1.234,50", f"−€{N}3,50", f"€{N}0,49/kWh", "1.234.567,891"),
        ("de_CH", f"EUR{N}1’234.50", "EUR−3.50", f"EUR{N}0.49/kWh", "1’234’567.891"),
        ("fr_CH", f"1{THIN}234,50{N}€", f"−3,50{N}€", f"0,49{N}€/kWh", f"1{THIN}234{THIN}567,891"),
    ],
)
def test_numbers_and_money_per_region(region: str, money: str, small: str, price: str, number: str) -> None:
    with speaking(region[:2], region):
        assert fmt.money(123450, "EUR") == money
        assert fmt.money(-350, "EUR") == small
        assert fmt.price(Decimal("0.49"), "EUR", "kwh") == price
        assert fmt.number(Decimal("1234567.891")) == number


def test_currencies_have_their_own_decimals() -> None:
    assert fmt.money(1500, "JPY") == "JP¥1,500"
    assert fmt.money(1500, "CHF") == "CHF15.00"
    assert fmt.money(None, "EUR") == "–"


@pytest.mark.parametrize(
    ("stored", "shown"), [("0.490000", "€0.49/kWh"), ("0.5", "€0.50/kWh"), ("0.12345", "€0.12345/kWh"), ("0", "€0.00/kWh")]
)
def test_prices_keep_the_decimals_they_were_stored_with(stored: str, shown: str) -> None:
    assert fmt.price(Decimal(stored), "EUR", "kwh") == shown


def test_units_of_prices_are_words_of_the_language() -> None:
    with speaking("de"):
        assert fmt.price(Decimal(1), "EUR", "session") == f"1,00{N}€/Ladevorgang"
        assert fmt.price(Decimal("0.10"), "EUR", "minute") == f"0,10{N}€/min"


def test_energy_power_percent_duration() -> None:
    assert fmt.kwh(28640) == f"28.640{N}kWh"
    assert fmt.kwh(28640, 1) == f"28.6{N}kWh"
    assert fmt.kw(10800) == f"10.8{N}kW"
    assert fmt.pct(70) == "70%"
    assert [fmt.duration(s) for s in (45, 2100, 11100, -60)] == [f"45{N}s", f"35{N}min", f"3{N}h{N}05{N}min", f"−1{N}min"]
    with speaking("fr"):
        assert fmt.pct(Decimal("12.5")) == f"12,5{N}%"


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [("en", "14 Oct 2026", "October 2026"), ("de", "14.10.2026", "Oktober 2026"), ("fr", "14 oct. 2026", "octobre 2026")],
)
def test_dates(language: str, day: str, month: str) -> None:
    with speaking(language):
        assert fmt.day(date(2026, 10, 14)) == day.replace(" ", N)
        assert fmt.moment(AT, BERLIN) == f"{day.replace(' ', N)}, 14:05"
        assert {fmt.month(m) for m in (date(2026, 10, 9), Month(2026, 10), "2026-10")} == {month.replace(" ", N)}


@pytest.mark.parametrize(("language", "winter", "summer"), [("en", "CET", "CEST"), ("de", "MEZ", "MESZ"), ("fr", "CET", "CEST")])
def test_a_zone_has_the_name_people_know(language: str, winter: str, summer: str) -> None:
    with speaking(language):
        named = [fmt.zone_word(datetime(2026, month, 14, tzinfo=UTC), BERLIN) for month in (1, 7)]
        assert [*named, fmt.zone_word(AT, "UTC")] == [winter, summer, "UTC"]


def test_a_day_is_remembered_by_language_and_by_its_own_wall_clock() -> None:
    """22:30 UTC is half past midnight of the next day in Berlin: one instant, two days."""
    for language, said in (("de_DE", "14.10.2026"), ("en_GB", f"14{N}Oct{N}2026"), ("de_DE", "14.10.2026")):
        with speaking(language[:2], language):
            assert fmt.day(date(2026, 10, 14)) == said
    late = datetime(2026, 10, 14, 22, 30, tzinfo=UTC)
    with speaking("de", "de_DE"):
        assert fmt.day(late) == "14.10.2026"
        assert fmt.day(late.astimezone(ZoneInfo(BERLIN))) == "15.10.2026"


def test_the_hour_shown_twice_carries_its_offset() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert fmt.clock_time(first, BERLIN) == f"02:30{N}+02:00"
    assert fmt.clock_time(second, BERLIN) == f"02:30{N}+01:00"
    assert fmt.clock_time(datetime(2026, 10, 25, 2, 30, tzinfo=UTC), BERLIN) == "03:30"


def test_language_of_words_and_region_of_formats_are_chosen_apart() -> None:
    with speaking("fr", "de_CH"):
        assert fmt.month("2026-10") == f"octobre{N}2026"
        assert fmt.number(1234) == "1’234"
    assert locale("xx", "yy_ZZ") == locale("en", "en_GB")
    assert locale("de", None).region == "de_DE"


@pytest.mark.parametrize(
    ("wishes", "fallback", "language"),
    [(["fr-CH", "de"], None, "fr"), (["pl", "de-AT"], None, "de"), (["pl"], "fr", "fr"), ([], None, "en"), (["*"], "de", "de")],
)
def test_language_for_a_browsers_wishes(wishes: list[str], fallback: str | None, language: str) -> None:
    assert choose(wishes, fallback) == language
