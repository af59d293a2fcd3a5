"""Jobs & downloads of somebody of the account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.portal_partner import bp
from app.web.exports import sheet_question, sheet_wanted
from app.web.job_pages import job_file, jobs_page


@bp.get("/jobs")
def jobs() -> Any:
    """What the person started in this account."""
    return jobs_page("partner", [])


@bp.get("/jobs/<uuid:job_id>/file", endpoint="job_file")
def file(job_id: UUID) -> Any:
    """The file that one of them made."""
    return job_file(job_id)


@bp.get("/exports/<any(sessions, tariffs):kind>")
def export(kind: str) -> Any:
    """Asks before a big file of a list is made."""
    return sheet_question("partner", kind)


@bp.post("/exports/<any(sessions, tariffs):kind>", endpoint="export_do")
def export_now(kind: str) -> Any:
    """Have it made; it appears among the jobs."""
    return sheet_wanted("partner", kind)
