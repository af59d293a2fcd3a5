"""Jobs that give prices to many EVSEs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain.tariffs.bulk import run_chunk
from app.domain.tariffs.bulk_models import BulkAssignment
from app.tasks.registry import job
from app.tasks.runner import report_progress
from app.work.unit import Work


@job("tariffs.assign")
def assign_chunk(work: Work, bulk_id: str, first: int) -> dict[str, Any]:
    """Up to 1,000 EVSEs of a change of many, in the name of whoever started it."""
    bulk = work.session.get_one(BulkAssignment, UUID(bulk_id))
    work.actor = replace(work.actor, id=bulk.created_by, on_behalf_of=bulk.created_name)
    return dict(run_chunk(work, bulk.id, first, report_progress))
