"""Journey 12 in Chromium: invited, yes on a French phone, three charges of a month, what is left, and on at own cost."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from app.domain.payments.models import Payment
from app.tasks import payments
from tests.accessible import violations
from tests.cast import World
from tests.domain.sessions.arrange import pay, provider
from tests.domain.sessions.test_company_drivers import card, company, driver, ended, rated
from tests.domain.settlement.test_refunds import run_jobs
from tests.pages import Pages
from tests.portals.driver.test_me import invited
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]


def looked_at(page: Page) -> None:
    """Nothing a machine can find is wrong, and it fits."""
    assert violations(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def pay_own_part(phone: Page, world: World, site: str) -> None:
    """21.50 by card, on the provider's page and back; then the payment says who paid what of the third charge."""
    phone.goto(f"{site}/me/wallet")
    button = phone.get_by_role("button", name="Payer maintenant")
    expect(button).to_be_visible()
    sent = {field.get_attribute("name") or "": field.input_value() for field in phone.locator("#debt form input").all()}
    asked = phone.request.post(f"{site}/me/pay", form=sent, headers={"Origin": site}, max_redirects=0)
    # the card page is at the provider's own address
    page = phone.request.get(f"{site}{asked.headers['location']}", max_redirects=0)
    pay(world, page.headers["location"].rpartition("/")[2])
    payments.install(world.settings, {"test": provider(world)})
    with world.owner() as session:
        held = session.scalars(select(Payment.id)).one()
    with world.work(world.system()) as work:
        payments.ask(work, str(held))
    run_jobs(world, "payments.capture_own")
    payments._installed.clear()
    phone.goto(f"{site}/me/wallet")
    expect(phone.locator("#debt")).to_contain_text("Rien à payer")
    looked_at(phone)
    phone.locator("#debt table a").click()
    expect(phone.get_by_role("row", name="Payé par vous")).to_contain_text("21,50\u00a0€")
    looked_at(phone)


def test_company_drivers(new_context: Open, gallery_pages: Pages, site: str) -> None:
    world = gallery_pages.world
    company(world)
    dora = driver(world, agreed=False, language="fr")
    phone = new_context(has_touch=True, viewport={"width": 390, "height": 844}).new_page()
    phone.goto(f"{site}{invited(world, dora)}?lang=fr")
    expect(phone.locator("main")).to_contain_text("Ni quand ni où vous chargez ailleurs")
    looked_at(phone)
    phone.get_by_role("button", name="Accepter").click()
    for gross, hour, left in ((62_40, 9, "37,60"), (28_10, 7, "9,50"), (31_00, 5, "0,00")):
        rated(world, ended(world, dora, gross, hour))
        phone.goto(f"{site}/me")
        expect(phone.locator("dl.figures div.big")).to_contain_text(f"{left}\u00a0€")
    looked_at(phone)
    expect(phone.locator("main")).to_contain_text("Vous pouvez charger à vos frais")
    assert card(world, dora)[0] == "blocked", "the fourth start is refused for the company"
    phone.locator("ul.plain a").first.click()
    expect(phone.get_by_role("row", name=re.compile("Sommer"))).to_contain_text("9,50\u00a0€")
    expect(phone.get_by_role("row", name="Vous")).to_contain_text("21,50\u00a0€")
    looked_at(phone)
    for name in ("sessions", "wallet", "cards", "company"):
        phone.emulate_media(color_scheme="dark" if name in {"cards", "company"} else "light")
        phone.goto(f"{site}/me/{name}")
        looked_at(phone)
    pay_own_part(phone, world, site)
    phone.goto(f"{site}/me")
    phone.locator("#label").fill("NL-0417/2")
    phone.get_by_role("button", name="Charger à mes frais").click()
    phone.wait_for_url("**/q/NL-0417-2")

    desk = new_context(viewport={"width": 390, "height": 844}).new_page()
    sign_in(desk, site, "moritz@sommer.example", landing="**/partner/**")
    desk.goto(f"{site}/partner/{world.cast.partners['sommer'].code}/drivers/{dora.code}")
    expect(desk.locator("main")).to_contain_text("100,00\u00a0€ von 100,00\u00a0€")
    looked_at(desk)
