"""Big files to take away, made in the name of whoever asked and kept as the job's result."""

from __future__ import annotations

import base64
import gzip
import io
from typing import Any

from sqlalchemy import select

from app.documents.sheets import SHEETS, Sheet
from app.domain.people.models import Partner
from app.tasks.asker import act_for
from app.tasks.registry import JobFunction, job
from app.tasks.runner import report_progress
from app.work.unit import Work

#: packed so hard: lists repeat themselves, and harder takes longer than it saves
_PACKED = 5


def _maker(sheet: Sheet) -> JobFunction:
    def make(work: Work, wanted: dict[str, str], by: str, partner: str | None = None) -> dict[str, Any]:
        """A list's file, as far as who asked may see it now; packed, as base64."""
        act_for(work, by, partner)
        account = work.session.scalar(select(Partner.id).where(Partner.operator_id == work.operator_id, Partner.code == partner))
        packed = io.BytesIO()
        with gzip.open(packed, "wb", _PACKED) as file:
            for part in sheet.parts(work, wanted, report_progress, account):
                file.write(part.encode())
        return {"name": f"{sheet.name}.csv", "csv": base64.b64encode(packed.getvalue()).decode()}

    return make


for _sheet in SHEETS.values():
    job(_sheet.job)(_maker(_sheet))
