"""Transactions of OCPP 2.0.1 over a real socket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.ocpp.conftest import V201, Charger, House, ago, stamp

ENDED = ("stopped", "rated")


def event(kind: str, at: datetime, seq: int, ref: str = "tx-1", register: int | None = None, **more: Any) -> dict[str, Any]:
    state = more.pop("state", None)
    token = more.pop("token", None)
    payload: dict[str, Any] = {
        "eventType": kind,
        "timestamp": stamp(at),
        "triggerReason": "Trigger",
        "seqNo": seq,
        "transactionInfo": {"transactionId": ref} | ({"chargingState": state} if state else {}),
        **more,
    }
    if register is not None:
        payload["meterValue"] = [
            {"timestamp": stamp(at), "sampledValue": [{"value": register, "measurand": "Energy.Active.Import.Register"}]}
        ]
    if token:
        payload["idToken"] = {"idToken": token, "type": "ISO14443"}
    return payload


EVSE = {"id": 1, "connectorId": 1}


async def walk(charger: Charger, start: datetime) -> None:
    await charger.call("TransactionEvent", event("Started", start, 0, register=1000, evse=EVSE, token="CARD1", state="Charging"))
    await charger.call("TransactionEvent", event("Updated", start + timedelta(minutes=10), 1, register=4000, state="SuspendedEV"))
    await charger.call("TransactionEvent", event("Ended", start + timedelta(minutes=30), 2, register=5000, token="CARD1"))


async def test_one_session_with_idle_time(house: House) -> None:
    start = ago(hours=1)
    async with house.charger(protocol=V201) as charger:
        await walk(charger, start)
        await house.base.until(lambda: house.base.sessions()[0]["state"] == "rated")
    row = house.base.sessions()[0]
    phases = house.base.rows("select charging from session_phase order by at")
    # 5000 - 1000 = 4000 Wh; 4 kWh x 0.49 = 1.96; idle 20 minutes, 50 are free
    assert (row["energy_wh"], row["gross_minor"], row["transaction_ref"], row["transaction_number"]) == (4000, 196, "tx-1", None)
    assert [p["charging"] for p in phases] == [True, False]


async def test_the_answer_says_whether_the_token_may_charge(house: House) -> None:
    async with house.charger(protocol=V201) as charger:
        known = await charger.call("Authorize", {"idToken": {"idToken": "card1", "type": "ISO14443"}})
        stranger = await charger.call("Authorize", {"idToken": {"idToken": "who", "type": "ISO14443"}})
        blocked = await charger.call("TransactionEvent", event("Started", ago(minutes=1), 0, evse=EVSE, token="BLOCKED1"))
        silent = await charger.call("TransactionEvent", event("Updated", ago(seconds=50), 1))
    assert [a["idTokenInfo"]["status"] for a in (known, stranger, blocked)] == ["Accepted", "Unknown", "Blocked"]
    assert silent == {}


async def test_t53_repeats_gaps_and_late_events_change_nothing(house: House) -> None:
    start = ago(hours=1)
    async with house.charger(protocol=V201) as charger:
        await walk(charger, start)
        before = house.base.sessions()[0]
        await walk(charger, start)
        await charger.call("TransactionEvent", event("Updated", start + timedelta(minutes=20), 9, register=9000, state="Charging"))
    (after,) = house.base.sessions()
    same = ("energy_wh", "ended_at", "meter_stop_wh")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert after["state"] in ENDED


async def test_t54_an_evse_without_connector_and_a_late_offline_event_leave_the_live_state(house: House) -> None:
    async with house.charger(protocol=V201) as charger:
        status = {"timestamp": stamp(ago(minutes=1)), "connectorStatus": "Faulted", "evseId": 1, "connectorId": 1}
        await charger.call("StatusNotification", status)
        await charger.call("TransactionEvent", event("Started", ago(hours=2), 0, evse={"id": 1}, state="Charging", offline=True))
    assert house.base.sessions()[0]["connector_id"] is not None
    assert house.base.row("select status from connector where status is not null")["status"] == "Faulted"


async def test_t55_an_end_without_a_start_is_a_session_to_look_at(house: House) -> None:
    async with house.charger(protocol=V201) as charger:
        await charger.call("TransactionEvent", event("Ended", ago(minutes=5), 7, "lost", register=5000, token="CARD1", evse=EVSE))
    row = house.base.sessions()[0]
    assert row["state"] in ENDED
    assert {"no_start", "review"} <= set(row["flags"])


async def test_t55_a_token_that_comes_after_the_plug_belongs_to_the_session(house: House) -> None:
    start = ago(minutes=20)
    async with house.charger(protocol=V201) as charger:
        await charger.call("TransactionEvent", event("Started", start, 0, register=0, evse=EVSE, state="EVConnected"))
        await charger.call("TransactionEvent", event("Updated", start + timedelta(minutes=2), 1, token="CARD1", state="Charging"))
    row = house.base.sessions()[0]
    assert (row["id_token"], row["channel"], "unknown_tag" in row["flags"], row["charging_state"]) == (
        "CARD1",
        "internal",
        False,
        "Charging",
    )
    phases = house.base.rows("select charging from session_phase order by at")
    assert [p["charging"] for p in phases] == [False, True]


def blocked_driver(house: House) -> None:
    """CARD2 is Dora's, whom Sommer's company would pay for, were she not blocked."""
    cast = house.base.cast
    whose: dict[str, Any] = {"o": cast.operator.id, "p": cast.partners["sommer"].id}
    columns = "id, operator_id, partner_id, number, valid_from, enabled, discount_pct, own_points_only, private_points, created_name"
    house.base.run(
        f"insert into partner_corporate ({columns}) values (uuidv7(), :o, :p, 1, now() - interval '2 days', true, 0, false, false, 'x')",
        **whose,
    )
    columns = "id, operator_id, partner_id, code, name, email, phone, language, state, corporate, company_state, created_at, created_name"
    house.base.run(
        f"insert into driver ({columns}) values (uuidv7(), :o, :p, 'D-DORA22', 'Dora', 'dora@sommer.example', '', 'de', 'blocked', true, "
        "'accepted', now(), 'x')",
        **whose,
    )
    house.base.run("update id_token set partner_id = :p, driver_id = (select id from driver where code = 'D-DORA22') where value = 'CARD2'",
                   p=whose["p"])  # fmt: skip


@pytest.mark.parametrize(
    ("prepare", "tag", "flag"),
    [
        ("", "BLOCKED1", "blocked_tag"),
        ("driver", "CARD2", "blocked_tag"),
        ("update id_token set expires_at = now() - interval '1 day' where value = 'CARD1'", "CARD1", "expired_tag"),
        ("update station set access = 'own' where label = 'NL-0417'", "CARD1", "not_here_tag"),
    ],
)
async def test_t55_a_late_token_that_may_not_charge_is_nobodys_as_at_a_start(house: House, prepare: str, tag: str, flag: str) -> None:
    if prepare == "driver":
        blocked_driver(house)
    elif prepare:
        house.base.run(prepare)
    start = ago(minutes=20)
    async with house.charger(protocol=V201) as charger:
        await charger.call("TransactionEvent", event("Started", start, 0, register=0, evse=EVSE, state="EVConnected"))
        answer = await charger.call("TransactionEvent", event("Updated", start + timedelta(minutes=2), 1, token=tag, state="Charging"))
    assert answer["idTokenInfo"]["status"] != "Accepted"
    row = house.base.sessions()[0]
    assert (row["id_token"], row["channel"], row["payer_id"]) == (tag, "internal", None), "no company pays for it"
    assert {"unknown_tag", flag} & set(row["flags"]) == {flag}


async def test_occupied_shows_what_the_car_does(house: House) -> None:
    async with house.charger(protocol=V201) as charger:
        await charger.call("TransactionEvent", event("Started", ago(minutes=2), 0, evse=EVSE, token="CARD1", state="SuspendedEV"))
        status = {"timestamp": stamp(ago(minutes=1)), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
        await charger.call("StatusNotification", status)
        shown = house.base.row("select status, status_raw from connector where status is not null")
        assert (shown["status"], shown["status_raw"]) == ("SuspendedEV", "Occupied")


async def test_an_event_that_names_no_transaction_is_kept_and_answered(house: House) -> None:
    async with house.charger(protocol=V201) as charger:
        payload = event("Updated", ago(minutes=1), 0)
        payload["transactionInfo"] = {}
        assert await charger.call("TransactionEvent", payload) == {}
        assert await charger.call("TransactionEvent", payload | {"transactionInfo": None}) == {}
    assert {row["kind"] for row in house.base.rows("select kind from orphan_message")} == {"event"}


async def test_t55_a_plug_before_the_remote_start_becomes_the_driver_s_session(house: House) -> None:
    start = ago(minutes=20)
    evse = "select e.id from evse e join station t on t.id = e.station_id where t.label = 'NL-0417' and e.number = 1"
    async with house.charger(protocol=V201) as charger:
        first = event("Started", start, 0, register=1000, evse=EVSE, state="EVConnected")
        await charger.call("TransactionEvent", first)
        house.base.run(
            "insert into charging_session (id, code, station_id, evse_id, channel, id_token, state, energy_wh, time_zone, currency, "
            "vat_pct, evse_current, language, flags, seq, created_at, operator_id, partner_id, remote_start_id) "
            f"select uuidv7(), 'S-TEST', t.id, ({evse}), 'adhoc', 'QRTOKEN', 'starting', 0, 'Europe/Berlin', 'EUR', 19, "
            "'AC', 'de', '{}', 0, now(), t.operator_id, t.partner_id, 77 from station t where label = 'NL-0417'"
        )
        later = event("Updated", start + timedelta(minutes=2), 1, register=1500, token="QRTOKEN", state="Charging")
        later["transactionInfo"]["remoteStartId"] = 77
        assert (await charger.call("TransactionEvent", later)) == {"idTokenInfo": {"status": "Accepted"}}
        assert await charger.call("TransactionEvent", first) == {}
    (row,) = house.base.sessions()
    assert (row["code"], row["state"], row["energy_wh"], row["meter_start_wh"], row["started_at"]) == (
        "S-TEST",
        "charging",
        500,
        1000,
        start.replace(microsecond=start.microsecond // 1000 * 1000),
    )
    phases = house.base.rows("select charging, session_id from session_phase order by at")
    assert [(p["charging"], p["session_id"]) for p in phases] == [(False, row["id"]), (True, row["id"])]
    assert house.base.row("select session_id from connector where id = :id", id=row["connector_id"])["session_id"] == row["id"]


async def test_a_state_that_is_told_again_is_still_since_the_first_time_and_no_late_word_passes_it(house: House) -> None:
    start = ago(minutes=20)

    def shown() -> Any:
        return house.base.row("select status, status_at from connector where status is not null")

    async with house.charger(protocol=V201) as charger:
        await charger.call("TransactionEvent", event("Started", start, 0, register=0, evse=EVSE, token="CARD1", state="Charging"))
        since = shown()["status_at"]
        for minute in (5, 10):
            await charger.call(
                "TransactionEvent", event("Updated", start + timedelta(minutes=minute), minute, register=minute, state="Charging")
            )
        assert (shown()["status"], shown()["status_at"]) == ("Charging", since)
        # queued while the station was away, and older than its last word
        late = {"timestamp": stamp(start + timedelta(minutes=7)), "connectorStatus": "Faulted", "evseId": 1, "connectorId": 1}
        await charger.call("StatusNotification", late)
        assert (shown()["status"], shown()["status_at"]) == (
            "Charging",
            start.replace(microsecond=start.microsecond // 1000 * 1000) + timedelta(minutes=10),
        )
        await charger.call("TransactionEvent", event("Updated", start + timedelta(minutes=12), 12, register=20, state="SuspendedEV"))
        assert shown()["status"] == "SuspendedEV"
    assert [row["state"] for row in house.base.rows("select state from session_phase order by at")] == ["Charging", "SuspendedEV"]
