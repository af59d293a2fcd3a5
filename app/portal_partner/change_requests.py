"""What we ask the operator to change, and what became of it (P10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.change_orders.actions import ask_change
from app.domain.change_orders.queries import order_by_code, order_file, order_files, orders, topics_of
from app.kernel.errors import Invalid, NotFound
from app.portal_partner import bp
from app.text.sentences.change_orders import topic_word
from app.text.wordwise import beside
from app.web.bodies import takes_files
from app.web.pages import go, page
from app.web.paper_pages import uploaded_file
from app.web.shared_forms.change_order import OrderForm
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
    work, order = current_work(), order_by_code(current_work(), code, _own())
    return page("partner/change_orders/show.html", order=order, files=order_files(work, order), beside=beside, topic_word=topic_word)


@bp.get("/change-requests/<string:code>/files/<int:number>")
def change_request_file(code: str, number: int) -> Any:
    """A file that came with one of ours."""
    work = current_work()
    return uploaded_file(order_file(work, order_by_code(work, code, _own()), number))
