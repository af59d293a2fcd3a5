"""Processes of a measurement: servers started for it, and the CPU time of a process with all its children."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import click
import redis

ROOT = Path(__file__).resolve().parents[2]


class ServerProcess:
    """A server process of the measurement; ready when its port answers."""

    def __init__(self, argv: list[str], environment: dict[str, str], port: int) -> None:
        self._argv, self._environment, self._port = argv, environment, port

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.send_signal(signal.SIGTERM)
        self._running.wait(20)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._running.pid

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it listens."""
        environment = dict(os.environ) | self._environment | {"PYTHONPATH": str(ROOT)}
        self._running = subprocess.Popen([sys.executable, *self._argv], cwd=ROOT, env=environment)
        give_up = time.monotonic() + 60
        while wait:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            if self._running.poll() is not None or time.monotonic() > give_up:
                raise click.ClickException(f"{' '.join(self._argv)} did not start.")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it without a warning."""
        self._running.kill()
        self._running.wait()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(root: int) -> list[int]:
    """A process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found, left = [], [root]
    while left:
        pid = left.pop()
        found.append(pid)
        left += parents.get(pid, [])
    return found


def cpu_s(pid: int) -> float:
    """User and system time of a process."""
    try:
        fields = _stat(pid)
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> int:
    """Memory of a process that is in use now, shared parts included."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat behind the name: state, parent, …"""
    return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()


def postmaster_of(data: Path) -> int:
    """The process of an embedded PostgreSQL."""
    return int((data / "postmaster.pid").read_text("ascii").splitlines()[0])


def redis_process(url: str) -> int:
    """The process of a Redis on this machine."""
    client = redis.Redis.from_url(url)
    try:
        return int(client.info("server")["process_id"])
    finally:
        client.close()
