"""Fills an empty database with the large demo, portion by portion; each step says what it did."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import click
from argon2 import PasswordHasher
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker

import app.tables  # noqa: F401 - every table must be known before rows are made
from app.access.actor import system
from app.db.engine import make_sessions
from app.demo import builders as make
from app.demo.cast import AC_TERMS, DEMO_PASSWORD, Cast, seed_cast
from app.demo.large.accounts import Account, Accounts, add_drivers
from app.demo.large.charging import PORTION as SESSIONS_AT_ONCE
from app.demo.large.charging import Charging, Priced, running
from app.demo.large.copying import copy_rows, portions
from app.demo.large.network import Network, sommers
from app.demo.large.places import FAMILIES, Size
from app.demo.network import seed_network
from app.domain.people.models import Operator, Partner
from app.domain.tariffs.groups_models import GroupAssignment
from app.domain.tariffs.models import Tariff
from app.kernel.clock import FixedClock
from app.kernel.periods import Month
from app.live.bus import NoBus
from app.settings import Settings
from app.work.unit import WorkRoom

#: sessions lie in the month that passed, so their terms began in the one before
_MONTHS = 2
#: one in so many partners has a price sheet of its own; of a hundred EVSEs so many are in use just now
_OWN_SHEETS = 100
_IN_USE_PCT = 2


@dataclass
class LargeSeed:
    """One filling of one empty database."""

    engine: Engine
    settings: Settings
    now: datetime
    size: Size
    accounts: list[Account] = field(default_factory=list)

    @property
    def _first_month(self) -> Month:
        return Month.of(self.now.date()).plus(-_MONTHS)

    @property
    def _at(self) -> datetime:
        """When everything was set up: some days before the first month."""
        return datetime.combine(self._first_month.first - timedelta(days=7), time(), UTC)

    def run(self) -> Iterator[str]:
        """All steps, each in transactions of its own; only into an empty database."""
        sessions = make_sessions(self.engine)
        if _holds_something(sessions):
            raise click.ClickException("The database holds an operator already; the large demo only fills an empty one.")
        with sessions() as session, session.begin():
            cast = self._cast(session)
        yield "Operator, people who sign in, the simulated charge points"
        yield from self._add_accounts(sessions, cast)
        with sessions() as session, session.begin():
            sheets, groups = self._prices(session, cast)
        yield "Price sheets and tariff groups"
        network = Network(cast.operator, self.settings.secret_key, self._at, self.now, self._first_month.first, sheets, groups)
        yield from self._add_points(sessions, cast, network)
        with sessions() as session, session.begin():
            add_drivers(session, [a.id for a in self.accounts], cast.partners["sommer"].id, cast.operator.id, self._at, self.size.drivers)
        yield f"{self.size.drivers:,} drivers with cards"
        yield from self._charge(sessions, cast, network)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("set statement_timeout = 0"))
            connection.execute(text("vacuum analyze"))
        yield "Statistics for the planner"

    def _cast(self, session: Session) -> Cast:
        first, last = self._at.date(), self.now.date() + timedelta(days=40)
        session.execute(text("select voltpact_ensure_partitions(:first, :last)"), {"first": first, "last": last})
        key, month = self.settings.secret_key, self._first_month.first
        cast = seed_cast(session, self._at, secret_key=key, first_month=month, password_hash=PasswordHasher().hash(DEMO_PASSWORD))
        seed_network(session, cast, self._at, secret_key=key, first_month=month)
        return cast

    def _add_accounts(self, sessions: sessionmaker[Session], cast: Cast) -> Iterator[str]:
        password = PasswordHasher().hash(DEMO_PASSWORD)
        step = Accounts(cast.operator, self._at, self._first_month.first, password, random.Random(1))
        with sessions() as session, session.begin():
            for made in step.add(session, self.size, [cast.partners["kueste"].id]):
                self.accounts += made
                yield f"Partners: {len(self.accounts):,} of {self.size.partners:,}"

    def _prices(self, session: Session, cast: Cast) -> tuple[dict[str, UUID], dict[str, UUID]]:
        """DC sheets by country, and groups for the prices of AC outlets outside Germany; those in Germany have the operator's group."""
        known = {tariff.name: tariff for tariff in session.scalars(select(Tariff).where(Tariff.operator_id == cast.operator.id))}
        sheets = {"DE": known["DC fast"].id, "AT": known["DC AT"].id, "FR": known["DC FR"].id}
        everywhere = make.tariff_group(session, cast.operator, "AC Deutschland", known["AC standard"], [], self._at)
        make.assign_group(session, "operator", cast.operator, everywhere, self._at)
        groups = {
            country: make.tariff_group(session, cast.operator, f"AC {country}", known[f"AC {country}"], [], self._at).id
            for country in ("AT", "FR")
        }
        abroad = [account for account in self.accounts if account.town.country in groups]
        since = {"operator_id": cast.operator.id, "valid_from": self._at, "created_at": self._at, "created_name": "Demo"}
        copy_rows(
            session,
            GroupAssignment,
            (
                since | {"partner_id": one.id, "level": "partner", "place_id": one.id, "group_id": groups[one.town.country]}
                for one in abroad
            ),
        )
        for number, account in enumerate(self.accounts[:: max(1, _OWN_SHEETS)]):
            holder = session.get_one(Partner, account.id)
            make.tariff(session, cast.operator, f"{FAMILIES[number % len(FAMILIES)]} {number}", AC_TERMS, self._at, held_by=holder)
        return sheets, groups

    def _add_points(self, sessions: sessionmaker[Session], cast: Cast, network: Network) -> Iterator[str]:
        sommer = sommers(cast.partners["sommer"].id, cast.contracts["sommer"].contract_id, self.size.of_sommer)
        count = 0
        for portion in network.plan([sommer, *self.accounts]):
            with sessions() as session, session.begin():
                network.add(session, portion)
            count += len(portion)
            yield f"Charge points: {count:,} with {len(network.outlets):,} EVSEs"

    def _charge(self, sessions: sessionmaker[Session], cast: Cast, network: Network) -> Iterator[str]:
        """The database stores a portion while the next one is priced."""
        rooms, done = WorkRoom(sessions, FixedClock(self.now), NoBus()), 0
        charging = Charging(self.now, {outlet.station_id: outlet.label for outlet in network.outlets})

        def write(priced: Priced) -> int:
            with self._work(rooms, cast) as work:
                charging.write(work, priced)
            return len(priced.rows)

        with ThreadPoolExecutor(1) as writer:
            stored: list[Future[int]] = []
            for seen in portions(charging.visits(network.outlets, self.size.sessions), SESSIONS_AT_ONCE):
                with self._work(rooms, cast) as work:
                    priced = charging.price(work, seen)
                done += sum(each.result() for each in stored)
                stored = [writer.submit(write, priced)]
                yield f"Sessions priced and booked: {done:,} of {self.size.sessions:,}"
            done += sum(each.result() for each in stored)
            yield f"Sessions priced and booked: {done:,} of {self.size.sessions:,}"
        with self._work(rooms, cast) as work:
            running(work, charging, network.outlets, len(network.outlets) * _IN_USE_PCT // 100)

    def _work(self, rooms: WorkRoom, cast: Cast) -> AbstractContextManager[Any]:
        return rooms.open(system(cast.operator.id, "Demo"))


def _holds_something(sessions: sessionmaker[Session]) -> bool:
    with sessions() as session:
        return bool(session.scalar(select(func.count()).select_from(Operator)))
