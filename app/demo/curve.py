"""A day-ahead curve for the demo: cheap at noon, dear in the evening, the same for everybody who computes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.people.models import Operator
from app.domain.tariffs.curve_models import DayAheadPrice

MARKET = "DE-LU demo"
#: cents per kWh by local hour
_SHAPE = (7, 7, 6, 6, 6, 7, 9, 11, 11, 9, 6, 4, 2, 2, 3, 5, 8, 11, 14, 15, 13, 11, 9, 8)


def add_curve(session: Session, owner: Operator, first: datetime, last: datetime) -> int:
    """Hourly prices of the demo's market from one full hour to another; how many."""
    begin = first.replace(minute=0, second=0, microsecond=0)
    hours = int((last - begin) / timedelta(hours=1))
    about = {"operator_id": owner.id, "market": MARKET, "currency": "EUR", "imported_at": first}
    rows = []
    for number in range(hours):
        start = begin + timedelta(hours=number)
        local = start.astimezone(ZoneInfo(owner.time_zone))
        cents = Decimal(_SHAPE[local.hour]) + Decimal(local.toordinal() % 7) / 2 - (4 if local.weekday() > 4 else 0)
        rows.append(about | {"starts_at": start, "ends_at": start + timedelta(hours=1), "per_kwh": cents / 100})
    session.execute(insert(DayAheadPrice), rows)
    return hours
