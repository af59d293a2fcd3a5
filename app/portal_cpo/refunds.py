"""Giving back all or part of what a session cost (B41): how much and why, then what it moves in words, then done or for a second person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.documents.correction import reason_word
from app.domain.sessions.detail import SessionDetail, session_detail
from app.domain.sessions.queries import session_id_by_code
from app.domain.settlement.refund_wishes import ask_refund, decide_refund, needs_second, refund_wish, waiting_refunds
from app.domain.settlement.refunding import Refundable, RefundPlan, plan_refund, refundable
from app.kernel.errors import Conflict, Invalid
from app.portal_cpo import bp
from app.portal_cpo.forms.sessions import RefundForm
from app.web.forms import BareForm, sent_again
from app.web.pages import go, page
from app.web.signin import current_work


@bp.get("/sessions/<code>/refund", endpoint="session_refund")
def refund(code: str) -> Any:
    """How much is left, of what, and why."""
    case = refundable(current_work(), code)
    return _page(code, case, RefundForm(case, formdata=None))


@bp.post("/sessions/<code>/refund", endpoint="session_refund_do")
def refund_now(code: str) -> Any:
    """First what it moves, then the refund itself, or the wish for one."""
    work = current_work()
    case = refundable(work, code)
    form = RefundForm(case)
    if form.validate():
        try:
            if request.form.get("confirm"):
                return go("cpo.session", code=code, note=f"refund-{ask_refund(work, code, form.to_input(), key=form.one_time_key.data)}")
            return _page(code, case, form, plan_refund(work, code, form.to_input()))
        except (Conflict, Invalid) as refusal:
            form.refuse(refusal)
    return _page(code, case, form, status=422)


@bp.get("/refunds", endpoint="refunds")
def waiting() -> Any:
    """Refunds that wait for a second person."""
    work = current_work()
    work.require(Permission.SESSION_CORRECT)
    return page("cpo/sessions/refunds.html", found=waiting_refunds(work), reason_word=reason_word)


@bp.get("/refunds/<uuid:wish>", endpoint="refund_wish")
def look(wish: UUID) -> Any:
    """What a refund that waits would move, for the second person."""
    current_work().require(Permission.SESSION_CORRECT)
    return _wish(wish, BareForm(formdata=None), 200)


@bp.post("/refunds/<uuid:wish>/<any(grant, refuse):act>", endpoint="refund_decide")
def decide(wish: UUID, act: str) -> Any:
    """The second person's word."""
    current_work().require(Permission.SESSION_CORRECT)
    try:
        code = decide_refund(current_work(), wish, grant=act == "grant")
    except (Conflict, Invalid) as refusal:
        return _wish(wish, BareForm().refuse(refusal), 409)
    return go("cpo.session", code=code, note="refund-made" if act == "grant" else "refund-refused")


def _wish(key: UUID, form: BareForm, status: int) -> Any:
    work = current_work()
    wish = refund_wish(work, key)
    plan, d = plan_refund(work, wish.session_code, wish.wanted), _detail(wish.session_code)
    shown = {"wish": wish, "plan": plan, "d": d, "row": d.live, "form": form, "reason": reason_word(wish.wanted.reason)}
    return page("cpo/sessions/refund_wish.html", status=status, base="/cpo", **shown)


def _detail(code: str) -> SessionDetail:
    work = current_work()
    return session_detail(work, session_id_by_code(work, code))


def _page(code: str, case: Refundable, form: RefundForm, plan: RefundPlan | None = None, *, status: int = 200) -> Any:
    template, d = "refund" if plan is None else "refund_check", _detail(code)
    second = plan is not None and needs_second(current_work(), d.live.session_id, -plan.gross_minor)
    shown = {"form": form, "case": case, "plan": plan, "sent": sent_again(), "second": second, "d": d, "row": d.live}
    return page(f"cpo/sessions/{template}.html", status=status, base="/cpo", **shown, reason=reason_word(form.reason.data or ""))
