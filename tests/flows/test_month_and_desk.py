"""Journey 8 up to the issued PDF; journey 11 up to the read-only look-up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
from playwright.sync_api import BrowserContext, expect

from app.kernel.periods import Month
from tests.flows.acts import accessible, sign_in
from tests.product import Product


def last_month() -> str:
    """Of the demo's operator: by the clock of Berlin, where a month begins before UTC's does."""
    return str(Month.of(datetime.now(ZoneInfo("Europe/Berlin")).date()).plus(-1))


def test_finance_closes_the_month_and_the_host_opens_the_paper(live_product: Product, new_context: Callable[..., BrowserContext]) -> None:
    fiona, felix, pia = (new_context().new_page() for _ in range(3))
    sign_in(fiona, "fiona@nordlicht.example")
    fiona.goto(f"/cpo/settlement/{last_month()}")
    accessible(fiona)
    fiona.locator("form[action$='/drafts'] button").click()
    expect(fiona.locator("#settlement a.code, #settlement td a").first).to_be_visible(timeout=60_000)
    expect(fiona.locator("#settlement progress")).to_have_count(0, timeout=90_000)
    assert fiona.locator("input[name=code]").count() == 0, "who built the drafts may not issue them"
    sign_in(felix, "felix@nordlicht.example")
    felix.goto(f"/cpo/settlement/{last_month()}")
    accessible(felix)
    felix.locator("button.btn-primary", has_text=re.compile("ausstellen|Issue")).click()
    total = felix.locator("tfoot td.num").inner_text().replace("€", "").strip()
    felix.locator("#total").fill("1")
    felix.locator("form#form button.btn-primary").click()
    expect(felix.locator("#problem-summary")).to_be_visible()
    felix.locator("#total").fill(total)
    felix.locator("form#form button.btn-primary").click()
    expect(felix.locator("#page-note")).to_be_visible()
    expect(felix.locator("#settlement progress")).to_have_count(0, timeout=90_000)
    sign_in(pia, "pia@sommer.example")
    pia.goto("/partner")
    pia.wait_for_url(lambda url: "/partner/P-" in url)
    base = "/partner/" + pia.url.split("/partner/")[1].split("/")[0].split("?")[0]
    pia.goto(f"{base}/statements")
    accessible(pia)
    pia.locator("table a").first.click()
    accessible(pia)
    paper = pia.get_by_role("link", name="PDF")
    for _ in range(30):
        if paper.count():
            break
        pia.wait_for_timeout(1_000)
        pia.reload()
    cookies = {c["name"]: c["value"] for c in pia.context.cookies()}
    answer = httpx.get(live_product.url + str(paper.get_attribute("href")), cookies=cookies)
    assert answer.content.startswith(b"%PDF")


def test_the_hotline_finds_a_charge_point_and_can_change_nothing(live_product: Product, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    sign_in(page, "aylin@nordlicht.example")
    page.goto("/cpo/desk")
    accessible(page)
    page.locator("#desk-q").fill("nl 450")
    page.locator("#desk-q").press("Enter")
    page.wait_for_url(re.compile(r"/desk/NL-0450|q="))
    if "/desk/NL-0450" not in page.url:
        page.get_by_role("link", name="NL-0450").first.click()
    expect(page).to_have_url(re.compile("/desk/NL-0450"))
    expect(page.locator(".read-only-bar")).to_be_visible()
    accessible(page)
    for path in ("/cpo/tariffs/new", "/cpo/partners/new"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403, path
