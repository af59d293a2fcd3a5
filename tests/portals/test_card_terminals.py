"""Public EVSEs of 50 kW and more need a card terminal: noted, flagged, found in the list, and told to drivers where there is one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.cast import World
from tests.pages import Pages, Seen

LABEL = "NL-0450"


def known(world: World, answer: bool | None) -> None:
    with world.owner() as session:
        session.execute(text("update station set card_terminal = :known where label = :label"), {"known": answer, "label": LABEL})


def labels(seen: Seen) -> list[str]:
    return [a.get_text() for a in seen.soup.select("table.stations tbody th a")]


def line(seen: Seen, label: str) -> str:
    return " ".join(next(row for row in seen.soup.select("table.stations tbody tr") if label in row.get_text()).get_text(" ").split())


@pytest.mark.parametrize(
    ("answer", "word"), [(None, "Kartenterminal nicht vermerkt"), (False, "50 kW oder mehr, kein Kartenterminal"), (True, None)]
)
def test_the_list_flags_what_lacks_one_and_finds_it(pages: Pages, world: World, answer: bool | None, word: str | None) -> None:
    known(world, answer)
    carla = pages.as_("carla")
    listed = carla.get("/cpo/charge-points")
    assert ("Kartenterminal" in line(listed, LABEL)) == (word is not None)
    assert word is None or word in line(listed, LABEL)
    assert "Kartenterminal" not in line(listed, "NL-0417"), "22 kW need none"
    assert labels(carla.get("/cpo/charge-points?state=no_terminal")) == ([LABEL] if word else [])
    own = f"/partner/{world.cast.partners['sommer'].code}/charge-points"
    assert (word in pages.as_("olga").get(own).words) if word else True
    assert ("AFIR Art. 5" in carla.get(f"/cpo/charge-points/{LABEL}").words) == (word is not None)


def test_where_nobody_comes_in_from_the_street_none_is_asked_for(pages: Pages, world: World) -> None:
    known(world, False)
    with world.owner() as session:
        session.execute(text("update location set public = false"))
    carla = pages.as_("carla")
    assert labels(carla.get("/cpo/charge-points?state=no_terminal")) == []
    assert "kein Kartenterminal" not in carla.get("/cpo/charge-points").words.replace("ohne Kartenterminal", "")
    assert "AFIR" not in carla.get(f"/cpo/charge-points/{LABEL}").words


def test_staff_note_it_and_drivers_are_told_only_where_there_is_one(pages: Pages, world: World) -> None:
    known(world, None)
    theo, here = pages.as_("theo"), f"/cpo/charge-points/{LABEL}"
    told = "Sie können auch am Kartenterminal zahlen."
    assert told not in pages.nobody().get(f"/q/{LABEL}-1").words
    refused = theo.post(f"{here}/terminal", {"card_terminal": "maybe"})
    assert refused.status == 422
    assert pages.as_("carla").post(f"{here}/terminal", {"card_terminal": "yes"}).status == 403
    assert told not in pages.nobody().get(f"/q/{LABEL}-1").words, "nothing changed"
    assert theo.post(f"{here}/terminal", {"card_terminal": "yes"}).location == f"{here}/evses"
    assert "Jetzt: ja" in theo.get(f"{here}/evses").words
    assert told in pages.nobody().get(f"/q/{LABEL}-1").words
    assert told not in pages.nobody().get("/q/NL-0417-1").words
    assert theo.post(f"{here}/terminal", {"card_terminal": ""}).status == 303
    assert told not in pages.nobody().get(f"/q/{LABEL}-1").words
    with world.owner() as session:
        found = session.execute(text("select facts from audit_entry where act = 'TerminalNoted' order by at, id")).scalars().all()
    assert [(one["before"]["card_terminal"], one["after"]["card_terminal"]) for one in found] == [(None, True), (True, None)]


def test_a_new_charge_point_may_bring_the_answer(pages: Pages, world: World) -> None:
    site = world.cast.locations["marktplatz"].code
    wanted = {"label": "NL-0999", "location_code": site, "evses-0-current": "DC", "evses-0-max_kw": "150", "evses-0-plug": "ccs2"}
    theo = pages.as_("theo")
    refused = theo.post("/cpo/charge-points/new", {**wanted, "card_terminal": "perhaps"})
    assert refused.status == 422
    assert refused.one("#card_terminal-error")
    assert theo.post("/cpo/charge-points/new", {**wanted, "card_terminal": "no"}).status == 200
    assert labels(theo.get("/cpo/charge-points?state=no_terminal")) == ["NL-0999"]
