"""The sweep finds what lost jobs left behind, and wishing again is harmless."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from app.domain.payments.models import Payment
from app.domain.sessions.models import ChargingSession
from app.tasks import payments as payment_jobs
from app.tasks import sessions as jobs
from app.work.jobs import Job
from tests.cast import World
from tests.domain.sessions.arrange import ask, charge, in_service, open_card_page, pay, provider, stored, tell


def swept(world: World) -> set[str]:
    """Names of the jobs a sweep wishes for."""
    with world.owner() as session:
        session.execute(text("delete from job"))
    with world.work(world.system()) as work:
        jobs.sweep(work)
    with world.owner() as session:
        return set(session.scalars(select(Job.name)))


def test_a_quiet_house_wishes_for_nothing(world: World) -> None:
    assert swept(world) == set()


def test_a_stopped_session_nobody_rated(world: World) -> None:
    row = charge(world)
    world.clock.set(row.ended_at + timedelta(seconds=59))  # type: ignore[operator]
    assert swept(world) == set()
    world.clock.move(seconds=2)
    assert swept(world) == {"sessions.rate"}
    with world.work(world.system()) as work:
        assert jobs.rate(work, str(row.id)) == {"stage": "done"}
    assert swept(world) == set()


def test_a_held_session_is_left_to_people(world: World) -> None:
    row = charge(world, flags=["meter_back"])
    with world.work(world.system()) as work:
        jobs.rate(work, str(row.id))
    world.clock.set(row.ended_at + timedelta(hours=9))  # type: ignore[operator]
    assert swept(world) == set()


def test_a_start_that_was_refused_or_not_used_ends_and_its_hold_goes_back(world: World) -> None:
    payment_jobs.install(world.settings, {"test": provider(world)})
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref)
    tell(world, started, ref)
    assert swept(world) == set()
    with world.owner() as session:
        session.execute(text("update station_command set state = 'rejected'"))
    assert swept(world) == {"sessions.start_refused"}
    with world.work(world.system()) as work:
        jobs.start_refused(work, str(started.session_id), "rejected")
    assert stored(world, started.session_id).failure == "rejected"
    assert swept(world) == {"payments.release"}
    with world.work(world.system()) as work:
        payment_jobs.release(work, str(started.session_id))
    with world.owner() as session:
        assert session.scalars(select(Payment.state)).one() == "released"
    assert swept(world) == set()


def test_a_hold_the_bank_took_back_leaves_the_session_awaited(world: World) -> None:
    payment_jobs.install(world.settings, {"test": provider(world)})
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref)
    tell(world, started, ref)
    done = charge(world)
    with world.owner() as session:
        row, like = session.get_one(ChargingSession, started.session_id), session.get_one(ChargingSession, done.id)
        row.started_at, row.ended_at, row.energy_wh, row.state = like.started_at, like.ended_at, like.energy_wh, "stopped"
    with world.work(world.system()) as work:
        jobs.rate(work, str(started.session_id))
    provider(world).void(ref, "by the bank")
    with world.work(world.system()) as work:
        payment_jobs.capture(work, str(started.session_id))
    with world.owner() as session:
        paid = session.scalars(select(Payment)).one()
    assert (paid.state, paid.captured_minor) == ("released", 0)
    assert stored(world, started.session_id).collected_at is None


def test_a_hold_whose_event_got_lost_is_asked_for(world: World) -> None:
    payment_jobs.install(world.settings, {"test": provider(world)})
    in_service(world)
    started, _ = ask(world)
    pay(world, open_card_page(world, started))
    assert swept(world) == set()
    world.clock.move(seconds=61)
    in_service(world)
    assert swept(world) == {"payments.ask"}
    with world.work(world.system()) as work:
        assert payment_jobs.ask(work, str(started.payment_id)) == {"state": "reserved"}
    assert stored(world, started.session_id).state == "starting"
    world.clock.move(minutes=3)
    assert swept(world) == {"sessions.give_up"}
