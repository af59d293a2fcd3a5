"""Jobs & downloads (B64): what somebody started and how far it is; for those who read the log also what failed in the house."""

from __future__ import annotations

from typing import Any

from app.access.permissions import Permission
from app.portal_cpo import bp
from app.web.pages import page
from app.web.signin import current_work
from app.work.job_list import failed_jobs, own_jobs


@bp.get("/jobs")
def jobs() -> Any:
    """The list; while something runs, it asks for itself again every two seconds."""
    work = current_work()
    mine = own_jobs(work)
    failed = failed_jobs(work) if work.can(Permission.AUDIT_VIEW) else []
    is_open = any(job.is_open for job in mine)
    return page("cpo/jobs/index.html", part="cpo/jobs/_list.html", mine=mine, failed=failed, is_open=is_open)
