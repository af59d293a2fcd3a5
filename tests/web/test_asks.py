"""ux 3.2 and A6: what others feel asks before, without script too; history says by which way; errors name whom to ask."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect
from sqlalchemy import text

from tests.accessible import violations
from tests.cast import World
from tests.pages import Pages
from tests.web.test_browser import sign_in

Open = Callable[..., BrowserContext]


def test_history_and_log_say_how_a_change_came(pages: Pages, world: World) -> None:
    sommer = world.cast.partners["sommer"]
    with world.owner() as session:
        for kind, address in (("user", "127.0.0.1"), ("program", None), ("system", None), ("system", "127.0.0.1"), ("nobody", "127.0.0.1")):
            session.execute(
                text(
                    "insert into audit_entry (id, operator_id, partner_id, at, act, actor_kind, actor_name,"
                    " subject_kind, facts, work_id, address)"
                    " values (uuidv7(), :o, :p, :at, 'PartnerEdited', :kind, 'X', 'partner', '{}', uuidv7(), :address)"
                ),
                {"o": sommer.operator_id, "p": sommer.id, "at": world.clock(), "kind": kind, "address": address},
            )
    seen = pages.as_("carla").get(f"/cpo/partners/{sommer.code}/history")
    ways = [cell.get_text(strip=True) for cell in seen.soup.select("#history td[data-label='Weg']")]
    assert ways == ["Link in einer E-Mail", "Seite", "Auftrag", "API", "Seite"]
    assert "Link in einer E-Mail, 127.0.0.1" in pages.as_("anke").get("/cpo/audit").words


def test_an_error_page_names_whom_to_ask_without_the_database(pages: Pages) -> None:
    carla = pages.as_("carla")
    with pages.counting() as queries:
        seen = carla.get("/nowhere")
    assert "Hilfe: Nordlicht, +49 431 5550100" in seen.words
    assert seen.one("a[href^='tel:']")["href"] == "tel:+494315550100"
    assert not [one for one in queries.statements if "operator" in one.lower() and "help_phone" in one.lower()]
    assert "Hilfe:" not in pages.nobody().get("/nowhere", headers={"Accept-Language": "de"}).words, "of nobody's operator"


def test_taking_a_role_asks_before_by_keyboard_and_without_script(new_context: Open, site: str, world: World) -> None:
    team = f"{site}/partner/{world.cast.partners['sommer'].code}/team"
    page = new_context().new_page()
    sign_in(page, site, "olga@sommer.example", "**/partner/**")
    page.goto(team)
    opener = page.get_by_role("row", name="Vera Simon").get_by_role("button", name="Entfernen")
    opener.press("Enter")
    question = page.get_by_role("dialog", name="Vera Simon die Rolle nehmen?")
    expect(question).to_be_visible()
    expect(question.get_by_role("button", name="Abbrechen")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(opener).to_be_focused()
    plain = new_context(java_script_enabled=False, storage_state=page.context.storage_state()).new_page()
    plain.goto(team)
    plain.get_by_role("row", name="Vera Simon").get_by_role("button", name="Entfernen").click()
    asked = plain.get_by_role("dialog", name="Vera Simon die Rolle nehmen?")
    expect(asked).to_be_visible()
    asked.get_by_role("button", name="Abbrechen").click()
    expect(asked).to_be_hidden()
    plain.get_by_role("row", name="Vera Simon").get_by_role("button", name="Entfernen").click()
    asked.get_by_role("button", name="Vera Simon die Rolle nehmen").click()
    expect(plain.get_by_role("row", name="Vera Simon")).to_have_count(0)
