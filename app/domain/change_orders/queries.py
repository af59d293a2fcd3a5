"""Change orders to read: a page of them, the newest first, and one by its code."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.domain.change_orders.models import ChangeOrder, ChangeOrderFile, ChangeOrderMessage
from app.domain.change_orders.rows import OPEN, TOPICS, OrderFile, OrderMessage, OrderRow
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.people.uploads import UploadedFile
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.work.unit import Work

_SHOWN = (
    "id", "code", "topic", "thing", "present", "wanted", "wanted_on", "asked_at", "asked_name", "state", "taken_at", "taken_name",
    "decided_at", "decided_name", "note", "asked_back_at",
)  # fmt: skip


def orders(work: Work, *, partner_id: UUID | None = None, state: str = "", cursor: str | None = None, limit: int = PAGE) -> Page[OrderRow]:
    """A page of orders within sight, of one partner or of all; ``state`` may be ``open``. Two statements."""
    statement = _statement(work)
    if partner_id is not None:
        statement = statement.where(ChangeOrder.partner_id == partner_id)
    if state:
        statement = statement.where(ChangeOrder.state.in_(OPEN if state == "open" else (state,)))
    page = take_page(
        work.session,
        statement,
        (ChangeOrder.asked_at, ChangeOrder.id),
        lambda row: (row.ChangeOrder.asked_at, row.ChangeOrder.id),
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([_row(work, row) for row in page.rows], page.before, page.after, page.total)


def order_by_code(work: Work, code: str, partner_id: UUID | None = None) -> OrderRow:
    """One order; ``NotFound`` for a foreign one, and for one of another partner than the one named."""
    statement = _statement(work).where(ChangeOrder.code == (read_code("W", code) or ""))
    if partner_id is not None:
        statement = statement.where(ChangeOrder.partner_id == partner_id)
    row = work.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return _row(work, row)


def order_files(work: Work, order: OrderRow) -> list[OrderFile]:
    """What came with it and with its answers, for whoever may see what it is about; else nothing."""
    if not work.can(order.right, partner_id=order.partner_id):
        return []
    f = ChangeOrderFile
    found = select(f.number, f.file_name, f.media_type, f.body_size, f.message).where(f.order_id == order.id).order_by(f.number)
    return [OrderFile(*row) for row in work.session.execute(found)]


def order_messages(work: Work, order: OrderRow, files: Collection[OrderFile]) -> list[OrderMessage]:
    """What was asked back and answered, the oldest first, with those of ``files`` that came with it. One statement."""
    m = ChangeOrderMessage
    found = select(m.number, m.kind, m.said_at, m.said_name, m.body).where(m.order_id == order.id).order_by(m.number)
    return [OrderMessage(*row, files=tuple(file for file in files if file.message == row.number)) for row in work.session.execute(found)]


def order_file(work: Work, order: OrderRow, number: int) -> UploadedFile:
    """One of its files to take away; refuses who may not see what the order is about."""
    work.require(order.right, partner_id=order.partner_id)
    f = ChangeOrderFile
    found = work.session.execute(select(f.file_name, f.media_type, f.body).where(f.order_id == order.id, f.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return UploadedFile(*found)


def topics_of(work: Work, partner_id: UUID) -> list[str]:
    """What the actor may ask to be changed in that account."""
    return [topic for topic, right in TOPICS.items() if work.can(right, partner_id=partner_id)]


def _statement(work: Work) -> AnySelect:
    statement: AnySelect = select(ChangeOrder, Partner.code, Partner.name, Partner.time_zone)
    return statement.join(Partner, Partner.id == ChangeOrder.partner_id).where(
        ChangeOrder.operator_id == work.operator_id, within(ChangeOrder.partner_id, work.scope(Permission.ORDER_VIEW))
    )


def _row(work: Work, found: Any) -> OrderRow:
    order, code, name, zone = found
    values = {column: getattr(order, column) for column in _SHOWN}
    mine = order.taken_by is not None and order.taken_by == work.actor.id
    until = order.asked_back_at or order.decided_at or work.now
    open_s = int((until - order.asked_at).total_seconds()) - order.waited_s
    owned = {"partner_id": order.partner_id, "partner_code": code, "partner_name": name, "time_zone": zone}
    return OrderRow(**owned, open_s=open_s, mine=mine, **values)
