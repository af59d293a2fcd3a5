"""A month of charging for the large demo: priced, shared and booked by the functions that real sessions go through, written by COPY."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.demo.car import Arrivals, Car
from app.demo.history import CHANNELS, ROAMING_PAYS_AFTER, Visit, phases, seconds_to_full, stopped
from app.demo.large.copying import copy_rows
from app.demo.large.network import Outlet
from app.domain.ledger.actions import Booking, account_row, entry_row, leg_row
from app.domain.ledger.models import Account, Entry, Posting
from app.domain.network.models import Evse
from app.domain.sessions.booking import Final, final_of, settle_row
from app.domain.sessions.models import ChargingSession, SessionLine, SessionPhase
from app.domain.sessions.rows import PhaseRow
from app.domain.sessions.settling import surroundings
from app.domain.sessions.terms import Start, terms_at_start
from app.domain.tariffs.electricity import PlaceRates
from app.work.unit import Work

#: sessions in one transaction
PORTION = 2000
#: how far back they go
DAYS = 31
#: cars are drawn from so many per kind of outlet
_CARS = 300
_RATED_AFTER = timedelta(seconds=5)
_NUMBERS = text("select nextval('transaction_number') from generate_series(1, :n)")
_PLUGGED = text(
    "update connector c set status = 'Charging', session_id = s.id, power_w = s.power_w "
    "from charging_session s where s.connector_id = c.id and s.state = 'charging'"
)


class Priced(NamedTuple):
    """Sessions that are over, with what is stored beside them."""

    rows: list[ChargingSession]
    phases: list[SessionPhase]
    lines: list[SessionLine]
    bookings: list[Booking]


@dataclass
class Charging:
    """Draws visits and writes them as sessions that are over, priced and booked."""

    now: datetime
    #: of the charge points, by key
    labels: Mapping[UUID, str]
    draw: random.Random = field(default_factory=lambda: random.Random(4))
    _accounts: dict[tuple[str, str], UUID] = field(default_factory=dict)
    _cars: dict[tuple[str, int], list[tuple[Car, float]]] = field(default_factory=dict)

    def visits(self, outlets: Sequence[Outlet], count: int) -> Iterator[Visit]:
        """So many visits, each outlet at most one a day, the outlets in random order."""
        days = list(range(1, DAYS + 1))
        order = list(outlets)
        self.draw.shuffle(order)
        for number in range(min(count, len(order) * DAYS)):
            outlet, round_number = order[number % len(order)], number // len(order)
            # every outlet has its own order of the days
            day = days[(round_number * 7 + outlet.evse_id.int) % DAYS]
            yield self._visit(outlet, self.now - timedelta(days=day, minutes=self.draw.randrange(600)))

    def _visit(self, outlet: Outlet, at: datetime) -> Visit:
        car, seconds = self.draw.choice(self._cars_for(outlet.current, outlet.max_w))
        full_at = at + timedelta(seconds=seconds)
        channel, tokens = self.draw.choice(CHANNELS)
        place = Evse(id=outlet.evse_id, station_id=outlet.station_id, number=outlet.number)
        ended_at = full_at + timedelta(seconds=car.lingers_s + self.draw.randrange(30, 240))
        return Visit(place, outlet.connector_id, at, full_at, ended_at, car, channel, self.draw.choice(tokens))

    def _cars_for(self, current: str, max_w: int) -> list[tuple[Car, float]]:
        if (current, max_w) not in self._cars:
            arrivals = Arrivals(len(self._cars))
            cars = [arrivals.car(current) for _ in range(_CARS)]
            self._cars[current, max_w] = [(car, seconds_to_full(car, max_w)) for car in cars]
        return self._cars[current, max_w]

    def stopped(self, work: Work, seen: Sequence[Visit]) -> list[ChargingSession]:
        """The sessions of these visits with their terms, not yet priced and not yet stored."""
        starts = [Start(visit.outlet.station_id, visit.outlet.id, visit.at) for visit in seen]
        terms = terms_at_start(work.session, starts)
        numbers = work.session.scalars(_NUMBERS, {"n": len(seen)}).all()
        rows = [stopped(visit, terms[start], number) for visit, start, number in zip(seen, starts, numbers, strict=True)]
        for row, visit in zip(rows, seen, strict=True):
            row.station_label, row.evse_number, row.flags, row.user_groups, row.seq = (
                self.labels[row.station_id],
                visit.outlet.number,
                [],
                [],
                0,
            )
        return rows

    def price(self, work: Work, seen: Sequence[Visit]) -> Priced:
        """Price and share these visits; nothing is written yet."""
        rows = self.stopped(work, seen)
        stood = [phases(row, visit) for row, visit in zip(rows, seen, strict=True)]
        finals = list(self._finals(work, rows, stood))
        lines = [line for final in finals for line in final.lines]
        bookings = [each for final in finals if (each := final.booking) is not None]
        return Priced(rows, [phase for each in stood for phase in each], lines, bookings)

    def write(self, work: Work, priced: Priced) -> None:
        """Store and book them in one unit of work; one portion after the other, since their accounts are remembered."""
        copy_rows(work.session, ChargingSession, map(vars, priced.rows))
        copy_rows(work.session, SessionPhase, map(vars, priced.phases))
        copy_rows(work.session, SessionLine, map(vars, priced.lines))
        self._book(work, priced.bookings)

    def _book(self, work: Work, bookings: Sequence[Booking]) -> None:
        """Entries, the accounts that are new, and postings, as ``post_all`` writes them; no key of theirs is known yet."""
        entries = [entry_row(work, booking) for booking in bookings]
        legs = [(row["id"], leg) for row, booking in zip(entries, bookings, strict=True) for leg in booking.entry.postings]
        fresh = {(leg.account_code, leg.currency): leg for _, leg in legs if (leg.account_code, leg.currency) not in self._accounts}
        accounts = [account_row(work, leg) for leg in fresh.values()]
        self._accounts |= {(row["code"], row["currency"]): row["id"] for row in accounts}
        copy_rows(work.session, Entry, entries)
        copy_rows(work.session, Account, accounts)
        copy_rows(work.session, Posting, (leg_row(work, key, self._accounts[leg.account_code, leg.currency], leg) for key, leg in legs))

    def _finals(self, work: Work, rows: Sequence[ChargingSession], stood: Sequence[list[SessionPhase]]) -> Iterator[Final]:
        around, no_rates = surroundings(work.session, rows), PlaceRates({}, {})
        for row, mine in zip(rows, stood, strict=True):
            known = tuple(PhaseRow(each.at, each.charging, each.state, each.energy_wh) for each in mine)
            final = final_of(work, row, around, no_rates, known)
            if row.ended_at is None:
                raise ValueError("a visit is over")
            settle_row(final, row.ended_at + _RATED_AFTER)
            # own cards are paid at once, roaming partners pay later
            paid_at = row.ended_at + (ROAMING_PAYS_AFTER if row.channel == "emsp" else timedelta())
            row.collected_at = paid_at if paid_at <= self.now else None
            yield final


def running(work: Work, charging: Charging, outlets: Sequence[Outlet], count: int) -> None:
    """Some cars charge just now."""
    now = charging.now
    chosen = charging.draw.sample(list(outlets), min(count, len(outlets)))
    seen = [next(charging.visits([outlet], 1)) for outlet in chosen]
    seen = [replace(visit, at=now - timedelta(minutes=charging.draw.randrange(5, 90)), ended_at=now) for visit in seen]
    rows = charging.stopped(work, seen)
    for row, outlet in zip(rows, chosen, strict=True):
        row.state, row.ended_at, row.end_received_at, row.meter_stop_wh, row.stop_reason = "charging", None, None, None, None
        row.charging_state, row.power_w = "Charging", min(outlet.max_w, 11_000)
    copy_rows(work.session, ChargingSession, map(vars, rows))
    work.session.execute(_PLUGGED)
