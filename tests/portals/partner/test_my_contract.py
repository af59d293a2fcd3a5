"""My contract (P14): the paper, and accepting it."""

from __future__ import annotations

import pytest

from tests.cast import World
from tests.pages import Pages


@pytest.fixture
def at(world: World) -> str:
    return f"/partner/{world.cast.partners['sommer'].code}/contract"


def test_the_owner_accepts_and_everybody_sees_who_and_when(pages: Pages, world: World, at: str) -> None:
    olga = pages.as_("olga")
    seen = olga.get(at)
    form = seen.soup.select("form[action$='/contract/accept']")[0]
    sent = {str(i["name"]): str(i["value"]) for i in form.select("input") if i["name"] != "csrf_token"}
    assert pages.as_("moritz").get(at).soup.select("form[action$='/contract/accept']") == []
    assert pages.as_("moritz").post(f"{at}/accept", sent).status == 403
    assert olga.post(f"{at}/accept", sent | {"hash": "0" * 64}).status == 409
    assert olga.post(f"{at}/accept", sent).status == 303
    accepted = olga.get(at)
    assert "Angenommen von Olga Sommer" in accepted.words
    assert sent["hash"] in accepted.words
    assert accepted.soup.select("form[action$='/contract/accept']") == []
    code = sent["contract"]
    assert "Angenommen von Olga Sommer" in pages.as_("carla").get(f"/cpo/contracts/{code}").words


def test_the_paper_opens_for_both_sides_and_no_stranger(pages: Pages, world: World, at: str) -> None:
    code = pages.as_("carla").get("/cpo/contracts?text=sommer").soup.select("#contracts tbody th .code")[0].get_text()
    for who, address in (("olga", f"{at}/{code}/1.pdf"), ("pia", f"{at}/{code}/1.pdf"), ("carla", f"/cpo/contracts/{code}/1.pdf")):
        answer = pages.as_(who).client.get(address)
        assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "application/pdf", b"%PDF"), who
    willi = world.cast.partners["winter"].code
    assert pages.as_("willi").get(f"/partner/{willi}/contract/{code}/1.pdf").status == 404
    assert pages.as_("olga").get(f"{at}/{code}/9.pdf").status == 404
    assert pages.as_("theo").get(f"/cpo/contracts/{code}/1.pdf").status == 404
