"""Changes prepared for orders, to read."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.change_orders.kinds import KINDS
from app.domain.change_orders.plan_models import ChangeOrderPlan
from app.domain.change_orders.planning import value_now
from app.domain.change_orders.rows import OrderRow, PlanRow
from app.kernel.errors import Invalid
from app.work.unit import Work

_SHOWN = (
    "kind", "thing", "thing_name", "before", "after", "starts_at", "second_person", "state", "planned_at", "planned_name", "approved_at",
    "approved_name", "ran_at", "took_effect_at", "undone_at", "undone_name", "reason",
)  # fmt: skip


def order_plans(work: Work, order: OrderRow) -> list[PlanRow]:
    """What was prepared for an order, the oldest first, for whoever may see what it is about; else nothing. One statement."""
    if not work.can(order.right, partner_id=order.partner_id):
        return []
    asked = select(ChangeOrderPlan).where(ChangeOrderPlan.order_id == order.id).order_by(ChangeOrderPlan.number)
    return [plan_row(plan, mine=plan.planned_by == work.actor.id) for plan in work.session.scalars(asked)]


def plan_row(plan: ChangeOrderPlan, *, mine: bool = False) -> PlanRow:
    """As pages and mails show it."""
    return PlanRow(**{name: getattr(plan, name) for name in _SHOWN}, mine=mine, money=KINDS[plan.kind].money)


def compared(work: Work, order: OrderRow, plan: PlanRow) -> PlanRow:
    """The same with whether its value is another one than on the difference now; only whoever handles orders is told."""
    if plan.state not in {"waiting", "scheduled"} or not work.can(Permission.ORDER_HANDLE, partner_id=order.partner_id):
        return plan
    try:
        return replace(plan, stale=value_now(work, order, plan.kind, plan.thing) != plan.before)
    except Invalid:
        return replace(plan, stale=True)
