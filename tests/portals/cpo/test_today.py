"""The first page of staff: for every role, with what that role may see, and its parts alone."""

from __future__ import annotations

import pytest

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
    assert carla.get("/cpo/").soup.select("#needs li") == []
    in_service(world, "NL-0418", "Faulted")
    needs = carla.htmx("/cpo/today/needs")
    assert needs.one("#need-faulted a")["href"] == "/cpo/charge-points?state=Faulted"
    assert carla.get("/cpo/charge-points?state=Faulted").status == 200
    assert needs.soup.find("html") is None


@pytest.mark.parametrize("part", ["figures", "needs", "states"])
def test_parts_are_read_alone(pages: Pages, part: str) -> None:
    seen = pages.as_("anke").htmx(f"/cpo/today/{part}")
    assert seen.status == 200
    assert len(seen.soup.find_all(recursive=False)) == 1
