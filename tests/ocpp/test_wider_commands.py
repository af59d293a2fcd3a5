"""Limits, reservations, firmware, configuration and the new connection over a real socket, in both protocols (T37, T63, T64, T66, T67)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from app.demo.outlet import Plan
from app.demo.simulated import SimulatedStation
from app.demo.stations import WIRES
from app.domain.network.commands import number_of
from tests.ocpp.conftest import PASSWORD, V16, V201, Charger, House
from tests.ocpp.test_commands import settled, wish

UNTIL = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
WIRE_UNTIL = UNTIL.strftime("%Y-%m-%dT%H:%M:%SZ")


async def answer(charger: Charger, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Take the next call, which has to be this one, and answer it; what it said."""
    _, uid, name, sent = await charger.receive()
    assert name == action, (name, sent)
    await charger.send([3, uid, payload])
    said: dict[str, Any] = sent
    return said


def units_16(words: str) -> dict[str, Any]:
    key = {"key": "ChargingScheduleAllowedChargingRateUnit", "readonly": True, "value": words}
    return {"configurationKey": [key], "unknownKey": []}


def composite(limit: float, unit: str) -> dict[str, Any]:
    periods = [{"startPeriod": 0, "limit": limit}]
    schedule = {"chargingRateUnit": unit, "duration": 60, "chargingSchedulePeriod": periods}
    return {"status": "Accepted", "connectorId": 1, "scheduleStart": "2026-11-01T12:00:00Z", "chargingSchedule": schedule}


@pytest.mark.parametrize(
    ("allowed", "wished", "unit", "limit"),
    [
        ("Current", ("10.0", "A"), "A", 10.0),
        # only watts are taken: 10 A x 230 V x 3 phases = 6,900 W
        ("Power", ("10.0", "A"), "W", 6900.0),
        # 11,000 W / (230 V x 3) = 15.94 A, rounded down to a tenth
        ("Current", ("11000", "W"), "A", 15.9),
        ("Current,Power", ("11000", "W"), "W", 11000.0),
        # it does not say: the unit that was wished for
        ("", ("16", "A"), "A", 16.0),
    ],
)
async def test_t63_a_limit_is_said_in_a_unit_the_charge_point_takes(
    house: House, allowed: str, wished: tuple[str, str], unit: str, limit: float
) -> None:
    async with house.charger() as charger:
        command = wish(house, "set_profile", 1, limit=wished[0], unit=wished[1], until=UNTIL.isoformat())
        asked = await answer(charger, "GetConfiguration", units_16(allowed))
        assert asked == {"key": ["ChargingScheduleAllowedChargingRateUnit"]}
        said = await answer(charger, "SetChargingProfile", {"status": "Accepted"})
        await answer(charger, "GetCompositeSchedule", composite(limit, unit))
        row = await settled(house, command, "accepted")
    profile = said["csChargingProfiles"]
    assert (said["connectorId"], profile["chargingProfilePurpose"], profile["validTo"]) == (
        1,
        "TxDefaultProfile",
        WIRE_UNTIL[:-1] + ".000Z",
    )
    schedule = profile["chargingSchedule"]
    assert (schedule["chargingRateUnit"], schedule["chargingSchedulePeriod"]) == (
        unit, [{"startPeriod": 0, "limit": limit, "numberPhases": 3}],
    )  # fmt: skip
    # two hours from when this file was read
    assert 3600 < schedule["duration"] <= 7200
    assert (row["reason"], row["answer"]["unit"], Decimal(row["answer"]["limit"])) == (None, unit, Decimal(str(limit)))


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (composite(32.0, "A"), "not_followed"),
        (composite(22080.0, "W"), "not_followed"),
        (composite(6900.0, "W"), None),
        ({"status": "Rejected"}, "unverified"),
    ],
)
async def test_t64_whether_a_limit_is_kept_to_is_asked_and_said(house: House, last: dict[str, Any], reason: str | None) -> None:
    async with house.charger() as charger:
        command = wish(house, "set_profile", 1, limit="10", unit="A", until=UNTIL.isoformat())
        await answer(charger, "GetConfiguration", units_16("Current"))
        await answer(charger, "SetChargingProfile", {"status": "Accepted"})
        await answer(charger, "GetCompositeSchedule", last)
        assert (await settled(house, command, "accepted"))["reason"] == reason


async def test_a_limit_that_is_refused_says_why_and_nothing_more_is_asked(house: House) -> None:
    async with house.charger() as charger:
        command = wish(house, "set_profile", 1, limit="10", unit="A", until=UNTIL.isoformat())
        _, uid, *_ = await charger.receive()
        await charger.send([4, uid, "NotSupported", "", {}])
        await answer(charger, "SetChargingProfile", {"status": "NotSupported"})
        assert (await settled(house, command, "rejected"))["reason"] == "NotSupported"
        assert await charger.is_alive()


async def test_a_limit_in_the_words_of_201(house: House) -> None:
    async with house.charger(protocol=V201) as charger:
        command = wish(house, "set_profile", 2, limit="10", unit="A", until=UNTIL.isoformat())
        rate = {"attributeStatus": "Accepted", "attributeValue": "W", "component": {"name": "SmartChargingCtrlr"}}
        await answer(charger, "GetVariables", {"getVariableResult": [rate | {"variable": {"name": "RateUnit"}}]})
        said = await answer(charger, "SetChargingProfile", {"status": "Accepted"})
        periods = {"duration": 60, "chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6900}]}
        await answer(charger, "GetCompositeSchedule", {"status": "Accepted", "schedule": {"evseId": 2, **periods}})
        assert (await settled(house, command, "accepted"))["reason"] is None
        cleared = wish(house, "clear_profile", 2)
        assert await answer(charger, "ClearChargingProfile", {"status": "Accepted"}) == {"chargingProfileId": said["chargingProfile"]["id"]}
        await settled(house, cleared, "accepted")
    schedule = said["chargingProfile"]["chargingSchedule"][0]
    assert (said["evseId"], schedule["chargingRateUnit"], schedule["chargingSchedulePeriod"][0]["limit"]) == (2, "W", 6900)


async def test_reservations_and_updates_in_the_words_of_16(house: House) -> None:
    async with house.charger() as charger:
        kept = wish(house, "reserve", 2, id_token="CARD1", until=UNTIL.isoformat())
        said = await answer(charger, "ReserveNow", {"status": "Accepted"})
        number = number_of(kept)
        assert said == {"connectorId": 2, "expiryDate": WIRE_UNTIL, "idTag": "CARD1", "reservationId": number}
        await settled(house, kept, "accepted")
        freed = wish(house, "cancel_reservation", 2, reservation_id=number)
        assert await answer(charger, "CancelReservation", {"status": "Accepted"}) == {"reservationId": number}
        await settled(house, freed, "accepted")
        update = wish(house, "firmware", url="https://example.org/f.bin", at=UNTIL.isoformat())
        # 1.6 answers an update with nothing at all
        assert await answer(charger, "UpdateFirmware", {}) == {"location": "https://example.org/f.bin", "retrieveDate": WIRE_UNTIL}
        await settled(house, update, "accepted")


async def test_t67_a_charge_point_that_is_taken_says_so(house: House) -> None:
    async with house.charger(protocol=V201) as charger:
        command = wish(house, "reserve", 1, id_token="CARD1", until=UNTIL.isoformat())
        said = await answer(charger, "ReserveNow", {"status": "Occupied"})
        assert said == {
            "id": number_of(command), "expiryDateTime": WIRE_UNTIL, "evseId": 1, "idToken": {"idToken": "CARD1", "type": "ISO14443"},
        }  # fmt: skip
        assert (await settled(house, command, "rejected"))["reason"] == "Occupied"


async def test_t37_the_configuration_of_16_is_kept_with_nulls_and_unknown_keys(house: House) -> None:
    keys = [
        {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
        {"key": "Vendor.Odd" * 9, "readonly": True, "value": None},
        {"key": "NoValue", "readonly": True},
    ]
    async with house.charger() as charger:
        command = wish(house, "read_config")
        assert await answer(charger, "GetConfiguration", {"configurationKey": keys, "unknownKey": ["Gone"]}) == {}
        row = await settled(house, command, "accepted")
    assert row["answer"] == {"configurationKey": keys, "unknownKey": ["Gone"]}


async def test_t37_the_configuration_of_201_comes_in_parts_even_before_the_answer(house: House) -> None:
    def entry(name: str) -> dict[str, Any]:
        return {"component": {"name": "C"}, "variable": {"name": name}, "variableAttribute": [{"value": "1"}]}

    async with house.charger(protocol=V201) as charger:
        command = wish(house, "read_config")
        _, uid, name, sent = await charger.receive()
        assert (name, sent) == ("GetBaseReport", {"requestId": number_of(command), "reportBase": "FullInventory"})
        part = {"requestId": number_of(command), "generatedAt": WIRE_UNTIL, "seqNo": 0, "tbc": True, "reportData": [entry("a")]}
        assert await charger.call("NotifyReport", part) == {}
        await charger.send([3, uid, {"status": "Accepted"}])
        await settled(house, command, "accepted")
        for _ in range(2):  # the last one twice, as after a lost answer
            assert await charger.call("NotifyReport", part | {"seqNo": 1, "tbc": False, "reportData": [entry("b")]}) == {}
        # a report nobody asked for is answered and changes nothing
        assert await charger.call("NotifyReport", part | {"requestId": 7}) == {}
        row = await settled(house, command, "accepted")
    assert row["answer"] == {"status": "Accepted", "parts": {"0": [entry("a")], "1": [entry("b")]}, "complete": True}


async def test_t09_reconnect_closes_the_link_so_that_the_charge_point_dials_again(house: House) -> None:
    async with house.charger() as charger:
        command = wish(house, "reconnect")
        with pytest.raises(ConnectionClosed) as closed:
            await charger.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        await settled(house, command, "accepted")
    async with house.charger() as again:
        assert await again.is_alive()


@pytest.mark.parametrize("protocol", [V16, V201])
async def test_a_simulated_charge_point_obeys(house: House, protocol: str) -> None:
    plan = Plan("NL-0417", PASSWORD, protocol, (("AC", 22_000), ("AC", 22_000)), walk_ins=False)
    station = SimulatedStation(plan, house.url("NL-0417").rpartition("/")[0], WIRES[protocol], meter_seconds=0.2)
    running = asyncio.create_task(station.run())
    try:
        await asyncio.wait_for(station.online.wait(), 5)
        limited = wish(house, "set_profile", 1, limit="10", unit="A", until=UNTIL.isoformat())
        assert (await settled(house, limited, "accepted"))["reason"] is None
        # 10 A x 230 V x 3 phases
        assert station.outlets[1].offered_w == 6900
        read = wish(house, "get_schedule", 1)
        told = (await settled(house, read, "accepted"))["answer"]
        assert len((told.get("schedule") or told["chargingSchedule"])["chargingSchedulePeriod"]) == 2
        await settled(house, wish(house, "clear_profile", 1), "accepted")
        assert station.outlets[1].offered_w == 22_000
        kept = wish(house, "reserve", 2, id_token="CARD1", until=UNTIL.isoformat())
        await settled(house, kept, "accepted")
        await house.base.until(lambda: house.base.rows("select 1 from connector where status = 'Reserved'"))
        freed = wish(house, "cancel_reservation", 2, reservation_id=number_of(kept))
        await settled(house, freed, "accepted")
        config = wish(house, "read_config")
        await settled(house, config, "accepted")
        ask = "select answer from station_command where id = :id"
        await house.base.until(lambda: len(str(house.base.row(ask, id=config)["answer"])) > 400)
        await settled(house, wish(house, "firmware", url="https://example.org/f.bin", at=UNTIL.isoformat()), "accepted")
        await house.base.until(lambda: house.base.rows("select 1 from message_log where action = 'FirmwareStatusNotification'"))
    finally:
        running.cancel()
        await asyncio.wait([running], timeout=3)
