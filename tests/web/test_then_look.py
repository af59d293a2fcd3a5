"""Time machine and previews by eye of the machine: accessible, no wider than a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import BrowserContext

from app.domain.network.models import StatusChange
from tests.accessible import violations
from tests.cast import NOW
from tests.pages import Pages
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]


def test_then_and_previews(new_context: Open, gallery_pages: Pages, site: str) -> None:
    cast = gallery_pages.world.cast
    with gallery_pages.world.owner() as session:
        plug = cast.connector(session, "NL-0417", 1)
        owned = {"operator_id": plug.operator_id, "partner_id": plug.partner_id, "station_id": plug.station_id, "connector_id": plug.id}
        for hour, status in ((4, "Available"), (7, "Charging"), (9, "Available")):
            at = datetime(2026, 10, 14, hour, tzinfo=UTC)
            session.add(StatusChange(**owned, status=status, at=at, received_at=at))
    page = new_context(color_scheme="dark", viewport={"width": 390, "height": 900}).new_page()
    sign_in(page, site, cast.people["carla"].email, landing="**/cpo/")
    code = cast.partners["sommer"].code
    faults: dict[str, object] = {}

    def look(name: str, path: str) -> None:
        answer = page.goto(site + path)
        found = violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if answer is None or answer.status != 200 or found or wide:
            faults[name] = (answer and answer.status, found, wide)

    then = (NOW - timedelta(hours=4)).isoformat().replace("+", "%2B")
    look("then", f"/cpo/time-machine?what=NL-0417&at={then}&second={NOW.isoformat().replace('+', '%2B')}")
    look("choose", f"/cpo/partners/{code}/see-as")
    page.locator("input[name=role][value=owner]").check()
    page.locator("#at").fill("2026-09-20T12:00")
    page.locator("#form button.btn-primary").click()
    look("bar", f"/partner/{code}/contract")
    look("today", f"/partner/{code}/charge-points")
    look("driver", "/cpo/charge-points/NL-0417/see-as-driver")
    page.locator("#form button.btn-primary").click()
    look("label", "/q/NL-0417-1")
    page.locator(".preview-bar button").click()
    assert page.url.endswith("/cpo/charge-points/NL-0417")
    assert faults == {}
