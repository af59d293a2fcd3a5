"""``voltpact demo``: fill an empty database with the demo network and three months of charging. Safe to repeat, continues where it stopped.

Amounts come from the actions that real sessions and month closes go through; only the clock is moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

import click
from argon2 import PasswordHasher
from sqlalchemy import Engine, exists, func, select, text, update
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - a card belongs to a driver: every table must be known before rows are made
from app.access.actor import Actor, system
from app.db.engine import make_sessions
from app.demo.cast import DEMO_PASSWORD, seed_cast
from app.demo.curve import add_curve
from app.demo.everyday import add_everyday
from app.demo.fleet import add_fleet, with_fleet
from app.demo.history import ROAMING_PAYS_AFTER, add_sessions, visits
from app.demo.network import seed_network
from app.domain.contracts.models import ContractVersion
from app.domain.network.models import Connector
from app.domain.people.models import Operator, Partner, User
from app.domain.sessions.actions import rate_all
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.actions import draft, issue
from app.domain.settlement.models import Statement
from app.kernel.clock import FixedClock
from app.kernel.errors import Refusal
from app.kernel.periods import Month
from app.live.bus import NoBus
from app.settings import Settings
from app.work.unit import WorkRoom

#: whole months of history before the present one; the last of them is left for finance to close
MONTHS = 3


@dataclass(frozen=True)
class Seeding:
    """What every step needs."""

    engine: Engine
    settings: Settings
    now: datetime

    @property
    def first_month(self) -> Month:
        """The first month of history."""
        return Month.of(self.now.date()).plus(-MONTHS)

    @property
    def begin(self) -> datetime:
        """When it starts: some days before the first month, for set-up."""
        return datetime.combine(self.first_month.first, time(), UTC)


def seed(engine: Engine, settings: Settings, now: datetime) -> Iterator[str]:
    """Do what is missing, step by step; each step says what it did."""
    seeding = Seeding(engine, settings, now)
    operator_id = _known(seeding)
    if operator_id is None:
        operator_id = _found(seeding)
        yield "Demo network: operator, partners, charge points, tariffs, contracts"
    yield f"Sessions priced and booked: {_rate_all(seeding, operator_id)}"
    _collect(seeding)
    for month in (seeding.first_month, seeding.first_month.plus(1)):
        yield f"Statements of {month} issued: {_close(seeding, operator_id, month)}"


def _known(seeding: Seeding) -> UUID | None:
    with Session(seeding.engine) as session:
        found = session.scalars(select(Operator.id).where(Operator.code == "NLT")).one_or_none()
        others = session.scalar(select(func.count()).select_from(Operator)) or 0
    if found is None and others:
        raise click.ClickException("The database holds another operator already; the demo only fills an empty one.")
    return found


def _found(seeding: Seeding) -> UUID:
    """Network and history in one transaction: a seed that is killed leaves nothing half."""
    key = seeding.settings.secret_key
    with closing(make_sessions(seeding.engine)()) as session, session.begin():
        session.execute(
            text("select voltpact_ensure_partitions(:first, :last)"),
            {"first": seeding.begin.date(), "last": seeding.now.date() + timedelta(days=40)},
        )
        first: date = seeding.first_month.first
        before = seeding.begin - timedelta(days=7)
        cast = seed_cast(session, before, secret_key=key, first_month=first, password_hash=PasswordHasher().hash(DEMO_PASSWORD))
        seed_network(session, cast, before, secret_key=key, first_month=first)
        add_curve(session, cast.operator, seeding.now - timedelta(days=3), seeding.now + timedelta(days=30))
        session.execute(update(Connector).values(status="Available", status_at=seeding.now, status_received_at=seeding.now))
        cards = add_fleet(session, cast, before)
        add_sessions(session, list(with_fleet(visits(session, seeding.begin + timedelta(hours=6), seeding.now), cards)))
        add_everyday(session, cast, seeding.now)
        return cast.operator.id


def _room(seeding: Seeding, clock: FixedClock) -> WorkRoom:
    return WorkRoom(make_sessions(seeding.engine), clock, NoBus())


def _rate_all(seeding: Seeding, operator_id: UUID) -> int:
    """Price what has stopped, a day in a unit of work, the clock at the end of the day's last session."""
    with Session(seeding.engine) as session:
        waiting = session.execute(
            select(ChargingSession.ended_at, ChargingSession.id)
            .where(ChargingSession.operator_id == operator_id, ChargingSession.state == "stopped", ChargingSession.ended_at.is_not(None))
            .order_by(ChargingSession.ended_at)
        ).all()
    ended = [(at, key) for at, key in waiting if at is not None]
    for _, group in groupby(ended, key=lambda row: row[0].date()):
        rows = list(group)
        with _room(seeding, FixedClock(rows[-1][0] + timedelta(seconds=5))).open(system(operator_id, "Demo")) as work:
            rate_all(work, [session_id for _, session_id in rows])
    return len(ended)


def _collect(seeding: Seeding) -> None:
    """Own cards are paid at once, roaming partners pay later; what is not due yet is awaited."""
    with closing(make_sessions(seeding.engine)()) as session, session.begin():
        unpaid = (ChargingSession.state == "rated", ChargingSession.collected_at.is_(None), ChargingSession.payment_id.is_(None))
        session.execute(
            update(ChargingSession).where(*unpaid, ChargingSession.channel == "internal").values(collected_at=ChargingSession.ended_at)
        )
        due = ChargingSession.ended_at + ROAMING_PAYS_AFTER
        session.execute(
            update(ChargingSession).where(*unpaid, ChargingSession.channel == "emsp", due <= seeding.now).values(collected_at=due)
        )


def _close(seeding: Seeding, operator_id: UUID, month: Month) -> int:
    """Draft and issue a past month for every partner, as finance did on its fifth day."""
    clock = FixedClock(datetime.combine(month.plus(1).first + timedelta(days=4), time(9), UTC))
    room = _room(seeding, clock)
    with Session(seeding.engine) as session:
        people = dict(session.execute(select(User.email, User.id)).tuples().all())
        agreed = exists().where(ContractVersion.partner_id == Partner.id)
        partners = list(session.scalars(select(Partner.id).where(Partner.operator_id == operator_id, agreed).order_by(Partner.name)))
        issued = set(session.scalars(select(Statement.partner_id).where(Statement.month == month.first, Statement.state != "draft")))
    builder = _as(operator_id, people["fiona@nordlicht.example"], "Fiona Petersen")
    issuer = _as(operator_id, people["felix@nordlicht.example"], "Felix Aydin")
    count = 0
    for partner_id in partners:
        if partner_id in issued:
            continue
        try:
            with room.open(builder) as work:
                code = draft(work, partner_id, month).code
            with room.open(issuer) as work:
                count += len(issue(work, [code]))
        except Refusal as refusal:
            raise click.ClickException(f"The demo's statement of {month} was refused: {refusal}") from refusal
    return count


def _as(operator_id: UUID, user_id: UUID, name: str) -> Actor:
    return replace(system(operator_id, name), id=user_id)
