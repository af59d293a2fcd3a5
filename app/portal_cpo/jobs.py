"""Jobs & downloads (B64): what somebody started and how far it is; for those who read the log also what failed in the house."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.portal_cpo import bp
from app.web.exports import sheet_question, sheet_wanted
from app.web.job_pages import job_file, jobs_page
from app.web.signin import current_work
from app.work.job_list import failed_jobs

_KIND = "<any(audit, 'charge-points', contracts, drivers, locations, partners, sessions, 'sub-operators', tariffs):kind>"


@bp.get("/jobs")
def jobs() -> Any:
    """The own ones, and failures for those who read the log."""
    work = current_work()
    return jobs_page("cpo", failed_jobs(work) if work.can(Permission.AUDIT_VIEW) else [])


@bp.get("/jobs/<uuid:job_id>/file", endpoint="job_file")
def file(job_id: UUID) -> Any:
    """The file that one of them made."""
    return job_file(job_id)


@bp.get(f"/exports/{_KIND}")
def export(kind: str) -> Any:
    """Asks before a big file of a list is made."""
    return sheet_question("cpo", kind)


@bp.post(f"/exports/{_KIND}", endpoint="export_do")
def export_now(kind: str) -> Any:
    """Have it made; it appears among the jobs."""
    return sheet_wanted("cpo", kind)
