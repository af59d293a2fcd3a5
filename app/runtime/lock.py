"""One supervisor per data folder, ports that are free, and nothing left over from one that was killed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import psutil

from app.places import InstallationError

#: engines get this long to shut down before they are killed
PATIENCE_S = 20


class DataFolderLock:
    """Held as long as ``up`` runs; the kernel lets go of it however the process ends."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "up.lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take it, or refuse naming the process that has it."""
        held = self._path.open("a+")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held.seek(0)
            who = held.read().strip() or "unknown"
            held.close()
            raise InstallationError(
                f"Voltpact already runs on the data folder {self._path.parent} (process {who}); stop it, or choose another with --data."
            ) from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        self._file = held

    def release(self) -> None:
        """Let go; twice does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None


def require_free_port(setting: str, option: str, host: str, port: int) -> None:
    """Refuse, naming the setting, if nobody could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # as the servers do: a port whose old connections are only dying is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (socket.gaierror, UnicodeError):
            raise InstallationError(f"{setting.removesuffix('PORT')}HOST: {host} is no address that can be found.") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise InstallationError(f"{setting.removesuffix('PORT')}HOST: {host} is no address of this machine.") from None
            if error.errno == errno.EADDRINUSE:
                why = f"port {port} on {host} is in use by another program"
            elif error.errno == errno.EACCES:
                why = f"port {port} may not be used by this user"
            else:
                why = f"{host}:{port} cannot be listened on ({error.strerror or error})"
            raise InstallationError(f"{setting}: {why}; choose another with {option}.") from None


class Roll:
    """Who runs for this data folder, written down so that the next start can clear up after a kill."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / "children.json"

    def write(self, children: Mapping[str, int]) -> None:
        """Note names and process ids, with the instant each was started (ids are used again)."""
        noted = {}
        for name, pid in children.items():
            with contextlib.suppress(psutil.Error):
                noted[name] = [pid, psutil.Process(pid).create_time()]
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(noted), "utf-8")
        draft.replace(self._path)

    def clear_leftovers(self) -> list[str]:
        """Stop what a killed supervisor left running; the names of what was found."""
        try:
            noted = {name: (int(pid), float(at)) for name, (pid, at) in json.loads(self._path.read_text("utf-8")).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return []
        found = {name: left for name, (pid, started) in noted.items() if (left := _same(pid, started)) is not None}
        for name, left in found.items():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if name == "postgres":
                    left.send_signal(signal.SIGINT)
                else:
                    os.killpg(left.pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(list(found.values()), timeout=PATIENCE_S)
        for left in alive:
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                os.killpg(left.pid, signal.SIGKILL)
        if alive:
            # PostgreSQL's own children notice the death of their parent by themselves
            time.sleep(1)
        self._path.unlink(missing_ok=True)
        return sorted(found)


def _same(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - started) < 0.02 and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
