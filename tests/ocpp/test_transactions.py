"""Transactions of OCPP 1.6 over a real socket: each test names the rule of docs/ocpp.md it holds to."""

from __future__ import annotations

from datetime import timedelta

from tests.ocpp.conftest import House, ago, stamp


async def test_one_session_from_plug_to_stop(house: House) -> None:
    async with house.charger() as charger:
        boot = await charger.call("BootNotification", {"chargePointVendor": "Alfen", "chargePointModel": "Eve"})
        assert boot["status"] == "Accepted"
        start = ago(minutes=30)
        number = await charger.start(start, 1000)
        await charger.meter(number, start + timedelta(minutes=10), 3000)
        await charger.stop(number, start + timedelta(minutes=20), 5000, reason="Local")
    row = house.base.sessions()[0]
    # 5000 Wh at the end - 1000 Wh at the start = 4000 Wh
    assert (row["state"], row["energy_wh"], row["meter_stop_wh"], row["id_token"]) == ("stopped", 4000, 5000, "CARD1")
    assert row["tariff"]["currency"] == "EUR"


async def test_t38_the_same_start_twice_gets_the_same_number_and_one_session(house: House) -> None:
    at = ago(minutes=5)
    async with house.charger() as charger:
        first = await charger.start(at)
        second = await charger.start(at)
        other = await charger.start(at + timedelta(seconds=1))
    assert first == second
    assert other != first
    assert len(house.base.sessions()) == 2
