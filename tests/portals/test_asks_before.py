"""ux 3.2: what takes a way in, a card or a way to pay asks before: a question with what follows, and the act only behind it."""

from __future__ import annotations

from sqlalchemy import text

from app.domain.drivers.rows import DriverRow
from tests.cast import World
from tests.pages import Pages, Seen
from tests.portals.driver.test_me import inside
from tests.portals.driver.test_stored_cards import dora, store
from tests.portals.test_driver_pages import path
from tests.web.test_second_factor import set_up

__all__ = ["dora"]


def asks(seen: Seen, action: str, question: str, follows: str, sends: str = "*") -> None:
    """The only form that does it stands in a dialog, which says what follows; nothing but its own button opens it, without script too."""
    form = seen.one(f"form[action$='{action}']:has({sends})")
    dialog = form.find_parent("dialog")
    assert dialog is not None, "it is done without a word"
    assert dialog.h2 is not None
    assert dialog.h2.get_text(strip=True) == question
    assert follows in dialog.get_text(" ", strip=True)
    opener = seen.one(f"button[popovertarget='{dialog['id']}'][data-opens]")
    assert opener.find_parent("form") is None
    assert [button.get_text(strip=True) for button in form.select("button[autofocus]")] == ["Abbrechen"]


def test_ones_own_ways_in(pages: Pages, world: World) -> None:
    toni = pages.as_("toni")
    set_up(pages, toni)
    seen = toni.get("/account")
    with world.owner() as session:
        key = session.execute(text("select id from user_factor")).scalar_one()
    asks(
        seen,
        f"/factors/{key}/remove",
        "Telefon entfernen?",
        "Ihre Wiederherstellungscodes sind ungültig",
    )
    asks(seen, "/account/recovery-codes", "Zehn neue Codes erzeugen?", "gelten nicht mehr")


def test_drivers_and_their_cards(pages: Pages, world: World, dora: DriverRow) -> None:
    moritz, here = pages.as_("moritz"), f"{path(world)}/{dora.code}"
    with world.owner() as session:
        card = session.execute(text("select id from id_token where value = '04AADORA'")).scalar_one()
    seen = moritz.get(here)
    asks(seen, f"{dora.code}/block", f"{dora.name} sperren?", "Alle Karten dieser Person werden sofort abgewiesen.")
    asks(seen, f"{card}/block", "Karte 04AADORA sperren?", "Sie wird sofort abgewiesen")
    question = seen.one(f"#replace-{card}")
    assert "Karte 04AADORA ersetzen?" in question.get_text()
    assert question.select_one("input[name=instead]")["value"] == str(card)  # type: ignore[index]
    refused = moritz.post(f"{here}/cards", {"card": "!", "instead": str(card)})
    assert refused.status == 422
    assert refused.one("#card-form input[name=instead]")["value"] == str(card), "typed again, it is still in its place"
    assert "Anstelle von 04AADORA" in refused.words
    assert moritz.post(f"{here}/cards", {"card": "04CC11DD", "instead": str(card)}).status == 303
    assert f"#replace-{card}" not in moritz.get(here).text


def test_a_drivers_own_cards_and_company(pages: Pages, world: World, dora: DriverRow) -> None:
    phone = inside(pages, world, dora)
    asks(phone.get("/me/cards"), "/lost", "Karte 04AADORA sperren?", "Nur Sommer kann sie wieder zulassen.")
    leave = phone.get("/me/company")
    asks(leave, "/me/company", "Das Konto von Sommer verlassen?", "Ab dem nächsten Ladevorgang zahlen Sie selbst.", "input[value=left]")
    kept = store(world, phone)
    asks(phone.get(f"/me/wallet/cards/{kept.id}"), "/remove", "Diese Karte entfernen?", "Was Sie danach schulden, zahlen Sie selbst.")
