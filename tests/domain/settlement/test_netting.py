"""Rule 18 to the cent: hosts are paid for sessions on a company's account once the company's statement nets them, not before."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from app.domain.people.models import Partner
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.actions import draft, issue
from app.domain.settlement.drafting import build
from app.domain.settlement.models import CompanyBill, Statement
from app.kernel.periods import Month
from tests.cast import World
from tests.domain.sessions.arrange import charge, legs, stored
from tests.domain.sessions.test_company_drivers import company, driver, ended, rated

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def closed(world: World, who: str, month: Month) -> Statement:
    """Drafted by Fiona, issued by Felix."""
    with world.work("fiona") as work:
        found = draft(work, world.cast.partners[who].id, month)
    with world.work("felix") as work:
        issue(work, [found.code])
    with world.owner() as session:
        return session.get_one(Statement, found.id)


def by_card(world: World, energy_wh: int, at: datetime) -> None:
    """A session at Sommer that a driver has paid: 28.640 kWh and 35 min idle are 17.53."""
    row = charge(world, energy_wh=energy_wh, started_at=at, ended_at=at.replace(hour=at.hour + 1), full_at=at.replace(hour=at.hour + 1))
    with world.work(world.system()) as work:
        rate(work, row.id)
    with world.owner() as session:
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(collected_at=row.ended_at))


def state_at_winter(world: World, month: Month, code: str) -> str:
    """How Winter's statement of the month would show the session."""
    with world.work(world.system()) as work:
        partner = work.session.get_one(Partner, world.cast.partners["winter"].id)
        answer = build(work.session, partner, month, "EUR").answer
    rows: list[dict[str, Any]] = [*answer["rows"], *answer["earlier"]]
    return next((str(row["state"]) for row in rows if row["id"] == code), "")


@pytest.fixture
def away(world: World) -> UUID:
    """40.00 of Dora's, all of it Sommer's to pay, at Winter's charge point."""
    with world.owner() as session:
        session.execute(text("update evse set max_w = 2000000"))
    company(world, discount_pct=Decimal(0))
    d = driver(world)
    return rated(world, ended(world, d, 40_00, 9, label="NL-0501"))


def test_a_debt_that_is_carried_pays_no_host_and_the_statement_that_covers_it_does(world: World, away: UUID) -> None:
    """October: Sommer owes 40.00 and has nothing (no EVSE is in service, so there is no fee): carried out, so Winter waits.

    November: 600 kWh × 0.49 = 294.00 by card, net 247.06, 70 % = 172.94, with VAT 32.86 = 205.80; less 40.00 carried in:
    165.80 are paid out.
    """
    code = stored(world, away).code
    world.clock.set(datetime(2026, 11, 5, 9, 0, tzinfo=UTC))
    october = closed(world, "sommer", OCTOBER)
    assert october.carried_out_minor == -4000
    assert stored(world, away).collected_at is None
    assert state_at_winter(world, OCTOBER, code) == "awaited"
    assert legs(world)["driver_receivable"] == 0, "Sommer's account owes it now, not the driver"
    by_card(world, 600_000, datetime(2026, 11, 10, 9, 0, tzinfo=UTC))
    world.clock.set(datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
    closed(world, "winter", OCTOBER)
    november = closed(world, "sommer", NOVEMBER)
    assert (november.carried_in_minor, november.carried_out_minor, november.payout_gross_minor) == (-4000, 0, 20580)
    assert stored(world, away).collected_at == world.clock()
    assert state_at_winter(world, NOVEMBER, code) == "awaited", "netted in December"
    world.clock.set(datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    assert state_at_winter(world, Month(2026, 12), code) == "collected"


def test_what_is_above_the_limit_has_to_be_paid_too(world: World, away: UUID) -> None:
    """Sommer's part is netted at once (600 kWh by card give 205.80), the driver's 10.00 are not paid: Winter waits for both."""
    with world.owner() as session:
        found = driver_of(session, away)
    split = rated(world, ended(world, found, 70_00, 8, label="NL-0501"))
    by_card(world, 600_000, datetime(2026, 10, 14, 2, 0, tzinfo=UTC))
    world.clock.set(datetime(2026, 11, 5, 9, 0, tzinfo=UTC))
    october = closed(world, "sommer", OCTOBER)
    assert october.payout_gross_minor == 10580, "205.80 − 40.00 − 60.00"
    assert stored(world, away).collected_at == world.clock()
    assert stored(world, split).collected_at is None
    with world.owner() as session:
        bills = session.scalars(select(CompanyBill).order_by(CompanyBill.minor)).all()
        assert [(bill.minor, bill.netted_at is not None) for bill in bills] == [(4000, True), (6000, True)]
    with world.owner() as session, pytest.raises(DatabaseError, match="asked for stays"):
        session.execute(text("update company_bill set minor = 1"))


def test_own_points_are_paid_with_the_very_statement_and_never_again(world: World, away: UUID) -> None:
    """40.00 at Sommer's own point: net 33.61, 70 % = 23.53 + 4.47 = 28.00; less 33.61 × 2 = 67.22 and 12.77 VAT: −51.99."""
    with world.owner() as session:
        found = driver_of(session, away)
    here = rated(world, ended(world, found, 40_00, 8))
    world.clock.set(datetime(2026, 11, 5, 9, 0, tzinfo=UTC))
    october = closed(world, "sommer", OCTOBER)
    assert (october.collected_minor, october.payout_gross_minor) == (2353, -5199)
    paid = stored(world, here).collected_at
    assert paid is not None
    assert paid < datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "October in Hamburg"
    world.clock.set(datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
    assert closed(world, "sommer", NOVEMBER).collected_minor == 0


def test_a_session_elsewhere_that_came_late_is_asked_for_once(world: World, away: UUID) -> None:
    """Rated after October was issued: November asks for its 20.00, December does not again."""
    with world.owner() as session:
        found = driver_of(session, away)
    late = ended(world, found, 20_00, 7, label="NL-0501")
    world.clock.set(datetime(2026, 11, 5, 9, 0, tzinfo=UTC))
    closed(world, "sommer", OCTOBER)
    rated(world, late)
    world.clock.set(datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
    november = closed(world, "sommer", NOVEMBER)
    asked = [e["gross"] for e in november.answer["expenses"] if e["kind"] == "corporate_session"]
    assert asked == ["20.00"]
    world.clock.set(datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    december = closed(world, "sommer", Month(2026, 12))
    assert [e for e in december.answer["expenses"] if e["kind"] == "corporate_session"] == []


def driver_of(session: Any, key: UUID) -> Any:
    """Whose session it is, as far as another one needs it."""
    asked = text("select d.id, d.partner_id, d.name from driver d join charging_session s on s.driver_id = d.id where s.id = :key")
    return session.execute(asked, {"key": key}).one()
