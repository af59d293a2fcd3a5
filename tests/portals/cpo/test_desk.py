"""B54, B55 and the search: found in one go, explained on one screen, nothing to alter."""

from __future__ import annotations

import pytest

from tests.pages import Pages
from tests.portals.network_places import all_speak_english, in_motion


@pytest.fixture(autouse=True)
def _english(pages: Pages) -> None:
    all_speak_english(pages.world)


@pytest.mark.parametrize("typed", ["NL-0417", "nl 417", "nl0417", "0417", "417/2", "nl 0 4 1 7"])
def test_what_a_caller_reads_out_leads_straight_to_its_screen(pages: Pages, typed: str) -> None:
    seen = pages.as_("aylin").get("/cpo/desk", query_string={"q": typed})
    assert seen.location == "/cpo/desk/NL-0417"


def test_a_partner_name_lists_its_charge_points(pages: Pages) -> None:
    links = [a["href"] for a in pages.as_("aylin").get("/cpo/desk?q=winter").soup.select("#main .tasks a")]
    assert "/cpo/desk/NL-0501" in links
    assert "/cpo/desk/NL-0417" not in links


def test_one_screen_explains_everything_and_changes_nothing(pages: Pages) -> None:
    in_motion(pages.world)
    seen = pages.as_("aylin").get("/cpo/desk/NL-0417")
    assert seen.status == 200
    assert "By phone we read and explain. Changes need a written order." in seen.words
    assert "€0.49/kWh" in seen.words
    assert "Sommer Technik" in seen.words
    assert "Unlock connector /1" in seen.words
    assert "AC share" not in seen.words
    assert "70%" in seen.words
    main = seen.one("#main")
    assert {f["action"].partition("#")[0] for f in main.select("form")} == {"/cpo/desk", "/cpo/desk/NL-0417"}
    assert {f.get("method", "get") for f in main.select("form")} == {"get"}
    targets = {a["href"] for a in main.select("a[href]")}
    assert not {t for t in targets if any(word in t for word in ("/edit", "/new", "/key", "/retire", "availability"))}


def test_the_desk_is_the_hotlines(pages: Pages) -> None:
    for who in ("theo", "fiona"):
        assert pages.as_(who).get("/cpo/desk").status == 403
    assert pages.as_("aylin").get("/cpo/desk/NL-9999").status == 404


def test_a_whole_name_leads_straight_there(pages: Pages) -> None:
    theo = pages.as_("theo")
    assert theo.get("/cpo/search?q=nl+417").location == "/cpo/charge-points/NL-0417"
    assert theo.get("/cpo/search?q=nl-0417/2").location == "/cpo/charge-points/NL-0417#connector-NL-0417-2"
    assert theo.get("/cpo/search?q=DE*NLT*E0501*1").location == "/cpo/charge-points/NL-0501"
    site = pages.world.cast.locations["hof"].code
    assert theo.get(f"/cpo/search?q={site.lower()}").location == f"/cpo/locations/{site}"


def test_words_find_places_partners_and_charge_points(pages: Pages) -> None:
    words = pages.as_("theo").get("/cpo/search?q=winter").words
    for found in ("Hotel Winter, Hof", "NL-0501"):
        assert found in words
    assert "NL-0417" not in words
    assert "Nothing found for “zzz”" in pages.as_("theo").get("/cpo/search?q=zzz").words
    assert "at least two" in pages.as_("theo").get("/cpo/search?q=").words
