"""Sessions whose charge point restarted or went on without ending them (T06, T36, T39, T51, T56): told over a real socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.access.actor import system
from app.domain.sessions import forgetting
from app.domain.sessions.forgetting import close_forgotten
from app.live.bus import NoBus
from app.tasks import sessions as jobs
from app.work.unit import WorkRoom
from tests.ocpp.conftest import V201, Charger, House, ago, stamp
from tests.ocpp.test_transactions201 import EVSE, event

BOOT = {"chargePointVendor": "Acme", "chargePointModel": "One"}


def later(house: House, **delta: float) -> list[str]:
    """What the sweep does so much later; the sessions that it found forgotten."""
    rooms = WorkRoom(lambda: Session(house.base.database.web), lambda: datetime.now(UTC) + timedelta(**delta), NoBus())
    with rooms.open(system(house.base.cast.operator.id)) as work:
        jobs.sweep(work)
    found = house.base.rows("select args from job where name = 'sessions.close_forgotten' and state = 'queued'")
    for row in found:
        with rooms.open(system(house.base.cast.operator.id)) as work:
            jobs.close_forgotten(work, row["args"]["session_id"])
    house.base.run("update job set state = 'cancelled' where name = 'sessions.close_forgotten'")
    return [row["args"]["session_id"] for row in found]


def plug(house: House, label: str = "NL-0417") -> Any:
    asked = "select c.* from connector c join station t on t.id = c.station_id where t.label = :label and wire_number = 1"
    return house.base.row(asked, label=label)


async def begun(charger: Charger, start: datetime) -> int:
    """A 1.6 session with one reading: 4 kWh after ten minutes."""
    await charger.status("Charging", start)
    number = await charger.start(start, 1000)
    await charger.meter(number, start + timedelta(minutes=10), 5000)
    return number


async def restarted(charger: Charger, at: datetime, status: str = "Available") -> None:
    """The charge point boots and says how its connector stands; of the session not a word."""
    await charger.call("BootNotification", BOOT)
    await charger.status(status, at)


@pytest.mark.parametrize("status", ["Available", "Preparing"])
async def test_t56_a_session_forgotten_over_a_restart_ends_at_its_last_reading_and_waits_for_a_person(house: House, status: str) -> None:
    start = ago(hours=1).replace(microsecond=0)
    async with house.charger() as charger:
        await begun(charger, start)
    async with house.charger() as charger:
        await restarted(charger, ago(seconds=5), status)
        # free is free at once, but the stop may still be on its way
        assert (plug(house)["session_id"] is None) == (status == "Available")
        assert later(house, seconds=60) == []
        assert house.base.sessions()[0]["state"] == "charging"
        assert len(later(house, minutes=3)) == 1
        assert later(house, minutes=30) == []
    row = house.base.sessions()[0]
    assert (row["state"], row["energy_wh"], row["meter_stop_wh"], row["gross_minor"]) == ("stopped", 4000, 5000, None)
    assert row["ended_at"] == row["last_reading_at"]
    assert set(row["flags"]) == {"forgotten", "held"}
    assert plug(house)["session_id"] is None


async def test_t56_a_stop_that_comes_after_all_counts_and_is_billed(house: House) -> None:
    start = ago(hours=1).replace(microsecond=0)
    async with house.charger() as charger:
        number = await begun(charger, start)
        await restarted(charger, ago(minutes=20))
        later(house, minutes=3)
        assert house.base.sessions()[0]["flags"] == ["forgotten", "held"]
        assert await charger.stop(number, start + timedelta(minutes=20), 7000, reason="PowerLoss") is not None
        await house.base.until(lambda: house.base.sessions()[0]["state"] == "rated")
    row = house.base.sessions()[0]
    # 7000 - 1000 = 6000 Wh; 6 kWh x 0.49 = 2.94 EUR
    assert (row["energy_wh"], row["gross_minor"], row["flags"]) == (6000, 294, ["late"])
    assert row["ended_at"] == start + timedelta(minutes=20)


async def test_t06_a_session_that_goes_on_after_the_restart_is_not_closed_and_not_doubled(house: House) -> None:
    start = ago(hours=1).replace(microsecond=0)
    async with house.charger() as charger:
        number = await begun(charger, start)
        await restarted(charger, ago(minutes=30))
        assert plug(house)["session_id"] is None
        later(house, minutes=3)
        # it was only slow: the meter goes on
        await charger.status("Charging", ago(minutes=10))
        await charger.meter(number, ago(minutes=9), 8000)
        row = house.base.sessions()[0]
        assert (row["state"], row["energy_wh"], row["flags"], row["ended_at"]) == ("charging", 7000, [], None)
        await charger.status("SuspendedEV", ago(minutes=8))
        assert plug(house)["session_id"] == row["id"]
        assert later(house, minutes=3) == []
        await charger.stop(number, ago(minutes=1), 9000)
        await house.base.until(lambda: house.base.sessions()[0]["state"] == "rated")
    # 8 kWh x 0.49 = 3.92 EUR
    assert [(row["energy_wh"], row["gross_minor"]) for row in house.base.sessions()] == [(8000, 392)]


async def test_t52_a_station_that_is_away_has_time_until_it_is_back(house: House) -> None:
    start = ago(hours=1).replace(microsecond=0)
    async with house.charger() as charger:
        await begun(charger, start)
        await charger.status("Available", ago(minutes=20))
    house_gone = "select 1 from station_state s join station t on t.id = s.station_id where t.label = 'NL-0417' and not connected"
    await house.base.until(lambda: house.base.rows(house_gone))
    assert later(house, hours=3) == []
    assert len(later(house, hours=25)) == 1


async def test_t39_a_session_that_a_newer_one_replaced_does_not_run_for_ever(house: House) -> None:
    start = ago(hours=1).replace(microsecond=0)
    async with house.charger() as charger:
        await begun(charger, start)
        await charger.start(start + timedelta(minutes=40), 9000, "CARD2")
        old, new = house.base.sessions()
        assert later(house, minutes=3) == [str(old["id"])]
    old, new = house.base.sessions()
    assert (old["state"], set(old["flags"]), new["state"]) == ("stopped", {"superseded", "forgotten", "held"}, "charging")
    assert plug(house)["session_id"] == new["id"]


async def test_t34_a_state_older_than_the_session_frees_nothing(house: House) -> None:
    start = ago(hours=1).replace(microsecond=0)
    async with house.charger() as charger:
        number = await charger.start(start, 1000)
        await charger.status("Available", start - timedelta(minutes=1))
        await charger.meter(number, start + timedelta(minutes=10), 5000)
        await charger.status("Available", start + timedelta(minutes=5))
        assert plug(house)["session_id"] is not None
        assert later(house, hours=30) == []


async def test_t56_of_201_an_ended_that_was_dropped(house: House) -> None:
    start = ago(hours=1).replace(microsecond=0)

    async def says(charger: Charger, kind: str, minute: int, register: int) -> None:
        at = start + timedelta(minutes=minute)
        await charger.call("TransactionEvent", event(kind, at, minute, register=register, evse=EVSE, token="CARD1", state="Charging"))

    async with house.charger(protocol=V201) as charger:
        await says(charger, "Started", 0, 1000)
        await says(charger, "Updated", 10, 5000)
    async with house.charger(protocol=V201) as charger:
        await charger.call("BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "Acme", "model": "Two"}})
        free = {"timestamp": stamp(ago(minutes=1)), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
        await charger.call("StatusNotification", free)
        assert len(later(house, minutes=3)) == 1
        row = house.base.sessions()[0]
        assert (row["state"], row["energy_wh"], set(row["flags"])) == ("stopped", 4000, {"forgotten", "held"})
        # the same transaction is heard of again, then ends
        await says(charger, "Updated", 15, 6000)
        assert house.base.sessions()[0]["state"] == "charging"
        await says(charger, "Ended", 20, 6500)
        await house.base.until(lambda: house.base.sessions()[0]["state"] == "rated")
    assert house.base.sessions()[0]["energy_wh"] == 5500


async def test_what_a_person_let_through_is_not_moved_by_a_late_word(house: House) -> None:
    start = ago(hours=1).replace(microsecond=0)
    async with house.charger() as charger:
        number = await begun(charger, start)
        await restarted(charger, ago(minutes=20))
        later(house, minutes=3)
        house.base.run("update charging_session set flags = '{forgotten,checked}'")
        await charger.meter(number, start + timedelta(minutes=15), 6000)
        await charger.stop(number, start + timedelta(minutes=20), 7000)
    row = house.base.sessions()[0]
    assert (row["energy_wh"], row["ended_at"]) == (4000, start + timedelta(minutes=10))


async def test_nothing_is_closed_that_its_station_knows(house: House) -> None:
    start = ago(hours=1).replace(microsecond=0)
    async with house.charger() as charger:
        await begun(charger, start)
        (row,) = house.base.sessions()
        rooms = WorkRoom(lambda: Session(house.base.database.web), lambda: datetime.now(UTC) + timedelta(days=2), NoBus())
        with rooms.open(system(house.base.cast.operator.id)) as work:
            assert forgetting.forgotten(work.session, work.now) == []
            assert close_forgotten(work, row["id"]).state == "charging"
