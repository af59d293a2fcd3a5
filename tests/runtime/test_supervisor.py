"""The supervisor: every program that is killed comes back, nothing is left behind, and what cannot start says why."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from app.places import libpq_url
from tests import product
from tests.product import Product, free_port

READY_S = 240
BACK_S = 120


@pytest.fixture(scope="module")
def house() -> Iterator[Product]:
    """The whole house without the demo."""
    running = product.start(demo=False)
    try:
        running.wait_for("Voltpact is ready: ", READY_S)
        yield running
    finally:
        running.stop()


def until(true: Callable[[], bool], patience_s: float = BACK_S) -> bool:
    give_up = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.1)
    return True


def healthy(house: Product) -> bool:
    try:
        return httpx.get(f"{house.url}/healthz", timeout=10, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_the_ready_line_names_both_addresses(house: Product) -> None:
    assert f"Voltpact is ready: {house.url} (stations: {house.ocpp_url}/<charge point id>)\n" in house.said()
    assert healthy(house)
    parts = httpx.get(f"{house.url}/healthz", trust_env=False).json()["parts"]
    assert [part["name"] for part in parts] == ["web", "database", "redis", "stream", "ocpp worker", "task worker"]


@pytest.mark.parametrize("name", ["web", "stream", "ocpp", "tasks", "beat", "redis", "postgres"])
def test_what_is_killed_comes_back(house: Product, name: str) -> None:
    assert until(lambda: healthy(house) and name in house.children())
    old = house.children()[name]
    os.kill(old, signal.SIGKILL)
    assert until(lambda: house.children().get(name, old) != old and healthy(house)), house.said()[-3000:]
    if name not in {"postgres", "redis"}:
        assert f"{name:<9}| ended (killed by SIGKILL); starting it again" in house.said()


def test_a_job_written_while_redis_and_worker_were_killed_is_done(house: Product) -> None:
    assert until(lambda: healthy(house))
    with psycopg.connect(libpq_url(house.settings.database_url), autocommit=True) as connection:
        for name in ("redis", "tasks"):
            os.kill(house.children()[name], signal.SIGKILL)
        connection.execute(
            "insert into job (id, name, args, key, state, due_at, created_at, attempts, done) "
            "values (uuidv7(), 'upkeep.jobs', '{}', 'after the kill', 'queued', now(), now(), 0, 0)"
        )
        done = "select state from job where key = 'after the kill'"
        assert until(lambda: connection.execute(done).fetchone() == ("done",)), house.said()[-3000:]


def test_a_second_up_on_the_same_folder_is_refused(house: Product) -> None:
    second = run_up(house.settings.data_dir)
    assert second.returncode == 2
    assert second.stderr.startswith(f"voltpact: Voltpact already runs on the data folder {house.settings.data_dir} (process ")
    assert len(second.stderr.splitlines()) == 1
    assert healthy(house)


def family_of(house: Product) -> list[psutil.Process]:
    heads = [psutil.Process(pid) for pid in house.children().values()]
    return [process for head in heads for process in (head, *head.children(recursive=True))]


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_after_a_kill_of_the_supervisor_the_next_start_works_and_stopping_leaves_nothing(house: Product) -> None:
    first = product.start(demo=False)
    first.wait_for("Voltpact is ready: ", READY_S)
    left = family_of(first)
    assert len(left) > len(first.children())
    first.process.kill()
    first.process.wait()
    said = len(first.said())
    again = product.start(first.folder, demo=False, PORT=str(first.settings.port), OCPP_PORT=str(first.settings.ocpp_port))
    assert until(lambda: "Voltpact is ready: " in again.said()[said:], READY_S), again.said()[said:]
    assert running(left) == []
    later = family_of(again)
    assert again.stop() == 0
    assert until(lambda: running(later) == [], 5)
    assert healthy(house), "the house beside it was not touched"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that the engines' user may reach, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="voltpact-data-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def run_up(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOLTPACT_")}
    command = [sys.executable, "-P", "-m", "app.cli", "up", "--no-demo", "--data", str(data), *arguments]
    given = inherited | {"PYTHONPATH": str(product.ROOT)} | environment
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("option", "setting"), [("--port", "VOLTPACT_PORT"), ("--ocpp-port", "VOLTPACT_OCPP_PORT")])
def test_a_port_in_use_is_one_sentence(folder: Path, option: str, setting: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        other = "--ocpp-port" if option == "--port" else "--port"
        refused = run_up(folder, option, port, other, str(free_port()))
    assert refused.returncode == 2
    assert refused.stderr == f"voltpact: {setting}: port {port} on 127.0.0.1 is in use by another program; choose another with {option}.\n"


@pytest.mark.parametrize(
    ("host", "said"),
    [("nowhere.invalid", "that can be found"), ("a..b", "that can be found"), ("203.0.113.9", "of this machine")],
)
def test_a_host_that_is_not_ours_is_one_sentence(folder: Path, host: str, said: str) -> None:
    refused = run_up(folder, "--host", host, "--port", str(free_port()), "--ocpp-port", str(free_port()))
    assert (refused.returncode, refused.stderr) == (2, f"voltpact: VOLTPACT_HOST: {host} is no address {said}.\n")


def test_an_unreachable_redis_is_one_sentence(folder: Path) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    refused = run_up(folder, "--port", str(free_port()), "--ocpp-port", str(free_port()), VOLTPACT_REDIS_URL=url)
    assert refused.returncode == 2
    assert refused.stderr.startswith("voltpact: VOLTPACT_REDIS_URL: the Redis does not answer (")
    assert len(refused.stderr.splitlines()) == 1


def test_a_wrong_setting_is_one_sentence(folder: Path) -> None:
    refused = run_up(folder, VOLTPACT_SMTP_URL="mail.example")
    assert refused.returncode == 2
    assert refused.stderr.startswith("voltpact: VOLTPACT_SMTP_URL: ")
    assert len(refused.stderr.splitlines()) == 1


def test_an_unreachable_database_is_one_sentence(folder: Path) -> None:
    port = str(free_port())
    url = f"postgresql://me:pw@127.0.0.1:{free_port()}/voltpact"
    refused = run_up(folder, "--port", port, "--ocpp-port", str(free_port()), VOLTPACT_DATABASE_URL=url)
    assert refused.returncode == 2
    assert refused.stderr.startswith("voltpact: VOLTPACT_DATABASE_URL: the database does not answer (")
    assert len(refused.stderr.splitlines()) == 1
