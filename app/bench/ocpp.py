"""``voltpact bench ocpp``: what a message costs the whole house, beside two yardsticks in the same run.

Engines, database and worker are made for the measurement and thrown away, so nothing of the installation is touched. Counted is the CPU
time of OCPP worker, PostgreSQL and Redis; latency and throughput move with whatever else the machine does, ratios hardly.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - all mappers, before the first query
from app.access.actor import system
from app.bench.processes import ServerProcess, cpu_s, family, free_port, postmaster_of, redis_process, resident_kib
from app.db import migrate
from app.db.embedded import EmbeddedPostgres
from app.db.engine import make_engine, make_sessions
from app.demo import builders as make
from app.domain.network.bulk_register import NewStation, register_many
from app.domain.people.models import Operator
from app.kernel.clock import system_clock
from app.live.bus import NoBus
from app.places import OWNER_ROLE, redis_password, role_password
from app.runtime.redis_engine import EmbeddedRedis
from app.settings import Settings
from app.work.unit import WorkRoom

PROTOCOLS = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1"}
#: how long an open loop is measured, in seconds
OPEN_S = 30.0
#: the promises of docs/performance.md
MOST_ANCHORS = 5.0
OPEN_P99_MS = 200
MOST_KIB_PER_STATION = 60


@dataclass
class Target:
    """A server under load: where it listens and which processes (with their children) it consists of."""

    name: str
    port: int
    pids: list[int]
    per_1000_ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    errors: int = 0

    def cpu_s(self) -> float:
        """CPU seconds of all its processes so far."""
        return sum(cpu_s(pid) for root in self.pids for pid in family(root))


@click.command(
    epilog="""\b
Examples:
  ./voltpact bench ocpp
  ./voltpact bench ocpp --stations 200 --messages 20000 --rounds 1
  ./voltpact bench ocpp --stations 5000 --rounds 1 --rate 1000
  ./voltpact bench ocpp --protocol 2.0.1 --storm 5000 --json"""
)
@click.option("--stations", default=1000, show_default=True, help="Connected charge points.")
@click.option("--messages", default=30_000, show_default=True, help="Messages per round and server.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
@click.option("--protocol", type=click.Choice(sorted(PROTOCOLS)), default="1.6", show_default=True)
@click.option("--rate", default=0, show_default=True, help="Then 30 s of so many messages/s in an open loop, spread over all; 0: none.")
@click.option("--storm", default=0, show_default=True, help="Kill the worker with so many charge points connected; 0: no storm.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
def ocpp(stations: int, messages: int, rounds: int, protocol: str, rate: int, storm: int, *, as_json: bool) -> None:
    """Measure CPU per 1,000 OCPP messages, validated, durable, logged and live, against bare servers that store nothing.

    Also what memory the worker takes per connected charge point, once all are connected for the first time.
    """
    try:
        import app.bench.ocpp_load  # noqa: F401 - checked before anything is started
    except ModuleNotFoundError as missing:
        raise click.ClickException(f"{missing.name} is missing; ./voltpact test installs what benches need.") from None
    with _house(max(stations, storm)) as (settings, credentials, engines), contextlib.ExitStack() as ends:
        worker = ends.enter_context(ServerProcess(["-m", "app.ocpp"], settings.environment(), settings.ocpp_port))
        targets = [
            Target("voltpact", settings.ocpp_port, [worker.pid, *engines]),
            *(_yardstick(ends, kind) for kind in ("anchor", "bare")),
        ]
        kib = asyncio.run(_memory(worker.pid, settings.ocpp_port, PROTOCOLS[protocol], credentials[:stations]))
        for number in range(rounds):
            for target in targets:
                _say(as_json, f"round {number + 1}: {target.name}")
                asyncio.run(_measure(target, PROTOCOLS[protocol], credentials[:stations], messages))
        found = _summary(targets, stations, protocol) | {"kib_per_station": round(kib, 1)}
        if rate:
            _say(as_json, f"open loop, {rate} messages/s")
            found["open"] = asyncio.run(_open(targets[0], PROTOCOLS[protocol], credentials[:stations], rate))
        if storm:
            _say(as_json, f"storm of {storm}")
            found["storm"] = asyncio.run(_storm(worker, targets[0], PROTOCOLS[protocol], credentials[:storm]))
    click.echo(json.dumps(found)) if as_json else _print(found)


async def _measure(target: Target, protocol: str, credentials: list[tuple[str, str]], messages: int) -> None:
    from app.bench.ocpp_load import Crowd

    crowd = Crowd(target.port, protocol, credentials)
    await crowd.connect()
    await crowd.charge(messages // 4)
    before = target.cpu_s()
    took = await crowd.charge(messages)
    # what follows a batch belongs to it
    await asyncio.sleep(1.0)
    target.per_1000_ms.append((target.cpu_s() - before) * 1e6 / messages)
    target.per_second.append(messages / took)
    target.p99_ms.append(sorted(crowd.latencies)[int(len(crowd.latencies) * 0.99)] * 1000)
    target.errors += crowd.errors
    await crowd.leave()


async def _memory(pid: int, port: int, protocol: str, credentials: list[tuple[str, str]]) -> float:
    """KiB of the worker per charge point that is connected, has booted and charges; above what it takes with a twentieth of them."""
    from app.bench.ocpp_load import Crowd

    few, all_ = Crowd(port, protocol, credentials[: len(credentials) // 20]), Crowd(port, protocol, credentials[len(credentials) // 20 :])
    await few.connect()
    await few.charge(max(2000, len(credentials)))
    before = resident_kib(pid)
    await all_.connect()
    await all_.charge(2 * len(all_.credentials))
    await asyncio.sleep(1.0)
    taken = resident_kib(pid) - before
    await few.leave()
    await all_.leave()
    return taken / len(all_.credentials)


async def _open(target: Target, protocol: str, credentials: list[tuple[str, str]], rate: int) -> dict[str, Any]:
    from app.bench.ocpp_load import Crowd

    crowd = Crowd(target.port, protocol, credentials)
    await crowd.connect()
    await crowd.pace(rate, OPEN_S / 3)
    before = target.cpu_s()
    late = await crowd.pace(rate, OPEN_S)
    cpu_ms = (target.cpu_s() - before) * 1e6 / max(crowd.answered, 1)
    times = sorted(crowd.latencies)
    await crowd.leave()
    found = {"rate": rate, "answered": crowd.answered, "errors": crowd.errors, "not_sent": late, "cpu_ms_per_1000": round(cpu_ms, 1)}
    return found | {name: round(times[int(len(times) * part)] * 1000, 1) for name, part in (("p50_ms", 0.5), ("p99_ms", 0.99))}


async def _storm(worker: ServerProcess, target: Target, protocol: str, credentials: list[tuple[str, str]]) -> dict[str, Any]:
    from app.bench.ocpp_load import Crowd

    crowd = Crowd(target.port, protocol, credentials)
    await crowd.connect()
    worker.kill()
    began = time.perf_counter()
    worker.start(wait=False)
    target.pids[0] = worker.pid
    before = target.cpu_s()
    took = await crowd.come_back()
    since_kill = time.perf_counter() - began
    cpu_ms = (target.cpu_s() - before) * 1000 / len(credentials)
    await crowd.leave()
    return {
        "stations": len(credentials),
        "all_back_s": round(took, 2),
        "since_kill_s": round(since_kill, 2),
        "cpu_ms_per_station": round(cpu_ms, 2),
    }


def _summary(targets: list[Target], stations: int, protocol: str) -> dict[str, Any]:
    cost = {target.name: statistics.median(target.per_1000_ms) for target in targets}
    return {
        "stations": stations,
        "protocol": protocol,
        "cpu_ms_per_1000": {name: round(value, 1) for name, value in cost.items()},
        "anchors": round(cost["voltpact"] / cost["anchor"], 2),
        "of_bare_ocpp": round(cost["voltpact"] / cost["bare"], 2),
        "messages_per_s": {target.name: round(statistics.median(target.per_second)) for target in targets},
        "p99_ms": {target.name: round(statistics.median(target.p99_ms), 1) for target in targets},
        "errors": {target.name: target.errors for target in targets},
    }


def _print(found: dict[str, Any]) -> None:
    names = {
        "voltpact": "Voltpact: validated, durable, logged, live",
        "anchor": "anchor: bare websockets, one fixed answer",
        "bare": "PyPI ocpp, validating, nothing stored",
    }
    click.echo(f"{found['stations']} charge points, OCPP {found['protocol']}, one message under way each; medians")
    for name, words in names.items():
        cost, rate, p99 = found["cpu_ms_per_1000"][name], found["messages_per_s"][name], found["p99_ms"][name]
        click.echo(f"  {words:44} {cost:8.1f} CPU ms per 1,000   {rate:7} messages/s   p99 {p99:7.1f} ms   {found['errors'][name]} errors")
    missed = "" if found["anchors"] <= MOST_ANCHORS else " -- missed"
    click.echo(f"Voltpact costs {found['anchors']} anchors (target: at most {MOST_ANCHORS:.0f}{missed})")
    missed = "" if found["of_bare_ocpp"] < 1 else " -- missed"
    click.echo(f"Voltpact costs {found['of_bare_ocpp']} of bare ocpp (target: below 1{missed})")
    missed = "" if found["kib_per_station"] <= MOST_KIB_PER_STATION else " -- missed"
    click.echo(f"memory of the worker: {found['kib_per_station']} KiB per charge point (target: at most {MOST_KIB_PER_STATION}{missed})")
    if "open" in found:
        loop = found["open"]
        missed = "" if loop["p99_ms"] < OPEN_P99_MS and not loop["errors"] else " -- missed"
        click.echo(
            f"open loop of {loop['rate']} messages/s: p50 {loop['p50_ms']} ms, p99 {loop['p99_ms']} ms "
            f"(target: below {OPEN_P99_MS}{missed}), {loop['answered']} answered, {loop['errors']} errors, {loop['not_sent']} not sent: "
            f"the one before was under way, {loop['cpu_ms_per_1000']} CPU ms per 1,000"
        )
    if "storm" in found:
        storm = found["storm"]
        click.echo(
            f"storm of {storm['stations']}: all back {storm['all_back_s']} s after the first was let in "
            f"({storm['since_kill_s']} s after the kill), {storm['cpu_ms_per_station']} CPU ms per charge point"
        )


def _say(quiet: bool, line: str) -> None:  # noqa: FBT001 - one switch
    if not quiet:
        click.echo(line, err=True)


@contextlib.contextmanager
def _house(stations: int) -> Iterator[tuple[Settings, list[tuple[str, str]], list[int]]]:
    """Durable engines in a folder of their own with registered charge points; the processes of the engines."""
    folder = Path(tempfile.mkdtemp(prefix="voltpact-bench-"))
    folder.chmod(0o755)
    key = secrets.token_hex(32)
    postgres = EmbeddedPostgres(folder, folder / "run", role_password(key, OWNER_ROLE))
    redis = EmbeddedRedis(folder, folder / "run", redis_password(key))
    try:
        postgres.start()
        redis.start()
        postgres.make_database("bench")
        given = {"DATA_DIR": str(folder), "SECRET_KEY": key, "DATABASE_URL": postgres.url("bench"), "REDIS_URL": redis.url(0)}
        given |= {"OCPP_PORT": str(free_port()), "LOG_LEVEL": "warning"}
        settings = Settings.read({f"VOLTPACT_{name}": value for name, value in given.items()})
        migrate.upgrade(settings)
        credentials = [(f"BENCH{n:06d}", secrets.token_hex(16)) for n in range(stations)]
        _register(settings, credentials)
        yield settings, credentials, [postmaster_of(postgres.data), redis_process(settings.redis_url)]
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _register(settings: Settings, credentials: list[tuple[str, str]]) -> None:
    owner = make_engine(settings.database_url, pool_size=1, application="voltpact bench")
    with Session(owner) as session:
        make.operator(session, system_clock() - timedelta(days=1))
        session.commit()
        operator_id = session.scalars(select(Operator.id)).one()
    room = WorkRoom(make_sessions(owner), system_clock, NoBus())
    with room.open(system(operator_id)) as work:
        register_many(work, [NewStation(*pair) for pair in credentials], secret_key=settings.secret_key)
    owner.dispose()


def _yardstick(ends: contextlib.ExitStack, kind: str) -> Target:
    port = free_port()
    process = ends.enter_context(ServerProcess(["-m", "app.bench.ocpp_servers", kind, str(port)], {}, port))
    return Target(kind, port, [process.pid])
