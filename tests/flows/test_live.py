"""Journey 7, its live part: staff and host see a fault within a second, the stranger nothing; a cut stream comes back with the truth."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import own_station, sign_in
from tests.product import Product


def signed_in(new_context: Callable[..., BrowserContext], email: str) -> Page:
    page = new_context().new_page()
    sign_in(page, email)
    return page


def partner_base(page: Page) -> str:
    """/partner/<code> of who is signed in."""
    page.goto("/partner")
    page.wait_for_url(lambda url: "/partner/P-" in url)
    return "/partner/" + page.url.split("/partner/")[1].split("/")[0].split("?")[0]


def live(page: Page) -> None:
    """The stream is open."""
    expect(page.locator("#freshness, [data-freshness]").first).to_contain_text("Live", timeout=15_000)


def place(page: Page) -> object:
    """How far down somebody has read, and what has the focus; the first time it goes to the last row of the list, further down."""
    return page.evaluate("""() => {
      if (document.activeElement === document.body) {
        scrollTo({ top: 120, behavior: "instant" });
        [...document.querySelectorAll("#main tbody th a")].at(-1).focus({ preventScroll: true });
      }
      return [scrollY, document.activeElement.outerHTML];
    }""")


def test_a_fault_is_on_the_right_screens_within_a_second(live_product: Product, new_context: Callable[..., BrowserContext]) -> None:
    staff, host, stranger = (signed_in(new_context, f"{name}.example") for name in ("theo@nordlicht", "moritz@sommer", "willi@winter"))
    staff.set_viewport_size({"width": 1280, "height": 480})
    with own_station(live_product, "NL-0418") as station:
        staff.goto("/cpo/charge-points")
        host.goto(f"{partner_base(host)}/charge-points")
        other = partner_base(stranger)
        refused = stranger.goto(f"{other}/charge-points/NL-0418")
        assert refused is not None
        assert refused.status == 404
        stranger.goto(f"{other}/charge-points")
        for page in (staff, host):
            expect(page.locator("#chip-NL-0418-1 .role-ok")).to_be_visible()
            live(page)
            page.wait_for_timeout(500)
        before = place(staff)
        # what a reader of screens is told from here on
        staff.evaluate("""() => { window.told = []; new MutationObserver(() => told.push(document.getElementById("announce").textContent))
            .observe(document.getElementById("announce"), { childList: true, characterData: true, subtree: true }); }""")
        station.fault(1)
        for page in (staff, host):
            chip = page.locator("#chip-NL-0418-1 .role-fault")
            expect(chip).to_be_visible(timeout=3_000)
            expect(chip).to_have_text("Gestört")
            expect(chip.locator("svg use")).to_have_attribute("href", re.compile("triangle"))
        assert place(staff) == before, "neither scroll nor focus moved"
        expect(staff.locator("#announce[role=status]")).not_to_be_empty(timeout=15_000)
        assert len(staff.evaluate("told")) == 1, "one polite announcement"
        assert "NL-0418" not in stranger.content()
        station.well_again(1)
        for page in (staff, host):
            expect(page.locator("#chip-NL-0418-1 .role-ok")).to_be_visible(timeout=3_000)


def test_a_cut_stream_comes_back_with_the_truth(
    live_product: Product, new_context: Callable[..., BrowserContext], complaints: list[str]
) -> None:
    context = new_context()
    page = context.new_page()
    sign_in(page, "theo@nordlicht.example")
    with own_station(live_product, "NL-0418") as station:
        page.goto("/cpo/charge-points/NL-0418")
        expect(page.locator("#connector-NL-0418-2 .badge-state.role-ok")).to_be_visible()
        context.set_offline(True)
        station.fault(2)
        page.wait_for_timeout(1_500)
        context.set_offline(False)
        expect(page.locator("#connector-NL-0418-2 .role-fault").first).to_be_visible(timeout=90_000)
        station.well_again(2)
        expect(page.locator("#connector-NL-0418-2 .badge-state.role-ok")).to_be_visible(timeout=10_000)
    # the browser rightly says that it was cut off
    complaints[:] = [one for one in complaints if "ERR_INTERNET_DISCONNECTED" not in one and "Failed to fetch" not in one]
