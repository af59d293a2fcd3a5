"""P10 and B56: a partner asks in writing for what it cannot change itself; staff take it, do it or say why not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.domain.change_orders.models import ChangeOrder
from tests.cast import World
from tests.pages import Pages

WISH = {"topic": "access", "thing": "NL-0417", "present": "8–20 Uhr", "wanted": "Rund um die Uhr offen", "wanted_on": "2026-11-01"}


def path(world: World, name: str = "sommer") -> str:
    return f"/partner/{world.cast.partners[name].code}/change-requests"


def asked(pages: Pages, world: World, who: str = "moritz", **change: str) -> str:
    """The code of a new order."""
    sent = pages.as_(who).post(f"{path(world)}/new", WISH | change)
    assert sent.status == 303, sent.words
    return str(sent.location.rpartition("/")[2].partition("?")[0])


def test_a_wish_is_taken_done_and_read_by_its_partner(pages: Pages, world: World) -> None:
    moritz = pages.as_("moritz")
    assert "Keine Änderungswünsche. Was Sie nicht selbst ändern können, beginnt hier." in moritz.get(path(world)).words
    code = asked(pages, world)
    aylin = pages.as_("aylin")
    queue = aylin.get("/cpo/change-orders")
    assert code in queue.words
    assert "Eingegangen" in queue.words
    assert aylin.post(f"/cpo/change-orders/{code}/take").status == 303
    assert pages.as_("carla").post(f"/cpo/change-orders/{code}/take").status == 409, "somebody else was faster"
    assert pages.as_("carla").post(f"/cpo/change-orders/{code}/done", {"note": "Seit heute offen."}).status == 303
    seen = moritz.get(f"{path(world)}/{code}").words
    for words in ("gewünscht von Moritz Klein", "übernommen von Aylin", "erledigt von Carla Möller", "Seit heute offen.", "01.11.2026"):
        assert words in seen
    assert code not in aylin.get("/cpo/change-orders").words, "it waits no more"
    assert code in aylin.get("/cpo/change-orders?state=done").words
    assert "Änderungsauftrag bearbeitet" in pages.as_("olga").get(f"/partner/{world.cast.partners['sommer'].code}/history").words


def test_a_refusal_needs_a_reason(pages: Pages, world: World) -> None:
    carla, code = pages.as_("carla"), asked(pages, world)
    seen = carla.post(f"/cpo/change-orders/{code}/refuse", {"note": " "})
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == ["#note"]
    assert carla.post(f"/cpo/change-orders/{code}/refuse", {"note": "Lärmschutz nach 22 Uhr."}).status == 303
    assert carla.post(f"/cpo/change-orders/{code}/done").status == 409


@pytest.mark.parametrize(
    ("who", "change", "field"),
    [
        ("moritz", {"wanted": ""}, "wanted"),
        ("moritz", {"wanted_on": "2026-10-13"}, "wanted_on"),
        ("moritz", {"topic": "bank"}, "topic"),
        ("toni", {"topic": "contract"}, "topic"),
        ("pia", {"topic": "technical"}, "topic"),
    ],
)
def test_422_names_the_field_and_keeps_nothing(pages: Pages, world: World, who: str, change: dict[str, str], field: str) -> None:
    """A topic is for those who see what it is about: a manager sees no bank account, a technician no contract, an accountant no network."""
    seen = pages.as_(who).post(f"{path(world)}/new", WISH | change)
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == [f"#{field}"]
    with world.owner() as session:
        assert session.query(ChangeOrder).count() == 0


def test_strangers_and_who_may_only_look(pages: Pages, world: World) -> None:
    code = asked(pages, world, "toni")
    willi: Any = pages.as_("willi")
    assert willi.get(f"{path(world)}/{code}").status == 404
    assert willi.get(f"{path(world, 'winter')}/{code}").status == 404
    assert pages.as_("vera").get(path(world)).status == 403
    assert pages.as_("vera").post(f"{path(world)}/new", WISH).status == 403
    assert pages.as_("theo").get(f"/cpo/change-orders/{code}").status == 200
    assert pages.as_("theo").post(f"/cpo/change-orders/{code}/take").status == 403
    assert pages.as_("olga").post(f"/cpo/change-orders/{code}/take").status == 404


def test_what_was_written_stays_as_it_was_written(pages: Pages, world: World) -> None:
    asked(pages, world)
    with world.tenant(world.actor("carla")) as session, pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("update change_order set wanted = 'x'"))
