"""One supervised program: started in its own process group, its output passed on line by line, started again with back-off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: first and longest pause before another try
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
#: after this long alive, the next failure counts as the first
STEADY_S = 30.0
#: a log file is put aside at this size, one old one is kept
LOG_BYTES = 10_000_000


@dataclass(frozen=True)
class Program:
    """What to run. ``options`` go to the start of the process (user, group, signal on our death)."""

    name: str
    argv: list[str]
    environment: dict[str, str]
    options: dict[str, Any]
    stop_signal: signal.Signals = signal.SIGTERM
    #: seconds it may take to end by itself
    patience_s: float = 10
    #: engines talk much; their lines go to the log file only
    quiet: bool = False
    cwd: Path | None = None


@dataclass
class Child:
    """A program kept running until ``stop``."""

    program: Program
    log_dir: Path
    say: Callable[[str, str], None]
    changed: Callable[[], None] = lambda: None
    failures: int = 0
    last_line: str = ""
    process: asyncio.subprocess.Process | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self.process.pid if self.process is not None and self.process.returncode is None else None

    def start(self) -> None:
        """Start it and keep it running."""
        self._task = asyncio.create_task(self._keep_running(), name=self.program.name)

    async def stop(self) -> None:
        """Ask it to end, wait, then end its whole group. Nothing of it is left afterwards."""
        self._stopping.set()
        process = self.process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.program.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self.program.patience_s)
            self._end_group(process.pid)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep_running(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                await self._run_once()
            except OSError as error:
                self.say(self.program.name, f"cannot be started: {error}")
            if self._stopping.is_set():
                return
            if time.monotonic() - begun > STEADY_S:
                pause = FIRST_PAUSE_S
                self.failures = 0
            self.failures += 1
            code = self.process.returncode if self.process else None
            self.say(self.program.name, f"ended ({_how(code)}); starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _run_once(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self.program.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self.program.environment,
            cwd=self.program.cwd,
            limit=2**20,
            **self.program.options,
        )
        pid = self.process.pid
        self.changed()
        reading = asyncio.create_task(self._pass_on(self.process.stdout))
        try:
            await self.process.wait()
            # workers of a program whose head was killed must not live on beside the new one
            self._end_group(pid)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reading, 2)
        finally:
            reading.cancel()

    async def _pass_on(self, stream: asyncio.StreamReader | None) -> None:
        path = self.log_dir / f"{self.program.name}.log"
        if stream is None:
            return
        with path.open("ab", buffering=0) as log:
            while True:
                try:
                    line = await stream.readline()
                except ValueError:
                    continue
                if not line:
                    return
                with contextlib.suppress(OSError):
                    log.write(line)
                text = line.decode("utf-8", "replace").rstrip()
                self.last_line = text or self.last_line
                if not self.program.quiet:
                    self.say(self.program.name, text)

    def _end_group(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def put_aside_large_logs(log_dir: Path) -> None:
    """At the start: a log file over the limit becomes ``.1``, replacing the one before."""
    for path in log_dir.glob("*.log"):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))


def _how(code: int | None) -> str:
    if code is None:
        return "not started"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
