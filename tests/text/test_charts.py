"""Charts: numbers where they belong, words for those who do not see them, nothing the content policy forbids."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from app.kernel.periods import Month
from app.text import format as fmt
from app.text.charts import Bar, Line, Reading, Stretch, bars, day_strip, month_lines, power_curve, price_steps
from app.text.drawing import Picture, at, ticks

START = datetime(2026, 10, 13, 22, 0, tzinfo=UTC)


def euro(value: Decimal) -> str:
    return fmt.money(int(value), "EUR")


@pytest.mark.parametrize(
    ("highest", "marks"),
    [(0, "0 1"), (4, "0 1 2 3 4"), (7, "0 2 4 6 8"), (137, "0 50 100 150"), (Decimal("0.49"), "0 0.2 0.4 0.6"), (1000, "0 500 1000")],
)
def test_marks_are_round_and_reach_the_highest_value(highest: Decimal, marks: str) -> None:
    assert [f"{m.normalize():f}" for m in ticks(highest, 4 if highest != 1000 else 2)] == marks.split()


def test_places_are_whole_tenths() -> None:
    assert [at(v, 30, 100) for v in (0, 1, 15, 30)] == ["0", "3.3", "50", "100"]


def pictures() -> list[Picture]:
    return [
        month_lines("Up", Month(2026, 10), [Line("Now", [100, 250, 400]), Line("Before", [90] * 31)], euro),
        bars("Most", [Bar("b", 5, "5"), Bar("<a>", 9, "9")], head=("Site", "Gross")),
        day_strip("Day", date(2026, 10, 14), "Europe/Berlin", [("1", [Stretch(START, START + timedelta(hours=3), "Faulted")])]),
        power_curve("Run", [Reading(START, 11000, 0), Reading(START + timedelta(minutes=30), 5000, 4000)], "Europe/Berlin"),
        price_steps("Price", [(0, Decimal("0.39")), (360, Decimal("0.49"))], lambda p: fmt.price(p, "EUR", "kwh")),
    ]


@pytest.mark.parametrize("picture", pictures(), ids=lambda p: p.title)
def test_every_picture_has_words_a_table_and_no_style(picture: Picture) -> None:
    soup = BeautifulSoup(picture.html("c1", as_table="As table"), "html.parser")
    svg = soup.find("svg")
    assert svg is not None
    assert (svg["role"], svg["aria-labelledby"]) == ("img", "c1-t c1-d")
    assert soup.find("details") is not None
    assert not re.search(r"\sstyle=|<style|<script", str(soup))
    numbers = [float(n) for n in re.findall(r"\s(?:x|x1|x2|y|y1|y2)=\"([-0-9.]+)\"", str(svg))]
    assert all(-1 <= n <= 561 for n in numbers)


def test_the_month_line_ends_at_todays_value() -> None:
    picture = month_lines("Up", Month(2026, 10), [Line("Now", [100, 250, 400])], euro)
    # marks 0 100 … 400; day 3 of 31 at its full height, the top of the frame
    way = next(str(p) for p in picture.parts if 'fill="none"' in p)
    assert way.count("L") == 2
    assert re.search(r'L[\d.]+ 12"', way)
    assert [list(row) for row in picture.rows] == [
        ["1\u00a0Oct\u00a02026", "€1.00"],
        ["2\u00a0Oct\u00a02026", "€2.50"],
        ["3\u00a0Oct\u00a02026", "€4.00"],
    ]


def test_bars_come_sorted_and_escaped() -> None:
    html = pictures()[1].html("c", as_table="t")
    assert html.index("&lt;a&gt;") < html.index(">b<")
    assert "<a>" not in html


def test_a_strip_of_a_23_hour_day_ends_with_the_day() -> None:
    spring = date(2026, 3, 29)
    start = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    lanes = [("1", [Stretch(start - timedelta(hours=1), start + timedelta(hours=30), "Charging")])]
    picture = day_strip("Day", spring, "Europe/Berlin", lanes)
    box = next(str(p) for p in picture.parts if p.startswith("<rect"))
    assert 'x="96" ' in box
    assert 'width="452"' in box


def test_an_empty_month_still_draws_its_zero_line() -> None:
    picture = month_lines("Nothing yet", Month(2026, 2), [Line("Now", [])], euro)
    assert any('class="c-axis"' in p for p in picture.parts)
    assert power_curve("Nothing", [], "UTC").rows == []


def test_marks_of_a_charge_that_has_just_begun_are_told_apart() -> None:
    picture = power_curve("Run", [Reading(START, 3300, 0), Reading(START + timedelta(seconds=34), 3200, 27)], "Europe/Berlin")
    drawn = str(picture.svg("run"))
    assert "0.04\N{NO-BREAK SPACE}kWh" in drawn, "0.02 and 0.04, not twice 0"
    assert "4\N{NO-BREAK SPACE}kW" in drawn
