"""What partners asked for in writing (B56, and of B57 what a partner's own form brings): taken, asked about, done, refused."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.change_orders.actions import move_order
from app.domain.change_orders.kinds import KINDS
from app.domain.change_orders.queries import order_by_code, order_file, orders
from app.domain.change_orders.rows import OrderRow, PlanRow
from app.kernel.errors import Invalid
from app.portal_cpo import bp
from app.text.order_words import kind_word
from app.text.sentences.change_orders import topic_word
from app.web.order_pages import order_shown
from app.web.pages import go, page
from app.web.paper_pages import uploaded_file
from app.web.shared_forms.change_order import AnswerForm
from app.web.signin import current_work

_STATES = ("open", "received", "checked", "question", "waiting", "scheduled", "done", "undone", "refused")
_NOTES = {"take": "order-taken", "ask": "order-asked-back", "done": "order-done", "refuse": "order-refused"}


@bp.get("/change-orders")
def change_orders() -> Any:
    """The queue: what waits, unless another state is asked for."""
    asked = request.args.get("state", "open")
    state = asked if asked in _STATES else ""
    found = orders(current_work(), state=state, cursor=request.args.get("after"))
    return page("cpo/change_orders/index.html", found=found, state=state, topic_word=topic_word)


@bp.get("/change-orders/<string:code>")
def change_order(code: str) -> Any:
    """One order."""
    return order_page(code, AnswerForm(formdata=None))


@bp.get("/change-orders/<string:code>/files/<int:number>")
def change_order_file(code: str, number: int) -> Any:
    """A file that came with it."""
    return uploaded_file(order_file(current_work(), order_by_code(current_work(), code), number))


@bp.post("/change-orders/<string:code>/<any(take, ask, done, refuse):act>")
def change_order_move(code: str, act: str) -> Any:
    """Take it, ask the partner, say that it is done, or refuse it."""
    work, row = current_work(), order_by_code(current_work(), code)
    work.require(Permission.ORDER_HANDLE, partner_id=row.partner_id)
    form = AnswerForm()
    try:
        move_order(work, code, act, form.note.data or "")
    except Invalid as refusal:
        form.validate()
        return order_page(code, form.refuse(refusal), status=422)
    return go("cpo.change_order", code=row.code, note=_NOTES[act])


def order_page(code: str, form: AnswerForm, *, status: int = 200) -> Any:
    """The order's page, with what is typed."""
    order = order_by_code(current_work(), code)
    shown = order_shown(current_work(), order)
    plan = shown["plan"]
    may_agree = plan is not None and plan.state == "waiting" and _may_agree(order, plan)
    shown |= {"may_agree": may_agree, "kinds": KINDS, "kind_word": kind_word}
    return page("cpo/change_orders/show.html", form=form, status=status, **shown)


def _may_agree(order: OrderRow, plan: PlanRow) -> bool:
    """Whether the one who looks could have it run."""
    work = current_work()
    if not plan.second_person:
        return work.can(Permission.ORDER_HANDLE, partner_id=order.partner_id) and work.can(
            KINDS[plan.kind].right, partner_id=order.partner_id
        )
    right = Permission.ORDER_APPROVE_MONEY if plan.money else Permission.ORDER_APPROVE
    return not plan.mine and work.can(right, partner_id=order.partner_id)
