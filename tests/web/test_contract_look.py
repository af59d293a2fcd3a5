"""Every page of a contract in a real browser: accessible, fits a phone, one heading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.accessible import violations
from tests.domain.settlement.test_previewing import replay, winter_in_october
from tests.pages import Pages
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]
TABS = ("", "/permissions", "/revenue-share", "/fees", "/electricity", "/overrides", "/preview", "/review", "/charge-points")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_editor_is_accessible_and_fits(new_context: Open, gallery_pages: Pages, site: str, scheme: Any, width: int) -> None:
    world = gallery_pages.world
    code = winter_in_october(world)
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 900}).new_page()
    sign_in(page, site)
    page.goto(f"{site}/cpo/contracts/{code}")
    page.locator("form[action$='/new-version'] button").click()
    page.goto(f"{site}/cpo/contracts/{code}/overrides?version=2")
    page.locator("form[action$='/overrides/roaming'] button").click()
    replay(world, code)
    faults: dict[str, Any] = {}
    for tab in TABS:
        page.goto(f"{site}/cpo/contracts/{code}{tab}?version=2&channel=emsp")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found = violations(page)
        if found or wide or page.locator("h1").count() != 1:
            faults[tab] = (found, "too wide" if wide else "")
    assert faults == {}
