"""Jobs & downloads (B64): what somebody started and how far it is; for those who read the log also what failed in the house."""

from __future__ import annotations

import base64
import gzip
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.kernel.errors import NotFound
from app.portal_cpo import bp
from app.web.exports import file_answer
from app.web.pages import page
from app.web.signin import current_work
from app.work.job_list import failed_jobs, own_job, own_jobs


@bp.get("/jobs")
def jobs() -> Any:
    """The list; while something runs, it asks for itself again every two seconds."""
    work = current_work()
    mine = own_jobs(work)
    failed = failed_jobs(work) if work.can(Permission.AUDIT_VIEW) else []
    is_open = any(job.is_open for job in mine)
    return page("cpo/jobs/index.html", part="cpo/jobs/_list.html", mine=mine, failed=failed, is_open=is_open)


@bp.get("/jobs/<uuid:job_id>/file", endpoint="job_file")
def file(job_id: UUID) -> Any:
    """The file that one of the person's own jobs made."""
    _, result = own_job(current_work(), job_id)
    if not result or "csv" not in result:
        raise NotFound
    return file_answer(result["name"], gzip.decompress(base64.b64decode(result["csv"])).decode())
