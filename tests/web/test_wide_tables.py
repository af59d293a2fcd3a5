"""The widest lists fit a desktop of 1280 pixels in German and French: none of their tables scrolls sideways."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext
from sqlalchemy import text

from tests.cast import World
from tests.pages import Pages
from tests.portals.cpo.test_settlement_pages import issued
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]
_OVER = (
    "[...document.querySelectorAll('.table-hold')].map(h => [h.ariaLabel, h.scrollWidth - h.clientWidth]).filter(([_, over]) => over > 0)"
)


def long_words(world: World, language: str) -> str:
    """A month issued, everybody reads this language, and names are as long as names are; the statement's code."""
    code = issued(world)
    with world.owner() as session:
        session.execute(text("update user_account set language = :language"), {"language": language})
        session.execute(text("update partner set name = 'Sommer Gastronomie- und Hotelbetriebsgesellschaft mbH' where code = :code"),
                        {"code": world.cast.partners["sommer"].code})  # fmt: skip
    return code


@pytest.mark.parametrize("language", ["de", "fr"])
def test_no_table_scrolls_sideways_on_a_desktop(new_context: Open, gallery_pages: Pages, site: str, language: str) -> None:
    world = gallery_pages.world
    code = long_words(world, language)
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, site, world.cast.people["anke"].email)
    over = {}
    for path in ("/cpo/partners", "/cpo/staff", "/cpo/settlement/2026-10", f"/cpo/statements/{code}", "/cpo/tariffs"):
        page.goto(site + path)
        assert page.locator(".table-hold").count(), path
        if found := page.evaluate(_OVER):
            over[path] = found
        if shots := os.environ.get("G_SHOTS"):
            page.screenshot(path=f"{shots}/{language}{path.replace('/', '-')}.png", full_page=True)
    assert over == {}
