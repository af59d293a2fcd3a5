"""Commands from the table to the station and back (T15, T20 to T22, T46, T67, T68)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.ocpp.conftest import V16, V201, House, ago


def wish(house: House, action: str, evse: int | None = None, label: str = "NL-0417", **params: Any) -> UUID:
    """Queue a command as a page does."""
    from sqlalchemy.orm import Session

    from app.domain.network.models import StationCommand
    from app.kernel.clock import system_clock

    station = house.base.cast.stations[label]
    with Session(house.base.database.owner, expire_on_commit=False) as session:
        now = system_clock()
        row = StationCommand(
            operator_id=station.operator_id, partner_id=station.partner_id, station_id=station.id, action=action, params=params,
            evse_id=house.base.cast.evse(session, label, evse).id if evse else None, one_time_key=str(uuid4()), requested_name="test",
            created_at=now, expires_at=ago(seconds=-30),
        )  # fmt: skip
        session.add(row)
        session.commit()
        return row.id


def state(house: House, command: UUID) -> tuple[str, str | None]:
    row = house.base.row("select state, reason from station_command where id = :id", id=command)
    return row["state"], row["reason"]


async def settled(house: House, command: UUID, expected: str) -> Any:
    await house.base.until(lambda: state(house, command)[0] == expected)
    return house.base.row("select * from station_command where id = :id", id=command)


@pytest.mark.parametrize(
    ("action", "evse", "params", "wire", "payload"),
    [
        ("remote_start", 2, {"id_token": "QR1"}, "RemoteStartTransaction", {"connectorId": 2, "idTag": "QR1"}),
        ("remote_stop", 1, {"transaction_number": 42}, "RemoteStopTransaction", {"transactionId": 42}),
        ("unlock", 2, {}, "UnlockConnector", {"connectorId": 2}),
        ("reset_soft", None, {}, "Reset", {"type": "Soft"}),
        ("reset_hard", None, {}, "Reset", {"type": "Hard"}),
        ("trigger_status", 1, {}, "TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}),
        ("trigger_boot", None, {}, "TriggerMessage", {"requestedMessage": "BootNotification"}),
        ("availability_off", None, {}, "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
        ("availability_on", 2, {}, "ChangeAvailability", {"connectorId": 2, "type": "Operative"}),
    ],
)
async def test_a_command_in_the_words_of_16(
    house: House, action: str, evse: int | None, params: dict[str, Any], wire: str, payload: dict[str, Any]
) -> None:
    async with house.charger() as charger:
        command = wish(house, action, evse, **params)
        kind, uid, name, sent = await charger.receive()
        assert (kind, uid, name, sent) == (2, str(command), wire, payload)
        await charger.send([3, uid, {"status": "Accepted"}])
        row = await settled(house, command, "accepted")
    assert (row["answer"], row["reason"]) == ({"status": "Accepted"}, None)


@pytest.mark.parametrize(
    ("action", "evse", "params", "wire", "payload"),
    [
        ("remote_start", 2, {"id_token": "QR1", "remote_start_id": 7}, "RequestStartTransaction",
         {"remoteStartId": 7, "idToken": {"idToken": "QR1", "type": "Central"}, "evseId": 2}),
        ("remote_stop", 1, {"transaction_ref": "abc"}, "RequestStopTransaction", {"transactionId": "abc"}),
        ("unlock", 2, {}, "UnlockConnector", {"evseId": 2, "connectorId": 1}),
        ("reset_soft", None, {}, "Reset", {"type": "OnIdle"}),
        ("availability_off", 1, {}, "ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}}),
    ],
)  # fmt: skip
async def test_a_command_in_the_words_of_201(
    house: House, action: str, evse: int | None, params: dict[str, Any], wire: str, payload: dict[str, Any]
) -> None:
    async with house.charger(protocol=V201) as charger:
        command = wish(house, action, evse, **params)
        _, uid, name, sent = await charger.receive()
        assert (name, sent) == (wire, payload)
        await charger.send([3, uid, {"status": "Rejected"}])
        assert (await settled(house, command, "rejected"))["reason"] == "Rejected"


async def test_a_station_that_is_not_here_gets_nothing(house: House) -> None:
    command = wish(house, "reset_soft")
    assert (await settled(house, command, "not_sent"))["reason"] == "offline"


async def test_a_stop_without_a_transaction_says_so(house: House) -> None:
    async with house.charger():
        command = wish(house, "remote_stop", 1)
        assert (await settled(house, command, "rejected"))["reason"] == "no_transaction"


async def test_t20_a_late_answer_still_counts_even_on_a_new_link(house: House) -> None:
    async with house.charger() as charger:
        command = wish(house, "reset_soft")
        _, uid, *_ = await charger.receive()
    assert (await settled(house, command, "no_answer"))["reason"] == "offline"
    async with house.charger() as charger:
        await charger.send([3, uid, {"status": "Accepted"}])
        await settled(house, command, "accepted")


async def test_t20_a_stranger_cannot_answer_for_another_station(house: House) -> None:
    async with house.charger("NL-0417") as charger, house.charger("NL-0501") as stranger:
        command = wish(house, "reset_soft")
        _, uid, *_ = await charger.receive()
        await stranger.send([3, uid, {"status": "Accepted"}])
        assert await stranger.is_alive()
        assert state(house, command) == ("sent", None)


@pytest.mark.parametrize("answer", [{}, {"status": 7}, {"stat": "Accepted"}, "Accepted", None, [1]])
async def test_t21_an_answer_that_breaks_the_schema_is_recorded(house: House, answer: Any) -> None:
    async with house.charger() as charger:
        command = wish(house, "reset_soft")
        _, uid, *_ = await charger.receive()
        await charger.send([3, uid, answer])
        row = await settled(house, command, "rejected")
        assert row["reason"] == "no_status"
        assert await charger.is_alive()


async def test_t22_a_station_that_calls_before_it_answers_is_not_dead_locked(house: House) -> None:
    async with house.charger() as charger:
        command = wish(house, "remote_start", 1, id_token="CARD1")
        _, uid, *_ = await charger.receive()
        # T46: the transaction starts before the answer to the remote start
        assert await charger.start(ago(seconds=1)) > 0
        await charger.status("Charging", ago(seconds=0))
        await charger.send([3, uid, {"status": "Accepted"}])
        await settled(house, command, "accepted")


async def test_t67_a_refusal_by_callerror_is_a_refusal(house: House) -> None:
    async with house.charger() as charger:
        command = wish(house, "unlock", 1)
        _, uid, *_ = await charger.receive()
        await charger.send([4, uid, "NotSupported", "no lock", {"a": 1}])
        row = await settled(house, command, "rejected")
    assert (row["reason"], row["answer"]["errorDescription"]) == ("NotSupported", "no lock")


async def test_t68_a_station_gets_one_command_at_a_time(house: House) -> None:
    async with house.charger() as charger:
        first, second = wish(house, "reset_soft"), wish(house, "trigger_status", 1)
        _, uid, *_ = await charger.receive()
        assert uid == str(first)
        with pytest.raises(TimeoutError):
            await charger.receive(1.5)
        await charger.send([3, uid, {"status": "Accepted"}])
        _, uid, *_ = await charger.receive()
        assert uid == str(second)
        await charger.send([3, uid, {"status": "Accepted"}])
        await settled(house, second, "accepted")


async def test_t15_the_protocol_of_the_live_link_counts(house: House) -> None:
    for protocol, wire in ((V16, "RemoteStartTransaction"), (V201, "RequestStartTransaction")):
        async with house.charger(protocol=protocol) as charger:
            wish(house, "remote_start", 1, id_token="X")
            assert (await charger.receive())[2] == wire
        await house.base.until(lambda: not house.base.rows("select 1 from station_command where state in ('queued', 'sent')"))


def driver_waits(house: House) -> None:
    """A driver has paid the hold and waits for EVSE 1 of NL-0417 to begin."""
    evse = "select e.id from evse e join station t on t.id = e.station_id where t.label = 'NL-0417' and e.number = 1"
    house.base.run(
        "insert into charging_session (id, code, station_id, evse_id, channel, id_token, state, energy_wh, time_zone, currency, "
        "vat_pct, evse_current, language, flags, seq, created_at, operator_id, partner_id, requested_at, payment_id) "
        f"select uuidv7(), 'S-TEST', t.id, ({evse}), 'adhoc', 'QR23456789ABCDEFGHJK', 'starting', 0, 'Europe/Berlin', 'EUR', 19, "
        "'AC', 'de', '{}', 0, now(), t.operator_id, t.partner_id, now(), uuidv7() from station t where label = 'NL-0417'"
    )


async def test_a_driver_s_request_becomes_the_session_that_the_station_starts(house: House) -> None:
    driver_waits(house)
    async with house.charger() as charger:
        await charger.start(ago(seconds=1), 500, "QR23456789ABCDEFGHJK")
        await asyncio.sleep(0)
    (row,) = house.base.sessions()
    assert (row["code"], row["state"], row["meter_start_wh"]) == ("S-TEST", "charging", 500)
    assert row["transaction_number"] >= 100_000


async def test_a_start_that_the_station_refuses_ends_the_driver_s_wait_at_once(house: House) -> None:
    driver_waits(house)
    async with house.charger() as charger:
        command = wish(house, "remote_start", 1, id_token="QR23456789ABCDEFGHJK")
        house.base.run("update station_command set session_id = (select id from charging_session) where id = :id", id=command)
        _, uid, *_ = await charger.receive()
        await charger.send([3, uid, {"status": "Rejected"}])
        await house.base.until(lambda: house.base.sessions()[0]["state"] == "failed", 2.0)
    assert house.base.sessions()[0]["failure"] == "rejected"
    # the hold goes back by a job that is written with the failure
    assert [row["name"] for row in house.base.rows("select name from job")] == ["payments.release"]


async def test_a_start_that_cannot_reach_the_station_ends_the_driver_s_wait(house: House) -> None:
    driver_waits(house)
    command = wish(house, "remote_start", 1, id_token="QR23456789ABCDEFGHJK")
    house.base.run("update station_command set session_id = (select id from charging_session) where id = :id", id=command)
    await house.base.until(lambda: house.base.sessions()[0]["state"] == "failed", 15.0)
    assert house.base.sessions()[0]["failure"] == "offline"


async def test_a_start_answered_with_no_after_the_car_began_takes_nothing_away(house: House) -> None:
    driver_waits(house)
    async with house.charger() as charger:
        command = wish(house, "remote_start", 1, id_token="QR23456789ABCDEFGHJK")
        house.base.run("update station_command set session_id = (select id from charging_session) where id = :id", id=command)
        _, uid, *_ = await charger.receive()
        await charger.start(ago(seconds=1), 500, "QR23456789ABCDEFGHJK")
        await charger.send([3, uid, {"status": "Rejected"}])
        await settled(house, command, "rejected")
        await asyncio.sleep(0.4)
    assert house.base.sessions()[0]["state"] == "charging"
