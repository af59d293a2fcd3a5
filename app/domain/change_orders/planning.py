"""The change of an order, made by the order (B57): prepared as a difference, agreed by a second person, run as it stands, taken back.

What would be changed is tried and undone when it is prepared, so that everything its own page would refuse is refused then, and what is
agreed is what will be. Where the value is another one than on the difference, nothing runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.access.actor import system
from app.access.permissions import Permission
from app.domain.change_orders.actions import drop_waiting, locked, move_to
from app.domain.change_orders.kinds import KINDS, Kind, Value, name_of
from app.domain.change_orders.models import ChangeOrder
from app.domain.change_orders.plan_models import ChangeOrderPlan
from app.domain.change_orders.queries import order_by_code
from app.domain.change_orders.rows import UNDO, OrderRow, PlanInput
from app.domain.people import checks
from app.kernel.errors import Conflict, Invalid, NotFound, Refusal
from app.kernel.ids import uuid7
from app.work.unit import Work, enter_tenant

RUN = "change_orders.run"


def value_now(work: Work, row: OrderRow, kind: str, thing: str) -> dict[str, Any]:
    """How a thing of the order's partner is now, for whoever handles orders; refuses at ``thing``."""
    work.require(Permission.ORDER_HANDLE, partner_id=row.partner_id)
    with _house(work, work.actor.name) as house:
        return kind_of(kind).now(house, row.partner_id, thing)


def things(work: Work, row: OrderRow, kind: str) -> list[tuple[str, str]] | None:
    """Key and name of what an order of that partner can change; None: too many to choose from."""
    work.require(Permission.ORDER_HANDLE, partner_id=row.partner_id)
    with _house(work, work.actor.name) as house:
        return kind_of(kind).offers(house, row.partner_id)


def kind_of(name: str) -> Kind:
    """A kind of change; ``NotFound`` for any other word."""
    if name not in KINDS:
        raise NotFound
    return KINDS[name]


def mark_of(value: Value) -> str:
    """A short mark of a value, by which a form says which one it was filled in for."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def plan_change(work: Work, code: str, wanted: PlanInput) -> OrderRow:
    """Prepare the change of an order; nothing happens before ``agree_plan``. A plan that waited is dropped for it.

    Refuses what the change's own page would, ``nothing_changes``, ``starts_in_past``, and ``order_stale`` where the value is another one
    than the form showed.
    """
    row = order_by_code(work, code)
    work.require(Permission.ORDER_HANDLE, partner_id=row.partner_id)
    kind, order = kind_of(wanted.kind), locked(work, row)
    if order.state not in {"received", "checked", "waiting"} or work.actor.id is None:
        raise Conflict("order_moved")
    if wanted.starts_at is not None and wanted.starts_at <= work.now:
        raise Invalid("starts_in_past", field="starts_at")
    with _house(work, work.actor.name) as house:
        before = kind.now(house, row.partner_id, wanted.thing)
        if mark_of(before) != wanted.mark:
            raise Conflict("order_stale")
        after = _tried(house, kind, row.partner_id, wanted, before)
        title = name_of(house, kind, row.partner_id, wanted.thing)
    if after == before:
        raise Invalid("nothing_changes", field="form")
    drop_waiting(work, order)
    second = kind.money or not work.can(kind.right, partner_id=row.partner_id)
    number = 1 + (work.session.scalar(select(func.max(ChangeOrderPlan.number)).where(ChangeOrderPlan.order_id == order.id)) or 0)
    plan = ChangeOrderPlan(
        id=uuid7(), order_id=order.id, number=number, operator_id=order.operator_id, partner_id=order.partner_id, kind=wanted.kind,
        thing=wanted.thing, thing_name=title, before=before, after=after, starts_at=wanted.starts_at, second_person=second, state="waiting",
        planned_at=work.now, planned_by=work.actor.id, planned_name=work.actor.name, reason="",
    )  # fmt: skip
    work.session.add(plan)
    work.session.flush()
    if order.taken_by is None:
        order.taken_at, order.taken_by, order.taken_name = work.now, work.actor.id, work.actor.name
    move_to(work, order, "waiting" if second else "checked", _difference(plan))
    return order_by_code(work, code)


def _tried(house: Work, kind: Kind, partner_id: UUID, wanted: PlanInput, before: Value) -> dict[str, Any]:
    """What the value would be: the change is made and taken back."""
    messages, jobs, undone = len(house.messages), len(house.jobs), house.session.begin_nested()
    try:
        kind.run(house, partner_id, wanted.thing, dict(before) | dict(wanted.values), wanted.starts_at)
        house.session.flush()
        return kind.now(house, partner_id, wanted.thing)
    finally:
        undone.rollback()
        house.session.expire_all()
        del house.messages[messages:], house.jobs[jobs:]


def agree_plan(work: Work, code: str) -> OrderRow:
    """Have the prepared change run, at once or at its time: the second person's word, or the planner's own where none is needed.

    Refuses ``order_same_person`` for who planned it or asked for it, and ``order_stale`` where the value changed since.
    """
    row = order_by_code(work, code)
    _require_hand(work, row)
    order = locked(work, row)
    plan = _open_plan(work, order, "waiting")
    kind = KINDS[plan.kind]
    if plan.second_person:
        work.require(Permission.ORDER_APPROVE_MONEY if kind.money else Permission.ORDER_APPROVE, partner_id=row.partner_id)
        if work.actor.id is None or work.actor.id in {plan.planned_by, order.asked_by}:
            raise Conflict("order_same_person")
        plan.approved_at, plan.approved_by, plan.approved_name = work.now, work.actor.id, work.actor.name
    else:
        work.require(Permission.ORDER_HANDLE, partner_id=row.partner_id)
        work.require(kind.right, partner_id=row.partner_id)
    if plan.starts_at is None or plan.starts_at - kind.lead <= work.now:
        _run(work, order, plan)
        return order_by_code(work, code)
    with _house(work, _whose(plan)) as house:
        _require_unchanged(kind.now(house, row.partner_id, plan.thing), plan.before)
    plan.state = "scheduled"
    work.session.flush()
    move_to(work, order, "scheduled", _difference(plan))
    work.later(RUN, key=f"order-run:{plan.id}", due_at=plan.starts_at - kind.lead, partner_id=row.partner_id, plan=plan.id)
    return order_by_code(work, code)


def _require_hand(work: Work, row: OrderRow) -> None:
    """Refuse whoever has nothing to do with the orders of partners."""
    if not work.can(Permission.ORDER_HANDLE, partner_id=row.partner_id):
        work.require(Permission.ORDER_APPROVE, partner_id=row.partner_id)


def drop_plan(work: Work, code: str, reason: str) -> OrderRow:
    """Not so: the prepared change does not run, and the order is looked at again. Who did not plan it says why."""
    row = order_by_code(work, code)
    _require_hand(work, row)
    order = locked(work, row)
    plan = _open_plan(work, order, "waiting", "scheduled")
    why = checks.notes(reason, "note")
    if plan.planned_by != work.actor.id and not why:
        raise Invalid("missing", field="note")
    plan.state, plan.reason = "dropped", why
    move_to(work, order, "checked", why)
    return order_by_code(work, code)


def run_scheduled(work: Work, plan_id: UUID) -> str:
    """The job's part: run it if it is still wanted. What is refused now drops the plan, with the reason, for somebody to look at."""
    found = work.session.get_one(ChangeOrderPlan, plan_id)
    order = work.session.scalars(select(ChangeOrder).where(ChangeOrder.id == found.order_id).with_for_update()).one()
    plan = work.session.get_one(ChangeOrderPlan, plan_id, with_for_update=True, populate_existing=True)
    if plan.state != "scheduled":
        return plan.state
    try:
        with work.session.begin_nested():
            _run(work, order, plan)
    except Refusal as refusal:
        plan.state, plan.reason = "dropped", refusal.code
        move_to(work, order, "checked", refusal.code)
        work.later("change_orders.stopped", key=f"order-stopped:{plan.id}", order=order.id)
    return plan.state


def _run(work: Work, order: ChangeOrder, plan: ChangeOrderPlan) -> None:
    if order.partner_id is None:
        raise NotFound
    kind = KINDS[plan.kind]
    with _house(work, _whose(plan)) as house:
        _require_unchanged(kind.now(house, order.partner_id, plan.thing), plan.before)
        plan.took_effect_at = kind.run(house, order.partner_id, plan.thing, plan.after, plan.starts_at)
        work.session.flush()
    plan.state, plan.ran_at = "done", work.now
    order.decided_at, order.decided_name = work.now, _whose(plan)
    move_to(work, order, "done", _difference(plan))


def undo_order(work: Work, code: str) -> OrderRow:
    """Give back what was before, by the same action; for who handles orders, and for people of the account who could have asked for it.

    Refuses ``undo_over`` after 24 hours, ``undo_on_paper`` once a document was issued under it, ``undo_changed`` where it is another now.
    """
    row = order_by_code(work, code)
    if not work.can(Permission.ORDER_HANDLE, partner_id=row.partner_id):
        work.require(Permission.ORDER_ASK, partner_id=row.partner_id)
        work.require(row.right, partner_id=row.partner_id)
    order = locked(work, row)
    plan = _open_plan(work, order, "done")
    with _house(work, work.actor.name) as house:
        if (why := _why_no_undo(house, plan)) is not None:
            raise Conflict(why)
        KINDS[plan.kind].run(house, row.partner_id, plan.thing, plan.before, None)
        work.session.flush()
    plan.state, plan.undone_at, plan.undone_by, plan.undone_name = "undone", work.now, work.actor.id, work.actor.name
    move_to(work, order, "undone", _difference(plan))
    return order_by_code(work, code)


def _why_no_undo(house: Work, plan: ChangeOrderPlan) -> str | None:
    kind = KINDS[plan.kind]
    if plan.ran_at is None or plan.took_effect_at is None or plan.partner_id is None or house.now > plan.ran_at + UNDO:
        return "undo_over"
    if kind.paper(house, plan.thing, plan.took_effect_at):
        return "undo_on_paper"
    return None if kind.now(house, plan.partner_id, plan.thing) == plan.after else "undo_changed"


def _open_plan(work: Work, order: ChangeOrder, *states: str) -> ChangeOrderPlan:
    asked = select(ChangeOrderPlan).where(ChangeOrderPlan.order_id == order.id, ChangeOrderPlan.state.in_(states))
    found = work.session.scalars(asked.with_for_update()).one_or_none()
    if found is None:
        raise Conflict("order_moved")
    return found


def _require_unchanged(now: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    if now != shown:
        raise Conflict("order_stale")


def _whose(plan: ChangeOrderPlan) -> str:
    """In whose name it runs: the second person's, else the planner's."""
    return plan.approved_name or plan.planned_name


def _difference(plan: ChangeOrderPlan) -> str:
    """For the log: which plan moved it on."""
    return f"{plan.kind} {plan.thing_name}"


@contextmanager
def _house(work: Work, name: str) -> Iterator[Work]:
    """The house at work in the same transaction for somebody who was allowed to: what an order changes may be the operator's own."""
    actor = replace(system(work.operator_id), id=work.actor.id, on_behalf_of=name)
    enter_tenant(work.session, actor)
    try:
        yield replace(work, actor=actor)
    except Refusal:
        enter_tenant(work.session, work.actor)
        raise
    work.session.flush()
    enter_tenant(work.session, work.actor)
