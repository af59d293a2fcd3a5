"""Long work and the files it left, for both portals: the list of one's own jobs."""

from __future__ import annotations

import base64
import gzip
import io
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from app.kernel.errors import NotFound
from app.web.exports import file_answer
from app.web.pages import page
from app.web.signin import current_account, current_work
from app.work.job_list import JobRow, own_job, own_jobs

#: bytes of a file that are sent at a time
_PART = 1 << 18


def jobs_page(portal: str, failed: list[JobRow]) -> Any:
    """The list; while something runs, it asks for itself again every two seconds."""
    account = current_account()
    mine = own_jobs(current_work(), account.partner_id if account else None)
    shown = {"portal": portal, "mine": mine, "failed": failed, "is_open": any(job.is_open for job in mine)}
    return page("shared/jobs/index.html", part="shared/jobs/_list.html", **shown)


def job_file(job_id: UUID) -> Any:
    """The file that one of the person's own jobs made."""
    account = current_account()
    _, result = own_job(current_work(), job_id, account.partner_id if account else None)
    if not result or "csv" not in result:
        raise NotFound
    return file_answer(result["name"], _unpacked(base64.b64decode(result["csv"])))


def _unpacked(packed: bytes) -> Iterator[bytes]:
    """The file in parts, as they are sent: some ten times larger than its packed form, it is never in memory as a whole."""
    with gzip.open(io.BytesIO(packed)) as file:
        yield from iter(partial(file.read, _PART), b"")
