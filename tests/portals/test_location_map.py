"""B24: where sites lie, the worst state of each, one pin for those too near, the list beside it, in both portals."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import text

from app.text.site_map import HEIGHT, WIDTH, Spot, pins
from tests.cast import World
from tests.domain.sessions.arrange import in_service
from tests.pages import Pages


def spot(name: str, north: str, east: str, state: str = "Available") -> Spot:
    return Spot(f"L-{name}", name, Decimal(north), Decimal(east), state)


def test_north_is_up_east_is_right_and_a_degree_east_is_shorter() -> None:
    hamburg, kiel, bremen = spot("Hamburg", "53.55", "10.00"), spot("Kiel", "54.32", "10.14"), spot("Bremen", "53.08", "8.80")
    found = {pin.spots[0].name: pin for pin in pins([hamburg, kiel, bremen])}
    assert found["Kiel"].y < found["Hamburg"].y < found["Bremen"].y
    assert found["Bremen"].x < found["Hamburg"].x < found["Kiel"].x
    for pin in found.values():
        assert 0 < pin.x < WIDTH
        assert 0 < pin.y < HEIGHT
    # 1.24 degrees north fill the picture; 1.34 degrees east are 1.34 × cos 53.7° = 0.79 as long
    assert 0.6 < (found["Kiel"].x - found["Bremen"].x) / (found["Bremen"].y - found["Kiel"].y) < 0.68


def test_neighbours_share_a_pin_with_the_worst_state_and_one_area() -> None:
    near = [spot("A", "53.5500", "10.0000"), spot("B", "53.5501", "10.0001", "Faulted"), spot("C", "54.3200", "10.1400", "Charging")]
    both, alone = sorted(pins(near), key=lambda pin: -len(pin.spots))
    assert (len(both.spots), both.state, both.role) == (2, "Faulted", "fault")
    assert both.box == "53.5475,9.9975,53.5526,10.0026"
    assert (alone.state, alone.spots[0].name) == ("Charging", "C")
    assert len(pins([spot("A", "0", "0"), spot("B", "0", "0")])) == 1
    assert pins([]) == []


def test_the_map_and_its_list_say_the_same(pages: Pages, world: World) -> None:
    in_service(world, "NL-0417", status="Faulted")
    with world.owner() as session:
        session.execute(text("update location set latitude = null where name like 'Hotel Winter%'"))
    seen = pages.as_("carla").get("/cpo/locations/map")
    assert seen.status == 200
    marks = {a["href"]: str(a["aria-label"]) for a in seen.soup.select("a.map-pin")}
    market = f"/cpo/locations/{world.cast.locations['marktplatz'].code}"
    assert marks == {market: "1: Café Sommer, Marktplatz, Gestört"}
    assert [a["href"] for a in seen.soup.select("#site-map th a")] == [market]
    assert "1 ohne Lage" in seen.words
    assert "Hotel Winter" in seen.words
    assert "Kein Standort hier." in pages.as_("carla").get("/cpo/locations/map?area=0,0,1,1").words
    for damaged in ("x", "1,2,3", "NaN,0,1,1", "1e999,0,0,0"):
        assert len(pages.as_("carla").get(f"/cpo/locations/map?area={damaged}").soup.select("a.map-pin")) == 1, damaged
    here = pages.as_("carla").get("/cpo/locations/map?area=53.5,9.9,53.6,10.1")
    assert (len(here.soup.select("a.map-pin")), "ohne Lage" in here.words) == (1, False)


def test_a_partner_sees_its_own_and_a_stranger_nothing(pages: Pages, world: World) -> None:
    sommer = f"/partner/{world.cast.partners['sommer'].code}/locations/map"
    seen = pages.as_("olga").get(sommer)
    assert (seen.status, "Winter" in seen.words) == (200, False)
    assert seen.soup.select("a.map-pin")
    assert pages.as_("willi").get(sommer).status == 404
