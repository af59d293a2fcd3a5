"""Big files to take away, made in the name of whoever asked and kept as the job's result."""

from __future__ import annotations

import base64
import gzip
from typing import Any
from uuid import UUID

from app.documents.sheets import SHEETS, Sheet
from app.domain.contracts.grants import load_actor
from app.tasks.registry import JobFunction, job
from app.tasks.runner import report_progress
from app.work.unit import Work, enter_tenant


def _maker(sheet: Sheet) -> JobFunction:
    def make(work: Work, wanted: dict[str, str], by: str, partner: str | None = None) -> dict[str, Any]:
        """A list's file, as far as who asked may see it now; packed, as base64."""
        account: dict[str, Any] = {"partner_code": partner} if partner else {"operator_id": work.operator_id}
        work.actor = load_actor(work.session, UUID(by), **account)
        enter_tenant(work.session, work.actor)
        text = sheet.text(work, wanted, report_progress)
        return {"name": f"{sheet.name}.csv", "csv": base64.b64encode(gzip.compress(text.encode())).decode()}

    return make


for _sheet in SHEETS.values():
    job(_sheet.job)(_maker(_sheet))
