"""ux 3.9: Ctrl S saves the form that has changes, as its button does; nothing changed, nothing is sent; what decides is not saved."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from app.domain.change_orders.actions import ask_change
from app.domain.change_orders.rows import OrderInput
from tests.cast import World
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]


def test_ctrl_s_saves_what_has_changed_and_decides_nothing(new_context: Open, site: str, world: World) -> None:
    address = f"{site}/cpo/partners/{world.cast.partners['sommer'].code}/edit"
    page = new_context().new_page()
    sign_in(page, site)
    page.goto(address)
    page.wait_for_load_state()
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.keyboard.press("Control+s")
    page.locator("#name").fill("Sommer & Söhne")
    assert posts == [], "nothing had changed"
    page.locator("#name").press("Control+s")
    expect(page.locator("#page-note")).to_be_visible()
    assert len(posts) == 1
    expect(page.locator("h1")).to_contain_text("Sommer & Söhne")
    with world.work("olga") as work:
        code = ask_change(work, world.cast.partners["sommer"].id, OrderInput("data", "", "", "Neue Anschrift")).code
    page.goto(f"{site}/cpo/change-orders/{code}")
    page.wait_for_load_state()
    page.locator("#note").fill("Erledigt")
    page.locator("#note").press("Control+s")
    expect(page.locator("#note")).to_have_value("Erledigt")
    assert len(posts) == 1
