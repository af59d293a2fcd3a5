"""Owners of many partners invited at once (B2): whom each would get, then a job with what became of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request, url_for

from app.access.permissions import Permission
from app.documents.sheets.partners import PARTNER_WORDS, partner_filter
from app.domain.contracts.holdings import of_contracts
from app.domain.people.owner_invites import MOST, ask_owners, codes_of, owner_plan
from app.kernel.errors import Conflict, Invalid, NotFound
from app.portal_cpo import bp
from app.web import confirm
from app.web.forms import OneTimeForm
from app.web.pages import go_to, page
from app.web.signin import current_work
from app.work.job_list import own_job


@bp.get("/partners/owners")
def owner_invites() -> Any:
    """Whom the selected partners would get as owners; nothing selected: those of the filter. Owners are given after confirming."""
    work = current_work()
    work.require(Permission.OWNER_EDIT)
    if not confirm.is_confirmed():
        return confirm.confirm_first(request.full_path.rstrip("?"))
    form = OneTimeForm(formdata=None)
    codes = request.args.getlist("code")[:MOST]
    if codes:
        return _asking(form, codes)
    wanted = partner_filter(request.args)
    try:
        return _asking(form, codes_of(work, wanted, of_contracts(wanted.contract_end, work.now.date())))
    except Invalid as refusal:
        return _asking(form.refuse(refusal), [], 422)


@bp.post("/partners/owners")
def owner_invites_now() -> Any:
    """Have them invited."""
    work = current_work()
    work.require(Permission.OWNER_EDIT)
    form, codes = OneTimeForm(), request.form.getlist("code")[:MOST]
    if not form.validate():
        return _asking(form, codes, 422)
    if not confirm.is_confirmed():
        return confirm.confirm_first(url_for("cpo.owner_invites", code=codes))
    try:
        job = ask_owners(work, codes, form.one_time_key.data)
    except Conflict as refusal:
        return _asking(form.refuse(refusal), codes, 422)
    return go_to(url_for("cpo.owner_invites_job", job_id=job))


def _asking(form: OneTimeForm, codes: list[str], status: int = 200) -> Any:
    lines = owner_plan(current_work(), codes)
    back = url_for("cpo.partners", **{name: value for name in PARTNER_WORDS if (value := request.args.get(name))})
    invited = [line for line in lines if line.verdict == "invite"]
    left = [line for line in lines if line.verdict != "invite"]
    return page("cpo/partners/owners.html", form=form, invited=invited, left=left, back=back, status=status)


@bp.get("/partners/owners/<uuid:job_id>")
def owner_invites_job(job_id: UUID) -> Any:
    """How far they are, and what became of each; for who asked."""
    job, left = own_job(current_work(), job_id)
    if job.name != "people.invite_owners":
        raise NotFound
    lines = (left or {}).get("lines", [])
    return page("cpo/partners/owners_done.html", part="cpo/partners/_owners_done.html", job=job, lines=lines)
