"""A day-ahead curve for the demo: cheap at noon, dear in the evening, the same for everybody who computes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.people.models import Operator
from app.domain.tariffs.curve_models import DayAheadPrice

MARKET = "DE-LU demo"
_HOUR = timedelta(hours=1)
#: cents per kWh by local hour
_SHAPE = (7, 7, 6, 6, 6, 7, 9, 11, 11, 9, 6, 4, 2, 2, 3, 5, 8, 11, 14, 15, 13, 11, 9, 8)


def demo_points(first: datetime, last: datetime, zone: str) -> Iterator[tuple[datetime, Decimal]]:
    """(start, price per kWh) of every hour from the one in which ``first`` lies to ``last``."""
    start = first.replace(minute=0, second=0, microsecond=0)
    while start + _HOUR <= last:
        local = start.astimezone(ZoneInfo(zone))
        cents = Decimal(_SHAPE[local.hour]) + Decimal(local.toordinal() % 7) / 2 - (4 if local.weekday() > 4 else 0)
        yield start, cents / 100
        start += _HOUR


def add_curve(session: Session, owner: Operator, first: datetime, last: datetime) -> int:
    """Hourly prices of the demo's market from one full hour to another; how many."""
    about = {"operator_id": owner.id, "market": MARKET, "currency": "EUR", "imported_at": first}
    rows = [
        about | {"starts_at": start, "ends_at": start + _HOUR, "per_kwh": price}
        for start, price in demo_points(first, last, owner.time_zone)
    ]
    session.execute(insert(DayAheadPrice), rows)
    return len(rows)
