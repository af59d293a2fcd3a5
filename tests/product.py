"""The whole product for tests: the supervisor of ``./voltpact up`` in its own process, on free ports, over throw-away engines.

Run as a module it is that process; imported, it starts and stops one.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from app.runtime.supervisor import Supervisor, run_until_told
from app.settings import Settings, from_environment
from tests.engines import SECRET_KEY

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A port nobody listens on, below those that the system gives to outgoing connections: none of these takes it before it is used."""
    while True:
        port = random.randint(12_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Product:
    """A running house."""

    settings: Settings
    process: subprocess.Popen[bytes]
    output: Path
    folder: Path

    @property
    def url(self) -> str:
        """Where the pages are."""
        return self.settings.public_url

    @property
    def ocpp_url(self) -> str:
        """Where stations dial, before ``/<identity>``."""
        return self.settings.ocpp_public_url

    def said(self) -> str:
        """Everything it printed so far."""
        return self.output.read_text("utf-8", "replace")

    def children(self) -> dict[str, int]:
        """Name and process id of what it runs."""
        try:
            noted = json.loads((self.settings.web_socket.parent / "children.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {name: int(pid) for name, (pid, _) in noted.items()}

    def wait_for(self, text: str, patience_s: float) -> None:
        """Wait until it printed that, or fail showing what it printed instead."""
        give_up = time.monotonic() + patience_s
        while text not in self.said():
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError(f"{text!r} was not said; instead:\n{self.said()[-6000:]}")
            time.sleep(0.1)

    def stop(self, *, keep: bool = False) -> int:
        """Stop it as Ctrl-C would; its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        return code


def start(folder: Path | None = None, *, demo: bool, **more: str) -> Product:
    """Start one; does not wait. ``more`` are settings without their prefix."""
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="voltpact-product-"))
        folder.chmod(0o755)
    given = {"DATA_DIR": str(folder / "data"), "SECRET_KEY": SECRET_KEY, "DEMO": "yes" if demo else "no"}
    given |= {"PORT": str(free_port()), "OCPP_PORT": str(free_port())} | more
    environ = {f"VOLTPACT_{name}": value for name, value in given.items()}
    settings = Settings.read(environ)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOLTPACT_")}
    output = folder / "output"
    with output.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.product"],
            env=inherited | environ | {"PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    return Product(settings, process, output, folder)


if __name__ == "__main__":
    run_until_told(lambda: Supervisor(from_environment(), durable=False))
