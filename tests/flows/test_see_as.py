"""Journey 2's end: staff see the portal as the partner sees it: frame, granted commands only, every write refused."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.flows.acts import accessible, sign_in


def look_as(page: Page, partner: str, role: str) -> str:
    """Begin a preview through the partner's page; the address of the portal."""
    page.goto(f"/cpo/partners?text={partner}")
    page.locator("#partners tbody th a").first.click()
    page.locator("a[href$='/see-as']").click()
    page.locator(f"input[name=role][value={role}]").check()
    page.locator("#form button.btn-primary").click()
    expect(page.locator(".preview-bar")).to_be_visible()
    return page.url.rstrip("/")


def slowly(route: Route) -> None:
    """The answer comes two seconds after the server is done."""
    answer = route.fetch(max_redirects=0)
    time.sleep(2)
    route.fulfill(response=answer)


def test_staff_see_the_portal_as_the_partner_and_change_nothing(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    sign_in(page, "carla@nordlicht.example")
    base = look_as(page, "sommer", "owner")
    expect(page.locator(".preview-bar")).to_contain_text("Sommer · ")
    accessible(page)
    page.goto(f"{base}/charge-points/NL-0450")
    expect(page.locator("#freshness")).to_have_attribute("class", re.compile("chip"))
    page.goto(f"{base}/charge-points/NL-0450/commands")
    page.locator(".command-buttons a").first.click()
    expect(page.locator("main .status")).to_have_text("403")
    expect(page.locator("main")).to_contain_text("Vorschau: Sommer")
    page.goto(f"{base}/contract")
    page.locator("form[action$='/contract/accept'] button").click()
    expect(page.locator("main .status")).to_have_text("403")
    expect(page.locator("main")).to_contain_text("könnte das tun.")
    page.goto(f"{base}/contract")
    expect(page.locator("form[action$='/contract/accept'] button")).to_be_visible()
    page.locator(".preview-bar button").click()
    expect(page.locator("#page-note")).to_be_visible()
    assert page.goto(base).status == 404  # type: ignore[union-attr]
    # Winter's contract grants no commands: none can be pressed
    base = look_as(page, "winter", "owner")
    page.goto(f"{base}/charge-points/NL-0501/commands")
    expect(page.locator(".preview-bar")).to_be_visible()
    expect(page.locator(".command-buttons a, .command-buttons button:enabled")).to_have_count(0)
    # the end closes the stream of the page; a page that is being left does not ask for it again, however long the next one takes
    page.goto(f"{base}/charge-points/NL-0501")
    expect(page.locator("#freshness")).to_have_class(re.compile("is-live"))
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if "/live/" in answer.url and answer.status == 403 else None)
    page.route("**/see-as/end", slowly)
    page.locator(".preview-bar button").click()
    expect(page.locator("#page-note")).to_be_visible()
    assert refused == []
