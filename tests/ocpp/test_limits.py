"""Limits of a tariff and of a card: the station is told to stop, once, over a real socket."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.ocpp import rater
from tests.ocpp.conftest import House, ago


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rater, "PRICE_EVERY_S", 0.2)
    monkeypatch.setattr(rater, "SWEEP_EVERY_S", 0.2)


def tariff_limit(house: House, limits: str) -> None:
    house.base.run("update charging_session set tariff = jsonb_set(tariff, '{ext,limits}', cast(:limits as jsonb))", limits=limits)


async def stopped(house: House, charger: object, number: int) -> list[str]:
    kind, uid, action, payload = await charger.receive()  # type: ignore[attr-defined]
    assert (kind, action, payload) == (2, "RemoteStopTransaction", {"transactionId": number})
    await charger.send([3, uid, {"status": "Accepted"}])  # type: ignore[attr-defined]
    assert len(house.base.rows("select 1 from station_command")) == 1
    return list(house.base.sessions()[0]["flags"])


async def test_the_energy_limit_of_a_tariff(house: House) -> None:
    start = ago(hours=1)
    async with house.charger() as charger:
        number = await charger.start(start, 0)
        tariff_limit(house, '{"energy_kwh": "20"}')
        await charger.meter(number, start + timedelta(minutes=10), 10_000)
        await house.base.until(lambda: house.base.sessions()[0]["running_gross_minor"] == 490)
        assert house.base.rows("select 1 from station_command") == []
        await charger.meter(number, start + timedelta(minutes=20), 20_000)
        assert "limit_energy" in await stopped(house, charger, number)
        await charger.meter(number, start + timedelta(minutes=21), 20_100)
        await charger.stop(number, start + timedelta(minutes=22), 20_150)
    assert len(house.base.rows("select 1 from station_command")) == 1


async def test_a_limit_of_time_needs_no_word_of_the_meter(house: House) -> None:
    async with house.charger() as charger:
        number = await charger.start(ago(minutes=61), 0)
        tariff_limit(house, '{"minutes": 60}')
        assert "limit_minutes" in await stopped(house, charger, number)


async def test_the_least_of_card_and_tariff_counts(house: House) -> None:
    """5.00 on the card, 8.00 in the tariff; 10 kWh × 0.49 = 4.90 is within, 10.3 kWh × 0.49 = 5.05 is not."""
    start = ago(hours=1)
    async with house.charger() as charger:
        number = await charger.start(start, 0)
        tariff_limit(house, '{"cost": "8"}')
        house.base.run('update id_token set limits = \'{"cost": "5"}\' where value = (select id_token from charging_session)')
        assert house.base.rows("select 1 from id_token where limits is not null")
        await charger.meter(number, start + timedelta(minutes=10), 10_000)
        await house.base.until(lambda: house.base.sessions()[0]["running_gross_minor"] == 490)
        assert house.base.rows("select 1 from station_command") == []
        await charger.meter(number, start + timedelta(minutes=20), 10_300)
        assert "limit_cost" in await stopped(house, charger, number)
