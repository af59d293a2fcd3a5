"""A stopped session becomes amounts: priced, shared, frozen, booked; once, and only if it can be trusted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.domain.sessions.actions import rate, rate_all, release_held
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.queries import live_row
from app.domain.sessions.running import limit_reached, running_gross
from app.kernel.errors import Conflict, NotAllowed, NotFound
from app.work.audit import AuditEntry
from app.work.jobs import Job
from tests.cast import World, counting
from tests.domain.sessions.arrange import FULL, PLUGGED, UNPLUGGED, charge, legs, phase, stored


def test_journey_6_to_the_cent(world: World) -> None:
    """28.640 kWh × 0.49 = 14.0336 → 14.03; idle 85 min − 50 min grace = 35 min × 0.10 = 3.50; 17.53 gross, net 14.73, VAT 2.80.

    Sommer's share is 70 % of 14.73 = 10.311 → 10.31; Nordlicht keeps 4.42.
    """
    row = charge(world)
    with world.work(world.system()) as work:
        live = rate(work, row.id)
    found = stored(world, row.id)
    assert (found.state, found.gross_minor, found.net_minor, found.vat_minor) == ("rated", 1753, 1473, 280)
    assert found.partner_minor == 1031
    assert live.stage == "done"
    with world.owner() as session:
        lines = session.scalars(select(SessionLine).where(SessionLine.session_id == row.id).order_by(SessionLine.position)).all()
    assert [(line.dimension, line.quantity, line.unit, line.amount_minor) for line in lines] == [
        ("ENERGY", Decimal("28.640000"), "KWH", 1403),
        ("PARKING_TIME", Decimal("0.583333"), "HUR", 350),
    ]
    assert legs(world) == {"driver_receivable": 1753, "partner_payable": -1031, "charging_income": -442, "vat_output:19": -280}


def test_rating_twice_changes_nothing(world: World) -> None:
    row = charge(world)
    for _ in range(2):
        with world.work(world.system()) as work:
            rate(work, row.id)
    assert legs(world)["driver_receivable"] == 1753
    with world.owner() as session:
        acts = session.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == row.id)).all()
        jobs = session.scalars(select(Job.name)).all()
    assert acts == ["SessionFinished"]
    assert jobs == []
    assert world.bus.names().count("SessionFinished") == 1


def test_a_day_is_rated_at_once_and_the_doubtful_one_of_it_held(world: World) -> None:
    """Three of 17.53 and one whose meter ran back: 3 × 17.53 = 52.59 booked, 3 × 10.31 for Sommer; one session more, no statement more."""
    rows = [charge(world) for _ in range(3)]
    doubtful = charge(world, flags=["meter_back"])
    with counting(world.database) as few, world.work(world.system()) as work:
        rate_all(work, [rows[0].id, rows[1].id])
    with counting(world.database) as more, world.work(world.system()) as work:
        found = {live.session_id: live.stage for live in rate_all(work, [row.id for row in (*rows, doubtful)])}
    assert found == {row.id: "done" for row in rows} | {doubtful.id: "held"}
    booked = legs(world)
    assert (booked["driver_receivable"], booked["partner_payable"]) == (5259, -3093)
    assert world.bus.names().count("SessionFinished") == 3
    assert world.bus.names().count("SessionHeld") == 1
    assert len(more) <= len(few) + 2, more.statements


def test_a_rated_session_cannot_be_changed(world: World) -> None:
    row = charge(world)
    with world.work(world.system()) as work:
        rate(work, row.id)
    with pytest.raises(DatabaseError, match="correct it with a new row"), world.owner() as session:
        session.execute(text("update charging_session set gross_minor = 1, net_minor = 1, vat_minor = 0 where id = :id"), {"id": row.id})


def test_a_running_session_is_not_rated(world: World) -> None:
    row = charge(world, state="charging", ended_at=UNPLUGGED)
    with pytest.raises(Conflict, match="session_not_ended"), world.work(world.system()) as work:
        rate(work, row.id)


def test_a_stranger_finds_no_session_and_a_host_may_not_rate(world: World) -> None:
    row = charge(world)
    with pytest.raises(NotFound), world.work("willi") as work:
        rate(work, row.id)
    with pytest.raises(NotAllowed), world.work("moritz") as work:
        rate(work, row.id)
    assert stored(world, row.id).state == "stopped"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"flags": ["meter_back"]}, "meter_back"),
        ({"tariff": None}, "no_tariff"),
        # 22 kW for 4 h 35 min is 100.8 kWh; 110 % and 200 Wh more is 111.1 kWh
        ({"energy_wh": 111_200}, "implausible_energy"),
    ],
)
def test_what_cannot_be_trusted_is_held(world: World, over: dict[str, object], reason: str) -> None:
    row = charge(world, **over)  # type: ignore[arg-type]
    with world.work(world.system()) as work:
        live = rate(work, row.id)
    found = stored(world, row.id)
    assert (live.stage, found.state, found.gross_minor) == ("held", "stopped", None)
    assert set(found.flags) == {"held", reason}
    assert legs(world) == {}
    with world.owner() as session:
        assert session.scalars(select(Job.name)).all() == []


def test_the_most_an_outlet_can_give_is_believed(world: World) -> None:
    row = charge(world, energy_wh=111_000)
    with world.work(world.system()) as work:
        assert rate(work, row.id).stage == "done"


def test_finance_lets_a_held_session_be_billed_and_says_why(world: World) -> None:
    row = charge(world, flags=["meter_back"])
    with world.work(world.system()) as work:
        rate(work, row.id)
    with pytest.raises(NotAllowed), world.work("theo") as work:
        release_held(work, row.id, "meter read on site")
    with world.work("fiona") as work:
        release_held(work, row.id, "meter read on site")
    with world.work(world.system()) as work:
        assert rate(work, row.id).stage == "done"
    assert stored(world, row.id).gross_minor == 1753


def test_without_a_contract_all_is_the_operators(world: World) -> None:
    row = charge(world, contract_version_id=None)
    with world.work(world.system()) as work:
        rate(work, row.id)
    assert stored(world, row.id).partner_minor is None
    assert legs(world) == {"driver_receivable": 1753, "charging_income": -1473, "vat_output:19": -280}


def test_a_standstill_held_back_by_the_station_costs_nothing(world: World) -> None:
    """20:10 to 20:40 held back by the station, then full until 21:35: 55 − 50 = 5 min × 0.10 = 0.50."""
    row = charge(world, full_at=UNPLUGGED)
    with world.owner() as session:
        phase(session, row, FULL, "SuspendedEVSE", 28_640)
        phase(session, row, FULL + timedelta(minutes=30), "SuspendedEV", 28_640)
    with world.work(world.system()) as work:
        rate(work, row.id)
    assert stored(world, row.id).gross_minor == 1403 + 50


def test_running_cost_and_the_stop_before_the_reserve_is_used_up(world: World) -> None:
    row = charge(world, state="charging", hold_minor=4500, full_at=UNPLUGGED, energy_wh=10_000)
    with world.work(world.system()) as work:
        assert running_gross(work.session, [row.id], PLUGGED + timedelta(hours=1)) == {row.id: 490}
        assert running_gross(work.session, [], PLUGGED) == {}
    # 45.00 less 3 % is 43.65
    for cost, reached in ((4364, False), (4365, True)):
        with world.owner() as session:
            session.get_one(ChargingSession, row.id).running_gross_minor = cost
        with world.work(world.system()) as work:
            assert limit_reached(live_row(work.session, row.id)) is reached
