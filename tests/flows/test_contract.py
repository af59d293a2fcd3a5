"""Journey 2, the contract: worked session while typing, what-if of a real month with progress, the second person, the partner's yes."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import accessible, sign_in
from tests.product import Product


def winter(page: Page) -> str:
    """The address of Winter's contract."""
    page.goto("/cpo/contracts?text=winter")
    return "/cpo/contracts/" + page.locator("#contracts tbody th .code").first.inner_text().strip()


def test_a_contract_is_drafted_replayed_and_agreed_by_two(live_product: Product, new_context: Callable[..., BrowserContext]) -> None:
    carla, conrad = (new_context().new_page() for _ in range(2))
    sign_in(carla, "carla@nordlicht.example")
    _partner_with_an_error(carla)
    at = winter(carla)
    carla.goto(at)
    carla.locator("form[action$='/new-version'] button").click()
    expect(carla.locator("#page-note")).to_be_visible()
    _fees(carla, at)
    _share(carla, at)
    _replay(carla, at)
    carla.goto(f"{at}/review")
    accessible(carla)
    carla.locator("form[action$='/review'] button.btn-primary").click()
    carla.locator("form[action$='/approve'] button.btn-primary").click()
    expect(carla.locator("#problem-summary")).to_be_visible()
    sign_in(conrad, "conrad@nordlicht.example")
    conrad.goto(f"{at}/review")
    conrad.locator("form[action$='/approve'] button.btn-primary").click()
    expect(conrad.locator("#page-note")).to_be_visible()


def _partner_with_an_error(page: Page) -> None:
    """A VAT id with a digit too many: the summary has the focus, its link jumps to the field, what was typed is kept."""
    page.goto("/cpo/partners/new")
    of = {"name": "Ostwind", "legal_name": "Ostwind GmbH", "street": "Kai 1", "postcode": "20095", "city": "Hamburg", "vat_id": "DE1234"}
    for name, value in of.items():
        page.locator(f"#{name}").fill(value)
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#problem-summary")).to_be_focused()
    page.locator("#problem-summary a").first.click()
    expect(page.locator("#vat_id")).to_be_focused()
    expect(page.locator("#name")).to_have_value("Ostwind")
    page.locator("#vat_id").fill("DE136695976")
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#page-note")).to_be_visible()
    code = page.locator(".page-facts .code").inner_text().strip()
    for tab in ("contacts", "features", "corporate-billing", "bank", "contracts", "people", "charge-points", "documents", "history"):
        page.goto(f"/cpo/partners/{code}/{tab}")
        expect(page.locator("h1")).to_contain_text("Ostwind")


def _fees(page: Page, at: str) -> None:
    page.goto(f"{at}/fees?version=2")
    for name, value in (("per_session_ac", "0,20"), ("per_kwh_ac", "0,01"), ("handling_pct", "2")):
        page.locator(f"#{name}").fill(value)
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#page-note")).to_be_visible()


def _share(page: Page, at: str) -> None:
    """1.00 + 30 × 0.59 + 20 × 0.10 = 20.70: net 17.39, base 9.05, share 5.43, back 7.50, fees 0.85: 12.08 and 5.31, while typing."""
    page.goto(f"{at}/revenue-share?version=2")
    page.locator("#ac_pct").fill("60")
    page.locator("#dc_pct").fill("60")
    for name in ("exclude_connection_fee", "deduct_electricity", "reimburse_electricity"):
        page.locator(f"#{name}").check()
    example = page.locator("#example table").first
    for amount in ("20,70", "17,39", "9,05", "5,43", "7,50", "0,85", "12,08", "5,31"):
        expect(example).to_contain_text(amount)
    for name in ("deduct_electricity", "reimburse_electricity"):
        page.locator(f"#{name}").uncheck()
    page.locator("#ac_pct").fill("101")
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#problem-summary")).to_be_focused()
    page.locator("#problem-summary a").first.click()
    expect(page.locator("#ac_pct")).to_be_focused()
    page.locator("#ac_pct").fill("60")
    page.locator("#form button.btn-primary").click()
    expect(page.locator("#page-note")).to_be_visible()


def _replay(page: Page, at: str) -> None:
    page.goto(f"{at}/preview?version=2")
    accessible(page)
    page.locator("form[action$='/preview'] button.btn-primary").click()
    expect(page.locator("#replay-totals")).to_be_visible(timeout=60_000)
    accessible(page)
    numbers = [_minor(cell) for cell in page.locator("#replay-totals tbody tr").first.locator("td").all_inner_texts()]
    assert numbers[1] - numbers[0] == numbers[2]
    changed = [_minor(row.locator("td").nth(2).inner_text()) for row in page.locator("#replay-rows tbody tr").all()]
    assert changed == sorted(changed, key=abs, reverse=True), "those that change most come first"
    page.locator("form[action$='/attach'] button").click()
    expect(page).to_have_url(re.compile("/review"))


def _minor(text: str) -> int:
    sign = -1 if "−" in text else 1
    return sign * int(re.sub(r"\D", "", text))
