"""What a month may bring, from what it has brought so far. A forecast is shown, never booked."""

from __future__ import annotations

from datetime import timedelta

from app.money.rounding import ratio

#: of a month that has just begun nothing is said
FIRST = timedelta(days=3)
_TICK = timedelta(microseconds=1)


def stretched(earned_minor: int, elapsed: timedelta, whole: timedelta) -> int | None:
    """What the whole span brings if it goes on as until now: earned ÷ elapsed × whole, rounded once. None within ``FIRST``.

    Minor units. 103.10 in 13.5 of 31 days → 236.75 (103.10 × 31 ÷ 13.5 = 236.748…).
    """
    return None if elapsed < FIRST else ratio(earned_minor * (whole // _TICK), elapsed // _TICK)
