"""What we ask the operator to change, and what became of it (P10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.change_orders.actions import answer_question, ask_change
from app.domain.change_orders.planning import undo_order
from app.domain.change_orders.queries import order_by_code, order_file, orders, topics_of
from app.domain.change_orders.rows import OrderRow
from app.kernel.errors import Invalid, NotFound
from app.portal_partner import bp
from app.text.sentences.change_orders import topic_word
from app.web.bodies import takes_files
from app.web.order_pages import order_shown
from app.web.pages import go, page
from app.web.paper_pages import uploaded_file
from app.web.shared_forms.change_order import OrderForm, ReplyForm
from app.web.signin import current_account, current_work


def _own(right: Permission = Permission.ORDER_VIEW) -> UUID:
    """The partner of the address, for somebody with the right there."""
    account = current_account()
    if account is None or account.partner_id is None:
        raise NotFound
    current_work().require(right, partner_id=account.partner_id)
    return account.partner_id


@bp.get("/change-requests")
def change_requests() -> Any:
    """Ours, the newest first."""
    found = orders(current_work(), partner_id=_own(), cursor=request.args.get("after"))
    return page("partner/change_orders/index.html", found=found, topic_word=topic_word)


@bp.get("/change-requests/new")
def change_request_new() -> Any:
    """An empty form."""
    partner_id = _own(Permission.ORDER_ASK)
    return page("partner/change_orders/new.html", form=OrderForm(formdata=None).offer(topics_of(current_work(), partner_id)))


@bp.post("/change-requests/new")
@takes_files
def change_request_send() -> Any:
    """Send it."""
    work, partner_id = current_work(), _own(Permission.ORDER_ASK)
    form = OrderForm().offer(topics_of(work, partner_id))
    if form.validate():
        try:
            made = ask_change(work, partner_id, form.to_input(), key=form.one_time_key.data)
            return go("partner.change_request", code=made.code, note="order-sent")
        except Invalid as refusal:
            form.refuse(refusal)
    return page("partner/change_orders/new.html", form=form, status=422)


@bp.get("/change-requests/<string:code>")
def change_request(code: str) -> Any:
    """One of ours with its course."""
    return _page(order_by_code(current_work(), code, _own()), ReplyForm(formdata=None))


@bp.post("/change-requests/<string:code>/answer")
@takes_files
def change_request_answer(code: str) -> Any:
    """Answer what we were asked about it."""
    work, partner_id = current_work(), _own(Permission.ORDER_ASK)
    order = order_by_code(work, code, partner_id)
    work.require(order.right, partner_id=partner_id)
    form = ReplyForm()
    if form.validate():
        try:
            answer_question(work, code, form.note.data or "", form.to_files())
            return go("partner.change_request", code=order.code, note="order-answered")
        except Invalid as refusal:
            form.refuse(refusal)
    return _page(order, form, status=422)


@bp.post("/change-requests/<string:code>/undo")
def change_request_undo(code: str) -> Any:
    """Have back what was before the change we asked for."""
    work, partner_id = current_work(), _own(Permission.ORDER_ASK)
    order = order_by_code(work, code, partner_id)
    work.require(order.right, partner_id=partner_id)
    undo_order(work, code)
    return go("partner.change_request", code=order.code, note="order-undone")


def _page(order: OrderRow, form: ReplyForm, *, status: int = 200) -> Any:
    work = current_work()
    may = work.can(Permission.ORDER_ASK, partner_id=order.partner_id) and work.can(order.right, partner_id=order.partner_id)
    return page("partner/change_orders/show.html", form=form, may_answer=may, status=status, **order_shown(work, order))


@bp.get("/change-requests/<string:code>/files/<int:number>")
def change_request_file(code: str, number: int) -> Any:
    """A file that came with one of ours."""
    work = current_work()
    return uploaded_file(order_file(work, order_by_code(work, code, _own()), number))
