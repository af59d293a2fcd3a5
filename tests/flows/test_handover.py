"""A property moves from Sommer to a new partner on the 15th: asked for and agreed, both see their side, the label opens the same page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import accessible, sign_in

POINTS = ("NL-0417", "NL-0418", "NL-0450")


def the_15th() -> date:
    """Of next month: the new partner's contract begins on its first day."""
    return (datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).date().replace(day=1) + timedelta(days=32)).replace(day=15)


def new_partner(carla: Page, conrad: Page) -> str:
    """Nova with an agreed contract; its code."""
    carla.goto("/cpo/partners/new")
    for name, value in (
        ("name", "Nova"),
        ("legal_name", "Nova GmbH"),
        ("street", "Marktplatz 3"),
        ("postcode", "20095"),
        ("city", "Hamburg"),
    ):
        carla.locator(f"#{name}").fill(value)
    carla.locator("#form button.btn-primary").click()
    expect(carla.locator("#page-note")).to_be_visible()
    code = carla.locator(".page-facts .code").inner_text().strip()
    carla.goto(f"/cpo/partners/{code}/contracts/new")
    carla.locator("#form button.btn-primary").click()
    expect(carla.locator("#page-note")).to_be_visible()
    contract = "/cpo/contracts/" + carla.url.split("/cpo/contracts/")[1].split("/")[0]
    carla.goto(f"{contract}/review")
    carla.locator("form[action$='/review'] button.btn-primary").click()
    conrad.goto(f"{contract}/review")
    conrad.locator("form[action$='/approve'] button.btn-primary").click()
    expect(conrad.locator("#page-note")).to_be_visible()
    return code


def code_of(page: Page, name: str) -> str:
    page.goto(f"/cpo/partners?text={name}")
    page.locator("#partners tbody th a").first.click()
    return page.locator(".page-facts .code").inner_text().strip()


def test_a_property_moves_to_a_new_partner(new_context: Callable[..., BrowserContext]) -> None:
    carla, conrad, driver = (new_context().new_page() for _ in range(3))
    sign_in(carla, "carla@nordlicht.example")
    sign_in(conrad, "conrad@nordlicht.example")
    driver.goto("/q/NL-0417-1")
    before = driver.locator("main .label").first.inner_text()
    nova, sommer, day = new_partner(carla, conrad), code_of(carla, "sommer"), the_15th()
    carla.goto(f"/cpo/partners/{sommer}/hand-over")
    for label in POINTS:
        carla.locator(f"input[name=labels][value={label}]").check()
    carla.locator("#contract").select_option(label=next(o for o in carla.locator("#contract option").all_inner_texts() if "Nova" in o))
    carla.locator("#day").fill(day.isoformat())
    carla.locator("#reason").fill("Haus verkauft")
    carla.locator("#form button.btn-primary").click()
    expect(carla.locator(".consequences li")).not_to_have_count(0)
    accessible(carla)
    carla.locator("form[action$='/hand-over'] button.btn-primary").click()
    expect(carla.locator("#page-note")).to_be_visible()
    expect(carla.locator("form[action$='/agree'] button")).to_have_count(0)
    conrad.goto(f"/cpo/partners/{sommer}/hand-over")
    conrad.locator("form[action$='/agree'] button").click()
    expect(conrad.locator("#page-note")).to_be_visible()
    # both sides: the time machine cuts at midnight of the 15th
    eve, morning = day - timedelta(days=1), day
    conrad.goto(f"/cpo/time-machine?what=NL-0417&at={eve}T23:30&second={morning}T00:30")
    holders = conrad.locator("table.then-lines tbody tr").first.locator("td")
    expect(holders.nth(0)).to_contain_text("Sommer")
    expect(holders.nth(1)).to_contain_text("Nova")
    accessible(conrad)
    seen_as(carla, nova, "Nova")
    seen_as(carla, sommer, "Sommer")
    driver.goto("/q/NL-0417-1")
    assert driver.locator("main .label").first.inner_text() == before


def seen_as(page: Page, code: str, name: str) -> None:
    """The owner's own pages: Sommer's contract has the charge points until the day, Nova's history says which ones come."""
    page.goto(f"/cpo/partners/{code}/see-as")
    page.locator("input[name=role][value=owner]").check()
    page.locator("#form button.btn-primary").click()
    expect(page.locator(".preview-bar")).to_contain_text(name)
    if name == "Sommer":
        page.goto(f"/partner/{code}/contract")
        for label in POINTS:
            expect(page.locator("main")).to_contain_text(label)
    page.goto(f"/partner/{code}/history")
    for label in POINTS:
        expect(page.locator("#history")).to_contain_text(label)
    page.locator(".preview-bar button").click()
    expect(page.locator("#page-note")).to_be_visible()
