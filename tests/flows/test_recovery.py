"""Every process is killed while four cars charge; the house comes up again by itself and every kWh, cent and job is there, once.

Two stations speak 1.6 and two 2.0.1; their sockets, queues and meters are real. What must be true afterwards is computed here from the
stations' own registers, not from what the house says.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx
import psycopg
import pytest
from bs4 import BeautifulSoup, Tag
from psycopg.rows import dict_row

from app.demo.outlet import Outlet
from app.places import libpq_url
from tests.flows.acts import OwnStation, own_station
from tests.product import Product

#: every register of a simulated station begins here
REGISTER_WH = 5_000_000
#: gross, as the label says; the cars never stand idle
PRICE = Decimal("0.49")
#: shorter sessions are not billed at all
FREE_WH = 110
#: nothing here takes longer than seconds where nothing else runs
PATIENCE_S = 120.0


@dataclass
class Charge:
    """A driver who paid by card, and the outlet."""

    house: House
    station: OwnStation
    outlet: Outlet
    secret: str

    def stop_by_page(self) -> None:
        """The driver asks the house to end it."""
        self.house.submit(f"/s/{self.secret}/stop", "/stop")

    def stop_at_the_station(self) -> None:
        """The car is unplugged."""
        self.station.loop.call_soon_threadsafe(self.outlet.stopping.set)

    def row(self) -> dict[str, Any]:
        """The session as it lies in the database."""
        (row,) = self.house.rows("select * from charging_session where secret_hash = sha256(convert_to(%s, 'UTF8'))", self.secret)
        return row


@dataclass
class House:
    """The product with open eyes into its database, and a browser without script."""

    product: Product
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What the database says; a new connection each time, since it is killed too."""
        with psycopg.connect(libpq_url(self.product.settings.database_url), connect_timeout=3, row_factory=dict_row) as connection:
            return connection.execute(sql, values).fetchall()

    def until(self, what: str, ask: Callable[[], Any]) -> Any:
        """Ask until the answer is true, whatever is down meanwhile."""
        give_up = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(psycopg.Error, httpx.HTTPError):
                if found := ask():
                    return found
            assert time.monotonic() < give_up, f"{what} did not happen; the house said:\n{self.product.said()[-5000:]}"
            time.sleep(0.2)

    def submit(self, path: str, action: str, browser: httpx.Client | None = None, **filled: str) -> httpx.Response:
        """Open a page, fill in the form whose address ends so, send it."""
        with contextlib.ExitStack() as ends:
            browser = browser or ends.enter_context(self.browser())
            page = browser.get(path)
            form = next(f for f in BeautifulSoup(page.text, "html.parser").find_all("form") if str(f.get("action", "")).endswith(action))
            assert isinstance(form, Tag)
            fields = {str(each["name"]): str(each.get("value", "")) for each in form.find_all("input") if each.get("name")}
            return browser.post(str(form.get("action") or page.url), data=fields | filled)

    def browser(self) -> httpx.Client:
        """A browser of its own."""
        return httpx.Client(base_url=self.product.url, follow_redirects=True, timeout=20, trust_env=False)

    def charge(self, station: OwnStation, number: int) -> Charge:
        """A driver scans, pays by card, plugs in."""
        outlet = station.station.outlets[number]
        label = f"{station.station.plan.identity}-{number}"
        with self.browser() as browser:
            card = self.submit(f"/q/{label}/pay", "/pay", browser, email=f"{label.lower()}@example.org")
            ref = card.url.path
            back = self.submit(ref, ref, browser, number="4242424242424242", expiry="12/30", code="123")
        assert "/s/" in back.url.path, back.text[:2000]
        return Charge(self, station, outlet, back.url.path.split("/s/")[1].split("/")[0])

    def kill(self, name: str) -> None:
        """SIGKILL, and wait until the supervisor has another one running."""
        killed = self.product.children()[name]
        os.kill(killed, signal.SIGKILL)
        self.until(f"a new {name}", lambda: self.product.children().get(name, killed) != killed)

    def all_answer(self) -> bool:
        """What ``up`` waits for."""
        return httpx.get(f"{self.product.url}/healthz", timeout=10, trust_env=False).status_code == 200


def moved_on(charges: list[Charge], before: dict[str, int]) -> bool:
    """Whether each of them got further readings."""
    return all(each.row()["energy_wh"] > before[each.secret] for each in charges)


@pytest.fixture
def house(live_product: Product) -> Iterator[House]:
    """The product that all journeys share; it is well again when this one ends."""
    made = House(live_product)
    made.until("the end of what the demo began with", lambda: not open_jobs(made, datetime.min.replace(tzinfo=UTC)))
    yield made
    made.until("a whole house", made.all_answer)


def test_whatever_is_killed_no_session_no_kwh_no_cent_and_no_job_is_lost_or_doubled(house: House) -> None:
    with ExitStack() as stations:
        old = stations.enter_context(own_station(house.product, "NL-0417"))
        new = stations.enter_context(own_station(house.product, "NL-0418"))
        charges = [house.charge(station, number) for station in (old, new) for number in (1, 2)]
        running = list(charges)
        house.until("the beginning of all", lambda: moved_on(running, dict.fromkeys((c.secret for c in charges), 0)))
        for name, ending in (
            ("web", None),
            ("stream", None),
            ("ocpp", None),
            ("tasks", charges[0].stop_by_page),
            ("redis", charges[1].stop_at_the_station),
            ("postgres", charges[2].stop_at_the_station),
        ):
            if ending:
                house.until("more than the free bit of a session", lambda: running[0].row()["energy_wh"] > FREE_WH)
                ending()
                del running[0]
            before = {each.secret: each.row()["energy_wh"] for each in running}
            house.kill(name)
            house.until(f"the life after the death of {name}", lambda before=before: moved_on(running, before))
            house.until(f"a whole house after the death of {name}", house.all_answer)
        charges[3].stop_by_page()
        for each in charges:
            house.until("a receipt", lambda each=each: receipts(house, each))
        house.until("the end of all jobs", lambda: not open_jobs(house, house.began_at))
        for each in charges:
            check_session(house, each)
    check_books_and_jobs(house)


def receipts(house: House, charge: Charge) -> list[dict[str, Any]]:
    """The papers of a session."""
    return house.rows("select d.* from document d where d.session_id = %s", charge.row()["id"])


def open_jobs(house: House, since: datetime) -> list[dict[str, Any]]:
    """Jobs that are due and not done."""
    asked = "select name, state from job where created_at >= %s and state in ('queued', 'running') and due_at <= now()"
    return house.rows(asked, since)


def check_session(house: House, charge: Charge) -> None:
    """Once at its station, with the station's kWh, the price of them, and the driver's money taken once."""
    row = charge.row()
    delivered = int(charge.outlet.meter_wh) - REGISTER_WH
    gross = int((Decimal(delivered) / 1000 * PRICE * 100).quantize(Decimal(1), ROUND_HALF_UP))
    assert (row["state"], row["flags"], row["energy_wh"], row["gross_minor"]) == ("rated", [], delivered, gross), row["code"]
    assert gross > 0
    here = "select code from charging_session where evse_id = %s and created_at >= %s"
    assert house.rows(here, row["evse_id"], house.began_at) == [{"code": row["code"]}]
    lines = house.rows("select sum(amount_minor)::bigint as gross from session_line where session_id = %s", row["id"])
    assert lines == [{"gross": gross}]
    taken = """
        select p.state, p.captured_minor, h.captured_minor as at_provider
        from payment p join testprovider_hold h on h.ref = p.provider_ref where p.id = %s"""
    assert house.rows(taken, row["payment_id"]) == [{"state": "charged", "captured_minor": gross, "at_provider": gross}]
    assert [paper["gross_minor"] for paper in receipts(house, charge)] == [gross]
    entries = house.rows(
        "select kind, count(*) from ledger_entry where session_id = %s or payment_id = %s group by 1", row["id"], row["payment_id"]
    )
    assert {entry["count"] for entry in entries} == {1}, entries
    sent = "select subject, count(*) from mail_message where to_address = %s and created_at >= %s group by 1"
    assert {mail["count"] for mail in house.rows(sent, row["email"], house.began_at)} == {1}


def check_books_and_jobs(house: House) -> None:
    """Every entry of the whole house balances, and every job that became due was done."""
    askew = """
        select entry_id from ledger_posting group by entry_id, currency having sum(amount_minor) <> 0
        union all select e.id from ledger_entry e where (select count(*) from ledger_posting p where p.entry_id = e.id) < 2"""
    assert house.rows(askew) == []
    failed = "select name, state, last_error from job where created_at >= %s and state = 'failed'"
    assert house.rows(failed, house.began_at) == []
