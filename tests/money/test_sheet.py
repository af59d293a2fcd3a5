"""Tariffs as an editor has them, and which price counts where."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.kernel.errors import Invalid
from app.money.coverage import coverage, week
from app.money.sheet import component_json, form_path, lines_of
from app.money.terms import Component, Dimension, Element, Restrictions, Tariff
from app.money.terms_json import parse_tariff

D = Decimal


def tariff(*elements: dict[str, Any]) -> Tariff:
    return parse_tariff({"currency": "EUR", "elements": list(elements)})


def energy(price: str, **when: object) -> dict[str, Any]:
    return {"price_components": [{"type": "ENERGY", "price": price, "step_size": 1}], "restrictions": when}


@pytest.mark.parametrize(
    ("per_hour", "step", "unit", "shown"),
    [
        ("6", 1, "minute", "0.1"),
        ("1.20", 900, "15", "0.3"),
        ("2.50", 1, "hour", "2.5"),
        ("3", 60, "1", "0.05"),
        ("2.50", 1800, "30", "1.25"),
    ],
)
def test_time_is_said_in_the_unit_that_fits(per_hour: str, step: int, unit: str, shown: str) -> None:
    part = Component(Dimension.TIME, D(per_hour), step, None)
    line = lines_of(Tariff("", "EUR", (Element((part,)),)))[0]
    assert (line.unit, line.price) == (unit, D(shown))
    back = component_json("TIME", line.price, line.unit, line.step, None, "price")
    assert (D(back["price"]), back["step_size"]) == (D(per_hour), step)


def test_a_price_that_has_no_end_per_hour_is_refused_at_its_field() -> None:
    with pytest.raises(Invalid, match="price_uneven") as refused:
        component_json("TIME", D(5), "360", 1, None, "elements[1].price_components[0].price")
    assert refused.value.field == "elements[1].price_components[0].price"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("elements[2].restrictions.start_time", "lines[2].start_time"),
        ("elements[0].restrictions.day_of_week[1]", "lines[0].weekdays"),
        ("elements[1].price_components[0].vat", "lines[1].vat_pct"),
        ("elements[1].price_components[0].price", "lines[1].price"),
        ("elements[1].restrictions.max_duration", "lines[1].max_minutes"),
        ("min_price.excl_vat", "min_price"),
        ("ext.caps.PARKING_TIME", "cap_parking_time"),
        ("ext.idle_grace.seconds", "grace"),
        ("ext.dynamic.fallback", "fallback"),
        ("currency", "currency"),
    ],
)
def test_paths_of_refusals_are_fields_of_the_form(path: str, field: str) -> None:
    assert form_path(path) == field


def test_a_window_before_everything_else_leaves_no_gap() -> None:
    found = coverage(lines_of(tariff(energy("0.39", start_time="22:00", end_time="06:00"), energy("0.49"))))[0]
    assert (found.never, found.crossing, found.free, found.sometimes_free) == ((), (), (), False)


def test_a_line_behind_one_that_always_fits_never_counts() -> None:
    found = coverage(lines_of(tariff(energy("0.49"), energy("0.39", start_time="22:00", end_time="06:00"))))[0]
    assert found.never == ((1, 0),)


def test_windows_that_cross_are_named_and_free_hours_are_counted() -> None:
    sheet = tariff(
        energy("0.49", start_time="08:00", end_time="18:00"), energy("0.59", day_of_week=["SATURDAY"], start_time="10:00", end_time="20:00")
    )
    found = coverage(lines_of(sheet))[0]
    assert found.crossing == ((0, 1),)
    assert sum(end - start for _, start, end in found.free) == 7 * 14 * 60 - 2 * 60  # Saturday is priced until 20:00


def test_tiers_without_a_last_one_are_free_sometimes_but_not_for_whole_hours() -> None:
    found = coverage(lines_of(tariff(energy("0.49", max_kwh="20"))))[0]
    assert (found.free, found.sometimes_free) == ((), True)


def test_the_week_shows_the_first_price_that_fits_by_the_clock() -> None:
    sheet = lines_of(tariff(energy("0.39", day_of_week=["FRIDAY"], start_time="22:00", end_time="06:00"), energy("0.49")))
    friday = [(start, end, place) for (day, start, end), place in week(sheet, Dimension.ENERGY) if day == 4]
    assert friday == [(0, 360, 0), (360, 1320, 1), (1320, 1440, 0)]  # 00–06 and 22–24 of the calendar day


def test_lines_of_an_element_with_two_prices_have_its_conditions() -> None:
    parts = (Component(Dimension.ENERGY, D("0.49")), Component(Dimension.FLAT, D(1)))
    when = Restrictions(min_kwh=D(2))
    lines = lines_of(Tariff("", "EUR", (Element(parts, when),)))
    assert [(line.dimension, line.when) for line in lines] == [(Dimension.ENERGY, when), (Dimension.FLAT, when)]
