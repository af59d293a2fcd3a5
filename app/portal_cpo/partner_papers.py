"""Papers of the relationship with a partner (B11): upload, publish or withdraw, replace; the old versions stay."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.holdings import setup_steps
from app.domain.people.papers import paper_by_id, paper_file, papers, replace, show, upload
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerRow
from app.kernel.errors import Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.partner_papers import PaperForm, VersionForm
from app.web.bodies import takes_files
from app.web.pages import go, page
from app.web.paper_pages import paper_kind, uploaded_file
from app.web.signin import current_work


def _page(template: str, row: PartnerRow, *, status: int = 200, **more: Any) -> Any:
    work = current_work()
    shown = {"steps": setup_steps(work, row), "kind_of": paper_kind, "today": work.now.date()}
    return page(f"cpo/partners/{template}.html", status=status, row=row, **shown | more)


def _editable(code: str) -> PartnerRow:
    row = partner_by_code(current_work(), code)
    current_work().require(Permission.PARTNER_EDIT, partner_id=row.id)
    return row


@bp.get("/partners/<code>/documents")
def partner_papers(code: str) -> Any:
    """What is kept."""
    row = partner_by_code(current_work(), code)
    return _page("papers", row, found=papers(current_work(), row.id, cursor=request.args.get("after")))


@bp.get("/partners/<code>/documents/new")
def partner_paper_new(code: str) -> Any:
    """A form for another one."""
    row = _editable(code)
    return _page("paper_new", row, form=PaperForm(formdata=None, data={"language": row.language}), paper=None)


@bp.post("/partners/<code>/documents/new")
@takes_files
def partner_paper_upload(code: str) -> Any:
    """Keep it."""
    row, form = _editable(code), PaperForm()
    if form.validate():
        try:
            kind, name = form.kind.data or "", form.name.data or ""
            upload(current_work(), code, kind, name, form.to_input(), publish=bool(form.publish.data))
            return go("cpo.partner_papers", code=row.code, note="paper-uploaded")
        except Invalid as refusal:
            form.refuse(refusal)
    return _page("paper_new", row, status=422, form=form, paper=None)


@bp.get("/partners/<code>/documents/<uuid:paper>/<int:number>")
def partner_paper_file(code: str, paper: UUID, number: int) -> Any:
    """A version's file."""
    row = partner_by_code(current_work(), code)
    return uploaded_file(paper_file(current_work(), row.id, paper, number))


@bp.route("/partners/<code>/documents/<uuid:paper>/replace", methods=["GET", "POST"])
@takes_files
def partner_paper_replace(code: str, paper: UUID) -> Any:
    """Another file in its place; the old one stays below it."""
    row = _editable(code)
    found = paper_by_id(current_work(), row.id, paper)
    form = VersionForm(data={"language": found.now.language})
    if form.validate_on_submit():
        try:
            replace(current_work(), code, paper, form.to_input())
            return go("cpo.partner_papers", code=row.code, note="paper-replaced")
        except Invalid as refusal:
            form.refuse(refusal)
    return _page("paper_new", row, status=422 if form.is_submitted() else 200, form=form, paper=found)


@bp.post("/partners/<code>/documents/<uuid:paper>/<any(publish, withdraw):act>")
def partner_paper_show(code: str, paper: UUID, act: str) -> Any:
    """Let the partner see it, or no longer."""
    show(current_work(), code, paper, shown=act == "publish")
    return go("cpo.partner_papers", code=code, note="paper-published" if act == "publish" else "paper-withdrawn")
