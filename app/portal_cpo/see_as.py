"""See as partner (ux 1.7): which role to look as; begin and end."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField

from app.access.permissions import Permission
from app.domain.contracts.grants import roles_shown
from app.domain.contracts.holdings import setup_steps
from app.domain.people.queries import partner_by_code
from app.kernel.errors import Invalid, NotAllowed
from app.portal_cpo import bp
from app.text.words import lazy as _l
from app.web.errors import role_word
from app.web.forms import BaseForm
from app.web.pages import go, go_to, page
from app.web.previewing import begin, end
from app.web.signin import current_work


class SeeAsForm(BaseForm):
    """As whom."""

    role = RadioField(_l("Role"))


@bp.route("/partners/<code>/see-as", methods=["GET", "POST"])
def partner_see_as(code: str) -> Any:
    """Choose a role, and on into the portal as it is for that role."""
    work = current_work()
    row = partner_by_code(work, code)
    work.require(Permission.PREVIEW_AS)
    form = SeeAsForm()
    form.role.choices = [(role, role_word(role)) for role in roles_shown(row.kind)]
    if form.validate_on_submit():
        try:
            return go_to(f"/partner/{begin(row.code, form.role.data or '').code}/")
        except (Invalid, NotAllowed) as refusal:
            form.refuse(refusal)
    return page("cpo/partners/see_as.html", row=row, steps=setup_steps(work, row), form=form, status=422 if form.is_submitted() else 200)


@bp.post("/see-as/end")
def see_as_end() -> Any:
    """Back to the partner's page, as oneself."""
    found = end(current_work())
    if found is None:
        return go("cpo.partners")
    return go("cpo.partner", code=found.code, note="preview-over")
