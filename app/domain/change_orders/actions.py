"""Asking for a change, and what becomes of the wish. The change itself is made on its own page, by whoever may make it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.change_orders.events import ChangeOrdered, ChangeOrderMoved
from app.domain.change_orders.models import ChangeOrder
from app.domain.change_orders.queries import order_by_code, topics_of
from app.domain.change_orders.rows import OrderInput, OrderRow
from app.domain.people import checks
from app.domain.people.models import Partner
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import new_code
from app.kernel.periods import local_date
from app.work.unit import Work

#: act -> from which states, and the state it leads to
ACTS: dict[str, tuple[tuple[str, ...], str]] = {
    "take": (("received",), "checked"),
    "done": (("received", "checked"), "done"),
    "refuse": (("received", "checked"), "refused"),
}


def ask_change(work: Work, partner_id: UUID, wanted: OrderInput) -> OrderRow:
    """A new order of a partner; refuses at its field a topic that is not the actor's, an empty wish, and a day that is over."""
    work.require(Permission.ORDER_ASK, partner_id=partner_id)
    checks.one_of(wanted.topic, tuple(topics_of(work, partner_id)), "topic")
    zone = work.session.get_one(Partner, partner_id).time_zone
    if wanted.wanted_on is not None and wanted.wanted_on < local_date(work.now, zone):
        raise Invalid("day_is_over", field="wanted_on")
    what = checks.notes(wanted.wanted, "wanted")
    if not what:
        raise Invalid("missing", field="wanted")
    order = ChangeOrder(
        operator_id=work.operator_id, partner_id=partner_id, code=new_code("W"), topic=wanted.topic,
        thing=checks.text(wanted.thing, "thing", required=False), present=checks.notes(wanted.present, "present"), wanted=what,
        wanted_on=wanted.wanted_on, asked_at=work.now, asked_by=work.actor.id, asked_name=work.actor.name, state="received", note="",
    )  # fmt: skip
    work.session.add(order)
    work.session.flush()
    work.record(ChangeOrdered(**_about(order), code=order.code, topic=order.topic, thing=order.thing))
    return order_by_code(work, order.code)


def move_order(work: Work, code: str, act: str, note: str = "") -> OrderRow:
    """Take an order, say that it is done, or refuse it with a reason; ``Conflict`` when somebody else was faster."""
    row = order_by_code(work, code)
    work.require(Permission.ORDER_HANDLE, partner_id=row.partner_id)
    order = work.session.scalars(select(ChangeOrder).where(ChangeOrder.id == row.id).with_for_update()).one()
    before, (starts, state) = order.state, ACTS[act]
    if before not in starts:
        raise Conflict("order_moved")
    said = checks.notes(note, "note")
    if act == "refuse" and not said:
        raise Invalid("missing", field="note")
    order.state = state
    if act == "take":
        order.taken_at, order.taken_by, order.taken_name = work.now, work.actor.id, work.actor.name
    else:
        order.decided_at, order.decided_name, order.note = work.now, work.actor.name, said
    work.session.flush()
    work.record(ChangeOrderMoved(**_about(order), code=order.code, before={"state": before}, after={"state": state}, reason=said))
    return order_by_code(work, code)


def _about(order: ChangeOrder) -> dict[str, Any]:
    return {"operator_id": order.operator_id, "partner_id": order.partner_id, "subject": ("change_order", order.id)}
