"""``python -m app.ocpp``: the OCPP worker of one installation; ends cleanly on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import sys

import uvloop

from app.ocpp.server import Worker
from app.settings import SettingsError, from_environment


async def _run() -> int:
    settings = from_environment()
    worker = Worker(settings)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        port = await worker.start(settings.ocpp_host, settings.ocpp_port)
    except OSError as error:
        logging.getLogger("app.ocpp").error("VOLTPACT_OCPP_PORT: port %s cannot be used (%s).", settings.ocpp_port, error.strerror or error)
        return 1
    logging.getLogger("app.ocpp").info("charge points may connect to port %s", port)
    await told.wait()
    await worker.close()
    return 0


def main() -> int:
    """Run until told to stop; the exit status."""
    with contextlib.suppress(ValueError, OSError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard) if soft < hard else (soft, hard))
    try:
        level = from_environment().log_level
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(level=level.upper(), format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("websockets").setLevel(logging.WARNING)
    # thousands of links live for days: looking for cycles among them at every 700th new object is most of what messages cost
    gc.set_threshold(50_000, 20, 100)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run())


if __name__ == "__main__":
    raise SystemExit(main())
