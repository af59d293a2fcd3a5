"""What a driver pays of charges beyond company and balance: the debt of one currency by card, session by session in the books.

Any number of card pages may be open: under the driver's lock only what is still owed is taken, and a hold nobody needs goes back whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.domain.drivers.models import Driver, DriverCharge, DriverChargePaid
from app.domain.network.models import Location
from app.domain.payments.actions import capture, open_hold, release, take_answer
from app.domain.payments.port import Answer, Provider
from app.domain.payments.queries import payment, payments_of_driver
from app.domain.payments.rows import PaymentRow
from app.domain.people.models import Partner
from app.domain.sessions.events import SessionChanged, SessionCollected
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import live_rows
from app.kernel.errors import Conflict, NotFound
from app.kernel.periods import local_date
from app.live.messages import session_topic
from app.work.unit import Work

#: a card page that nobody filled in is forgotten after so long
PATIENCE = timedelta(minutes=30)
#: no card was taken yet
WAITING = ("created", "to_confirm", "failed")
_OPEN = text(
    "select o.session_id, o.minor from voltpact_open_parts(:driver) o join charging_session s on s.id = o.session_id "
    "where o.currency = :currency and s.rated_at <= :until order by s.rated_at, s.id"
)
#: of these, whose own part is paid or nothing, and the company's is netted or nothing
_PAID = text(
    "select c.session_id from driver_charge c, lateral (select coalesce(sum(r.company_minor), 0) as company, "
    "coalesce(sum(r.own_minor), 0) as own from driver_charge_refund r where r.session_id = c.session_id) b where c.session_id = any(:ids) "
    "and (c.company_minor <= b.company or exists (select from company_bill k where k.session_id = c.session_id and k.refund_id is null "
    "and k.netted_at is not null)) "
    "and (c.own_minor <= b.own or exists (select from driver_charge_paid d where d.session_id = c.session_id))"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def pay_debt(work: Work, driver_id: UUID, currency: str, *, key: str, provider: str) -> PaymentRow:
    """Ask for what the acting driver owes in that currency; a card page open for the same amount is used again.

    The same ``key`` is the same payment. Refuses ``nothing_owed``, and ``payment_on_its_way`` while a card is being charged.
    """
    driver = locked_driver(work, driver_id)
    if work.actor.id != driver.id:
        raise NotFound
    owed = sum(open_parts(work, driver_id, currency, work.now).values())
    mine = [row for row in payments_of_driver(work.session, driver_id) if row.currency == currency]
    known = next((row for row in mine if row.key == f"own:{key}"), None)
    if known is not None:
        return known
    if not owed:
        raise Conflict("nothing_owed")
    young = [row for row in mine if row.created_at > work.now - PATIENCE]
    if any(row.state == "reserved" for row in mine) or any(row.stored_card_id and row.state == "created" for row in young):
        raise Conflict("payment_on_its_way")
    for row in young:
        # a stored card that said no has a page too, where the bank is answered or another card is typed
        if row.state in WAITING and row.hold_minor == owed and (row.page_url or row.stored_card_id is None):
            return row
    whose = {"driver_id": driver_id, "partner_id": driver.partner_id}
    return open_hold(work.as_house(), **whose, hold_minor=owed, currency=currency, key=f"own:{key}", provider=provider)


def own_payment(work: Work, driver_id: UUID, payment_id: UUID) -> PaymentRow:
    """A payment of the driver who acts; ``NotFound`` for any other."""
    found = payment(work.session, payment_id)
    if found.driver_id != driver_id or work.actor.id != driver_id:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class PaidPart:
    """What a payment paid of one charge; minor units of ``currency``, gross."""

    code: str
    ended_at: datetime
    time_zone: str
    place: str
    currency: str
    gross_minor: int
    company_minor: int
    balance_minor: int
    paid_minor: int


def paid_parts(work: Work, payment_id: UUID) -> list[PaidPart]:
    """What a payment paid, oldest charge first; the caller has found the payment. One statement."""
    s, c = ChargingSession, DriverCharge
    asked = (
        select(s.code, s.ended_at, s.time_zone, func.coalesce(Location.name, s.station_label), c.currency, c.gross_minor)
        .add_columns(c.company_minor, c.balance_minor, DriverChargePaid.minor)
        .join(c, c.session_id == s.id)
        .join(DriverChargePaid, DriverChargePaid.session_id == s.id)
        .outerjoin(Location, Location.id == s.location_id)
    )
    found = work.session.execute(asked.where(DriverChargePaid.payment_id == payment_id).order_by(s.ended_at, s.id))
    return [PaidPart(*row) for row in found]


def debt_answered(work: Work, payment_id: UUID, answer: Answer) -> PaymentRow:
    """Take the provider's word about such a hold."""
    return taken_word(work, take_answer(work, payment_id, answer))


def taken_word(work: Work, held: PaymentRow) -> PaymentRow:
    """What follows from the provider's word: reserved, a job takes what is owed; no, or not without the driver: a mail, once."""
    if held.state == "reserved":
        work.later("payments.capture_own", key=f"capture:{held.id}", payment_id=held.id)
    elif held.stored_card_id is not None and held.state in {"failed", "to_confirm"}:
        key = f"owes:{held.id}:{held.state}"
        work.later("drivers.owes", key=key, partner_id=held.partner_id, driver_id=held.driver_id, payment_id=held.id)
    return held


def take_debt(work: Work, payment_id: UUID, provider: Provider) -> PaymentRow:
    """Take from a hold what the driver owed when it was opened and has not paid since; the rest goes back. Again: nothing more happens."""
    held = payment(work.session, payment_id)
    if held.driver_id is None:
        raise NotFound
    driver = locked_driver(work, held.driver_id)
    held = payment(work.session, payment_id)
    if held.is_final:
        return held
    parts, left = {}, held.hold_minor
    for session_id, minor in open_parts(work, driver.id, held.currency, held.created_at).items():
        if minor <= left:
            parts[session_id] = minor
            left -= minor
    zone = work.session.get_one(Partner, driver.partner_id).time_zone
    taken = capture(work, payment_id, parts, local_date(work.now, zone), provider)
    owner = {"operator_id": driver.operator_id, "partner_id": driver.partner_id, "driver_id": driver.id, "payment_id": held.id}
    work.session.add_all(
        DriverChargePaid(**owner, session_id=session_id, minor=minor, paid_at=work.now) for session_id, minor in parts.items()
    )
    work.session.flush()
    for session_id in parts:
        work.later("documents.own_part", key=f"own-part:{session_id}", session_id=session_id)
    settled_up(work, list(parts))
    return taken


def forget_page(work: Work, payment_id: UUID, provider: Provider) -> None:
    """Give up a card page that nobody filled in for half an hour; anything further on stays as it is."""
    held = payment(work.session, payment_id)
    if held.driver_id is not None and held.state in WAITING and held.created_at <= work.now - PATIENCE:
        release(work, payment_id, provider)


def settled_up(work: Work, ids: list[UUID]) -> None:
    """Sessions of which nobody owes anything any more are collected, and everybody who looks is told."""
    found = select(ChargingSession).where(ChargingSession.id.in_(ids), ChargingSession.collected_at.is_(None)).order_by(ChargingSession.id)
    done = set(work.session.scalars(_PAID, {"ids": ids}))
    rows = [row for row in work.session.scalars(found.with_for_update()) if row.id in done]
    for row in rows:
        row.collected_at = work.now
        row.seq += 1
        of: dict[str, Any] = {"operator_id": row.operator_id, "partner_id": row.partner_id, "subject": ("session", row.id)}
        work.record(SessionCollected(**of, code=row.code, captured_minor=row.gross_minor or 0, currency=row.currency))
    work.session.flush()
    for shown in live_rows(work.session, [row.id for row in rows], at=work.now) if rows else ():
        work.record(SessionChanged.of(shown), topics=(session_topic(shown.session_id),))


def open_parts(work: Work, driver_id: UUID, currency: str, until: datetime) -> dict[UUID, int]:
    """Own parts that are not paid, of charges whose amount was final by then; oldest first."""
    found = work.session.execute(_OPEN, {"driver": driver_id, "currency": currency, "until": until})
    return {key: int(minor) for key, minor in found}


def locked_driver(work: Work, driver_id: UUID) -> Driver:
    """The driver, under the lock that keeps two payments from taking the same debt."""
    found = work.session.get(Driver, driver_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found
