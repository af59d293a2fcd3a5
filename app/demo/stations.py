"""``python -m app.demo.stations``: the demo's charge points, dialling the OCPP worker like any other, until stopped.

Charge points named in ``VOLTPACT_DEMO_QUIET`` (labels, comma-separated) are left to somebody else to play: a test, or a real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection

from app.demo.client16 import Client16
from app.demo.client201 import Client201
from app.demo.network import MACHINES, ROAMING_TOKENS, TOKENS, Machine, station_password
from app.demo.outlet import Plan, Wire
from app.demo.simulated import SimulatedStation
from app.kernel.clock import system_clock
from app.settings import Settings, from_environment

WIRES: dict[str, Callable[[SimulatedStation, ClientConnection], Wire]] = {"ocpp1.6": Client16, "ocpp2.0.1": Client201}
_EPOCH = 1_767_225_600  # 2026-01-01T00:00Z; registers grow from there, so that they never step back over a restart
_REGISTER_W = 9_000


def plan_for(label: str, machine: Machine, secret_key: str, *, walk_ins: bool = True) -> Plan:
    """How the simulated charge point of that label is played."""
    return Plan(
        identity=label,
        password=station_password(secret_key, label),
        protocol=machine.protocol,
        evses=machine.evses,
        vendor=machine.vendor,
        model=machine.model,
        busy=machine.busy,
        faults=machine.faults,
        offline=machine.offline,
        walk_ins=walk_ins and machine.walk_ins,
        tokens=(*TOKENS, *ROAMING_TOKENS),
    )


def simulated(label: str, url: str, secret_key: str, *, walk_ins: bool = True, meter_seconds: float = 10.0) -> SimulatedStation:
    """A charge point of the demo network, ready to ``run()``."""
    machine = MACHINES[label]
    station = SimulatedStation(
        plan_for(label, machine, secret_key, walk_ins=walk_ins),
        url,
        WIRES[machine.protocol],
        seed=hash_seed(label),
        meter_seconds=meter_seconds,
    )
    hours = (system_clock().timestamp() - _EPOCH) / 3600
    for outlet in station.outlets.values():
        outlet.meter_wh = float(int(hours * _REGISTER_W))
    return station


def hash_seed(label: str) -> int:
    """The same draws for the same label in every run."""
    return int.from_bytes(label.encode(), "big") % 2**32


async def play(settings: Settings) -> None:
    """Run every demo station until SIGTERM or SIGINT, then end the running charges as after a power loss."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    url = f"ws://{settings.ocpp_host}:{settings.ocpp_port}/ocpp"
    stations = [simulated(label, url, settings.secret_key) for label in MACHINES if label not in settings.demo_quiet]
    tasks = [asyncio.create_task(station.run()) for station in stations]
    await stop.wait()
    for station in stations:
        station.stop_all()
    await asyncio.sleep(1.5)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
            await task


def main() -> None:
    """Entry point."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("ocpp").setLevel(logging.ERROR)
    asyncio.run(play(from_environment()))


if __name__ == "__main__":
    main()
