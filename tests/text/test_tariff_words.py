"""Tariffs in sentences, in three languages."""

from __future__ import annotations

from typing import Any

import pytest

from app.money.coverage import coverage
from app.money.sheet import lines_of
from app.money.terms import Dimension
from app.money.terms_json import parse_tariff
from app.text.locales import speaking
from app.text.price_grid import price_grid
from app.text.tariff_compare import changes
from app.text.tariff_words import sentences, summary

WHEN: list[tuple[dict[str, Any], str, str, str]] = [
    ({"day_of_week": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"], "start_time": "08:00", "end_time": "18:00"},
     "Weekdays 08:00–18:00: €0.49 per kWh", "Werktags (Mo–Fr) 08:00–18:00: 0,49 € pro kWh", "En semaine 08:00–18:00 : 0,49 € par kWh"),
    ({"start_time": "22:00", "end_time": "06:00"},
     "22:00–06:00: €0.49 per kWh", "22:00–06:00: 0,49 € pro kWh", "22:00–06:00 : 0,49 € par kWh"),
    ({"day_of_week": ["FRIDAY"], "start_time": "22:00", "end_time": "06:00"},
     "Fri 00:00–06:00 + 22:00–24:00: €0.49 per kWh", "Fr 00:00–06:00 + 22:00–24:00: 0,49 € pro kWh",
     "Ven 00:00–06:00 + 22:00–24:00 : 0,49 € par kWh"),
    ({"max_kwh": "20"}, "Up to 20 kWh: €0.49 per kWh", "Bis 20 kWh: 0,49 € pro kWh", "Jusqu’à 20 kWh : 0,49 € par kWh"),
    ({"min_duration": 14400}, "From 4 h 00 min after the start: €0.49 per kWh", "Ab 4 h 00 min nach dem Start: 0,49 € pro kWh",
     "À partir de 4 h 00 min après le début : 0,49 € par kWh"),
    ({"start_date": "2026-12-24", "end_date": "2026-12-27"},
     "24 Dec 2026 to 26 Dec 2026: €0.49 per kWh",
     "24.12.2026 bis 26.12.2026: 0,49 € pro kWh",
     "Du 24 déc. 2026 au 26 déc. 2026 : 0,49 € par kWh"),
    ({"min_power": "50", "user_groups": ["fleet"]}, "At 50 kW and more, for fleet: €0.49 per kWh", "Ab 50 kW, für fleet: 0,49 € pro kWh",
     "À partir de 50 kW, pour fleet : 0,49 € par kWh"),
    ({"holidays": "only"}, "On public holidays: €0.49 per kWh", "An Feiertagen: 0,49 € pro kWh", "Les jours fériés : 0,49 € par kWh"),
]  # fmt: skip


def plain(text: str) -> str:
    return " ".join(text.split())


def energy(**when: object) -> Any:
    part = {"type": "ENERGY", "price": "0.49", "step_size": 1, "vat": "19"}
    return parse_tariff({"currency": "EUR", "tax_included": "YES", "elements": [{"price_components": [part], "restrictions": when}]})


@pytest.mark.parametrize(("when", "english", "german", "french"), WHEN)
def test_a_condition_is_a_sentence_in_three_languages(when: dict[str, Any], english: str, german: str, french: str) -> None:
    tariff = energy(**when)
    for language, region, said in (("en", "en_IE", english), ("de", "de_DE", german), ("fr", "fr_FR", french)):
        with speaking(language, region):
            assert plain(sentences(tariff)[0]) == plain(said)


def test_the_rules_of_the_whole_are_told() -> None:
    tariff = parse_tariff(
        {
            "currency": "EUR",
            "tax_included": "YES",
            "min_price": {"excl_vat": "1.68", "incl_vat": "2"},
            "elements": [{"price_components": [{"type": "PARKING_TIME", "price": "1.2", "step_size": 900, "vat": "19"}]}],
            "ext": {"idle_grace": {"seconds": 900}, "caps": {"PARKING_TIME": "12"}, "limits": {"minutes": 240}, "hold": "45"},
        }
    )
    with speaking("de", "de_DE"):
        assert [plain(text) for text in sentences(tariff)] == [
            "0,30 € je angefangene 15 Minuten Standzeit",
            "Nach jedem Ladeende sind die ersten 15 min kostenlos.",
            "Standzeit kostet höchstens 12,00 € pro Ladevorgang.",
            "Ein Ladevorgang kostet mindestens 2,00 €.",
            "Ein Ladevorgang endet nach 4 h 00 min.",
            "Vor einem Ad-hoc-Ladevorgang werden 45,00 € reserviert.",
            "Die Preise enthalten 19 % MwSt.",
        ]


def test_two_versions_are_compared_sentence_by_sentence() -> None:
    with speaking("en", "en_IE"):
        found = [(c.sign, plain(c.text)) for c in changes(energy(), energy(max_kwh="20"))]
    assert found == [("−", "€0.49 per kWh"), ("+", "Up to 20 kWh: €0.49 per kWh"), ("=", "Prices contain 19% VAT.")]


def test_a_list_names_the_first_prices_and_counts_the_rest() -> None:
    part = {"type": "ENERGY", "price": "0.49", "step_size": 1}
    many = [{"price_components": [part], "restrictions": {"min_kwh": str(n)}} for n in range(5, 0, -1)]
    with speaking("en", "en_IE"):
        assert summary(parse_tariff({"currency": "EUR", "elements": many})).endswith("and 2 more")


def test_the_picture_of_a_week_is_also_a_table() -> None:
    tariff = energy(start_time="08:00", end_time="18:30")
    with speaking("en", "en_IE"):
        picture = price_grid(lines_of(tariff), Dimension.ENERGY, "EUR")
        assert picture is not None
        assert [[plain(cell) for cell in row] for row in picture.rows[:3]] == [
            ["Mon", "00:00", "08:00", "free here"],
            ["Mon", "08:00", "18:30", "€0.49 per kWh"],
            ["Mon", "18:30", "24:00", "free here"],
        ]
        assert len(picture.rows) == 21
        assert price_grid(lines_of(tariff), Dimension.FLAT, "EUR") is None
    assert sum(end - start for _, start, end in coverage(lines_of(tariff))[0].free) == 7 * (8 * 60 + 330)
