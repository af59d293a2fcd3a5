"""The moment sessions' amounts become final: priced, shared, frozen and booked in one step, any number at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

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
    doubts: dict[UUID, str] = {}
    finals = []
    for row in rows:
        doubt = doubt_about(row, most_w.get(row.evse_id) if row.evse_id else None)
        if doubt is None:
            try:
                finals.append(final_of(work, row, around, rates, phases[row.id]))
                continue
            except Invalid as refusal:
                doubt = refusal.code
        doubts[row.id] = doubt
    _write(work, finals)
    return doubts


def final_of(work: Work, row: ChargingSession, around: Surroundings, rates: PlaceRates, phases: tuple[PhaseRow, ...]) -> Final:
    """Price and share one session. Refuses ``Invalid`` before anything is written."""
    if row.ended_at is None:
        raise Invalid("no_start", field="ended_at")
    tariff = terms_of(row)
    priced = price_of(tariff, usage_of(work.session, row, tariff, row.ended_at, phases))
    lines = frozen_lines(row, priced)
    row.electricity = slices_of(work, row, around, rates, phases)
    return Final(row, priced, lines, *split_of(around, row, lines))


def _write(work: Work, finals: Collection[Final]) -> None:
    bookings = [each.booking for each in finals]
    for final in finals:
        work.session.add_all(final.lines)
        settle_row(final, work.now)
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
