"""Only the stop of an offline session arrives: a session is made of it (T43)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.access.actor import system
from app.db.engine import make_engine, make_sessions
from app.domain.sessions.lone_stops import START_MAY_COME
from app.domain.sessions.lone_stops import make_sessions as make
from app.kernel.clock import system_clock
from app.live.bus import NoBus
from app.work.unit import WorkRoom
from tests.ocpp.conftest import Charger, House, ago, stamp


def sweep(house: House, after: timedelta = START_MAY_COME) -> int:
    """What the worker does every minute, by a clock that is ahead; how many sessions were made."""
    engine = make_engine(house.base.settings.worker_database_url, pool_size=1, application="test")
    try:
        with WorkRoom(make_sessions(engine), lambda: system_clock() + after + timedelta(seconds=5), NoBus()).open(system(None)) as work:
            return len(make(work))
    finally:
        engine.dispose()


async def lone_stop(charger: Charger, *, begins: bool = True, tag: str = "CARD1", number: int = -1) -> None:
    at = ago(hours=3)
    data = [{"timestamp": stamp(at - timedelta(minutes=30)), "sampledValue": [{"value": "1000", "context": "Transaction.Begin"}]}]
    more: dict[str, Any] = {"transactionData": data} if begins else {}
    assert await charger.stop(number, at, 6000, idTag=tag, **more) in ({}, {"idTagInfo": {"status": "Accepted"}})


async def test_t43_after_an_hour_a_session_is_made_of_the_stop_and_held(house: House) -> None:
    async with house.charger() as charger:
        await lone_stop(charger)
        assert sweep(house, timedelta(minutes=30)) == 0
        assert house.base.sessions() == []
        assert [sweep(house), sweep(house)] == [1, 0]
    (row,) = house.base.sessions()
    # 6000 - 1000 = 5000 Wh, from the first reading the stop brought
    said = (row["state"], row["energy_wh"], row["meter_start_wh"], row["id_token"], row["stop_reason"])
    assert said == ("stopped", 5000, 1000, "CARD1", "Local")
    assert {"no_start", "review", "held", "stop_only"} <= set(row["flags"])
    assert row["ended_at"] - row["started_at"] == timedelta(minutes=30)
    assert house.base.row("select session_id from orphan_message")["session_id"] == row["id"]
    assert house.base.row("select session_id from meter_reading")["session_id"] == row["id"]


async def test_t43_a_stop_that_says_nothing_of_the_beginning_makes_a_session_without_energy(house: House) -> None:
    async with house.charger("NL-0450") as charger:
        await lone_stop(charger, begins=False, tag="STRANGER")
    assert sweep(house) == 1
    (row,) = house.base.sessions("NL-0450")
    assert (row["energy_wh"], row["meter_start_wh"], row["meter_stop_wh"], row["started_at"]) == (0, None, 6000, row["ended_at"])
    assert {"held", "unknown_tag"} <= set(row["flags"])


async def test_t44_a_start_that_comes_after_all_takes_the_stop_back(house: House) -> None:
    async with house.charger() as charger:
        await lone_stop(charger)
        assert sweep(house) == 1
        await charger.start(ago(hours=3, minutes=30), 1000)
        await house.base.until(lambda: [row["state"] for row in house.base.sessions()] == ["rated"])
    (row,) = house.base.sessions()
    # 5 kWh x 0.49 = 2.45 EUR
    assert (row["energy_wh"], row["gross_minor"], "stop_only" in row["flags"]) == (5000, 245, False)
    assert {each["session_id"] for each in house.base.rows("select session_id from orphan_message")} == {row["id"]}


async def test_t43_what_a_person_let_through_stays_when_the_start_comes(house: House) -> None:
    async with house.charger() as charger:
        await lone_stop(charger)
        assert sweep(house) == 1
        house.base.run("update charging_session set flags = array_remove(flags, 'held')")
        await charger.start(ago(hours=3, minutes=30), 1000)
        assert len(house.base.sessions()) == 2


async def test_t45_a_stop_of_another_station_s_transaction_makes_no_session(house: House) -> None:
    async with house.charger("NL-0418") as other, house.charger() as charger:
        number = await other.start(ago(hours=4))
        await lone_stop(charger, number=number)
    assert sweep(house) == 0
    with Session(house.base.database.owner) as session:
        assert session.scalar(text("select count(*) from orphan_message where reason = 'foreign_transaction'")) == 1
