"""Who may charge, and who looks after a partner, by eye of the machine: accessible, no wider than a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext
from sqlalchemy import update

from app.demo import builders as make
from app.domain.people.models import Partner
from tests.accessible import violations
from tests.cast import NOW
from tests.domain.sessions.arrange import in_service
from tests.pages import Pages
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]


def test_access_and_account_manager(new_context: Open, gallery_pages: Pages, site: str) -> None:
    world, cast = gallery_pages.world, gallery_pages.world.cast
    in_service(world)
    with world.owner() as session:
        make.user_group(session, cast.operator, "Personal", NOW, partner_id=cast.partners["sommer"].id)
        session.execute(update(Partner).values(manager_id=cast.people["carla"].id))
    page = new_context(color_scheme="dark", viewport={"width": 390, "height": 900}).new_page()
    sign_in(page, site, cast.people["carla"].email, landing="**/cpo/")
    code = cast.partners["sommer"].code
    faults: dict[str, object] = {}

    def look(name: str, path: str = "") -> None:
        answer = page.goto(site + path) if path else None
        found = violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if (answer and answer.status != 200) or found or wide:
            faults[name] = (answer and answer.status, found, wide)

    look("form", "/cpo/charge-points/chosen/access?label=NL-0417")
    page.locator("input[name=access][value=groups]").check()
    page.locator("input[name=groups]").check()
    page.locator("#form button.btn-primary").click()
    page.wait_for_url("**/charge-points/access/**")
    look("changed")
    look("points", f"/cpo/partners/{code}/charge-points")
    look("general", f"/cpo/partners/{code}")
    look("care", "/cpo/sub-operators")
    look("in care", f"/cpo/sub-operators/{cast.partners['kueste'].code}")
    look("label", "/q/NL-0417-1")
    assert not faults, faults
