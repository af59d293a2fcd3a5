"""Somebody limited to locations sees those and nothing else: in lists, by address, in search, and in the tables themselves."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from app.demo import builders as make
from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages

LISTS = ("", "locations", "charge-points", "sessions", "sessions.csv", "prices", "current-month")
TABLES = "location station evse connector station_state assignment tariff_assignment charging_session".split()


@pytest.fixture
def limited(world: World) -> World:
    """Sommer has a second site with NL-0499 and a session at each; Moritz and the technician Theo may only see that site."""
    with world.owner() as session:
        sommer = world.cast.partners["sommer"]
        garden = make.location(session, world.cast.operator, "Sommer, Garten", NOW, held_by=sommer)
        station = make.station(session, garden, "NL-0499", NOW, secret_key="k" * 40)
        world.cast.stations["NL-0499"], world.cast.locations["garten"] = station, garden
        for who in ("moritz", "theo"):
            session.execute(
                text("update membership set location_ids = array[:site]::uuid[] where user_id = :who"),
                {"site": str(garden.id), "who": world.cast.people[who].id},
            )
    for label in ("NL-0417", "NL-0499"):
        charge(world, label)
    return world


def rows(world: World, who: str) -> dict[str, set[str]]:
    """Table -> labels of the charge points (or names of sites) whose rows the person's queries can reach, with every filter forgotten."""
    name = {"location": "select name from location", "station": "select label from station"}
    by_evse = "select s.label from {t} x join evse e on e.id = x.evse_id join station s on s.id = e.station_id"
    other = "select s.label from {t} x join station s on s.id = x.station_id"
    found: dict[str, set[str]] = {}
    with world.tenant(world.actor(who)) as session:
        for table in TABLES:
            query = name.get(table) or (by_evse if table == "tariff_assignment" else other).format(t=table)
            found[table] = set(session.execute(text(query)).scalars())
            total = session.execute(text(f"select count(*) from {table}")).scalar_one()
            assert total == session.execute(text(f"select count(*) from ({query}) x")).scalar_one(), table
    return found


@pytest.mark.parametrize("who", ["moritz", "theo"])
def test_the_database_shows_no_other_location_whatever_a_query_forgets(limited: World, who: str) -> None:
    found = rows(limited, who)
    assert found.pop("location") == {"Sommer, Garten"}
    assert set().union(*found.values()) == {"NL-0499"}
    assert found["charging_session"] == {"NL-0499"}
    assert "NL-0417" in rows(limited, "olga" if who == "moritz" else "anke")["station"]


def test_every_list_of_a_limited_manager_leaves_other_locations_out(pages: Pages, limited: World) -> None:
    base, moritz = f"/partner/{limited.cast.partners['sommer'].code}", pages.as_("moritz")
    for path in LISTS:
        seen = moritz.get(f"{base}/{path}")
        assert seen.status == 200
        assert [word for word in ("NL-0417", "NL-0418", "NL-0450", "Café Sommer") if word in seen.text] == [], path
        if path in {"locations", "charge-points", "sessions"}:
            assert "NL-0499" in seen.text or "Garten" in seen.text


def test_what_lies_elsewhere_is_not_found_by_its_address(pages: Pages, limited: World) -> None:
    with limited.owner() as session:
        values: dict[str, Any] = {
            "site": limited.cast.locations["marktplatz"].code,
            "code": session.execute(
                text("select c.code from charging_session c join station s on s.id = c.station_id where s.label = 'NL-0417'")
            ).scalar_one(),
        }
    sommer = f"/partner/{limited.cast.partners['sommer'].code}"
    for who, base, status in (("moritz", sommer, 404), ("theo", "/cpo", 404), ("olga", sommer, 200)):
        visitor = pages.as_(who)
        for path in ("charge-points/NL-0417", "charge-points/NL-0450", "locations/{site}", "sessions/{code}"):
            assert visitor.get(f"{base}/{path.format(**values)}").status == status, (who, path)


def test_staff_limited_to_a_location_find_no_other_by_search(pages: Pages, limited: World) -> None:
    theo = pages.as_("theo")
    assert "NL-0499" in theo.get("/cpo/search?q=NL-04").text
    for path in ("search?q=NL-0417", "charge-points", "locations", "sessions", ""):
        seen = theo.get(f"/cpo/{path}")
        assert seen.status == 200, path
        assert "NL-0418" not in seen.text
