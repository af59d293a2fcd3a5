"""Journey 5: who pays what. A group of five lines, the tester, the order by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import BrowserContext, Page, expect

from tests.flows.acts import accessible, sign_in

#: Two days on: a suite that began before midnight still means a day to come
LATER = (datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")) + timedelta(days=2)).date()


def choose_tariff(page: Page, selector: str, words: str) -> None:
    options = page.locator(f"{selector} option")
    names = options.all_inner_texts()
    page.locator(selector).select_option(label=next(name for name in names if name.startswith(words)))


def add_line(page: Page, group: str, tariff: str, **line: str) -> None:
    page.goto(f"{group}/lines")
    for name, value in line.items():
        if name in ("app", "roaming"):
            page.locator(f"input[name=channels][value={name}]").check()
        elif name == "own":
            page.locator("#own_users").check()
        else:
            page.locator(f"#{name}").fill(value)
    choose_tariff(page, "#tariff", tariff)
    page.locator("#reason").fill("Vereinbarter Preis")
    page.locator("form#form button.btn-primary").click()
    expect(page.locator("#group-work")).to_be_visible()


def ask(page: Page, who: str) -> None:
    page.locator("#who").select_option(who)
    expect(page.locator("#who")).to_have_value(who)
    expect(page.locator("#tester-answer")).to_be_visible()


def a_group(page: Page) -> str:
    """A group of five lines that counts at NL-0417/1 from then on; its address."""
    page.goto("/cpo/tariff-groups/new")
    page.locator("#name").fill("Marktplatz")
    choose_tariff(page, "#rest", "AC standard")
    page.locator("form#form button.btn-primary").click()
    expect(page.locator("#line-rest")).to_be_visible()
    group = page.url.split("?")[0]
    add_line(page, group, "DC fast", own="yes")
    add_line(page, group, "AC standard", app="yes")
    add_line(page, group, "DC fast", app="yes", plan="NACHT")
    add_line(page, group, "DC fast", roaming="yes", provider="DE*8AA")
    page.goto(f"{group}/places")
    page.locator("#level").select_option("evse")
    page.locator("#place").fill("NL-0417/1")
    page.locator("#starts_at").fill(f"{LATER}T00:00")
    page.locator("form#form button.btn-primary").click()
    expect(page.locator("#group-work")).to_be_visible()
    return group


def test_who_pays_what(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    sign_in(page, "carla@nordlicht.example")
    group = a_group(page)
    page.goto(f"{group}?evse=NL-0417/1&at={LATER}T18:30")
    accessible(page)
    expect(page.locator("#line-3 .group-dead")).to_contain_text("2")  # never reached because of line 2
    for who, line in (("adhoc", "line-rest"), ("own", "line-1"), ("provider:DE*8AA", "line-4"), ("plan:NACHT", "line-2")):
        ask(page, who)
        expect(page.locator(".is-lit")).to_have_id(line)
        expect(page.locator(".way .wins")).to_be_visible()
    expect(page.locator(".tester-price")).to_contain_text("0,49")
    page.locator("#up-3").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#group-said")).to_contain_text(re.compile("3.*2"))
    expect(page.locator("#up-2")).to_be_focused()
    expect(page.locator("#line-2")).to_contain_text("NACHT")
    expect(page.locator(".is-lit")).to_have_id("line-2")
    expect(page.locator(".tester-price")).to_contain_text("0,69")
    expect(page.locator("#line-3 .group-dead")).to_have_count(0)
    page.goto(f"{group}?evse=NL-0417/1&at={LATER}T18:30&all=yes#tester")
    expect(page.locator("#tester tbody tr")).not_to_have_count(0)
    accessible(page)
    page.goto(group)
    page.locator("#group-work .callout button.btn-primary").click()
    expect(page.locator("#page-note")).to_be_visible()
    expect(page.locator("#group-work .callout.role-planned")).to_be_visible()
