"""Electricity rates: windows, net prices, slices that add up; the worked example E3 of the settlement paper."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.kernel.errors import Invalid
from app.money.electricity import Slice, Window, in_turn, net_rate, rate_terms, slices, windows_of
from app.money.readings import planned

D = Decimal
BERLIN = "Europe/Berlin"
#: 0.2975 with 19 % is 0.25 net; 0.2261 is 0.19
DAY_NIGHT = (Window(gross=D("0.2261"), start_minute=22 * 60, end_minute=6 * 60), Window(gross=D("0.2975")))


def test_net_prices() -> None:
    assert net_rate(D("0.2975"), D(19)) == D("0.25")
    assert net_rate(D("0.30"), D(19)) == D("0.2521")
    assert net_rate(D("0.30"), D(0)) == D("0.30")


def test_e3_by_hours() -> None:
    """40 kWh from 19:30 to 23:30 evenly: 25 kWh before 22:00 at 0.25, 15 kWh after at 0.19; 6.25 + 2.85 = 9.10."""
    use = planned(datetime(2026, 10, 14, 17, 30, tzinfo=UTC), BERLIN, D(40), timedelta(hours=4))
    found = slices(rate_terms(DAY_NIGHT, D(19), "EUR"), use, 40_000)
    assert found == (Slice(25_000, D("0.25")), Slice(15_000, D("0.19")))
    assert [each.member() for each in found] == [{"kwh": "25.000", "rate_net": "0.25"}, {"kwh": "15.000", "rate_net": "0.19"}]


def test_slices_are_whole_wh_and_add_up() -> None:
    use = planned(datetime(2026, 10, 14, 19, 59, 50, tzinfo=UTC), BERLIN, D("10.001"), timedelta(seconds=31))
    found = slices(rate_terms(DAY_NIGHT, D(19), "EUR"), use, 10_001)
    assert sum(each.wh for each in found) == 10_001
    assert found == (Slice(3_226, D("0.25")), Slice(6_775, D("0.19")))


def test_versions_follow_each_other_at_midnight() -> None:
    """From 1 November on another price: 10 of 20 kWh each; before the first version nothing is known."""
    old, new = (rate_terms([Window(gross=D(each))], D(0), "EUR") for each in ("0.20", "0.30"))
    use = planned(datetime(2026, 10, 31, 22, 0, tzinfo=UTC), BERLIN, D(20), timedelta(hours=2))
    rate = in_turn([(date(2026, 11, 1), new), (date(2026, 1, 1), old)])
    assert slices(rate, use, 20_000) == (Slice(10_000, D("0.20")), Slice(10_000, D("0.30")))
    assert slices(in_turn([(date(2026, 11, 1), new)]), use, 20_000) == (Slice(10_000, None), Slice(10_000, D("0.30")))
    assert slices(None, use, 20_000) == (Slice(20_000, None),)
    assert slices(rate, use, 0) == ()


def test_windows_come_back_as_they_were_entered() -> None:
    entered = [
        Window(gross=D("0.18"), weekdays=frozenset({5, 6}), first=date(2026, 6, 1), last=date(2026, 8, 31)),
        *DAY_NIGHT,
    ]
    assert windows_of(rate_terms(entered, D(19), "EUR")) == entered


@pytest.mark.parametrize(
    ("windows", "code", "path"),
    [
        ([], "missing", "windows"),
        (list(DAY_NIGHT[:1]), "missing_always", "windows[0]"),
        ([Window(gross=D(-1))], "negative_number", "windows[0].gross"),
        ([Window(gross=D(1), start_minute=5), Window(gross=D(1))], "missing", "windows[0].end"),
        ([Window(gross=D(1), first=date(2026, 2, 1), last=date(2026, 1, 1)), Window(gross=D(1))], "end_before_start", "windows[0].last"),
    ],
)
def test_what_leaves_an_hour_open_or_makes_no_sense_is_refused(windows: list[Window], code: str, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        rate_terms(windows, D(19), "EUR")
    assert (refused.value.code, refused.value.field) == (code, path)
