"""The moment sessions' amounts become final: priced, shared, frozen and booked in one step, any number at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.drivers.purses import Charge, Due, Purses
from app.domain.ledger.actions import Booking, post_all
from app.domain.network.models import Evse
from app.domain.sessions.electricity import rates_of, slices_of
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.queries import phases_by
from app.domain.sessions.rating import account, doubt_about, frozen_lines, price_of, terms_of, usage_of
from app.domain.sessions.rows import PhaseRow
from app.domain.sessions.settling import Surroundings, split_of, surroundings
from app.domain.tariffs.electricity import PlaceRates
from app.kernel.errors import Invalid
from app.kernel.periods import local_date
from app.money.entries import Parties, for_session
from app.money.priced import PricedSession
from app.money.sharing import SessionSplit
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class Final:
    """What a session will be booked with."""

    row: ChargingSession
    priced: PricedSession
    lines: Sequence[SessionLine]
    split: SessionSplit
    parties: Parties
    charge: Charge | None = None

    @property
    def booking(self) -> Booking | None:
        """Its entry; None where no money moves."""
        if self.row.ended_at is None:
            raise ValueError("a finished session has an end")
        entry = for_session(self.split, self.parties, local_date(self.row.ended_at, self.row.time_zone))
        if entry is None:
            return None
        return Booking(entry=entry, key=f"session:{self.row.id}", partner_id=self.row.partner_id, session_id=self.row.id)


def freeze(work: Work, rows: Sequence[ChargingSession]) -> dict[UUID, str]:
    """Price, share and book stopped sessions; why one must be held instead, by its key, as a code.

    A constant number of statements, and one more for each price sheet that depends on when energy flowed.
    """
    outlets = {row.evse_id for row in rows if row.evse_id}
    most_w = dict(work.session.execute(select(Evse.id, Evse.max_w).where(Evse.id.in_(outlets))).tuples().all())
    around = surroundings(work.session, rows)
    phases = phases_by(work.session, [row.id for row in rows])
    rates = rates_of(work, rows, around)
    purses = Purses(work, [due for row in rows if (due := _due(row)) is not None])
    doubts: dict[UUID, str] = {}
    finals = []
    for row in sorted(rows, key=lambda one: (one.ended_at, one.id)):
        doubt = doubt_about(row, most_w.get(row.evse_id) if row.evse_id else None)
        if doubt is None:
            try:
                finals.append(_shared(purses, around, final_of(work, row, around, rates, phases[row.id])))
                continue
            except Invalid as refusal:
                doubt = refusal.code
        doubts[row.id] = doubt
    _write(work, finals, purses)
    return doubts


def _due(row: ChargingSession) -> Due | None:
    """A registered driver's session, to be paid by company, balance or driver; None: by card, roaming partner or nobody we know."""
    if row.driver_id is None or row.ended_at is None or row.payment_id is not None:
        return None
    return Due(row.id, row.driver_id, row.payer_id, row.currency, row.ended_at)


def _shared(purses: Purses, around: Surroundings, final: Final) -> Final:
    """Who pays it. What a balance pays whole, the operator sells, whoever else would; so it is shared anew then."""
    due = _due(final.row)
    if due is None:
        return final
    charge = purses.look(due, final.split.paid.gross)
    if charge.shared.balance and charge.shared.balance == charge.gross:
        final.row.paid_with = "balance"
        split, parties = split_of(around, final.row, final.lines)
        final = replace(final, split=split, parties=parties)
        charge = purses.look(due, split.paid.gross)
    purses.take(charge)
    return replace(final, charge=charge)


def final_of(work: Work, row: ChargingSession, around: Surroundings, rates: PlaceRates, phases: tuple[PhaseRow, ...]) -> Final:
    """Price and share one session. Refuses ``Invalid`` before anything is written."""
    if row.ended_at is None:
        raise Invalid("no_start", field="ended_at")
    tariff = terms_of(row)
    priced = price_of(tariff, usage_of(work.session, row, tariff, row.ended_at, phases))
    lines = frozen_lines(row, priced)
    row.electricity = slices_of(work, row, around, rates, phases)
    return Final(row, priced, lines, *split_of(around, row, lines))


def _write(work: Work, finals: Collection[Final], purses: Purses) -> None:
    bookings = [each.booking for each in finals]
    bookings += purses.payments({each.row.id: each.parties.receivable for each in finals})
    for final in finals:
        work.session.add_all(final.lines)
        settle_row(final, work.now)
    purses.keep()
    work.session.flush()
    post_all(work, [each for each in bookings if each is not None])


def settle_row(final: Final, at: datetime) -> None:
    """Note the amounts on the session itself; from here on they are frozen."""
    row, split = final.row, final.split
    row.priced = account(final.priced)
    row.net_minor, row.vat_minor, row.gross_minor = split.paid.net, split.paid.vat, split.paid.gross
    row.partner_minor = split.partner if split.applied is not None and split.held is None else None
    row.running_gross_minor, row.rated_at, row.state, row.power_w = split.paid.gross, at, "rated", 0
    row.flags = [*row.flags, *(flag for flag in (split.held,) if flag)]
    row.seq += 1
    paid = final.charge.shared if final.charge else None
    if paid is not None and paid.balance and not paid.own:
        row.collected_at = at
