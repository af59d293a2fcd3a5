"""Giving back all or part of what a session cost: told before, done at once, never more than was paid.

One unit of work writes the refund, its entry in the books, the paper that corrects the receipt, and the wish to pay back by card. The
session, its receipt and statements that are issued stay as they are; the row stands in the statement of the month it is booked in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.invoices.actions import issue_paper
from app.domain.invoices.correction import correction_paper, cuts_of, receipt_of
from app.domain.invoices.models import Document
from app.domain.ledger.actions import post
from app.domain.payments.queries import payment
from app.domain.people import checks
from app.domain.people.models import Partner
from app.domain.sessions.events import SessionChanged, SessionRefunded
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.queries import live_row, session_id_by_code
from app.domain.sessions.refund_models import SessionRefund
from app.domain.sessions.refunds import REASONS, corrected_lines, correction_key
from app.domain.sessions.settling import Shared, shared_by, surroundings
from app.domain.settlement.refund_shares import OnAccount, correct_own_part, on_account, share_refund
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import uuid7
from app.kernel.periods import Month, local_date
from app.live.messages import session_topic
from app.money.amount import Money
from app.money.correcting import Difference, correction, cut_lines, payback
from app.money.entries import for_refund
from app.money.purse import Shared as Shares
from app.work.unit import Work

#: refunds of one session; their codes are ordered as they apply
_MOST = 99


@dataclass(frozen=True, slots=True)
class RefundInput:
    """What is to be given back: gross minor units, of one price line (counted from 1) or of all in proportion, and why."""

    minor: int
    part: int | None
    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPlan:
    """What a refund will move: minor units, negative; ``payback_minor`` to the card; ``left_minor`` of the price afterwards.

    ``month`` has the row in its statement; ``receipt`` is the number of the paper that is corrected, None where there is none; ``shares``:
    what company, balance and driver get of it, where they paid.
    """

    currency: str
    gross_minor: int
    net_minor: int
    vat_minor: int
    partner_minor: int
    sub_operator_minor: int
    operator_minor: int
    payback_minor: int
    shares: Shares | None
    left_minor: int
    month: Month | None
    receipt: str | None


@dataclass(frozen=True, slots=True)
class Refundable:
    """What is left to give back of a session, gross minor units, and of which price lines.

    ``lines``: position, dimension, amount left, gross or net as the price sheet has it.
    """

    currency: str
    left: int
    lines: tuple[tuple[int, str, int], ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that is known of a session before something is given back."""

    row: ChargingSession
    chain: list[SessionRefund]
    by: Shared
    receipt: Document | None
    captured: int
    refunded: int
    booked_on: date
    account: OnAccount | None

    @property
    def left(self) -> int:
        """What may still be given back, gross minor units."""
        return max(0, (self.row.gross_minor or 0) + sum(one.gross_minor for one in self.chain))


@dataclass(frozen=True, slots=True)
class _Cut:
    """What comes of it. ``lines``: the price as corrected; None: nothing is left."""

    lines: list[dict[str, Any]] | None
    difference: Difference
    left: int
    payback: int


def refundable(work: Work, code: str) -> Refundable:
    """What may be given back. Refuses a session that is not rated, or not charged yet."""
    case = _case(work, session_id_by_code(work, code))
    lines = [
        (place, line["dimension"], Money.parse(line["amount"], case.row.currency).minor)
        for place, line in enumerate(case.by.session["lines"], 1)
    ]
    return Refundable(case.row.currency, case.left, tuple(line for line in lines if line[2] > 0))


def plan_refund(work: Work, code: str, wanted: RefundInput) -> RefundPlan:
    """What a refund would move, to be read before it is made; refuses as the refund would. Nothing is written."""
    case = _case(work, session_id_by_code(work, code))
    return _plan(case, _cut(case, _checked(wanted)))


def refund_session(work: Work, code: str, wanted: RefundInput, *, key: str) -> str:
    """Internal: give back and return the refund's code; ``refund_wishes`` decides whether a second person has to grant it.

    The same ``key`` is the same refund. Refuses more than is left, with the field.
    """
    session_id = session_id_by_code(work, code)
    _locked(work, session_id)
    case = _case(work, session_id)
    known = next((one for one in case.chain if one.key == key), None)
    if known is not None:
        return known.code
    checked = _checked(wanted)
    cut = _cut(case, checked)
    made = _write(work, case, cut, checked, key)
    house = work.as_house()
    entry = for_refund(cut.difference.figures, cut.difference.supplier, case.row.currency, case.by.parties, made.booked_on)
    if entry is not None:
        post(house, entry, correction_key(made.id), partner_id=made.partner_id, session_id=made.session_id)
    cuts = cuts_of(case.by.session["lines"], cut.lines, case.row.currency)
    if case.receipt is not None:
        on = local_date(work.now, case.row.time_zone)
        rates = cut.difference.figures.paid.rates
        issue_paper(house, correction_paper(work.session, case.row, made, case.receipt, cuts, rates, on))
        work.later("documents.correction", key=f"correction:{made.id}", partner_id=made.partner_id, refund_id=made.id)
    if made.payback_minor:
        work.later("payments.refund", key=f"refund:{made.id}", partner_id=made.partner_id, refund_id=made.id)
    _mark(work, case, cut)
    if case.account is not None:
        correct_own_part(work, case.row, made, case.account, cut.difference, cuts)
        share_refund(work, made, case.account, case.by.parties.receivable, made.booked_on)
    _tell(work, case.row, made)
    return made.code


def _locked(work: Work, session_id: UUID) -> None:
    wanted = select(ChargingSession).where(ChargingSession.id == session_id).with_for_update()
    work.session.scalars(wanted.execution_options(populate_existing=True)).one()


def _case(work: Work, session_id: UUID) -> _Case:
    row = work.session.get_one(ChargingSession, session_id)
    work.require(Permission.SESSION_CORRECT, partner_id=row.partner_id, location_id=row.location_id)
    if row.state != "rated":
        raise Conflict("session_not_rated", session=row.code)
    lines = work.session.scalars(select(SessionLine).where(SessionLine.session_id == row.id).order_by(SessionLine.position)).all()
    by = shared_by(surroundings(work.session, [row]), row, lines)
    refunds = select(SessionRefund).where(SessionRefund.session_id == row.id).order_by(SessionRefund.number)
    chain = list(work.session.scalars(refunds))
    now = corrected_lines(by.session, chain)
    by = replace(by, session=by.session | {"lines": now or []})
    held = payment(work.session, row.payment_id) if row.payment_id else None
    receipt = receipt_of(work.session, row.id)
    if held is not None and row.gross_minor and (held.state not in _OVER or receipt is None):
        raise Conflict("refund_too_early", session=row.code)
    partner = work.session.get(Partner, row.partner_id) if row.partner_id else None
    booked_on = local_date(work.now, partner.time_zone if partner else row.time_zone)
    refunded = sum(one.payback_minor for one in chain)
    account = None if held else on_account(work, row, (row.gross_minor or 0) + sum(one.gross_minor for one in chain))
    return _Case(row, chain, by, receipt, held.captured_minor if held else 0, refunded, booked_on, account)


#: a hold that is one of these takes no money any more
_OVER = frozenset({"charged", "released", "expired", "failed"})


def _checked(wanted: RefundInput) -> RefundInput:
    if wanted.minor <= 0:
        raise Invalid("bad_value", field="amount", value=wanted.minor)
    if wanted.reason not in REASONS:
        raise Invalid("missing", field="reason")
    return replace(wanted, note=checks.notes(wanted.note, "note", longest=500))


def _cut(case: _Case, wanted: RefundInput) -> _Cut:
    if not case.left or len(case.chain) >= _MOST:
        raise Conflict("nothing_to_refund", session=case.row.code)
    if wanted.minor > case.left:
        raise Invalid("refund_above_left", field="amount", left=Money(case.left, case.row.currency))
    lines = None if wanted.minor == case.left else cut_lines(case.by.session, wanted.minor, wanted.part)
    difference = correction(case.by.session, lines, case.by.contract, case.by.tax, time_zone=case.by.time_zone)
    gross = difference.figures.paid.gross
    if gross >= 0:
        raise Invalid("refund_too_small", field="amount")
    left = case.left + gross
    if case.account is not None:
        return _Cut(lines, difference, left, case.account.back(-gross).own if case.account.is_paid else 0)
    return _Cut(lines, difference, left, min(-gross, payback(case.captured, case.refunded, left)))


def _write(work: Work, case: _Case, cut: _Cut, wanted: RefundInput, key: str) -> SessionRefund:
    figures, number = cut.difference.figures, len(case.chain) + 1
    made = SessionRefund(
        id=uuid7(),
        operator_id=case.row.operator_id,
        partner_id=case.row.partner_id,
        session_id=case.row.id,
        code=f"{case.row.code}-R{number:02d}",
        number=number,
        key=key,
        booked_on=case.booked_on,
        reason=wanted.reason,
        note=wanted.note,
        currency=case.row.currency,
        gross_minor=figures.paid.gross,
        net_minor=figures.paid.net,
        vat_minor=figures.paid.vat,
        partner_minor=figures.partner,
        rest_minor=figures.paid.net - figures.partner,
        payback_minor=cut.payback,
        lines=cut.lines,
        made_at=work.now,
        made_by=work.actor.id,
        made_name=work.actor.name,
    )
    work.session.add(made)
    work.session.flush()
    return made


def _mark(work: Work, case: _Case, cut: _Cut) -> None:
    """The lists show that something was given back; a price that is covered by now counts as collected."""
    row = case.row
    if "refunded" not in row.flags:
        row.flags = [*row.flags, "refunded"]
    if row.collected_at is None and case.captured - case.refunded - cut.payback >= cut.left:
        row.collected_at = work.now
    row.seq += 1


def _tell(work: Work, row: ChargingSession, made: SessionRefund) -> None:
    work.session.flush()
    work.record(
        SessionRefunded(
            operator_id=row.operator_id,
            partner_id=row.partner_id,
            subject=("session", row.id),
            code=row.code,
            refund=made.code,
            reason=made.reason,
            note=made.note,
            gross_minor=made.gross_minor,
            partner_minor=made.partner_minor,
            currency=made.currency,
        )
    )
    work.record(SessionChanged.of(live_row(work.session, row.id, at=work.now)), topics=(session_topic(row.id),))


def _plan(case: _Case, cut: _Cut) -> RefundPlan:
    figures = cut.difference.figures
    return RefundPlan(
        currency=case.row.currency,
        gross_minor=figures.paid.gross,
        net_minor=figures.paid.net,
        vat_minor=figures.paid.vat,
        partner_minor=figures.partner,
        sub_operator_minor=figures.sub_operator,
        operator_minor=figures.operator,
        payback_minor=cut.payback,
        shares=case.account.back(-figures.paid.gross) if case.account else None,
        left_minor=cut.left,
        month=Month.of(case.booked_on) if case.row.partner_id else None,
        receipt=case.receipt.number if case.receipt else case.account.corrected(-figures.paid.gross) if case.account else None,
    )
