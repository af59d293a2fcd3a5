"""Printing labels: sheets are drawn here, not in the web process."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from app.documents.labels import labels_pdf
from app.domain.network.stickers import stickers_by_id
from app.settings import from_environment
from app.tasks.registry import job
from app.work.unit import Work


@job("documents.labels")
def labels(work: Work, evse_ids: list[str], language: str, public_url: str | None = None) -> dict[str, Any]:
    """The sheets with the labels of these EVSEs, kept as the job's result."""
    rows = stickers_by_id(work, [UUID(each) for each in evse_ids])
    body = labels_pdf(rows, public_url or from_environment().public_url, language)
    return {"name": f"labels-{rows[0].station_label}.pdf", "count": len(rows), "pdf": base64.b64encode(body).decode()}
