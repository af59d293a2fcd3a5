"""The first page of staff: for every role, with what that role may see, and its parts alone."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge, in_service
from tests.pages import Pages


@pytest.mark.parametrize("who", ["anke", "carla", "fiona", "theo", "aylin"])
def test_it_opens_for_every_role_of_the_staff(pages: Pages, who: str) -> None:
    visitor = pages.as_(who)
    seen = visitor.get("/cpo/")
    assert (seen.status, seen.heading) == (200, "Heute")
    assert seen.one("#state-tiles")
    assert visitor.get("/cpo/today").status == 308


def test_partners_and_strangers_have_no_today(pages: Pages) -> None:
    assert pages.as_("olga").get("/cpo/").status == 404
    assert pages.nobody().get("/cpo/").status == 303


def test_a_technician_sees_no_revenue(pages: Pages) -> None:
    assert len(pages.as_("fiona").get("/cpo/").soup.select("#today-figures .tile")) == 5
    assert len(pages.as_("theo").get("/cpo/").soup.select("#today-figures .tile")) == 3


def test_needs_lead_to_the_page_that_deals_with_them(pages: Pages, world: World) -> None:
    for label in world.cast.stations:
        in_service(world, label)
        charge(world, label, ended_at=NOW)
    carla = pages.as_("carla")
    empty = carla.get("/cpo/")
    assert empty.soup.select("#needs .needs li") == []
    said = " ".join(empty.one("#needs").text.split())
    assert "Nichts wartet auf Sie. Nächster Termin: Abrechnungen entwerfen am 01.11.2026." in said
    in_service(world, "NL-0418", "Faulted")
    needs = carla.htmx("/cpo/today/needs")
    assert needs.one("#need-faulted p a")["href"] == "/cpo/today/kinds/faulted"
    assert needs.one("#need-faulted .thing-name a")["href"] == "/cpo/charge-points/NL-0418"
    assert "NL-0418" in carla.get("/cpo/today/kinds/faulted").text
    assert needs.soup.find("html") is None
    assert pages.as_("fiona").get("/cpo/today/kinds/knocking").status == 404, "not hers"


@pytest.mark.parametrize("part", ["figures", "needs", "states", "news"])
def test_parts_are_read_alone(pages: Pages, part: str) -> None:
    seen = pages.as_("anke").htmx(f"/cpo/today/{part}")
    assert seen.status == 200
    assert len(seen.soup.find_all(recursive=False)) == 1


def _faulted(world: World) -> str:
    for label in world.cast.stations:
        in_service(world, label)
    in_service(world, "NL-0418", "Faulted")
    return str(world.cast.stations["NL-0418"].id)


def test_what_came_since_waits_behind_a_button(pages: Pages, world: World) -> None:
    _faulted(world)
    theo = pages.as_("theo")
    news = theo.get("/cpo/").one("#needs-news")["hx-get"]
    assert theo.htmx(news).soup.select("a") == []
    in_service(world, "NL-0450", "Faulted")
    assert theo.htmx(news).one("a").text == "1 neu · Anzeigen"
    in_service(world, "NL-0450", "Available")
    in_service(world, "NL-0418", "Available")
    quiet = theo.htmx(news)
    assert quiet.soup.select("a") == []
    assert quiet.one("span[hx-get]"), "fewer than before: the list is read anew by itself"
    assert theo.htmx("/cpo/today/news?had=nonsense.x-.-~").status == 200


def test_one_takes_it_and_a_colleague_is_asked_before_taking_it_over(pages: Pages, world: World) -> None:
    key = _faulted(world)
    theo, anke = pages.as_("theo"), pages.as_("anke")
    assert theo.post(f"/cpo/today/take/faulted/{key}", {}).status == 303
    assert theo.get("/cpo/").one("#need-faulted .who").text.strip() == "Sie"
    shown = anke.get("/cpo/").one("#need-faulted .thing-acts")
    assert "Theo" in shown.text
    assert shown.select("button") == [], "nothing of a colleague's is taken by one click"
    refused = anke.post(f"/cpo/today/take/faulted/{key}", {})
    assert refused.status == 409
    ask = refused.one("form input[name=instead_of]")["value"]
    assert anke.post(f"/cpo/today/give-back/faulted/{key}", {}).status == 409
    assert anke.post(f"/cpo/today/take/faulted/{key}", {"instead_of": ask}).status == 303
    assert "Anke" in theo.get("/cpo/").one("#need-faulted .who").text
    assert theo.post(f"/cpo/today/take/faulted/{key}", {"instead_of": ask}).status == 409, "it is Anke's by now"
    assert anke.post(f"/cpo/today/give-back/faulted/{key}", {}).status == 303
    assert theo.get("/cpo/").soup.select("#need-faulted .who") == []


def test_snoozed_it_is_gone_for_everybody_and_comes_back_by_itself(pages: Pages, world: World) -> None:
    key = _faulted(world)
    theo = pages.as_("theo")
    path = f"/cpo/today/snooze/faulted/{key}"
    empty = theo.post(path, {"until": "2026-10-20", "reason": ""})
    assert (empty.status, len(empty.soup.select("#reason-error"))) == (422, 1)
    for day in ("2026-10-14", "2027-01-13"):
        late = theo.post(path, {"until": day, "reason": "Ersatzteil"})
        assert (late.status, len(late.soup.select("#until-error"))) == (422, 1), day
    assert theo.get("/cpo/").one("#need-faulted"), "refused: still there"
    assert theo.post(path, {"until": "2026-10-20", "reason": "Ersatzteil kommt am 19."}).status == 303
    anke = pages.as_("anke")
    assert anke.get("/cpo/").soup.select("#need-faulted") == []
    rows = anke.get("/cpo/today/snoozed")
    assert "Ersatzteil kommt am 19." in rows.text
    assert "NL-0418" in rows.text
    assert anke.post(f"/cpo/today/wake/faulted/{key}", {}).status == 303
    assert anke.get("/cpo/").one("#need-faulted")


def test_what_is_not_there_or_not_ones_own_cannot_be_marked(pages: Pages, world: World) -> None:
    key = _faulted(world)
    other = world.cast.stations["NL-0417"].id
    for act in ("take", "give-back", "snooze", "wake"):
        assert pages.as_("theo").post(f"/cpo/today/{act}/faulted/{other}", {}).status == 404, "it needs nobody"
        assert pages.as_("fiona").post(f"/cpo/today/{act}/knocking/{key}", {}).status == 404
        assert pages.as_("theo").post(f"/cpo/today/{act}/nothing/{key}", {}).status == 404


def _look_after(world: World, who: str, *partners: str) -> None:
    with world.owner() as session:
        for name in partners:
            keys = {"who": world.cast.people[who].id, "partner": world.cast.partners[name].id}
            session.execute(text("update partner set manager_id = :who where id = :partner"), keys)


def test_my_partners_and_what_i_have_taken_are_lists_of_their_own(pages: Pages, world: World) -> None:
    """NL-0417 and NL-0418 stand at Sommer, NL-0501 at Winter."""
    for label in world.cast.stations:
        in_service(world, label)
    for label in ("NL-0417", "NL-0418", "NL-0501"):
        in_service(world, label, "Faulted")
    theo = pages.as_("theo")
    whole = theo.get("/cpo/")
    ways = [a.get_text() for a in whole.soup.select("#needs nav a")]
    assert ways[1:] == ["Meine Standortpartner: 0", "Von mir übernommen: 0"]
    assert "Sie betreuen keinen Standortpartner." in theo.get("/cpo/?show=mine").one("#needs").get_text()
    _look_after(world, "theo", "winter")
    mine = theo.get("/cpo/?show=mine")
    assert [a.get_text() for a in mine.soup.select("#need-faulted .thing-name a")] == ["NL-0501"]
    counts = {word.split(":")[0]: word.split(":")[1].strip() for word in (a.get_text() for a in mine.soup.select("#needs nav a"))}
    assert counts["Meine Standortpartner"] == str(len(mine.soup.select("#needs .thing")))
    assert int(counts["Alle"]) > int(counts["Meine Standortpartner"])
    assert mine.one("#needs nav a[aria-current]")["href"] == "/cpo/?show=mine"
    assert [row.get_text() for row in theo.get("/cpo/today/kinds/faulted?show=mine").soup.select(".thing-name a")] == ["NL-0501"]
    key = str(world.cast.stations["NL-0418"].id)
    taken = theo.post(f"/cpo/today/take/faulted/{key}?show=mine", {})
    assert taken.location == "/cpo/?show=mine"
    own = theo.get("/cpo/?show=taken")
    assert [a.get_text() for a in own.soup.select("#needs .thing-name a")] == ["NL-0418"]
    assert theo.post(f"/cpo/today/give-back/faulted/{key}?show=taken", {}).location == "/cpo/?show=taken"
    assert "Sie haben nichts übernommen, das noch wartet." in theo.get("/cpo/?show=taken").one("#needs").get_text()
    assert len(theo.get("/cpo/?show=nonsense").soup.select("#need-faulted .thing")) == 3


def test_what_is_live_stays_in_the_list_that_is_shown(pages: Pages, world: World) -> None:
    for label in world.cast.stations:
        in_service(world, label)
        charge(world, label, ended_at=NOW)
    _look_after(world, "theo", "winter")
    theo = pages.as_("theo")
    page = theo.get("/cpo/?show=mine")
    assert "Bei den Standortpartnern, die Sie betreuen, wartet nichts auf Sie." in page.one("#needs").get_text()
    news = page.one("#needs-news")["hx-get"]
    in_service(world, "NL-0418", "Faulted")
    assert theo.htmx(news).soup.select("a") == [], "Sommer is somebody else's"
    in_service(world, "NL-0501", "Faulted")
    link = theo.htmx(news).one("a")
    assert (link.text, link["href"], link["hx-get"]) == ("1 neu · Anzeigen", "/cpo/?show=mine", "/cpo/today/needs?show=mine")
    again = theo.htmx(link["hx-get"])
    assert [a.get_text() for a in again.soup.select("#need-faulted .thing-name a")] == ["NL-0501"]


def test_a_thing_keeps_the_list_it_was_opened_from(pages: Pages, world: World) -> None:
    key = _faulted(world)
    _look_after(world, "theo", "sommer")
    theo = pages.as_("theo")
    place = theo.get("/cpo/?show=mine").one("#need-faulted .thing-acts a")["href"]
    assert place == f"/cpo/today/things/faulted/{key}?show=mine"
    form = theo.get(place).one("form[action*=snooze]")["action"]
    assert theo.post(form, {"until": "2026-10-20", "reason": ""}).status == 422
    assert theo.post(form, {"until": "2026-10-20", "reason": "Ersatzteil"}).location == "/cpo/?show=mine"
    assert theo.get("/cpo/?show=mine").soup.select("#need-faulted") == []
