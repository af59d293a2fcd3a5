"""Prices that follow a curve and holidays become plain elements when a session fixes its terms: worked sums, DST days, refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.errors import Invalid
from app.money.fixing import CurvePoint, fixed_at, needs_fixing, price_per_kwh
from app.money.pricing import price
from app.money.readings import planned
from app.money.terms import Dynamic, Tariff
from app.money.terms_json import parse_tariff, tariff_to_json

BERLIN = "Europe/Berlin"
D = Decimal


def tariff(**over: Any) -> Tariff:
    dynamic = {"market": "DE-LU", "markup": "0.10", "markup_pct": "20", "floor": "0.15", "ceiling": "0.60", "fallback": "0.49", "vat": "19"}
    start = {"price_components": [{"type": "FLAT", "price": "0.50", "step_size": 1, "vat": "19"}]}
    base = {"currency": "EUR", "tax_included": "YES", "elements": [start], "ext": {"dynamic": dynamic | over}}
    return parse_tariff(base)


def hours(start: datetime, *prices: str) -> list[CurvePoint]:
    return [CurvePoint(start + timedelta(hours=n), start + timedelta(hours=n + 1), D(each)) for n, each in enumerate(prices)]


def test_a_price_is_curve_markup_tax_and_bounds() -> None:
    """(0.0812 × 1.20 + 0.10) × 1.19 = 0.2349536 → 0.2350; −0.05 → (−0.06 + 0.10) × 1.19 = 0.0476 → floor 0.15; 2.00 → ceiling 0.60."""
    dynamic = tariff().ext.dynamic
    assert dynamic is not None
    assert price_per_kwh(dynamic, D("0.0812"), gross=True) == D("0.235")
    assert price_per_kwh(dynamic, D("0.0812"), gross=False) == D("0.1974")
    assert price_per_kwh(dynamic, D("-0.05"), gross=True) == D("0.15")
    assert price_per_kwh(dynamic, D("2"), gross=True) == D("0.60")
    assert price_per_kwh(Dynamic("X", D(1)), D("-0.05"), gross=True) == 0


def test_a_session_over_three_hours_of_the_curve_and_into_the_fallback() -> None:
    """10 to 11 at 0.2350, 11 to 12 at (0.12 + 0.10) × 1.19 = 0.2618, then fallback 0.49; 11 kW evenly from 10:30 to 12:30:
    5.5 × 0.2350 = 1.2925 → 1.29; 11 × 0.2618 = 2.8798 → 2.88; 5.5 × 0.49 = 2.695 → 2.70; start 0.50; together 7.37."""
    at = datetime(2026, 10, 14, 8, 30, tzinfo=UTC)
    fixed = fixed_at(tariff(), at, BERLIN, hours(at.replace(minute=0), "0.0812", "0.10"))
    assert not needs_fixing(fixed)
    priced = price(fixed, planned(at, BERLIN, D(22), timedelta(hours=2)))
    assert [line.amount for line in priced.lines] == [50, 129, 288, 270]
    assert priced.gross_minor == 737
    assert parse_tariff(tariff_to_json(fixed)) == fixed


def test_the_hour_that_comes_twice_has_the_lower_price() -> None:
    """25 October 2026: 02:00 to 03:00 in Berlin happens at 00:00 and at 01:00 UTC."""
    at = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    fixed = fixed_at(tariff(floor="0", markup="0", markup_pct="0", vat="0"), at, BERLIN, hours(at, "0.10", "0.30", "0.20", "0.40"))
    priced = price(fixed, planned(at, BERLIN, D(40), timedelta(hours=4)))
    # 01:00 at 0.10, twice 02:00 at 0.20, 03:00 at 0.40: 10 × 0.10 + 20 × 0.20 + 10 × 0.40 = 9.00, and 0.50 to start
    assert priced.gross_minor == 950


def test_quarter_hours_with_equal_prices_are_one_element() -> None:
    at = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)
    quarters = [
        CurvePoint(at + timedelta(minutes=15 * n), at + timedelta(minutes=15 * (n + 1)), D("0.10") if n < 6 else D("0.20"))
        for n in range(8)
    ]
    fixed = fixed_at(tariff(), at, BERLIN, quarters)
    spans = [(each.restrictions.start_minute, each.restrictions.end_minute) for each in fixed.elements[1:-1]]
    assert spans == [(600, 690), (690, 720)]


def test_what_is_over_and_what_is_far_away_is_left_out() -> None:
    at = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)
    curve = [CurvePoint(at + timedelta(hours=n), at + timedelta(hours=n + 1), D(n % 2) / 10) for n in range(-24, 72)]
    made = fixed_at(tariff(), at, BERLIN, curve).elements
    assert len(made) == 1 + 48 + 1


def test_holidays_become_dates_and_the_days_between() -> None:
    """Christmas in Berlin: 25 and 26 December at 0.29, other days 0.49, each with its own window kept."""
    at = datetime(2026, 12, 24, 22, 0, tzinfo=UTC)
    sheet = parse_tariff(
        {
            "currency": "EUR",
            "tax_included": "YES",
            "elements": [
                {"price_components": [energy("0.29")], "restrictions": {"holidays": "only"}},
                {"price_components": [energy("0.49")], "restrictions": {"holidays": "never", "end_date": "2027-01-01"}},
                {"price_components": [energy("0.59")]},
            ],
        }
    )
    fixed = fixed_at(sheet, at, BERLIN, holidays={date(2026, 12, 25), date(2026, 12, 26)})
    dates = [(each.restrictions.start_date, each.restrictions.end_date) for each in fixed.elements]
    assert dates == [
        (date(2026, 12, 25), date(2026, 12, 26)),
        (date(2026, 12, 26), date(2026, 12, 27)),
        (None, date(2026, 12, 25)),
        (date(2026, 12, 27), date(2027, 1, 1)),
        (None, None),
    ]
    # 23:00 to 01:00 local, 20 kWh: 10 × 0.49 + 10 × 0.29 = 7.80
    assert price(fixed, planned(at, BERLIN, D(20), timedelta(hours=2))).gross_minor == 780


def test_without_a_holiday_near_the_element_never_counts() -> None:
    at = datetime(2026, 10, 14, 8, 0, tzinfo=UTC)
    only = {"price_components": [energy("0.29")], "restrictions": {"holidays": "only"}}
    sheet = parse_tariff({"currency": "EUR", "elements": [only]})
    assert price(fixed_at(sheet, at, BERLIN), planned(at, BERLIN, D(1), timedelta(hours=1))).gross_minor == 0


def energy(each: str) -> dict[str, Any]:
    return {"type": "ENERGY", "price": each, "step_size": 1, "vat": "19"}


@pytest.mark.parametrize(
    ("over", "code", "path"),
    [
        ({"fallback": None}, "missing", "ext.dynamic.fallback"),
        ({"floor": "0.70"}, "min_above_max", "ext.dynamic.floor"),
        ({"vat": "119"}, "bad_vat_rate", "ext.dynamic.vat"),
        ({"markup": 0.1}, "not_a_number", "ext.dynamic.markup"),
        ({"mark_up": "1"}, "unknown_field", "ext.dynamic.mark_up"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_path(over: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        tariff(**over)
    assert (refused.value.code, refused.value.field) == (code, path)


def test_an_energy_price_that_would_hide_the_curve_is_refused() -> None:
    sheet = tariff_to_json(tariff())
    sheet["elements"].append({"price_components": [energy("0.49")]})
    with pytest.raises(Invalid, match="energy_beside_dynamic"):
        parse_tariff(sheet)


def test_nothing_is_priced_before_it_is_fixed() -> None:
    use = planned(datetime(2026, 10, 14, 8, 0, tzinfo=UTC), BERLIN, D(1), timedelta(hours=1))
    with pytest.raises(Invalid) as refused:
        price(tariff(), use)
    assert (refused.value.code, refused.value.field) == ("not_fixed", "ext.dynamic")


def test_limits_are_read_and_written() -> None:
    sheet = {"currency": "EUR", "elements": [{"price_components": [energy("0.49")]}], "ext": {"limits": {"minutes": 120, "cost": "30"}}}
    limits = parse_tariff(sheet).ext.limits
    assert limits is not None
    assert (limits.minutes, limits.cost, limits.energy_kwh) == (120, D(30), None)
    assert tariff_to_json(parse_tariff(sheet))["ext"]["limits"] == {"minutes": 120, "cost": "30"}
