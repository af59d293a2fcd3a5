"""A composite schedule as a charge point told it, in either protocol's words. Pure and lenient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

#: a page shows no more steps than this
MOST: Final = 24


@dataclass(frozen=True, slots=True)
class Step:
    """From then on (None: the charge point did not say from when) at most so much."""

    at: datetime | None
    limit: Decimal


@dataclass(frozen=True, slots=True)
class Schedule:
    """Steps in ``unit``, "A" per phase or "W"."""

    unit: str
    steps: tuple[Step, ...]


def schedule_of(answer: dict[str, Any]) -> Schedule | None:
    """The schedule in an answer to ``GetCompositeSchedule``, or kept with a limit; None if it holds none that can be read."""
    said = answer.get("schedule") or answer.get("chargingSchedule")
    if not isinstance(said, dict):
        return None
    begins = _instant(answer.get("scheduleStart") or said.get("startSchedule") or said.get("scheduleStart"))
    periods = said.get("chargingSchedulePeriod")
    steps = []
    for each in periods if isinstance(periods, list) else []:
        offset, limit = (_number(each.get(name)) if isinstance(each, dict) else None for name in ("startPeriod", "limit"))
        if offset is not None and limit is not None and 0 <= offset < 10**8:
            steps.append(Step(begins + timedelta(seconds=int(offset)) if begins else None, limit))
    return Schedule("W" if said.get("chargingRateUnit") == "W" else "A", tuple(steps[:MOST])) if steps else None


def _number(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _instant(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
