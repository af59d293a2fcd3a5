"""Giving back all or part of what a session cost (B41): how much and why, then what it moves in words, then done."""

from __future__ import annotations

from typing import Any

from flask import request

from app.documents.correction import reason_word
from app.domain.settlement.refunding import RefundPlan, plan_refund, refund_session, refundable
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.sessions import RefundForm
from app.web.pages import go, page
from app.web.session_pages import session_context
from app.web.signin import current_work


@bp.get("/sessions/<code>/refund", endpoint="session_refund")
def refund(code: str) -> Any:
    """How much is left, of what, and why."""
    return _page(code, RefundForm(refundable(current_work(), code), formdata=None))


@bp.post("/sessions/<code>/refund", endpoint="session_refund_do")
def refund_now(code: str) -> Any:
    """First what it moves, then the refund itself."""
    work = current_work()
    form = RefundForm(refundable(work, code))
    if form.validate():
        try:
            if request.form.get("confirm"):
                refund_session(work, code, form.to_input(), key=form.one_time_key.data)
                return go("cpo.session", code=code, note="refund-made")
            return _page(code, form, plan_refund(work, code, form.to_input()))
        except (Conflict, Invalid) as refusal:
            form.refuse(refusal)
    return _page(code, form, status=422)


def _page(code: str, form: RefundForm, plan: RefundPlan | None = None, *, status: int = 200) -> Any:
    work = current_work()
    case = refundable(work, code)
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in {"csrf_token", "confirm"}]
    template = "refund" if plan is None else "refund_check"
    shown = {"form": form, "case": case, "plan": plan, "sent": sent, "reason": reason_word(form.reason.data or "")}
    return page(f"cpo/sessions/{template}.html", status=status, base="/cpo", **shown, **session_context(work, code))
