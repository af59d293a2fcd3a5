"""Long work and big files, for both portals: asking for an export, the list of one's own jobs, the files they left."""

from __future__ import annotations

import base64
import gzip
from typing import Any
from uuid import UUID

from flask import url_for

from app.domain.sessions.listing import sums
from app.domain.sessions.sheet import ask_for_sheet
from app.kernel.errors import NotFound
from app.web.exports import file_answer
from app.web.forms import OneTimeForm
from app.web.pages import go, page
from app.web.session_pages import asked, export, kept
from app.web.signin import current_account, current_work
from app.work.job_list import JobRow, own_job, own_jobs


def sheet_or_question(portal: str) -> Any:
    """The sessions of the filter as a file; a big one is made by a job, which is asked for first."""
    return export(current_work(), url_for(f"{portal}.sessions_export", **kept(asked())))


def sheet_question(portal: str, form: OneTimeForm | None = None) -> Any:
    """Asks before a big file is made."""
    wanted = asked()
    ways = {"make": url_for(f"{portal}.sessions_export_do", **kept(wanted)), "back": url_for(f"{portal}.sessions", **kept(wanted))}
    shown = form or OneTimeForm(formdata=None)
    status = 200 if form is None else 422
    return page("shared/sessions/export.html", form=shown, total=sums(current_work(), wanted).count, status=status, **ways)


def sheet_wanted(portal: str) -> Any:
    """Have it made; it appears among the jobs."""
    form, account = OneTimeForm(), current_account()
    if not form.validate():
        return sheet_question(portal, form)
    of = account if account is not None and account.partner_id is not None else None
    partner_id, code = (of.partner_id, of.code) if of else (None, None)
    ask_for_sheet(current_work(), asked(), one_time_key=form.one_time_key.data, partner_id=partner_id, partner=code)
    return go(f"{portal}.jobs", note="export-asked")


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
    return file_answer(result["name"], gzip.decompress(base64.b64decode(result["csv"])).decode())
