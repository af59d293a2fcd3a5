"""Transactions of OCPP 1.6 over a real socket: each test names the rule of docs/ocpp.md it holds to."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.ocpp.conftest import House, ago, stamp

ENDED = ("stopped", "rated")


async def test_one_session_from_plug_to_frozen_amount(house: House) -> None:
    async with house.charger() as charger:
        boot = await charger.call("BootNotification", {"chargePointVendor": "Alfen", "chargePointModel": "Eve"})
        assert boot["status"] == "Accepted"
        start = ago(minutes=30)
        number = await charger.start(start, 1000)
        await charger.meter(number, start + timedelta(minutes=10), 3000)
        assert house.base.sessions()[0]["energy_wh"] == 2000
        await charger.stop(number, start + timedelta(minutes=20), 5000, reason="Local")
        await house.base.until(lambda: house.base.sessions()[0]["state"] == "rated")
    row = house.base.sessions()[0]
    # 5000 Wh at the end - 1000 Wh at the start = 4000 Wh; 4 kWh x 0.49 EUR = 1.96 EUR
    assert (row["energy_wh"], row["meter_stop_wh"], row["id_token"], row["gross_minor"]) == (4000, 5000, "CARD1", 196)
    assert house.base.row("select session_id from connector where id = :id", id=row["connector_id"])["session_id"] is None


async def test_t38_the_same_start_twice_gets_the_same_number_and_one_session(house: House) -> None:
    at = ago(minutes=5)
    async with house.charger() as charger:
        first = await charger.start(at)
        assert await charger.start(at) == first
        assert await charger.start(at + timedelta(seconds=1)) != first
    assert len(house.base.sessions()) == 2


async def test_t38_a_start_repeated_on_a_new_link_after_its_stop_gets_its_number_too(house: House) -> None:
    at = ago(minutes=5)
    async with house.charger() as charger:
        first = await charger.start(at)
        await charger.stop(first, at + timedelta(minutes=1), 1500)
    async with house.charger() as charger:
        assert await charger.start(at) == first
    assert [row["state"] in ENDED for row in house.base.sessions()] == [True]


async def test_t39_a_second_start_at_the_same_connector_is_taken_and_the_first_is_flagged(house: House) -> None:
    at = ago(minutes=5)
    async with house.charger() as charger:
        first = await charger.start(at)
        second = await charger.start(at + timedelta(minutes=1), 1500, "CARD2")
        assert second not in (0, first)
        old, new = house.base.sessions()
        assert ("superseded" in old["flags"], "superseded" in new["flags"]) == (True, False)
        await charger.stop(first, at + timedelta(minutes=2), 1400)
        assert house.base.sessions()[0]["energy_wh"] == 400
        connector = house.base.row("select session_id from connector where id = :id", id=new["connector_id"])
        assert connector["session_id"] == new["id"]


@pytest.mark.parametrize("number", [-1, 0, 7, 9223372036854775807, "abc", None, 4.5e300])
async def test_t40_a_stop_of_an_unknown_transaction_is_answered_and_kept_once(house: House, number: object) -> None:
    at = ago(minutes=5)
    payload = {"transactionId": number, "meterStop": 1200, "timestamp": stamp(at), "idTag": "NOBODY"}
    async with house.charger() as charger:
        assert await charger.call("StopTransaction", payload) == {}
        assert await charger.call("StopTransaction", payload) == {}
        assert await charger.is_alive()
    orphan = house.base.row("select * from orphan_message")
    assert (orphan["kind"], orphan["reason"], orphan["session_id"]) == ("stop", "unknown_transaction", None)
    assert house.base.sessions() == []


async def test_t40_a_stop_with_a_placeholder_ends_the_only_session_it_can_mean(house: House) -> None:
    at = ago(minutes=30)
    async with house.charger() as charger:
        await charger.start(at, 1000)
        await charger.start(at, 1000, "CARD2", connector=2)
        await charger.stop(-1, at + timedelta(minutes=20), 4000, idTag="CARD1")
    first, second = house.base.sessions()
    assert (first["state"] in ENDED, first["energy_wh"], second["state"]) == (True, 3000, "charging")
    assert "matched_stop" in first["flags"]
    assert house.base.row("select session_id from orphan_message")["session_id"] == first["id"]


@pytest.mark.parametrize("number", [None, 0, -1, 4711])
async def test_t41_meter_values_without_a_usable_transaction_go_to_the_open_one_of_the_connector(house: House, number: int | None) -> None:
    at = ago(minutes=30)
    async with house.charger() as charger:
        await charger.start(at, 1000)
        await charger.start(at, 500, "CARD2", connector=2)
        assert await charger.meter(number, at + timedelta(minutes=1), 1700) == {}
        assert await charger.meter(number, at + timedelta(minutes=1), 40_000, connector=0) == {}
    first, second = house.base.sessions()
    # 1700 Wh - 1000 Wh; the value of "the whole station" belongs to nobody
    assert (first["energy_wh"], second["energy_wh"]) == (700, 0)
    readings = house.base.rows("select session_id, energy_wh from meter_reading order by energy_wh")
    assert [(row["session_id"], row["energy_wh"]) for row in readings] == [(first["id"], 1700), (None, 40_000)]


async def test_t42_a_whole_offline_session_in_one_burst_is_taken_in_order(house: House) -> None:
    start = ago(hours=3)
    frames = [
        [2, "1", "StatusNotification", {"connectorId": 1, "status": "Charging", "errorCode": "NoError", "timestamp": stamp(start)}],
        [2, "2", "StatusNotification", {"connectorId": 1, "status": "SuspendedEV", "errorCode": "NoError",
                                        "timestamp": stamp(start + timedelta(minutes=40))}],
        [2, "3", "StartTransaction", {"connectorId": 1, "idTag": "CARD1", "meterStart": 100, "timestamp": stamp(start)}],
        [2, "4", "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": stamp(start + timedelta(minutes=30)),
                                                                   "sampledValue": [{"value": "2100"}]}]}],
        [2, "5", "StopTransaction", {"transactionId": -1, "idTag": "CARD1", "meterStop": 3100,
                                     "timestamp": stamp(start + timedelta(hours=1))}],
    ]  # fmt: skip
    async with house.charger() as charger:
        for frame in frames:
            await charger.send(frame)
        answers = [await charger.receive() for _ in frames]
    assert [answer[:2] for answer in answers] == [[3, str(n)] for n in range(1, 6)]
    row = house.base.sessions()[0]
    assert (row["energy_wh"], row["ended_at"] - row["started_at"]) == (3000, timedelta(hours=1))
    phases = house.base.rows("select charging, at from session_phase where session_id = :id order by at", id=row["id"])
    # charged for 40 minutes, stood for 20: the states that came before the start belong to it
    assert [(p["charging"], (p["at"] - row["started_at"]).seconds // 60) for p in phases] == [(True, 0), (False, 40)]


async def test_t44_a_stop_before_its_start_ends_the_session_when_the_start_comes(house: House) -> None:
    start = ago(hours=1)
    async with house.charger() as charger:
        await charger.stop(0, start + timedelta(minutes=30), 6000, idTag="CARD1")
        number = await charger.start(start, 1000)
        assert number > 0
    row = house.base.sessions()[0]
    assert (row["state"] in ENDED, row["energy_wh"], row["meter_stop_wh"]) == (True, 5000, 6000)
    assert house.base.row("select session_id from orphan_message")["session_id"] == row["id"]


async def test_t44_a_repeated_stop_gets_the_same_answer_and_changes_nothing(house: House) -> None:
    start = ago(hours=1)
    async with house.charger() as charger:
        number = await charger.start(start)
        first = await charger.stop(number, start + timedelta(minutes=10), 2000)
        before = house.base.sessions()[0]
        assert await charger.stop(number, start + timedelta(minutes=10), 2000) == first
        assert await charger.stop(number, start + timedelta(minutes=15), 9000) == first
    after = house.base.sessions()[0]
    same = ("ended_at", "meter_stop_wh", "energy_wh")
    assert [after[name] for name in same] == [before[name] for name in same]


async def test_t44_the_final_values_of_what_was_closed_by_hand_are_taken(house: House) -> None:
    start = ago(hours=1)
    async with house.charger() as charger:
        number = await charger.start(start)
        house.base.run(
            "update charging_session set state = 'stopped', ended_at = now(), flags = '{closed_by_hand,held}' where transaction_number=:n",
            n=number,
        )
        await charger.stop(number, start + timedelta(minutes=10), 2500)
    assert house.base.sessions()[0]["energy_wh"] == 1500


async def test_t45_a_number_of_another_station_touches_nothing_there(house: House) -> None:
    start = ago(hours=1)
    async with house.charger("NL-0417") as mine, house.charger("NL-0501") as stranger:
        number = await mine.start(start)
        assert await stranger.stop(number, start + timedelta(minutes=10), 99_000, idTag="CARD1") == {}
        assert await stranger.meter(number, start + timedelta(minutes=5), 50_000) == {}
    row = house.base.sessions()[0]
    assert (row["state"], row["energy_wh"]) == ("charging", 0)
    reasons = {r["reason"] for r in house.base.rows("select reason from orphan_message where kind = 'stop'")}
    assert reasons == {"foreign_transaction"}


async def test_t47_tokens_are_compared_without_case_blanks_and_control_bytes(house: House) -> None:
    async with house.charger() as charger:
        answer = await charger.call("Authorize", {"idTag": " card1\u0000\u0003 "})
        assert answer["idTagInfo"]["status"] == "Accepted"


@pytest.mark.parametrize(("tag", "word", "flag"), [("STRANGER", "Invalid", "unknown_tag"), ("BLOCKED1", "Blocked", "blocked_tag")])
async def test_t48_a_start_with_an_unwelcome_token_is_recorded_and_gets_a_number(house: House, tag: str, word: str, flag: str) -> None:
    async with house.charger() as charger:
        payload = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": stamp(ago(minutes=1))}
        answer = await charger.call("StartTransaction", payload)
    assert (answer["transactionId"] > 0, answer["idTagInfo"]["status"]) == (True, word)
    assert flag in house.base.sessions()[0]["flags"]


@pytest.mark.parametrize(
    ("registers", "stop", "energy"),
    [
        # the meter stops below its start: nothing can be said but that it is not negative
        ((), 400, 0),
        # a reset in between: what was seen before it stands (1800 - 1000)
        ((1800, 5), 20, 800),
        # the register comes back to where it should be: the difference of start and stop (2500 - 1000)
        ((1800, 5), 2500, 1500),
    ],
)
async def test_t57_energy_is_never_negative_and_a_person_has_to_look(
    house: House, registers: tuple[int, ...], stop: int, energy: int
) -> None:
    start = ago(hours=1)
    async with house.charger() as charger:
        number = await charger.start(start, 1000)
        for minute, register in enumerate(registers, 1):
            await charger.meter(number, start + timedelta(minutes=minute), register)
        await charger.stop(number, start + timedelta(minutes=30), stop)
        await house.base.until(lambda: "held" in house.base.sessions()[0]["flags"])
    row = house.base.sessions()[0]
    assert row["energy_wh"] == energy
    assert "meter_back" in row["flags"]


async def test_t51_a_restart_of_the_station_closes_nothing(house: House) -> None:
    start = ago(hours=1)
    async with house.charger() as charger:
        number = await charger.start(start)
    async with house.charger() as charger:
        await charger.call("BootNotification", {"chargePointVendor": "a", "chargePointModel": "b"})
        assert house.base.sessions()[0]["state"] == "charging"
        await charger.stop(number, start + timedelta(minutes=10), 2000, reason="PowerLoss")
    assert (house.base.sessions()[0]["energy_wh"], house.base.sessions()[0]["stop_reason"]) == (1000, "PowerLoss")


async def test_t31_a_clock_that_cannot_be_right_is_replaced_and_flagged(house: House) -> None:
    async with house.charger() as charger:
        before = ago(seconds=1)
        payload = {"connectorId": 1, "idTag": "CARD1", "meterStart": 0, "timestamp": "1970-01-01T00:00:10Z"}
        await charger.call("StartTransaction", payload)
    row = house.base.sessions()[0]
    assert row["started_at"] > before
    assert "clock" in row["flags"]


async def test_many_stations_start_at_once_and_each_gets_its_own_number(house: House) -> None:
    labels = ("NL-0417", "NL-0418", "NL-0450", "NL-0501")

    async def one(label: str) -> int:
        async with house.charger(label) as charger:
            return await charger.start(ago(minutes=1))

    numbers = await asyncio.gather(*(one(label) for label in labels))
    assert len(set(numbers)) == 4


async def test_t30_a_boot_that_is_sent_for_ever_is_answered_each_time_and_touches_no_session(house: House) -> None:
    start = ago(minutes=10)
    async with house.charger() as charger:
        number = await charger.start(start)
        for _ in range(5):
            answer = await charger.call("BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "One"})
            assert answer["status"] == "Accepted"
        await charger.meter(number, start + timedelta(minutes=1), 2000)
    assert [(row["state"], row["energy_wh"]) for row in house.base.sessions()] == [("charging", 1000)]


@pytest.mark.parametrize("token", [None, "CARD2", "SOMEBODY ELSE"])
async def test_t49_a_stop_counts_whatever_token_it_names(house: House, token: str | None) -> None:
    start = ago(minutes=30)
    async with house.charger() as charger:
        number = await charger.start(start)
        await charger.stop(number, start + timedelta(minutes=20), 3000, **({"idTag": token} if token else {}))
    (row,) = house.base.sessions()
    assert (row["state"] in ENDED, row["energy_wh"], row["id_token"]) == (True, 2000, "CARD1")
