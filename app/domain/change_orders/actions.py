"""Asking for a change, and what becomes of the wish. The change itself is made on its own page, by whoever may make it."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.access.permissions import Permission
from app.domain.change_orders.events import ChangeOrdered, ChangeOrderMoved
from app.domain.change_orders.models import ChangeOrder, ChangeOrderFile, ChangeOrderMessage
from app.domain.change_orders.plan_models import ChangeOrderPlan
from app.domain.change_orders.queries import order_by_code, topics_of
from app.domain.change_orders.rows import LARGEST, MOST_FILES, OrderInput, OrderRow
from app.domain.people import checks
from app.domain.people.models import Partner
from app.domain.people.uploads import clean_name, media_type
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import new_code, uuid7
from app.kernel.periods import local_date
from app.work.unit import Work

#: act -> from which states, and the state it leads to
ACTS: dict[str, tuple[tuple[str, ...], str]] = {
    "take": (("received",), "checked"),
    "done": (("received", "checked"), "done"),
    "refuse": (("received", "checked", "question"), "refused"),
    "ask": (("received", "checked"), "question"),
}


def ask_change(work: Work, partner_id: UUID, wanted: OrderInput, *, key: str | None = None) -> OrderRow:
    """A new order of a partner; refuses at its field a topic that is not the actor's, an empty wish, and a day that is over.

    The same ``key`` of the same person is the same order: a form sent twice asks once.
    """
    work.require(Permission.ORDER_ASK, partner_id=partner_id)
    checks.one_of(wanted.topic, tuple(topics_of(work, partner_id)), "topic")
    zone = work.session.get_one(Partner, partner_id).time_zone
    if wanted.wanted_on is not None and wanted.wanted_on < local_date(work.now, zone):
        raise Invalid("day_is_over", field="wanted_on")
    what = checks.notes(wanted.wanted, "wanted")
    if not what:
        raise Invalid("missing", field="wanted")
    values = {
        "topic": wanted.topic, "thing": checks.text(wanted.thing, "thing", required=False),
        "present": checks.notes(wanted.present, "present"), "wanted": what, "wanted_on": wanted.wanted_on,
    }  # fmt: skip
    order = _kept(work, partner_id, values, key)
    if order is not None:
        _keep_files(work, order, wanted.files)
        work.record(ChangeOrdered(**_about(order), code=order.code, topic=order.topic, thing=order.thing))
        work.later("change_orders.asked", key=f"order:{order.id}", order=order.id)
        _tell(work, order)
        return order_by_code(work, order.code)
    same = select(ChangeOrder.code).where(ChangeOrder.asked_by == work.actor.id, ChangeOrder.key == key)
    return order_by_code(work, work.session.scalars(same).one())


def _kept(work: Work, partner_id: UUID, values: dict[str, Any], key: str | None) -> ChangeOrder | None:
    """The new row; None when the actor sent the same form before."""
    who = {"asked_at": work.now, "asked_by": work.actor.id, "asked_name": work.actor.name, "key": key}
    new = {"id": uuid7(), "operator_id": work.operator_id, "partner_id": partner_id, "code": new_code("W"), "state": "received", "note": ""}
    statement = insert(ChangeOrder).values(new | values | who).on_conflict_do_nothing(index_elements=["asked_by", "key"])
    return work.session.scalars(statement.returning(ChangeOrder)).one_or_none()


def _keep_files(work: Work, order: ChangeOrder, files: tuple[tuple[str, bytes], ...], message: int | None = None) -> None:
    """Keep what came with it, or with an answer; refuses what is no PDF or image, more than five, and more than 10 MB in all."""
    if len(files) > MOST_FILES:
        raise Invalid("too_many_files", field="files", most=MOST_FILES)
    if sum(len(body) for _, body in files) > LARGEST:
        raise Invalid("file_too_large", field="files", most=LARGEST // 1_000_000)
    first = work.session.scalar(select(func.count()).select_from(ChangeOrderFile).where(ChangeOrderFile.order_id == order.id)) or 0
    for number, (name, body) in enumerate(files, first + 1):
        kind = media_type(body, "files")
        row = ChangeOrderFile(
            order_id=order.id, number=number, operator_id=order.operator_id, partner_id=order.partner_id, file_name=clean_name(name, kind),
            media_type=kind, body=body, body_size=len(body), body_hash=hashlib.sha256(body).hexdigest(), message=message,
        )  # fmt: skip
        work.session.add(row)
    work.session.flush()


def move_order(work: Work, code: str, act: str, note: str = "") -> OrderRow:
    """Take an order, ask the partner about it, say that it is done, or refuse it with a reason; ``Conflict`` when somebody was faster.

    While a question waits for its answer the order's clock stands.
    """
    row = order_by_code(work, code)
    work.require(Permission.ORDER_HANDLE, partner_id=row.partner_id)
    order = locked(work, row)
    starts, state = ACTS[act]
    if order.state not in starts:
        raise Conflict("order_moved")
    said = checks.notes(note, "note")
    if act in {"refuse", "ask"} and not said:
        raise Invalid("missing", field="note")
    if act == "take" or (act == "ask" and order.taken_by is None):
        order.taken_at, order.taken_by, order.taken_name = work.now, work.actor.id, work.actor.name
    drop_waiting(work, order)
    if act == "ask":
        _say(work, order, "question", said)
    elif act != "take":
        order.decided_at, order.decided_name, order.note = work.now, work.actor.name, said
    move_to(work, order, state, said)
    return order_by_code(work, code)


def answer_question(work: Work, code: str, text: str, files: tuple[tuple[str, bytes], ...] = ()) -> OrderRow:
    """Answer what the operator asked about an order, with files as they may come with one; its clock goes on.

    For those of the account who may ask for changes and see what this one is about; ``Conflict`` where nothing was asked any more.
    """
    row = order_by_code(work, code)
    work.require(Permission.ORDER_ASK, partner_id=row.partner_id)
    work.require(row.right, partner_id=row.partner_id)
    order = locked(work, row)
    if order.state != "question":
        raise Conflict("order_moved")
    said = checks.notes(text, "note")
    if not said:
        raise Invalid("missing", field="note")
    _keep_files(work, order, files, _say(work, order, "answer", said))
    move_to(work, order, "checked", said)
    work.later("change_orders.answered", key=f"order:{order.id}:answered:{work.id}", order=order.id)
    return order_by_code(work, code)


def locked(work: Work, row: OrderRow) -> ChangeOrder:
    """Internal: the order, for whoever moves it on."""
    return work.session.scalars(select(ChangeOrder).where(ChangeOrder.id == row.id).with_for_update()).one()


def _say(work: Work, order: ChangeOrder, kind: str, body: str) -> int:
    """Keep a question or an answer; its number."""
    said = ChangeOrderMessage
    number = 1 + (work.session.scalar(select(func.max(said.number)).where(said.order_id == order.id)) or 0)
    owned = {"operator_id": order.operator_id, "partner_id": order.partner_id}
    by = {"said_at": work.now, "said_by": work.actor.id, "said_name": work.actor.name}
    work.session.add(said(order_id=order.id, number=number, kind=kind, body=body, **owned, **by))
    work.session.flush()
    return number


def move_to(work: Work, order: ChangeOrder, state: str, said: str) -> None:
    """Internal: into another state, with the clock of waiting, the log and whoever is to be told."""
    before, order.state = order.state, state
    if order.asked_back_at is not None:
        order.waited_s += int((work.now - order.asked_back_at).total_seconds())
    order.asked_back_at = work.now if state == "question" else None
    work.session.flush()
    work.record(ChangeOrderMoved(**_about(order), code=order.code, before={"state": before}, after={"state": state}, reason=said))
    if state not in {"checked", "waiting"} or before == "received":
        _tell(work, order)


def drop_waiting(work: Work, order: ChangeOrder) -> None:
    """Internal: a change that was prepared and not agreed yet is not to be run any more."""
    asked = select(ChangeOrderPlan).where(ChangeOrderPlan.order_id == order.id, ChangeOrderPlan.state == "waiting")
    for plan in work.session.scalars(asked.with_for_update()):
        plan.state = "dropped"
    work.session.flush()


def _tell(work: Work, order: ChangeOrder) -> None:
    """Tell whoever asked how far it is, once a step."""
    work.later("change_orders.moved", key=f"order:{order.id}:{order.state}:{work.id}", order=order.id, state=order.state)


def _about(order: ChangeOrder) -> dict[str, Any]:
    return {"operator_id": order.operator_id, "partner_id": order.partner_id, "subject": ("change_order", order.id)}
