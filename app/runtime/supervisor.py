"""Behind ``./voltpact up``: starts the engines, migrates, starts every program, says when all of it answers, and keeps it so.

One thread, one loop. A program that ends is started again with a growing pause; on SIGINT or SIGTERM everything ends in reverse
order, and nothing is left behind. If this process itself is killed, the kernel asks its children to end, and the next start clears
up what did not.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import signal
import sys
import time
import urllib.error
from collections.abc import Callable
from pathlib import Path

import psycopg

from app.db.embedded import EmbeddedPostgres, require_disk
from app.db.version import is_current
from app.places import InstallationError, libpq_url
from app.runtime import house
from app.runtime.child import Child, Program, put_aside_large_logs
from app.runtime.health import DIRECT
from app.runtime.lock import DataFolderLock, Roll, require_free_port
from app.runtime.redis_engine import EmbeddedRedis, require_redis
from app.settings import Settings

#: an engine that fails so often before it ever answered will not answer
TRIES = 6
#: from then on, say every now and then what is awaited
QUIET_S = 20.0
SAY_AGAIN_S = 20.0
#: one-off commands (migrate, demo) may take this long
ONCE_S = 900
_PATIENCE_S = 8


def plain_say(name: str, line: str) -> None:
    """One prefixed line on standard output."""
    with contextlib.suppress(OSError, ValueError):
        print(f"{name:<9}| {line}", flush=True)


class Supervisor:
    """The whole house as one thing that can be started, awaited and stopped."""

    def __init__(self, settings: Settings, *, durable: bool = True, say: Callable[[str, str], None] = plain_say) -> None:
        self.settings = settings
        self.children: dict[str, Child] = {}
        self.ready = asyncio.Event()
        self._say = say
        self._stop = asyncio.Event()
        self._lock = DataFolderLock(settings.data_dir)
        self._logs = settings.data_dir / "logs"
        self._postgres: EmbeddedPostgres | None = house.embedded_postgres(settings, durable=durable)
        self._redis: EmbeddedRedis | None = house.embedded_redis(settings, durable=durable)
        self._roll = Roll(settings.web_socket.parent)

    def ask_to_stop(self) -> None:
        """End ``run`` soon; may be called from a signal."""
        self._stop.set()

    async def run(self) -> None:
        """Start, announce, keep running until asked to stop, then stop everything. Raises InstallationError if it cannot start."""
        self._lock.take()
        try:
            self._prepare()
            starting = asyncio.create_task(self._start())
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
            starting.cancel()
            stopping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
        finally:
            await self._stop_all()
            self._roll.write({})
            self._lock.release()

    def _prepare(self) -> None:
        settings = self.settings
        require_disk(settings.data_dir)
        self._logs.mkdir(exist_ok=True)
        put_aside_large_logs(self._logs)
        settings.web_socket.parent.mkdir(parents=True, exist_ok=True)
        left = self._roll.clear_leftovers()
        if left:
            self._say("up", f"ended what an earlier start left running: {', '.join(left)}")
        self._require_ports()
        for engine in (self._postgres, self._redis):
            if engine is not None:
                engine.prepare()

    def _require_ports(self) -> None:
        settings = self.settings
        require_free_port("VOLTPACT_PORT", "--port", settings.host, settings.port)
        require_free_port("VOLTPACT_OCPP_PORT", "--ocpp-port", settings.ocpp_host, settings.ocpp_port)

    async def _start(self) -> None:
        self._say("up", f"starting; data and logs are in {self.settings.data_dir}")
        for program in house.engine_programs(self.settings, self._postgres, self._redis):
            self._run(program)
        if self._postgres is not None:
            await self._engine_answers("postgres", self._postgres.answers)
            self._postgres.make_database()
        if self._redis is not None:
            await self._engine_answers("redis", self._redis.answers)
        else:
            await asyncio.to_thread(require_redis, self.settings.redis_url)
        if not is_current(self.settings):
            await self._once(house.once(self.settings, "migrate", "migrate", "--quiet"))
        if self.settings.demo and self._is_empty():
            self._say("up", "filling the empty database with the demo network ...")
            await self._once(house.once(self.settings, "demo", "demo"))
        self._require_ports()  # filling took a while: somebody else may have come meanwhile, and answered for us
        programs = house.app_programs(self.settings)
        for program in programs:
            if program.name not in house.LATE:
                self._run(program)
        await self._all_answer()
        for program in programs:
            if program.name in house.LATE:
                self._run(program)
        self._announce()

    def _run(self, program: Program) -> None:
        child = Child(program, self._logs, self._say, self._note_children)
        self.children[program.name] = child
        child.start()

    def _note_children(self) -> None:
        with contextlib.suppress(OSError):
            self._roll.write({name: child.pid for name, child in self.children.items() if child.pid is not None})

    async def _engine_answers(self, name: str, answers: Callable[[], bool]) -> None:
        child = self.children[name]
        while not answers():
            if child.failures >= TRIES:
                raise InstallationError(f"{name} does not start: {child.last_line or 'no reason given'} (see {self._logs / name}.log)")
            await asyncio.sleep(0.05)

    async def _once(self, program: Program) -> None:
        """Run a command to its end; its failure is ours, in its own words."""
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=program.environment,
            cwd=program.cwd,
            **program.options,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), ONCE_S)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
        if process.returncode == 0:
            for line in lines:
                self._say(program.name, line)
            return
        (self._logs / f"{program.name}.log").write_bytes(output)
        reason = lines[-1].removeprefix("voltpact: ").removeprefix("Error: ") if lines else "no reason given"
        if process.returncode != 2:
            reason = f"{program.name} failed: {reason} (see {self._logs / program.name}.log)"
        raise InstallationError(reason)

    def _is_empty(self) -> bool:
        with psycopg.connect(libpq_url(self.settings.database_url), connect_timeout=10) as connection:
            row = connection.execute("select not exists (select from operator)").fetchone()
        return bool(row and row[0])

    async def _all_answer(self) -> None:
        """Wait for ``/healthz`` to say that every part answers; after a while, say what is awaited."""
        begun = said = time.monotonic()
        while awaited := await asyncio.to_thread(_awaited, f"{self.settings.stream_url}/healthz"):
            now = time.monotonic()
            if now - begun > QUIET_S and now - said > SAY_AGAIN_S:
                said = now
                self._say("up", f"still waiting for: {awaited}")
            await asyncio.sleep(0.2)

    def _announce(self) -> None:
        """The one line that people and scripts wait for."""
        settings = self.settings
        with contextlib.suppress(OSError, ValueError):
            print(f"Voltpact is ready: {settings.public_url} (stations: {settings.ocpp_public_url}/<charge point id>)", flush=True)
        self.ready.set()

    async def _stop_all(self) -> None:
        """Programs first, engines last, so that nobody loses the database while still at work."""
        engines = [child for name, child in self.children.items() if name in {"postgres", "redis"}]
        others = [child for child in self.children.values() if child not in engines]
        await asyncio.gather(*(child.stop() for child in others))
        await asyncio.gather(*(child.stop() for child in engines))
        _remove(self.settings.web_socket)


def _remove(socket: Path) -> None:
    socket.unlink(missing_ok=True)


def _awaited(url: str) -> str:
    """What ``/healthz`` still misses, in words; empty when all is well. With what Python has itself: everything waits for our own start."""
    try:
        DIRECT.open(url, timeout=_PATIENCE_S).close()
    except urllib.error.HTTPError as answer:
        try:
            parts = json.loads(answer.read())["parts"]
            return ", ".join(part["name"] for part in parts if not part["ok"])
        except (OSError, ValueError, KeyError, TypeError):
            return f"web (answered {answer.code})"
    except (OSError, http.client.HTTPException):
        return "web, stream"
    return ""


def run_until_told(supervisor_of: Callable[[], Supervisor]) -> None:
    """Run in the foreground with signals connected. A second signal ends at once."""

    async def main() -> None:
        supervisor = supervisor_of()
        loop = asyncio.get_running_loop()
        told = 0

        def on_signal() -> None:
            nonlocal told
            told += 1
            if told == 1:
                plain_say("up", "stopping ...")
            if told > 2:
                sys.exit(130)
            supervisor.ask_to_stop()

        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, on_signal)
        await supervisor.run()

    asyncio.run(main())
