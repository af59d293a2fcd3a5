"""What a month may bring: earned ÷ elapsed × whole, rounded once; nothing is said in its first three days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.money.forecast import stretched

OCTOBER = timedelta(days=31)


@pytest.mark.parametrize(
    ("earned", "elapsed", "forecast"),
    [
        (10310, timedelta(days=13, hours=12), 23675),  # 103.10 × 31 ÷ 13.5 = 236.748…
        (10310, OCTOBER, 10310),
        (0, timedelta(days=10), 0),
        (-500, timedelta(days=10), -1550),  # more was given back than earned
        (1, timedelta(days=15, hours=12), 2),
        (10310, timedelta(days=3), 106537),  # 103.10 × 31 ÷ 3 = 1,065.366…
        (10310, timedelta(days=3) - timedelta(seconds=1), None),
    ],
)
def test_what_was_earned_is_stretched_over_the_whole(earned: int, elapsed: timedelta, forecast: int | None) -> None:
    assert stretched(earned, elapsed, OCTOBER) == forecast
