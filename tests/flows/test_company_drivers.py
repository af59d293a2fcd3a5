"""Journey 12: a company invites a driver, who says yes on a French phone, charges with the card, and sees the limit used up."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import OwnStation, accessible, own_station, sign_in
from tests.flows.test_first_sign_in import mailed_link
from tests.product import Product

CARD = "04DD11EE22"


def test_company_drivers(live_product: Product, new_context: Callable[..., BrowserContext]) -> None:
    carla, moritz = new_context().new_page(), new_context().new_page()
    phone = new_context(locale="fr-FR", has_touch=True, viewport={"width": 390, "height": 844}).new_page()
    here = company_pays(carla)
    invited(moritz, here)

    phone.goto(mailed_link(carla, "Vous pouvez charger avec Sommer"))
    expect(phone.locator("main")).to_contain_text("Ni quand ni où vous chargez ailleurs")
    accessible(phone)
    phone.get_by_role("button", name="Accepter").click()
    expect(phone.locator("dl.figures")).to_contain_text("0,05\u00a0€")
    accessible(phone)

    with own_station(live_product, "NL-0417") as station:
        station.car_comes(1, CARD)
        charged(phone, station)
    expect(phone.locator("dl.figures div.big")).to_contain_text("0,00\u00a0€")
    expect(phone.locator("main")).to_contain_text("Vous pouvez charger à vos frais")
    accessible(phone)
    phone.locator("ul.plain a").first.click()
    expect(phone.locator("main")).to_contain_text("Qui paie")
    expect(phone.get_by_role("row", name=re.compile("Sommer"))).to_contain_text("0,05\u00a0€")
    accessible(phone)
    phone.goto("/me")
    phone.locator("#label").fill("NL-0417/2")
    phone.get_by_role("button", name="Charger à mes frais").click()
    expect(phone).to_have_url(re.compile("/q/NL-"))

    moritz.reload()
    expect(moritz.locator("main")).to_contain_text("€0.05 of €0.05")
    carla.goto("/cpo/drivers?text=dora")
    expect(carla.get_by_role("link", name="Dora Fahrt")).to_be_visible()
    accessible(carla)


def company_pays(carla: Page) -> str:
    """Sommer pays 0.05 a month for each of its drivers, less 10 %. The account's code."""
    sign_in(carla, "carla@nordlicht.example")
    carla.goto("/cpo/partners?text=Sommer")
    carla.locator("#partners a, table a", has_text=re.compile("^Sommer$")).first.click()
    code = carla.url.split("?")[0].rstrip("/").rpartition("/")[2]
    carla.goto(f"/cpo/partners/{code}/corporate")
    carla.locator("#enabled").check()
    carla.locator("#driver_limit").fill("0.05")
    carla.locator("#discount_pct").fill("10")
    carla.get_by_role("button", name="Save corporate billing").click()
    expect(carla.locator("#page-note")).to_contain_text("Corporate billing is saved")
    return code


def invited(moritz: Page, code: str) -> None:
    """Dora may charge with a card, in French."""
    sign_in(moritz, "moritz@sommer.example")
    moritz.goto(f"/partner/{code}/drivers/new")
    moritz.locator("#name").fill("Dora Fahrt")
    moritz.locator("#email").fill("dora@sommer.example")
    moritz.locator("#language").select_option("fr")
    moritz.locator("#corporate").check()
    moritz.locator("#card").fill(CARD)
    moritz.locator("main form button[type=submit]").first.click()
    expect(moritz.locator("main")).to_contain_text(CARD)
    accessible(moritz)


def charged(phone: Page, station: OwnStation) -> None:
    """Some cents, then the car leaves and the amount is final."""
    phone.wait_for_timeout(45_000)
    station.loop.call_soon_threadsafe(station.station.outlets[1].stopping.set)
    for _ in range(60):
        phone.goto("/me")
        if "entreprise 0,05" in phone.locator("main").inner_text().replace("\u00a0", " "):
            return
        phone.wait_for_timeout(1_000)
    raise AssertionError(phone.locator("main").inner_text())
