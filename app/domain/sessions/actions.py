"""What is done with sessions: wished for, held by card, started, stopped, priced and booked, collected or given up.

Starts, readings and ends reported by charge points come in through ``bulk``. Each action may be repeated: the second time it finds the
first result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.network.actions import send_command
from app.domain.payments.actions import capture, open_hold, release, take_answer
from app.domain.payments.port import Answer, Provider
from app.domain.payments.queries import payment, payment_by_key
from app.domain.payments.rows import PaymentRow
from app.domain.sessions.booking import freeze
from app.domain.sessions.events import (
    HoldConfirmed,
    HoldReleased,
    SessionChanged,
    SessionCollected,
    SessionFailed,
    SessionFinished,
    SessionHeld,
    SessionRequested,
    StopAsked,
)
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.offer import offer_at
from app.domain.sessions.queries import live_row, live_rows
from app.domain.sessions.rows import START_WINDOW, LiveSessionRow, StartRow
from app.domain.sessions.wishes import secret_of, wish
from app.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from app.kernel.periods import local_date
from app.live.messages import session_topic
from app.work.unit import Work

#: a wish whose card was never entered is forgotten after so long
CARD_WINDOW = timedelta(minutes=30)

Told = SessionChanged | SessionFinished | SessionHeld | SessionFailed


def _locked(work: Work, session_id: UUID) -> ChargingSession:
    return _locked_all(work, [session_id])[0]


def _locked_all(work: Work, ids: Collection[UUID]) -> Sequence[ChargingSession]:
    """The sessions, in the order in which everybody locks them; ``NotFound`` if one is out of sight."""
    wanted = select(ChargingSession).where(ChargingSession.id.in_(ids)).order_by(ChargingSession.id).with_for_update()
    rows = work.session.scalars(wanted.execution_options(populate_existing=True)).all()
    if len(rows) != len(set(ids)):
        raise NotFound
    return rows


def _say(work: Work, session_id: UUID, kind: type[Told]) -> LiveSessionRow:
    """Tell everybody who may hear it how the session stands now."""
    return _say_all(work, [session_id], {session_id: kind})[0]


def _say_all(work: Work, ids: Collection[UUID], kinds: Mapping[UUID, type[Told]]) -> list[LiveSessionRow]:
    work.session.flush()
    rows = live_rows(work.session, ids, at=work.now)
    for row in rows:
        if row.session_id in kinds:
            work.record(kinds[row.session_id].of(row), topics=(session_topic(row.session_id),))
    return rows


def _about(row: ChargingSession) -> dict[str, Any]:
    return {"operator_id": row.operator_id, "partner_id": row.partner_id, "subject": ("session", row.id), "code": row.code}


def request_start(
    work: Work, evse_id: UUID, *, email: str | None, language: str, key: str, provider: str, shown_version: UUID | None = None
) -> tuple[StartRow, str]:
    """Begin an ad hoc session: fix price sheet and contract, note the hold to be asked for. Returns it with its secret.

    ``key`` is the form's one-time key; the same key again is the same session. ``shown_version`` is the price sheet the driver saw.
    Refuses ``no_price``, ``faulted``, ``offline``, ``occupied`` … and ``price_changed``.
    """
    known = payment_by_key(work.session, f"hold:{key}")
    if known is not None and known.session_id is not None:
        return _promise(_locked(work, known.session_id), known, fresh=False), secret_of(key)
    offer = offer_at(work, evse_id)
    work.require(Permission.SESSION_START, partner_id=offer.partner_id)
    if offer.problem is not None:
        raise Unavailable(offer.problem, label=offer.evse_label)
    if shown_version is not None and shown_version != offer.terms.tariff_version_id:
        raise Conflict("price_changed")
    row = wish(work, offer, email=email, language=language, key=key)
    held = open_hold(
        work,
        session_id=row.id,
        partner_id=row.partner_id,
        hold_minor=offer.hold_minor,
        currency=row.currency,
        key=f"hold:{key}",
        provider=provider,
    )
    row.payment_id = held.id
    work.session.flush()
    work.record(
        SessionRequested(
            **_about(row),
            evse_id=evse_id,
            tariff_version_id=offer.terms.tariff_version_id,
            hold_minor=held.hold_minor,
            currency=row.currency,
        )
    )
    work.later("sessions.give_up", due_at=work.now + CARD_WINDOW, key=f"give-up-card:{row.id}", session_id=row.id)
    return _promise(row, held), secret_of(key)


def _promise(row: ChargingSession, held: PaymentRow, *, fresh: bool = True) -> StartRow:
    return StartRow(session_id=row.id, payment_id=held.id, code=row.code, hold_minor=held.hold_minor, currency=held.currency, fresh=fresh)


def hold_answered(work: Work, session_id: UUID, answer: Answer) -> LiveSessionRow:
    """Take the provider's word about the hold of a session. Reserved: the charge point is told to start, once.

    Taken meanwhile, given up or without contact: the session fails and the hold goes back.
    """
    row = _locked(work, session_id)
    work.require(Permission.PAYMENT_TAKE, partner_id=row.partner_id)
    if row.payment_id is None:
        raise Conflict("no_hold")
    before = payment(work.session, row.payment_id)
    held = take_answer(work, row.payment_id, answer)
    if held.state == "reserved":
        if row.state == "requested":
            return _start(work, row)
        if row.state == "failed":
            work.later("payments.release", key=f"release:{row.payment_id}", session_id=row.id)
    if held != before:
        row.seq += 1
        return _say(work, session_id, SessionChanged)
    return live_row(work.session, session_id, at=work.now)


def _start(work: Work, row: ChargingSession) -> LiveSessionRow:
    offer = offer_at(work, row.evse_id) if row.evse_id else None
    problem = offer.problem if offer and not (offer.busy and offer.session_id == row.id) else None
    if problem in {"faulted", "out_of_service", "occupied", "offline"}:
        return _fail(work, row, "taken" if problem == "occupied" else problem)
    params = {"id_token": row.id_token, "remote_start_id": row.remote_start_id}
    sent = send_command(work, row.station_id, "remote_start", params, f"start:{row.id}", evse_id=row.evse_id, session_id=row.id)
    if sent.state == "not_sent":
        return _fail(work, row, sent.reason or "offline")
    row.state = "starting"
    row.seq += 1
    work.record(HoldConfirmed(**_about(row), payment_id=row.payment_id or row.id))
    work.later("sessions.give_up", due_at=work.now + START_WINDOW, key=f"give-up:{row.id}", session_id=row.id)
    return _say(work, row.id, SessionChanged)


def _fail(work: Work, row: ChargingSession, reason: str) -> LiveSessionRow:
    row.state, row.failure = "failed", reason
    row.seq += 1
    if row.payment_id is not None:
        work.later("payments.release", key=f"release:{row.payment_id}", session_id=row.id)
    return _say(work, row.id, SessionFailed)


def give_up_start(work: Work, session_id: UUID, reason: str = "not_started") -> LiveSessionRow:
    """End a wish that did not become a session in its time; its hold goes back. Anything further on stays as it is."""
    row = _locked(work, session_id)
    work.require(Permission.PAYMENT_TAKE, partner_id=row.partner_id)
    now = live_row(work.session, session_id, at=work.now)
    waited = row.state == "starting" and now.plug_in_until is not None and now.plug_in_until <= work.now
    forgotten = row.state == "requested" and row.created_at + CARD_WINDOW <= work.now
    if waited or forgotten or (reason == "cancelled" and row.state in {"requested", "starting"}):
        return _fail(work, row, reason if waited or reason == "cancelled" else "card_not_entered")
    return now


def start_refused(work: Work, session_id: UUID, reason: str) -> LiveSessionRow:
    """The charge point said no to the start (``rejected``, ``offline`` …): the wish ends at once and its hold goes back."""
    row = _locked(work, session_id)
    work.require(Permission.PAYMENT_TAKE, partner_id=row.partner_id)
    return _fail(work, row, reason) if row.state == "starting" else live_row(work.session, session_id, at=work.now)


def request_stop(work: Work, session_id: UUID, key: str) -> LiveSessionRow:
    """Ask the charge point to end a session now; one that has not begun is given up instead. Without contact: ``offline``."""
    row = _locked(work, session_id)
    work.require(Permission.COMMAND_STOP, partner_id=row.partner_id, location_id=row.location_id)
    if row.state in {"requested", "starting"}:
        return give_up_start(work, session_id, "cancelled")
    if row.state != "charging":
        return live_row(work.session, session_id, at=work.now)
    params = {"transaction_number": row.transaction_number, "transaction_ref": row.transaction_ref}
    sent = send_command(work, row.station_id, "remote_stop", params, key, evse_id=row.evse_id, session_id=row.id)
    if sent.state == "not_sent":
        raise Unavailable("station_offline")
    work.record(StopAsked(**_about(row)))
    return live_row(work.session, session_id, at=work.now)


def rate(work: Work, session_id: UUID) -> LiveSessionRow:
    """Price and book one stopped session; see ``rate_all``."""
    return rate_all(work, [session_id])[0]


def rate_all(work: Work, ids: Collection[UUID]) -> list[LiveSessionRow]:
    """Price stopped sessions by their frozen terms, freeze lines and amounts, book them, and see to money and receipts; once.

    What cannot be trusted (no price sheet, a meter that ran back, more energy than the outlet can give) is held instead: nobody pays
    until a person has looked. Already rated: nothing happens. The number of statements does not grow with the sessions.
    """
    rows = _locked_all(work, ids)
    for partner_id in {row.partner_id for row in rows}:
        work.require(Permission.LEDGER_POST, partner_id=partner_id)
    todo = [row for row in rows if row.state != "rated" and not (row.state == "stopped" and "held" in row.flags)]
    for row in todo:
        if row.state != "stopped" or row.ended_at is None:
            raise Conflict("session_not_ended", session=row.code)
    doubts = freeze(work, todo) if todo else {}
    for row in todo:
        if row.id in doubts:
            _hold(row, doubts[row.id])
        elif row.payment_id is not None:  # others are billed by the month, so a receipt of their own would be a second bill
            work.later("payments.capture", key=f"capture:{row.payment_id}", session_id=row.id)
    return _say_all(work, ids, {row.id: SessionHeld if row.id in doubts else SessionFinished for row in todo})


def _hold(row: ChargingSession, reason: str) -> None:
    row.flags = [*row.flags, "held", *(() if reason in row.flags else (reason,))]
    row.seq += 1


def release_held(work: Work, session_id: UUID, reason: str) -> LiveSessionRow:
    """A person has looked at a held session and lets it be billed as it stands; the reason is kept."""
    row = _locked(work, session_id)
    work.require(Permission.SESSION_CORRECT, partner_id=row.partner_id, location_id=row.location_id)
    if row.state != "stopped" or "held" not in row.flags:
        raise Conflict("not_held", session=row.code)
    if not reason.strip():
        raise Invalid("missing", field="reason")
    row.flags = [*(flag for flag in row.flags if flag != "held"), "checked"]
    row.seq += 1
    work.record(HoldReleased(**_about(row), reason=reason.strip()))
    work.later("sessions.rate", session_id=row.id)
    return live_row(work.session, session_id, at=work.now)


def collect(work: Work, session_id: UUID, provider: Provider) -> LiveSessionRow:
    """Take what a rated session costs from its hold, at most the hold; the rest goes back. Nothing to pay: all of it goes back."""
    row = _locked(work, session_id)
    work.require(Permission.PAYMENT_TAKE, partner_id=row.partner_id)
    if row.state != "rated" or row.payment_id is None or row.gross_minor is None:
        raise Conflict("session_not_rated", session=row.code)
    held = payment(work.session, row.payment_id)
    if not held.is_final:
        held = capture(work, held.id, {row.id: min(row.gross_minor, held.hold_minor)}, local_date(work.now, row.time_zone), provider)
    if held.captured_minor == row.gross_minor and row.collected_at is None:
        row.collected_at = work.now
        work.record(SessionCollected(**_about(row), captured_minor=held.captured_minor, currency=row.currency))
    # the receipt says what was charged and what went back, so it comes after both
    if row.gross_minor:
        work.later("documents.receipt", key=f"receipt:{row.id}", session_id=row.id)
    row.seq += 1
    return _say(work, session_id, SessionChanged)


def give_back(work: Work, session_id: UUID, provider: Provider) -> LiveSessionRow:
    """Give the hold of a session that never began back to the driver."""
    row = _locked(work, session_id)
    work.require(Permission.PAYMENT_TAKE, partner_id=row.partner_id)
    if row.state != "failed" or row.payment_id is None:
        return live_row(work.session, session_id, at=work.now)
    release(work, row.payment_id, provider)
    row.seq += 1
    return _say(work, session_id, SessionChanged)
