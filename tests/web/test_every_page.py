"""Every page of both portals that needs no object in its address: it answers, is accessible, fits a phone, and complains of nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext

from tests.accessible import violations
from tests.pages import Pages
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]


def addresses(app: Flask, blueprint: str) -> list[str]:
    """Addresses of pages without parameters (of their own); files and forwards are left out."""
    known = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{blueprint}.") and "GET" in (rule.methods or set()) and rule.arguments <= {"partner_code"}
    ]
    return sorted(r for r in known if not r.endswith((".csv", ".json", ".pdf", ".xlsx", ".zip")))


@pytest.mark.parametrize(
    ("who", "blueprint", "scheme", "width"),
    [("carla", "cpo", "light", 1280), ("anke", "cpo", "dark", 390), ("olga", "partner", "light", 390), ("pia", "partner", "dark", 1280)],
)
@pytest.mark.parametrize("half", [0, 1])  # so that two processes can share the work
def test_pages_without_an_object(
    new_context: Open, gallery_pages: Pages, site: str, who: str, blueprint: str, scheme: str, width: int, half: int
) -> None:
    cast = gallery_pages.world.cast
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 900}).new_page()
    sign_in(page, site, cast.people[who].email, landing="**/cpo/" if blueprint == "cpo" else "**/partner/**")
    faults: dict[str, object] = {}
    for rule in addresses(gallery_pages.app, blueprint)[half::2]:
        path = rule.replace("<partner_code>", cast.partners["sommer"].code)
        answer = page.goto(site + path)
        assert answer is not None
        if answer.status == 403 or not page.locator("html[lang]").count():
            continue  # not theirs, or only a fragment of a page
        found = violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        headings = page.locator("h1").count()
        if answer.status != 200 or found or wide or headings != 1:
            faults[path] = (answer.status, found, "too wide" if wide else "", headings)
    assert [f"{path}: {what}" for path, what in faults.items()] == []
