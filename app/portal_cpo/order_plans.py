"""The change of an order, made by the order itself (B57): prepared, agreed, dropped, taken back."""

from __future__ import annotations

from typing import Any

from flask import request

from app.access.permissions import Permission
from app.domain.change_orders.kinds import KINDS, sheets_for
from app.domain.change_orders.planning import agree_plan, drop_plan, mark_of, plan_change, things, undo_order, value_now
from app.domain.change_orders.queries import order_by_code
from app.domain.change_orders.rows import OrderRow
from app.domain.network.access_rows import groups_to_choose
from app.kernel.errors import Invalid
from app.kernel.periods import day_start
from app.portal_cpo import bp
from app.portal_cpo.change_orders import order_page
from app.text.order_words import kind_word
from app.web.pages import go, page
from app.web.shared_forms.change_order import AnswerForm
from app.web.shared_forms.order_plan import FORMS, PlanForm
from app.web.signin import current_work

_STEPS = {"agree": "order-agreed", "drop": "order-dropped", "undo": "order-undone"}
_KIND = "any(price, sheet, access, contact)"


@bp.get(f"/change-orders/<string:code>/plan/<{_KIND}:kind>")
def change_order_plan(code: str, kind: str) -> Any:
    """Which thing is to be changed, then how."""
    work, order = current_work(), order_by_code(current_work(), code)
    offers, thing = things(work, order, kind), request.args.get("thing", "").strip()
    if not thing and offers is not None:
        thing = next((key for key, name in offers if order.thing and order.thing.casefold() in (key.casefold(), name.casefold())), "")
    if not thing:
        return _page(order, kind, offers, thing, None)
    try:
        now = value_now(work, order, kind, thing)
    except Invalid as refusal:
        return _page(order, kind, offers, thing, None, refusal=refusal)
    wish = None if order.wanted_on is None else day_start(order.wanted_on, order.time_zone)
    start = {"starts_at": wish if wish is not None and wish > work.now else None}
    form = FORMS[kind](formdata=None, zone=order.time_zone, data=FORMS[kind].data_of(now) | start | {"thing": thing, "mark": mark_of(now)})
    form.in_currency(now.get("currency", "EUR"))
    return _page(order, kind, offers, thing, _offered(form, order))


@bp.post(f"/change-orders/<string:code>/plan/<{_KIND}:kind>")
def change_order_plan_save(code: str, kind: str) -> Any:
    """Prepare it; nothing happens before it is agreed."""
    work, order = current_work(), order_by_code(current_work(), code)
    work.require(Permission.ORDER_HANDLE, partner_id=order.partner_id)
    form = _offered(FORMS[kind](zone=order.time_zone), order)
    if form.validate():
        try:
            plan_change(work, code, form.plan(kind))
            return go("cpo.change_order", code=order.code, note="order-planned")
        except Invalid as refusal:
            form.refuse(refusal)
    return _page(order, kind, things(work, order, kind), form.thing.data or "", form, status=422)


@bp.post("/change-orders/<string:code>/<any(agree, drop, undo):act>")
def change_order_step(code: str, act: str) -> Any:
    """Agree to what is prepared, drop it, or take back what ran."""
    work, order = current_work(), order_by_code(current_work(), code)
    form = AnswerForm()
    try:
        if act == "drop":
            drop_plan(work, code, form.note.data or "")
        else:
            (agree_plan if act == "agree" else undo_order)(work, code)
    except Invalid as refusal:
        form.validate()
        return order_page(code, form.refuse(refusal), status=422)
    return go("cpo.change_order", code=order.code, note=_STEPS[act])


def _offered(form: PlanForm, order: OrderRow) -> PlanForm:
    """What there is to choose from."""
    if "code" in form._fields:
        form._fields["code"].choices = [("", "–"), *sheets_for(current_work(), order.partner_id)]
    if "groups" in form._fields:
        form._fields["groups"].choices = groups_to_choose(current_work())
    return form


def _page(order: OrderRow, kind: str, offers: Any, thing: str, form: Any, *, refusal: Invalid | None = None, status: int = 200) -> Any:
    shown = {"order": order, "kind": kind, "kinds": list(KINDS), "kind_word": kind_word, "offers": offers, "thing": thing}
    shown["title"] = dict(offers or []).get(thing, thing)
    return page("cpo/change_orders/plan.html", form=form, refusal=refusal, status=status, **shown)
