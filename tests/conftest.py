"""Real engines for every test that asks: started once per run, one database per xdist worker. Pure tests never wait for them.

``settings`` and ``database`` live for the session; ``redis_client`` is empty at the start of each test that asks for it. Domain
fixtures (the cast) are in ``tests/cast.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import Engine
from xdist.scheduler import LoadScopeScheduling

from app.db.engine import make_engine
from app.settings import Settings
from tests.engines import Engines

pytest_plugins = ["tests.cast", "tests.pages"]

_shared = pytest.StashKey[Engines]()
#: what is below one of these shares something costly, such as a whole running product, and so runs in one process
_TOGETHER = ("tests/flows/", "tests/runtime/test_supervisor.py", "tests/runtime/test_gateway.py", "tests/ocpp/test_crashes.py")

#: tests of a minute; taken up last, they would let the other processes wait
_FIRST = ("tests/web/test_permission_matrix.py",)


@dataclass(frozen=True)
class Database:
    """Engines of the three roles on this worker's database. Only ``owner`` sees past row-level security."""

    owner: Engine
    web: Engine
    worker: Engine


class _Together(LoadScopeScheduling):
    """Tests wherever there is room, but those that share something in one process.

    xdist's own ``loadgroup`` writes the group into the names of tests, which pytest 9.2 does not read back.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in _TOGETHER if nodeid.startswith(place)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How xdist hands out tests."""
    return _Together(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests go first."""
    items.sort(key=lambda item: not item.nodeid.startswith(_FIRST))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The xdist controller starts the engines and tells every worker where they are."""
    if _shared not in node.config.stash:
        node.config.stash[_shared] = Engines.start()
    node.workerinput["engines"] = str(node.config.stash[_shared].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever started the engines stops them."""
    engines = config.stash.get(_shared, None)
    if engines is not None:
        engines.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Playwright leaves its event loop marked as running in this thread; tests without a browser may run loops of their own."""
    left = None if "playwright" in getattr(item, "fixturenames", ()) else asyncio._get_running_loop()
    if left is None:
        return (yield)
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(left)


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Engines:
    """The run's engines: the controller's under xdist, otherwise started now."""
    handed = getattr(request.config, "workerinput", {}).get("engines")
    if handed is not None:
        return Engines(Path(handed))
    if _shared not in request.config.stash:
        request.config.stash[_shared] = Engines.start()
    return request.config.stash[_shared]


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0 without xdist, else 1, 2 …"""
    name = getattr(request.config, "workerinput", {}).get("workerid", "gw-1")
    return int(name.removeprefix("gw")) + 1


@pytest.fixture(scope="session")
def settings(engines: Engines, worker_number: int) -> Settings:
    """Settings of an installation over this worker's own database."""
    name = f"voltpact_{worker_number}"
    engines.make_copy(name)
    return engines.settings(name, worker_number)


@pytest.fixture(scope="session")
def database(settings: Settings) -> Iterator[Database]:
    """Engines of owner, web role and worker role."""
    urls = (settings.database_url, settings.web_database_url, settings.worker_database_url)
    owner, web, worker = (make_engine(url, pool_size=5, application="voltpact tests") for url in urls)
    yield Database(owner, web, worker)
    for engine in (owner, web, worker):
        engine.dispose()


@pytest.fixture
def redis_client(settings: Settings) -> Iterator[redis.Redis]:
    """A client of this worker's own, emptied Redis database."""
    client = redis.Redis.from_url(settings.redis_url)
    client.flushdb()
    yield client
    client.close()
