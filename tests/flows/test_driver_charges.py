"""Journey 6: a driver scans a label, sees the price, pays, charges, stops, gets a receipt; on a phone, in French."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import OwnStation, accessible, own_station
from tests.product import Product


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A phone whose owner reads French."""
    return {**browser_context_args, "locale": "fr-FR", "has_touch": True, "viewport": {"width": 360, "height": 740}}


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext]) -> Page:
    """A small phone that asks for French."""
    return new_context().new_page()


def pay(page: Page, number: str) -> None:
    """Fill in the provider's card page."""
    page.locator("#number").fill(number)
    page.locator("#expiry").fill("12/30")
    page.locator("#code").fill("123")
    page.locator("form[action^='/test-provider/'] button").first.click()


def to_the_card_page(page: Page, label: str) -> None:
    """From the label to the card page, price first."""
    page.goto(f"/q/{label}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(label.replace("-1", "").replace("-2", "")[:7])
    expect(page.locator("main")).to_contain_text("0,49\u00a0€/kWh")
    expect(page.locator("main")).to_contain_text("45,00\u00a0€")
    expect(page.locator("main")).to_contain_text("Code de contrôle")
    prices = page.locator(".prices").first.inner_text()
    assert 0 <= prices.find("/kWh") < prices.find("/min"), "per kWh before per minute"
    accessible(page)
    page.get_by_role("link", name=re.compile("paiement")).click()
    expect(page).to_have_url(re.compile(r"/pay$"))
    accessible(page)
    page.locator("#email").fill("jo@example.org")
    page.get_by_role("button", name=re.compile("Charger")).click()
    expect(page).to_have_url(re.compile("/test-provider/"))


def charging(page: Page) -> None:
    """The page goes on by itself until energy runs."""
    expect(page.locator("[data-stage=charging]")).to_be_visible(timeout=60_000)


def test_from_the_label_to_the_receipt(live_product: Product, phone: Page) -> None:
    with own_station(live_product, "NL-0417"):
        to_the_card_page(phone, "NL-0417-1")
        accessible(phone)
        pay(phone, "4000000000000002")
        expect(phone.locator("p[role=alert]")).to_contain_text("refusée")
        pay(phone, "4242424242424242")
        expect(phone).to_have_url(re.compile(r"/s/[A-Za-z0-9_-]{20,}"))
        charging(phone)
        # less than 0.1 kWh would be free, and no receipt
        expect(phone.locator("[data-live-value]").first).to_contain_text(re.compile(r"0,[2-9]"), timeout=90_000)
        accessible(phone)
        phone.get_by_role("link", name=re.compile("Arr")).click()
        phone.get_by_role("button").first.click()
        expect(phone.locator("[data-stage=done]")).to_be_visible(timeout=60_000)
        phone.get_by_role("link", name="Reçu", exact=True).click()
        expect(phone.locator("main")).to_contain_text(re.compile(r"RE-2026-\d{6}"), timeout=60_000)
        accessible(phone)


def test_an_unknown_label_and_a_wrong_secret_say_nothing(live_product: Product, phone: Page) -> None:
    for path in ("/q/NL-9999-1", "/s/" + "x" * 43 + "/"):
        answer = phone.goto(path)
        assert answer is not None
        assert answer.status == 404


def test_a_broken_outlet_takes_no_money(live_product: Product, phone: Page) -> None:
    with own_station(live_product, "NL-0417") as station:
        _faulted(station)
        phone.goto("/q/NL-0417-2")
        expect(phone.get_by_role("link", name=re.compile("paiement"))).to_have_count(0)
        accessible(phone)
        station.well_again(2)


def _faulted(station: OwnStation) -> None:
    station.fault(2)
