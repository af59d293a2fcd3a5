"""What is killed in the middle of sessions loses nothing: the database, the worker, Redis."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.db.engine import make_engine
from app.demo.cast import seed_cast
from app.ocpp.server import Worker
from tests.engines import SECRET_KEY, Engines
from tests.ocpp.conftest import QUICK, Base, Charger, House, ago, basic

ROOT = Path(__file__).parents[2]


class OwnDatabase:
    """Engines like those of ``database``, on a cluster of its own that may be killed."""

    def __init__(self, settings: Any) -> None:
        self.owner = make_engine(settings.database_url, pool_size=2, application="voltpact crash tests")


@pytest.fixture(scope="module")
def own_engines() -> Iterator[Engines]:
    engines = Engines.start()
    engines.make_copy("crash")
    yield engines
    engines.stop()


@pytest.fixture
async def fragile(own_engines: Engines) -> AsyncIterator[House]:
    settings = own_engines.settings("crash", 3)
    database = OwnDatabase(settings)
    now = datetime.now(UTC)
    with Session(database.owner, expire_on_commit=False) as session:
        cast = seed_cast(
            session, now - timedelta(days=60), secret_key=SECRET_KEY, first_month=(now - timedelta(days=60)).date().replace(day=1)
        )
        session.commit()
    house = House(Base(cast, database, settings))
    await house.open()
    yield house
    await house.worker.close()
    from tests.cast import empty

    empty(database)
    database.owner.dispose()


def kill_postgres(engines: Engines) -> None:
    pid = int((engines.postgres.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    engines.postgres._running.wait(10)  # type: ignore[union-attr]


async def test_killing_the_database_in_a_session_loses_nothing_and_keeps_the_links(fragile: House, own_engines: Engines) -> None:
    start = ago(hours=1)
    async with fragile.charger() as charger, fragile.charger("NL-0418") as other:
        number = await charger.start(start)
        sent = [asyncio.create_task(charger.meter(number, start + timedelta(minutes=1), 1100))]
        await asyncio.gather(*sent)
        kill_postgres(own_engines)
        waiting = asyncio.create_task(charger.meter(number, start + timedelta(minutes=2), 2500))
        other_start = asyncio.create_task(other.start(start, 10, "CARD2"))
        await asyncio.sleep(1.0)
        # nothing is answered before it is durable, and nobody is thrown out
        assert not waiting.done()
        assert not other_start.done()
        own_engines.postgres.start()  # in this thread: the engine ends with the thread that started it
        assert await asyncio.wait_for(waiting, 15) == {}
        assert await asyncio.wait_for(other_start, 15) > 0
        assert fragile.base.sessions()[0]["energy_wh"] == 1500
        await charger.stop(number, start + timedelta(minutes=30), 4000)
    assert fragile.base.sessions()[0]["energy_wh"] == 3000
    assert len(fragile.base.sessions("NL-0418")) == 1
    frames = fragile.base.rows("select 1 from message_log where action = 'MeterValues' and direction = 'in'")
    readings = fragile.base.rows("select energy_wh from meter_reading order by energy_wh")
    assert (len(frames), [row["energy_wh"] for row in readings]) == (2, [1100, 2500])


async def test_connections_cut_by_the_database_are_made_again(fragile: House) -> None:
    async with fragile.charger() as charger:
        assert await charger.is_alive()
        for _ in range(3):
            fragile.base.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'voltpact ocpp'")
            assert await charger.start(ago(minutes=1)) > 0
    assert len(fragile.base.sessions()) == 3


async def start_worker(settings: Any, port: int) -> asyncio.subprocess.Process:
    environment = dict(os.environ) | settings.environment() | {"VOLTPACT_OCPP_PORT": str(port), "VOLTPACT_LOG_LEVEL": "info"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.ocpp", cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    while line := await asyncio.wait_for(process.stderr.readline(), 30):
        if b"may connect" in line:
            return process
    raise AssertionError("the worker did not start")


async def dial(port: int, label: str) -> Charger:
    for _ in range(50):
        try:
            connection = await connect(
                f"ws://127.0.0.1:{port}/ocpp/{label}", subprotocols=["ocpp1.6"], additional_headers=basic(label), compression=None
            )
        except (OSError, ConnectionClosed):
            await asyncio.sleep(0.1)
        else:
            return Charger(connection)
    raise AssertionError("no way in")


async def test_a_worker_killed_in_an_open_session_is_replaced_and_messages_sent_again_count_once(
    base: Base, unused_tcp_port: int, redis_client: Any
) -> None:
    start = ago(hours=1)
    worker = await start_worker(base.settings, unused_tcp_port)
    charger = await dial(unused_tcp_port, "NL-0417")
    number = await charger.start(start)
    await charger.meter(number, start + timedelta(minutes=5), 1800)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    with pytest.raises(ConnectionClosed):
        await charger.connection.recv()
    worker = await start_worker(base.settings, unused_tcp_port)
    try:
        # nobody boots again; what was perhaps not answered is sent again
        charger = await dial(unused_tcp_port, "NL-0417")
        assert await charger.start(start) == number
        await charger.meter(number, start + timedelta(minutes=5), 1800)
        await charger.stop(number, start + timedelta(minutes=30), 6000)
        await base.until(lambda: base.sessions()[0]["state"] == "rated", 10)
        await charger.close()
        assert redis_client.get("voltpact:alive:ocpp") == b"1"
    finally:
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 15) == 0
    (row,) = base.sessions()
    # 6000 - 1000 = 5000 Wh; 5 kWh x 0.49 = 2.45 EUR
    assert (row["energy_wh"], row["gross_minor"]) == (5000, 245)
    assert (
        base.row("select connected from station_state s join station t on t.id = s.station_id where label = 'NL-0417'")["connected"]
        is False
    )


async def test_what_was_stopped_but_not_rated_at_a_crash_is_rated_at_the_start(base: Base) -> None:
    house = House(base)
    await house.open()
    start = ago(hours=1)
    async with house.charger() as charger:
        number = await charger.start(start)
        house.worker.rater.work = lambda: None  # type: ignore[method-assign] - the crash: nobody gets to the stop
        await charger.stop(number, start + timedelta(minutes=30), 3000)
    await house.worker.close()
    assert base.sessions()[0]["state"] == "stopped"
    again = Worker(base.settings, patience=QUICK)
    await again.start("127.0.0.1", 0)
    await base.until(lambda: base.sessions()[0]["state"] == "rated")
    await again.close()


async def test_without_redis_stations_are_answered_all_the_same(base: Base) -> None:
    from dataclasses import replace

    house = House(Base(base.cast, base.database, replace(base.settings, redis_url="redis://127.0.0.1:1/0")))
    await house.open()
    start = ago(minutes=10)
    async with house.charger() as charger:
        number = await charger.start(start)
        await charger.stop(number, start + timedelta(minutes=5), 1500)
        await base.until(lambda: base.sessions()[0]["state"] == "rated")
    await house.worker.close()


async def test_a_message_waits_for_the_commit_before_its_answer(house: House) -> None:
    with Session(house.base.database.owner) as blocker:
        blocker.execute(text("lock table charging_session in exclusive mode"))
        async with house.charger() as charger, house.charger("NL-0418") as other:
            waiting = asyncio.create_task(charger.start(ago(minutes=1)))
            await asyncio.sleep(0.5)
            assert not waiting.done()
            assert other.connection.state.name == "OPEN"
            blocker.rollback()
            assert await waiting > 0


async def test_a_session_that_cannot_be_rated_keeps_no_other_from_its_price(base: Base) -> None:
    house = House(base)
    await house.open()
    start = ago(hours=1)
    house.worker.rater.work = lambda: None  # type: ignore[method-assign] - both wait, so that they are rated together
    for label in ("NL-0417", "NL-0418"):
        async with house.charger(label) as charger:
            await charger.stop(await charger.start(start), start + timedelta(minutes=30), 3000)
    await house.worker.close()
    base.run("update charging_session set time_zone = 'Mars/Olympus' where station_id = (select id from station where label = 'NL-0417')")
    again = Worker(base.settings, patience=QUICK)
    await again.start("127.0.0.1", 0)
    await base.until(lambda: base.sessions("NL-0418")[0]["state"] == "rated")
    await again.close()
    assert base.sessions()[0]["state"] == "stopped"
