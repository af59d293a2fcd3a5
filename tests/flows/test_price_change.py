"""Journey 4: a host changes its price within its contract and the law; staff sees it, the stranger never does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import accessible, sign_in

ON = "button[value=publish].btn-primary"


def base_of(page: Page, email: str) -> str:
    """Signed in; /partner/<code> of the account."""
    sign_in(page, email)
    page.goto("/partner")
    page.wait_for_url(lambda url: "/partner/P-" in url)
    return "/partner/" + page.url.split("/partner/")[1].split("/")[0].split("?")[0]


def made_and_assigned(page: Page, base: str) -> str:
    """Sommer's own sheet at 0.49, from a starter, for its 150 kW charge point; its code."""
    page.goto(f"{base}/prices/new?starter=per_kwh")
    accessible(page)
    page.locator("#name").fill("Haus")
    page.locator(ON).click()
    page.wait_for_url(re.compile(r"/prices/T-\w+"))
    code = page.url.split("/prices/")[1].split("?")[0]
    page.goto(f"{base}/prices/{code}/assign?text=NL-0450")
    page.locator("input[name=evse]").first.check()
    page.locator("form .btn-primary").last.click()
    expect(page.locator("#page-note")).to_be_visible()
    return code


def away_from_the_quarter(page: Page, seconds: float = 60) -> None:
    """Prices begin with a quarter of an hour; what is withdrawn here must not have begun by then."""
    left = 900 - time.time() % 900
    if left < seconds:
        page.wait_for_timeout((left + 1) * 1000)


def test_a_host_changes_its_price(new_context: Callable[..., BrowserContext]) -> None:
    moritz, carla, willi = (new_context().new_page() for _ in range(3))
    base = base_of(moritz, "moritz@sommer.example")
    code = made_and_assigned(moritz, base)
    moritz.goto(f"{base}/prices/{code}/edit")
    price = moritz.locator("#lines-0-price")
    expect(moritz.locator("#line-0")).to_contain_text(re.compile("0,79|0.79"))

    price.fill("0.85")
    expect(moritz.locator("#effect li.role-fault")).to_contain_text(re.compile("0,79|0.79"))
    moritz.locator(ON).click()
    expect(moritz.locator("#problem-summary")).to_be_focused()
    expect(moritz.locator("#lines-0-price-error")).to_contain_text(re.compile("0,79|0.79"))

    price.fill("0.55")
    usual = moritz.locator("#effect tbody tr").nth(1)  # 22 kWh: 10.78 now, 12.10 new, 1.32 more
    for amount in ("10[,.]78", "12[,.]10", "1[,.]32"):
        expect(usual).to_contain_text(re.compile(amount))
    expect(moritz.locator("#grid-1 figcaption")).to_contain_text(re.compile("0[,.]55"))
    expect(moritz.locator("#said-0")).to_contain_text(re.compile("0[,.]55"))

    moritz.locator("#add-FLAT").click()
    moritz.locator("#lines-1-price").fill("1")
    blocked = moritz.locator("#effect li.role-fault")
    expect(blocked).to_contain_text("AFIR Art. 5(4)")
    accessible(moritz)
    moritz.locator(ON).click()
    moritz.wait_for_url("**/publish")
    expect(moritz.locator("form#form .btn-primary")).to_be_disabled()
    moritz.goto(f"{base}/prices/{code}/edit")
    blocked.locator("button").click()
    expect(moritz.locator("#line-1")).to_have_count(0)
    expect(blocked).to_have_count(0)

    moritz.locator(ON).click()
    moritz.wait_for_url("**/publish")
    expect(moritz.locator(".diff-gone")).to_contain_text(re.compile("0[,.]49"))
    expect(moritz.locator(".diff-new")).to_contain_text(re.compile("0[,.]55"))
    accessible(moritz)
    sign_in(carla, "carla@nordlicht.example")
    carla.goto(f"/cpo/tariffs/{code}")
    expect(carla.locator("#tariff-now")).to_contain_text(re.compile("0[,.]49"))
    expect(carla.locator(".diff-new")).to_have_count(0)
    away_from_the_quarter(moritz, 75)
    moritz.locator("form#form .btn-primary").click()
    expect(moritz.locator("#page-note")).to_be_visible()
    accessible(moritz)

    # the page that is open already says so by itself
    expect(carla.locator(".diff-new")).to_contain_text(re.compile("0[,.]55"), timeout=15_000)
    other = base_of(willi, "willi@winter.example")
    for path in ("", "/edit", "/publish", "/assign"):
        answer = willi.goto(f"{other}/prices/{code}{path}")
        assert answer is not None
        assert answer.status == 404, path

    moritz.locator("form[action$='/withdraw'] button").click()
    expect(moritz.locator(".version-withdrawn")).to_have_count(1)
    expect(moritz.locator(".diff-new")).to_have_count(0)
