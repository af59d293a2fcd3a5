"""What follows a batch: live messages, running prices, the stop at the hold."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy.orm import Session

from app.domain.network.bulk_facts import connector_facts
from app.domain.network.queries import connector_rows
from app.domain.network.rows import ConnectorRow
from app.domain.sessions.bulk_facts import session_facts
from app.domain.sessions.queries import live_rows
from app.domain.sessions.rows import LiveSessionRow
from app.live.redis_bus import STREAM, decode
from app.ocpp import followup, rater
from tests.ocpp.conftest import House, ago


def heard(client: Any, name: str) -> list[Any]:
    return [m for m in (decode(fields[b"m"]) for _, fields in client.xrange(STREAM)) if m.name == name]


async def test_a_state_is_on_the_bus_within_a_second(house: House, redis_client: Any) -> None:
    async with house.charger() as charger:
        began = time.monotonic()
        await charger.status("Faulted", ago(seconds=1), error="GroundFailure")
        messages = await house.base.until(lambda: [m for m in heard(redis_client, "ConnectorChanged") if m.facts["status"] == "Faulted"], 2)
        assert time.monotonic() - began < 1
    station = house.base.cast.stations["NL-0417"]
    assert set(messages[-1].topics) == {f"operator:{station.operator_id}", f"partner:{station.partner_id}"}
    row = ConnectorRow.from_facts(messages[-1].facts)
    assert (row.error_code, row.evse_label, row.station_connected) == ("GroundFailure", "NL-0417/1", True)
    assert heard(redis_client, "StationChanged")


async def test_the_facts_of_the_database_are_those_of_the_rows(house: House) -> None:
    async with house.charger() as charger:
        number = await charger.start(ago(minutes=10))
        await charger.status("SuspendedEV", ago(minutes=5), error="NoError")
        await charger.meter(number, ago(minutes=4), 2500)
    with Session(house.base.database.worker) as session:
        # one picture for both ways of reading: prices go on moving
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        connectors = list(connector_rows(session, [r["id"] for r in house.base.rows("select id from connector")]))
        sessions = live_rows(session, [r["id"] for r in house.base.sessions()])
        said = {row.subject_id: row for row in connector_facts(session, [each.connector_id for each in connectors])}
        told = {row.subject_id: row for row in session_facts(session, [each.session_id for each in sessions])}
    assert len(connectors) == 7
    assert [ConnectorRow.from_facts(orjson.loads(said[str(row.connector_id)].facts)) for row in connectors] == connectors
    assert [LiveSessionRow.from_facts(orjson.loads(told[str(row.session_id)].facts)) for row in sessions] == sessions
    for row in connectors:
        assert set(orjson.loads(said[str(row.connector_id)].facts)) == set(row.to_facts())
    for one in sessions:
        assert set(orjson.loads(told[str(one.session_id)].facts)) == set(one.to_facts())


async def test_a_running_session_shows_what_it_costs_and_ends_at_its_hold(
    house: House, redis_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rater, "PRICE_EVERY_S", 0.2)
    monkeypatch.setattr(followup, "MOVED_EVERY_S", 0.2)
    start = ago(hours=1)
    async with house.charger() as charger:
        number = await charger.start(start, 0)
        house.base.run("update charging_session set hold_minor = 1000")
        await charger.meter(number, start + timedelta(minutes=10), 10_000)
        # 10 kWh x 0.49 = 4.90 EUR, of a hold of 10.00
        await house.base.until(lambda: house.base.sessions()[0]["running_gross_minor"] == 490)
        await house.base.until(lambda: [m for m in heard(redis_client, "SessionChanged") if m.facts["running_gross_minor"] == 490])
        assert house.base.rows("select 1 from station_command") == []
        # 20 kWh x 0.49 = 9.80 EUR: within half a euro of the hold
        await charger.meter(number, start + timedelta(minutes=20), 20_000)
        kind, uid, action, payload = await charger.receive()
        assert (kind, action, payload) == (2, "RemoteStopTransaction", {"transactionId": number})
        await charger.send([3, uid, {"status": "Accepted"}])
        await charger.meter(number, start + timedelta(minutes=21), 20_200)
        await charger.stop(number, start + timedelta(minutes=22), 20_300)
    assert len(house.base.rows("select 1 from station_command")) == 1


def test_many_changes_gather_longer_but_never_past_half_a_second() -> None:
    # 1,000 rows a second: 150 rows and fewer every 0.15 s, 300 rows after 0.3 s, any number after 0.5 s
    assert [followup.pause_after(rows) for rows in (0, 20, 150, 300, 5_000)] == [0.15, 0.15, 0.15, 0.3, 0.5]
