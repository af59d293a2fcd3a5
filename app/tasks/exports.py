"""Big files to take away, made in the name of whoever asked and kept as the job's result."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from app.domain.contracts.grants import load_actor
from app.domain.sessions.listing import SessionRow, every_session, sums
from app.domain.sessions.sheet import HEAD, MOST, lines, read_filter
from app.tasks.registry import job
from app.tasks.runner import report_progress
from app.text.sheet import csv_text
from app.work.unit import Work, enter_tenant

#: the list shows progress after so many lines
_STEP = 500


@job("exports.sessions")
def sessions(work: Work, wanted: dict[str, Any], by: str, partner: str | None = None) -> dict[str, Any]:
    """The sessions of a filter as CSV, as far as who asked may see them now; packed, as base64."""
    account: dict[str, Any] = {"partner_code": partner} if partner else {"operator_id": work.operator_id}
    work.actor = load_actor(work.session, UUID(by), **account)
    enter_tenant(work.session, work.actor)
    asked = read_filter(wanted)
    total = min(sums(work, asked).count, MOST)
    text = csv_text(HEAD, lines(_counted(every_session(work, asked, MOST), total), work.now))
    return {"name": "sessions.csv", "count": total, "csv": base64.b64encode(gzip.compress(text.encode())).decode()}


def _counted(rows: Iterable[SessionRow], total: int) -> Iterator[SessionRow]:
    report_progress(0, total)
    for number, row in enumerate(rows, 1):
        if number % _STEP == 0:
            report_progress(min(number, total), total)
        yield row
