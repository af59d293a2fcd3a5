"""See as partner (ux 1.7): through whose eyes, perhaps at a past instant; begin and end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from wtforms import RadioField, SelectField

from app.access.permissions import Permission
from app.domain.contracts.holdings import setup_steps
from app.domain.contracts.seeing import Eyes, roles_shown
from app.domain.people.queries import members, partner_by_code
from app.domain.people.rows import PartnerRow
from app.kernel.errors import Invalid, NotAllowed
from app.portal_cpo import bp
from app.text.words import lazy as _l
from app.web.driver_previewing import end_riding
from app.web.errors import role_word
from app.web.fields import LocalTimeField
from app.web.forms import BaseForm, optional
from app.web.pages import go, go_to, page
from app.web.previewing import begin, end
from app.web.signin import current_work


class SeeAsForm(BaseForm):
    """As whom, and as of when."""

    role = RadioField(_l("Role"), [optional()], validate_choice=False)
    person = SelectField(_l("Or a certain person"), [optional()])
    at = LocalTimeField(_l("As of (empty: now)"), [optional()])

    def for_partner(self, row: PartnerRow) -> SeeAsForm:
        """With the roles and people of that account, on its clock."""
        self.role.choices = [(role, role_word(role)) for role in roles_shown(row.kind)]
        people = [(str(m.user_id), f"{m.name} · {role_word(m.role)}") for m in members(current_work(), row.id)]
        self.person.choices = [("", _l("Anybody with the role")), *people]
        self.at.zone_name = row.time_zone
        return self

    def eyes(self, code: str) -> Eyes:
        """What was chosen; a person's own role counts."""
        user_id = UUID(self.person.data) if self.person.data else None
        return Eyes(code, self.role.data or "", user_id, self.at.data)


@bp.get("/partners/<code>/see-as", endpoint="partner_see_as")
def see_as(code: str) -> Any:
    """Choose a role or a person; ``?person=`` comes from its line, ``?at=`` from the time machine."""
    row = _shown(code)
    form = SeeAsForm(formdata=None, person=request.args.get("person", "")).for_partner(row)
    form.at.process(request.args)
    return _page(row, form, 200)


@bp.post("/partners/<code>/see-as", endpoint="partner_see_as_begin")
def see_as_begin(code: str) -> Any:
    """On into the portal as it is for them."""
    row = _shown(code)
    form = SeeAsForm().for_partner(row)
    form.at.process(request.form)
    if form.validate():
        try:
            return go_to(f"/partner/{begin(form.eyes(row.code)).code}/")
        except (Invalid, NotAllowed) as refusal:
            form.refuse(refusal)
    return _page(row, form, 422)


@bp.post("/see-as/end")
def see_as_end() -> Any:
    """Back to the page of the partner or charge point, as oneself."""
    found, at_point = end(current_work()), end_riding(current_work())
    if at_point is not None:
        return go("cpo.charge_point", label=at_point.point.station, note="preview-over")
    if found is None:
        return go("cpo.partners")
    return go("cpo.partner", code=found.code, note="preview-over")


def _shown(code: str) -> PartnerRow:
    row = partner_by_code(current_work(), code)
    current_work().require(Permission.PREVIEW_AS)
    return row


def _page(row: PartnerRow, form: SeeAsForm, status: int) -> Any:
    return page("cpo/partners/see_as.html", row=row, steps=setup_steps(current_work(), row), form=form, status=status)
