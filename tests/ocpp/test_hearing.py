"""Charge points that talk but do not answer (T09), and charge points that have to use TLS (T14), over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.ocpp import outbox
from tests.ocpp.conftest import V16, Base, House, basic
from tests.ocpp.test_commands import settled, wish


def deaf(house: House) -> Any:
    ask = "select deaf_since from station_state s join station t on t.id = s.station_id where label = 'NL-0417'"
    return house.base.row(ask)["deaf_since"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call waits for half a second."""
    monkeypatch.setattr(outbox, "PATIENCE", timedelta(seconds=0.5))


@pytest.mark.usefixtures("short")
async def test_t09_a_station_that_talks_but_answers_nothing_is_noticed_until_it_answers(house: House) -> None:
    async with house.charger() as charger:
        command = wish(house, "trigger_heartbeat")
        _, uid, *_ = await charger.receive()
        await settled(house, command, "no_answer")
        # silence alone says nothing: perhaps the link is slow, and the watch will find out
        assert deaf(house) is None
        assert await charger.is_alive()
        await house.base.until(lambda: deaf(house) is not None)
        await charger.send([3, uid, {"status": "Accepted"}])
        await house.base.until(lambda: deaf(house) is None)
        await settled(house, command, "accepted")


@pytest.mark.usefixtures("short")
async def test_t09_a_station_that_talks_while_it_is_asked_is_noticed_at_once_and_a_new_link_is_heard(house: House) -> None:
    async with house.charger() as charger:
        command = wish(house, "trigger_heartbeat")
        await charger.receive()
        assert await charger.is_alive()
        await settled(house, command, "no_answer")
        await house.base.until(lambda: deaf(house) is not None)
    async with house.charger():
        await house.base.until(lambda: deaf(house) is None)


@pytest.mark.usefixtures("short")
async def test_a_station_that_hears_is_never_called_deaf(house: House) -> None:
    async with house.charger() as charger:
        command = wish(house, "trigger_heartbeat")
        _, uid, *_ = await charger.receive()
        await charger.send([3, uid, {"status": "Accepted"}])
        await settled(house, command, "accepted")
        assert await charger.is_alive()
        await asyncio.sleep(0.2)
        assert deaf(house) is None


@pytest.fixture
async def behind(base: Base) -> AsyncIterator[House]:
    """A worker that believes a proxy on this machine; NL-0417 has to use TLS."""
    base.run("update station set security_profile = 2 where label = 'NL-0417'")
    house = House(Base(base.cast, base.database, replace(base.settings, ocpp_proxies="127.0.0.0/8")))
    await house.open()
    yield house
    await house.worker.close()


async def dial(house: House, label: str, said: list[str]) -> str:
    """What comes of it when the station dials and the proxy says so: empty if it comes in, else the refusal."""
    headers = [*basic(label).items(), *(("X-Forwarded-Proto", word) for word in said)]
    try:
        async with connect(house.url(label), subprotocols=[V16], additional_headers=headers, compression=None):  # type: ignore[list-item]
            return ""
    except InvalidStatus as refused:
        return f"{refused.response.status_code} {(refused.response.body or b'').decode()}".strip()


TLS_WANTED = "403 This charge point has to use TLS (wss://)."


@pytest.mark.parametrize(
    ("said", "comes_in"),
    [([], False), (["http"], False), (["https"], True), (["wss"], True), (["https, http"], False), (["https", "http"], False)],
)
async def test_t14_a_station_that_must_use_tls_is_let_in_only_over_tls(behind: House, said: list[str], comes_in: bool) -> None:
    assert await dial(behind, "NL-0417", said) == ("" if comes_in else TLS_WANTED)
    # another one is free to come as it likes
    assert await dial(behind, "NL-0418", said) == ""


async def test_t14_the_first_connection_over_tls_and_refusals_are_noted(behind: House) -> None:
    ask = "select tls_since from station where label = 'NL-0417'"
    await dial(behind, "NL-0417", [])
    await behind.base.until(lambda: behind.base.rows("select 1 from unknown_station where identity = 'NL-0417' and reason = 'plain_ws'"))
    assert behind.base.row(ask)["tls_since"] is None
    await dial(behind, "NL-0417", ["https"])
    await behind.base.until(lambda: behind.base.row(ask)["tls_since"])


async def test_t14_nobody_but_a_trusted_proxy_is_believed(house: House) -> None:
    house.base.run("update station set security_profile = 2 where label = 'NL-0417'")
    await house.worker.stations.refresh(str(house.base.cast.stations["NL-0417"].id))
    assert await dial(house, "NL-0417", ["https"]) == TLS_WANTED


async def test_t14_a_link_without_tls_ends_when_tls_is_required(house: House) -> None:
    async with house.charger() as charger:
        assert await charger.is_alive()
        house.base.run("update station set security_profile = 2 where label = 'NL-0417'")
        with pytest.raises(ConnectionClosed) as closed:
            await charger.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_t14_the_database_refuses_a_lower_profile(base: Base) -> None:
    base.run("update station set security_profile = 2 where label = 'NL-0417'")
    with pytest.raises(DBAPIError, match="never lowered"):
        base.run("update station set security_profile = 1 where label = 'NL-0417'")
