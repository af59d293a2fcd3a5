"""Charge points change hands with the local day."""

from __future__ import annotations

from typing import Any

from app.domain.contracts.actions import turn_day
from app.tasks.registry import job
from app.work.unit import Work


@job("contracts.turn_day")
def change_hands(work: Work) -> dict[str, Any]:
    """Every charge point belongs to whom the assignments of its contract's local day say."""
    return {"changed": turn_day(work)}
