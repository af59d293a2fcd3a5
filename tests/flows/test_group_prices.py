"""Journey 5, the drivers of one sheet: residents pay less by a line that is for them; editor, tester and desk say the same cents."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import accessible, sign_in
from tests.flows.test_tariff_groups import LATER, ask, choose_tariff

ON = "button[value=publish].btn-primary"


def a_sheet(page: Page) -> None:
    """0.39 for residents, 0.59 for anybody else; the examples follow who is chosen."""
    page.goto("/cpo/tariff-groups/people")
    page.locator("#name").fill("Anwohner")
    page.locator("form#form button.btn-primary").click()
    page.goto("/cpo/tariffs/new?starter=per_kwh")
    page.locator("#name").fill("Haus und Gäste")
    page.locator("#lines-0-price").fill("0.39")
    page.locator("#line-0 details summary").click()
    page.get_by_label(re.compile(r"^Anwohner \(U-")).check()
    expect(page.locator("#said-0")).to_contain_text("Anwohner")
    page.locator("#add-ENERGY").click()
    page.locator("#lines-1-price").fill("0.59")
    usual = page.locator("#effect tbody tr").nth(1)  # 22 kWh: 22 × 0.59 = 12.98, 22 × 0.39 = 8.58
    expect(usual).to_contain_text(re.compile("12[,.]98"))
    expect(page.locator("#grid-1 figcaption")).to_contain_text(re.compile("0[,.]59"))
    page.locator("details:has(#driver) > summary").click()
    page.locator("#driver").select_option(label=next(o for o in page.locator("#driver option").all_inner_texts() if "Anwohner" in o))
    expect(usual).to_contain_text(re.compile("8[,.]58"))
    expect(page.locator("#grid-1 figcaption")).to_contain_text(re.compile("0[,.]39"))
    accessible(page)
    page.locator(ON).click()
    page.wait_for_url(re.compile(r"/tariffs/T-\w+"))


def test_residents_and_guests_pay_by_one_sheet(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    sign_in(page, "carla@nordlicht.example")
    a_sheet(page)
    page.goto("/cpo/tariff-groups/new")
    page.locator("#name").fill("Anwohner und Gäste")
    choose_tariff(page, "#rest", "Haus und Gäste")
    page.locator("form#form button.btn-primary").click()
    expect(page.locator("#line-rest")).to_be_visible()
    group = page.url.split("?")[0]
    page.goto(f"{group}/places")
    page.locator("#level").select_option("evse")
    page.locator("#place").fill("NL-0418/1")
    page.locator("#starts_at").fill(f"{LATER}T00:00")
    page.locator("form#form button.btn-primary").click()
    expect(page.locator("#group-work")).to_be_visible()

    page.goto(f"{group}?evse=NL-0418/1&at={LATER}T18:30")
    ask(page, "adhoc")
    expect(page.locator(".tester-price")).to_contain_text("0,59")
    expect(page.locator("#tester")).to_contain_text("11,80")  # 20 × 0.59
    theirs = page.locator("#who option").filter(has_text="Anwohner").get_attribute("value")
    ask(page, str(theirs))
    expect(page.locator(".tester-price")).to_contain_text("0,39")
    expect(page.locator("#tester")).to_contain_text("7,80")  # 20 × 0.39
    accessible(page)

    desk = new_context().new_page()
    sign_in(desk, "aylin@nordlicht.example")
    desk.goto("/cpo/desk/NL-0418")
    desk.locator("#caller-kind").select_option(str(theirs))
    expect(desk.locator("#caller-price [role=status]")).to_contain_text("Anwohner")
    accessible(desk)
