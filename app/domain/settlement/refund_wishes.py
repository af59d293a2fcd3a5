"""Refunds above a limit wait for a second person of the operator (ux B41): asked with everything that matters, granted or refused once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.drivers.balance import ALONE_MINOR
from app.domain.people.queries import within
from app.domain.sessions.events import RefundAsked
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import session_id_by_code
from app.domain.sessions.refund_models import RefundWish, SessionRefund
from app.domain.settlement.refunding import RefundInput, plan_refund, refund_session
from app.kernel.errors import Conflict, NotFound
from app.work.locks import hold
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class WishRow:
    """A refund that waits: gross minor units. ``mine``: asked by who looks, so another one decides."""

    id: UUID
    session_code: str
    time_zone: str
    wanted: RefundInput
    currency: str
    asked_at: datetime
    asked_name: str
    mine: bool


def needs_second(work: Work, session_id: UUID, minor: int) -> bool:
    """Would this much more, gross minor units, be above what one person may give back of a session? One statement."""
    granted = select(RefundWish.key).where(RefundWish.session_id == session_id, RefundWish.state == "done")
    alone = select(func.coalesce(-func.sum(SessionRefund.gross_minor), 0)).where(SessionRefund.session_id == session_id)
    return int(work.session.scalar(alone.where(SessionRefund.key.not_in(granted))) or 0) + minor > ALONE_MINOR


def ask_refund(work: Work, code: str, wanted: RefundInput, *, key: str) -> str:
    """Give back at once (``made``), or above 100.00 ask for a second person (``asked``); the same ``key`` is the same wish.

    What was given back of the session without a second person counts too.
    """
    row = work.session.get_one(ChargingSession, session_id_by_code(work, code))
    work.require(Permission.SESSION_CORRECT, partner_id=row.partner_id, location_id=row.location_id)
    hold(work.session, "refund", row.id)
    again = select(SessionRefund.id).where(SessionRefund.session_id == row.id, SessionRefund.key == key)
    if work.session.scalar(again) is not None or not needs_second(work, row.id, wanted.minor):
        refund_session(work, code, wanted, key=key)
        return "made"
    known = select(RefundWish.id).where(RefundWish.operator_id == row.operator_id, RefundWish.key == key)
    if work.session.scalar(known) is not None:
        return "asked"
    if work.session.scalar(select(RefundWish.id).where(RefundWish.session_id == row.id, RefundWish.state == "waiting")) is not None:
        raise Conflict("refund_waits_already", session=row.code)
    plan = plan_refund(work, code, wanted)
    wish = RefundWish(
        operator_id=row.operator_id, partner_id=row.partner_id, session_id=row.id, key=key, minor=wanted.minor, part=wanted.part,
        reason=wanted.reason, note=wanted.note, currency=plan.currency, state="waiting",
        asked_at=work.now, asked_by=work.actor.id, asked_name=work.actor.name,
    )  # fmt: skip
    work.session.add(wish)
    work.session.flush()
    _record(work, row, wish, None)
    return "asked"


def decide_refund(work: Work, wish_id: UUID, *, grant: bool) -> str:
    """The second person's word; the code of the session. Refuses one's own wish, and one that is decided."""
    wish, row = _found(work, wish_id, lock=True)
    if wish.state != "waiting":
        raise Conflict("already_decided")
    if wish.asked_by is None or wish.asked_by == work.actor.id:
        raise Conflict("second_person_decides")
    wish.state = "done" if grant else "refused"
    wish.decided_at, wish.decided_by, wish.decided_name = work.now, work.actor.id, work.actor.name
    work.session.flush()
    _record(work, row, wish, "waiting")
    if grant:
        refund_session(work, row.code, _input(wish), key=wish.key)
    return row.code


def refund_wish(work: Work, wish_id: UUID) -> WishRow:
    """One that waits; ``NotFound`` otherwise."""
    wish, row = _found(work, wish_id)
    if wish.state != "waiting":
        raise NotFound
    return _row(work, wish, row)


def waiting_refunds(work: Work, limit: int = 200) -> list[WishRow]:
    """Refunds that wait for a second person, oldest first, within the actor's reach. One statement."""
    asked = select(RefundWish, ChargingSession).join(ChargingSession, ChargingSession.id == RefundWish.session_id)
    seen = within(RefundWish.partner_id, work.scope(Permission.SESSION_CORRECT))
    found = work.session.execute(asked.where(RefundWish.state == "waiting", seen).order_by(RefundWish.asked_at).limit(limit))
    return [_row(work, wish, row) for wish, row in found.tuples()]


def _found(work: Work, wish_id: UUID, *, lock: bool = False) -> tuple[RefundWish, ChargingSession]:
    wish = work.session.get(RefundWish, wish_id, with_for_update=lock or None, populate_existing=lock)
    row = None if wish is None else work.session.get(ChargingSession, wish.session_id)
    if wish is None or row is None:
        raise NotFound
    work.require(Permission.SESSION_CORRECT, partner_id=row.partner_id, location_id=row.location_id)
    return wish, row


def _input(wish: RefundWish) -> RefundInput:
    return RefundInput(wish.minor, wish.part, wish.reason, wish.note)


def _row(work: Work, wish: RefundWish, row: ChargingSession) -> WishRow:
    mine = wish.asked_by is None or wish.asked_by == work.actor.id
    return WishRow(wish.id, row.code, row.time_zone, _input(wish), wish.currency, wish.asked_at, wish.asked_name, mine)


def _record(work: Work, row: ChargingSession, wish: RefundWish, before: str | None) -> None:
    work.record(
        RefundAsked(
            operator_id=row.operator_id, partner_id=row.partner_id, subject=("session", row.id), code=row.code, reason=wish.reason,
            note=wish.note, gross_minor=-wish.minor, currency=wish.currency, before={"state": before}, after={"state": wish.state},
        )
    )  # fmt: skip
