"""Handing charge points over to another partner (B10): points or a whole property → receiver → day → consequences → second person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.handover import ask_handover, consequences, decide_handover, handovers, points_of, receivers
from app.domain.contracts.holdings import setup_steps
from app.domain.people.queries import partner_by_code
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.partner_settings import HandoverForm
from app.web.fields import MOST_CHOICES
from app.web.forms import sent_again
from app.web.pages import go, page
from app.web.signin import current_work


def _page(code: str, *, status: int = 200, template: str = "handover", form: HandoverForm | None = None, **more: Any) -> Any:
    work = current_work()
    row = partner_by_code(work, code)
    work.require(Permission.NETWORK_ASSIGN, partner_id=row.id)
    shown = form or HandoverForm(formdata=None)
    shown.offer(points_of(work, row.id), receivers(work, row.id, MOST_CHOICES))
    found = handovers(work, row.id)
    return page(
        f"cpo/partners/{template}.html", status=status, row=row, steps=setup_steps(work, row), form=shown, found=found, **more
    )  # fmt: skip


@bp.get("/partners/<code>/hand-over")
def partner_handover(code: str) -> Any:
    """What may go where; what waits for a second person."""
    return _page(code)


@bp.post("/partners/<code>/hand-over")
def partner_handover_ask(code: str) -> Any:
    """First the consequences, then the wish."""
    work = current_work()
    row = partner_by_code(work, code)
    work.require(Permission.NETWORK_ASSIGN, partner_id=row.id)
    form = HandoverForm()
    form.offer(points_of(work, row.id), receivers(work, row.id, MOST_CHOICES))
    if form.validate():
        try:
            if request.form.get("confirm"):
                ask_handover(work, code, form.to_input())
                return go("cpo.partner_handover", code=code, note="handover-asked")
            told = consequences(work, code, form.to_input())
            return _page(code, template="handover_check", form=form, told=told, sent=sent_again())
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _page(code, status=422, form=form)


@bp.post("/partners/<code>/hand-over/<uuid:handover>/<any(agree, refuse):act>")
def partner_handover_decide(code: str, handover: UUID, act: str) -> Any:
    """The second person's word."""
    try:
        decide_handover(current_work(), code, handover, agree=act == "agree")
    except Invalid as refusal:
        raise Conflict("handover_stale") from refusal
    return go("cpo.partner_handover", code=code, note="handover-agreed" if act == "agree" else "handover-refused")
