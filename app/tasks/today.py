"""What the first page of staff reads, kept by the clock."""

from __future__ import annotations

from typing import Any

from app.domain.today import kept_days
from app.tasks.registry import job
from app.work.unit import Work


@job("today.keep_days")
def keep_days(work: Work) -> dict[str, Any]:
    """Keep the figures of days that are over."""
    return {"days": kept_days.keep_days(work)}
