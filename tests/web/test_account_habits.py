"""A5 and ux 3.9: spacing, single keys that can be switched off, and the question before a sign-in ends by itself."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect
from sqlalchemy import text

from tests.accessible import violations
from tests.pages import Pages
from tests.web.test_browser import pass_time, sign_in

Open = Callable[..., BrowserContext]
SAVED = {"name": "Carla Möller", "language": "de", "region": "de_DE", "theme": "system", "time_basis": "site"}


def test_spacing_is_the_portals_until_somebody_chooses(pages: Pages) -> None:
    carla, olga = pages.as_("carla"), pages.as_("olga")
    home = f"/partner/{pages.world.cast.partners['sommer'].code}/"
    assert carla.get("/cpo/").one("html")["data-density"] == "compact"
    assert olga.get(home).one("html")["data-density"] == "normal"
    assert carla.post("/account", SAVED | {"density": "normal", "shortcuts": "y"}).status == 303
    assert carla.get("/cpo/").one("html")["data-density"] == "normal"
    bad = carla.post("/account", SAVED | {"density": "tiny"})
    assert (bad.status, [a["href"] for a in bad.soup.select("#problem-summary a")]) == (422, ["#density"])
    with pages.world.owner() as session:
        facts = session.execute(text("select facts from audit_entry where act = 'HabitsChanged'")).scalar_one()
    assert (facts["before"], facts["after"]) == ({"density": "usual"}, {"density": "normal"})


def test_keys_are_listed_as_far_as_the_person_may_go_and_gone_when_switched_off(pages: Pages) -> None:
    carla, theo = pages.as_("carla"), pages.as_("theo")
    assert [a["data-key"] for a in carla.get("/cpo/").soup.select("#keys a[data-key]")] == ["t", "p", "c", "s", "m"]
    assert [a["data-key"] for a in theo.get("/cpo/").soup.select("#keys a[data-key]")] == ["t", "p", "c", "s"]
    assert carla.post("/account", SAVED).status == 303
    seen = carla.get("/cpo/")
    assert seen.soup.select("#keys, script[src*='keys.js'], .search kbd") == []


def test_the_page_says_how_long_the_sign_in_lasts_and_asking_does_not_prolong_it(pages: Pages) -> None:
    fiona, clock = pages.as_("fiona"), pages.world.clock
    idle = int(pages.app.extensions["voltpact.settings"].session_idle_strict.total_seconds())
    assert fiona.get("/cpo/").one("#idle")["data-left"] == str(idle)
    clock.move(seconds=idle - 100)
    asked = fiona.htmx("/still-here").response.json
    assert (asked["left"], asked["who"]) == (100, str(pages.world.cast.people["fiona"].id))
    assert fiona.post("/still-here").response.json["left"] == idle
    clock.move(seconds=idle - 50)
    assert fiona.htmx("/cpo/sessions").status == 200, "a part that the page asks for by itself"
    assert fiona.htmx("/still-here").response.json["left"] == 50
    clock.move(seconds=51)
    assert fiona.htmx("/still-here").response.json == {"left": 0}
    assert fiona.post("/still-here").response.json == {"left": 0}
    assert fiona.get("/cpo/").location.startswith("/sign-in")


def test_by_keyboard_jump_list_and_nothing_while_typing(new_context: Open, site: str) -> None:
    page = new_context().new_page()
    sign_in(page, site)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Tasten")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("dialog", name="Tasten")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#q").focus()
    page.keyboard.type("?gp/")
    expect(page.locator("#q")).to_have_value("?gp/")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/cpo/partners")
    page.keyboard.press("n")
    page.wait_for_url("**/cpo/partners/new")


def test_two_minutes_before_the_end_a_question_takes_the_keyboard(new_context: Open, site: str, pages: Pages) -> None:
    clock, idle = pages.world.clock, pages.app.extensions["voltpact.settings"].session_idle
    page = new_context().new_page()
    page.clock.install()
    sign_in(page, site)
    page.goto(f"{site}/account")
    page.get_by_label("Name", exact=True).fill("Carla M.")
    clock.move(seconds=idle.total_seconds() - 119)
    page.clock.fast_forward(int(idle.total_seconds() - 120) * 1000)
    question = page.get_by_role("alertdialog", name="Sie werden bald abgemeldet")
    expect(question).to_be_visible()
    assert violations(page) == []
    stay = page.get_by_role("button", name="Angemeldet bleiben")
    expect(stay).to_be_focused()
    stay.press("Enter")
    expect(question).to_be_hidden()
    # nobody answers: what is typed stays, and can be saved after a sign-in in another tab
    clock.move(seconds=idle.total_seconds() + 1)
    page.clock.fast_forward(int(idle.total_seconds() - 120) * 1000)
    over = page.get_by_role("alertdialog", name="Sie sind abgemeldet")
    pass_time(page, over.is_visible)
    page.get_by_role("button", name="Hier weitermachen").click()
    expect(page.get_by_text("Sie sind noch nicht angemeldet")).to_be_visible()
    other = page.context.new_page()
    sign_in(other, site)
    page.get_by_role("button", name="Hier weitermachen").click()
    expect(over).to_be_hidden()
    page.get_by_role("button", name="Speichern", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="gespeichert")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Carla M.")
