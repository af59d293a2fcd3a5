"""What people and charge points do in the journeys; people by role and accessible name."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.engine import make_engine
from app.demo.car import Arrivals, Car
from app.demo.cast import DEMO_PASSWORD, Cast
from app.demo.network import MACHINES, station_password
from app.demo.outlet import Plan
from app.demo.simulated import SimulatedStation
from app.demo.stations import WIRES
from app.domain.network.models import Station
from app.domain.people.models import Operator
from app.kernel.clock import FixedClock
from tests.accessible import WCAG, violations
from tests.cast import World
from tests.conftest import Database
from tests.product import Product


def sign_in(page: Page, email: str) -> None:
    """Through the sign-in page, with the demo's password."""
    page.goto("/sign-in")
    page.locator("#email").fill(email)
    page.locator("#password").fill(DEMO_PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def send_invitation(page: Page) -> None:
    """Into a role that moves money and rights: the button, "It is you", and the button again, for what was typed waits."""
    send = page.get_by_role("button", name=re.compile("Einladung senden|Send invitation"))
    send.click()
    page.locator("#password").fill(DEMO_PASSWORD)
    page.locator("#password").press("Enter")
    send.click()


def accessible(page: Page) -> None:
    """No rule of WCAG 2.2 AA that a machine can check is broken. Read from the top: further down the page's bar half covers some button."""
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    assert violations(page, WCAG) == [], page.url


def logged(anke: Page, since: datetime) -> set[tuple[str, str]]:
    """Act and who of everything that the operator's log took in since then, as the administrator takes it away as a file."""
    sign_in(anke, "anke@nordlicht.example")
    answer = anke.request.get(f"/cpo/audit.csv?since={since.date()}")
    lines = csv.DictReader(io.StringIO(answer.text().removeprefix("\ufeff")))
    return {(line["act"], line["who"]) for line in lines if datetime.fromisoformat(line["at"]) >= since.replace(microsecond=0)}


@contextmanager
def behind(product: Product, *labels: str) -> Iterator[World]:
    """The product's own database, with a clock of the test's: what the demo's charge points of those labels did is arranged here."""
    settings = product.settings
    urls = (settings.database_url, settings.web_database_url, settings.worker_database_url)
    engines = [make_engine(url, pool_size=1, application="voltpact tests") for url in urls]
    with Session(engines[0]) as session:
        operator = session.scalars(select(Operator).where(Operator.code == "NLT")).one()
        stations = {station.label: station for station in session.scalars(select(Station).where(Station.label.in_(labels)))}
        session.expunge_all()
    yield World(Cast(operator, stations=stations), Database(*engines), settings, FixedClock(datetime.now(UTC)))
    for engine in engines:
        engine.dispose()


@contextmanager
def held_up(product: Product, name: str) -> Iterator[None]:
    """One of the product's processes stands still, so that what waits for it can be looked at."""
    process = product.children()[name]
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


class Thirsty(Arrivals):
    """Cars that take what the outlet gives, so that half a minute is worth some cents."""

    def car(self, current: str) -> Car:
        """An empty car."""
        return Car(capacity_wh=80_000, charge_wh=5_000, max_w=22_000 if current == "AC" else 150_000, lingers_s=3600)


@dataclass
class OwnStation:
    """A charge point of the demo that the test plays: a real websocket client in a thread of its own."""

    station: SimulatedStation
    loop: asyncio.AbstractEventLoop

    def do(self, what: Coroutine[Any, Any, Any]) -> None:
        """Let something happen there, without waiting for its end."""
        asyncio.run_coroutine_threadsafe(what, self.loop)

    def done(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Let something happen there and wait until it has."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(30)

    def fault(self, number: int, code: str = "GroundFailure") -> None:
        """Report a fault of an outlet; returns once the server answered."""
        self.done(self.station.show(self.station.outlets[number], "Faulted", code))

    def well_again(self, number: int) -> None:
        """Report that it is free."""
        self.done(self.station.show(self.station.outlets[number], "Available"))

    def car_comes(self, number: int, token: str = "NLT-CARD-0001", *, lingers_s: float = 3600) -> Car:
        """A car plugs in and charges until something ends it."""
        car = Car(capacity_wh=60_000, charge_wh=20_000, max_w=22_000, lingers_s=lingers_s)
        self.do(self.station.charge(self.station.outlets[number], car, token))
        return car


@contextmanager
def own_station(product: Product, label: str, *, meter_seconds: float = 1.0) -> Iterator[OwnStation]:
    """Play a quiet charge point; cars come only when the test says so, the meter is read every second."""
    machine = MACHINES[label]
    plan = Plan(label, station_password(product.settings.secret_key, label), machine.protocol, machine.evses, walk_ins=False)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def begin() -> tuple[SimulatedStation, asyncio.Task[None]]:
        station = SimulatedStation(plan, product.ocpp_url, WIRES[machine.protocol], meter_seconds=meter_seconds)
        station.arrivals = Thirsty(seed=0)
        for outlet in station.outlets.values():
            outlet.meter_wh = 5_000_000.0
        running = asyncio.ensure_future(station.run())
        await asyncio.wait_for(station.online.wait(), 30)
        return station, running

    station, running = asyncio.run_coroutine_threadsafe(begin(), loop).result(40)
    try:
        yield OwnStation(station, loop)
    finally:
        loop.call_soon_threadsafe(running.cancel)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.5), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
