"""B22, B23, B25, B26, B30: the network on staff's pages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.demo import builders as make
from app.domain.network import meant
from app.domain.network.models import Location, MessageLog, Station, UnknownStation
from app.kernel.ids import uuid7
from tests.cast import NOW
from tests.pages import Pages
from tests.portals.network_places import all_speak_english, in_motion


@pytest.fixture(autouse=True)
def _english(pages: Pages) -> None:
    all_speak_english(pages.world)


def test_the_list_shows_states_contact_place_and_partner(pages: Pages) -> None:
    in_motion(pages.world)
    seen = pages.as_("theo").get("/cpo/charge-points")
    assert seen.status == 200
    rows = [" ".join(tr.get_text(" ").split()) for tr in seen.soup.select("table.stations tbody tr")]
    assert [r.split()[0] for r in rows] == ["NL-0417", "NL-0418", "NL-0450", "NL-0501"]
    assert "1 Free" in rows[0]
    assert "2 Charging" in rows[0]
    assert "Connected" in rows[0]
    assert "No connection" in rows[1]
    assert "Not yet in service" in rows[2]
    assert "Fault" in rows[3]
    assert "Hotel Winter, Hof" in rows[3]
    assert seen.one("#chip-NL-0417-2")
    assert seen.one("#contact-NL-0418")
    assert seen.stream == "/live/cpo?watch=chip,contact"


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("?q=nl+417", ["NL-0417"]),
        ("?state=faulted", ["NL-0501"]),
        ("?state=offline", ["NL-0418"]),
        ("?q=winter", ["NL-0501"]),
        ("?q=zzz", []),
    ],
)
def test_filters_stand_in_the_address(pages: Pages, query: str, labels: list[str]) -> None:
    in_motion(pages.world)
    seen = pages.as_("theo").get(f"/cpo/charge-points{query}")
    assert [a.get_text() for a in seen.soup.select("table.stations tbody th a")] == labels
    assert ("No charge point matches" in seen.words) == (labels == [])


def test_words_that_very_many_have_say_that_there_are_more(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    with pages.world.owner() as session:
        for n in range(50):
            make.station(session, pages.world.cast.locations["hof"], f"NL-06{n:02}", NOW, secret_key=pages.world.settings.secret_key)
    theo = pages.as_("theo")
    assert "51 charge points" in theo.get("/cpo/charge-points?q=winter").one(".pager").get_text()
    monkeypatch.setattr(meant, "MOST", 10)
    first = theo.get("/cpo/charge-points?q=winter")
    assert "more than 50" in first.one(".pager").get_text()
    assert len(theo.get(first.one(".pager a[rel=next]")["href"]).soup.select("table.stations tbody tr")) == 1
    assert [
        group.select_one(".panel-head a").get_text() for group in theo.get("/cpo/search?q=winter").soup.select(".found .panel")[:1]
    ] == ["All"]


def test_the_number_of_statements_is_small_and_stays(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    theo.get("/cpo/charge-points")
    with pages.counting() as count:
        theo.get("/cpo/charge-points")
    assert len(count) <= 15, count.statements


def test_the_page_of_a_charge_point(pages: Pages) -> None:
    in_motion(pages.world)
    seen = pages.as_("carla").get("/cpo/charge-points/nl-0417")
    assert seen.status == 200
    assert seen.heading == "NL-0417"
    assert "Connected since" in seen.one("#station-NL-0417").get_text()
    assert "Charging" in seen.one("#connector-NL-0417-2").get_text()
    assert "Type 2, AC 22" in seen.one("#connector-NL-0417-1").get_text().replace("\xa0", " ")
    assert "€0.49/kWh" in seen.words
    assert len(seen.soup.select("svg.state-strip")) == 2
    assert "DE*NLT*E0417*1" in seen.words
    assert seen.stream == "/live/cpo?watch=card,head&of=NL-0417"


def test_a_fault_tells_its_code(pages: Pages) -> None:
    in_motion(pages.world)
    seen = pages.as_("theo").get("/cpo/charge-points/NL-0501")
    assert "GroundFailure RCD open" in " ".join(seen.one("#connector-NL-0501-1").get_text(" ").split())


def test_an_unknown_label_is_not_found(pages: Pages) -> None:
    assert pages.as_("theo").get("/cpo/charge-points/NL-9999").status == 404


@pytest.mark.parametrize("path", ["/cpo/charge-points", "/cpo/charge-points/NL-0417", "/cpo/locations", "/cpo/search?q=nl", "/cpo/desk"])
def test_partners_and_nobody_do_not_get_in(pages: Pages, path: str) -> None:
    assert pages.as_("willi").get(path).status == 404
    assert pages.nobody().get(path).location.startswith("/sign-in")


def test_registering_shows_the_password_on_one_page_only(pages: Pages) -> None:
    theo = pages.as_("theo")
    site = pages.world.cast.locations["marktplatz"].code
    form = {"label": "nl-0777", "location_code": site, "evses-0-current": "AC", "evses-0-max_kw": "22", "evses-0-plug": "type2"}
    form |= {"evses-1-current": "", "evses-1-max_kw": "", "evses-1-plug": "type2"}
    seen = theo.post("/cpo/charge-points/new", form)
    assert seen.status == 200
    password = seen.one("#secret").get_text()
    assert re.fullmatch(r"[0-9a-f]{40}", password)
    assert seen.headers["Cache-Control"] == "no-store"
    assert "/NL-0777" in seen.words
    assert password not in theo.get("/cpo/charge-points/NL-0777").text
    assert theo.post("/cpo/charge-points/new", form).status == 422


def test_a_wrong_label_is_told_at_its_field(pages: Pages) -> None:
    site = pages.world.cast.locations["marktplatz"].code
    form = {"label": "417", "location_code": site, "evses-0-current": "AC", "evses-0-max_kw": "22", "evses-0-plug": "type2"}
    seen = pages.as_("theo").post("/cpo/charge-points/new", form)
    assert seen.status == 422
    assert "A label is capital letters" in seen.one("#label-error").get_text()
    assert "A label is capital letters" in seen.one("#problem-summary").get_text()


@pytest.mark.parametrize(
    "path", ["/cpo/charge-points/new", "/cpo/charge-points/NL-0417/key", "/cpo/charge-points/NL-0417/retire", "/cpo/locations/new"]
)
@pytest.mark.parametrize(("who", "status"), [("theo", 200), ("aylin", 403), ("fiona", 403)])
def test_only_technicians_and_administrators_change_the_network(pages: Pages, path: str, who: str, status: int) -> None:
    assert pages.as_(who).get(path).status == status


def test_a_new_password_and_retiring_ask_first(pages: Pages) -> None:
    theo = pages.as_("theo")
    assert "The old password works until" in theo.get("/cpo/charge-points/NL-0418/key").words
    assert len(theo.post("/cpo/charge-points/NL-0418/key").one("#secret").get_text()) == 40
    assert theo.post("/cpo/charge-points/NL-0418/retire").status == 303
    assert "Retired on" in theo.get("/cpo/charge-points/NL-0418").words
    with pages.world.owner() as session:
        assert session.get_one(Station, pages.world.cast.stations["NL-0418"].id).retired_at == NOW


def test_evses_are_added(pages: Pages) -> None:
    theo = pages.as_("theo")
    form = {"evses-0-current": "DC", "evses-0-max_kw": "50", "evses-0-plug": "ccs2"}
    assert theo.post("/cpo/charge-points/NL-0417/evses", form).location == "/cpo/charge-points/NL-0417"
    assert "DE*NLT*E0417*3" in theo.get("/cpo/charge-points/NL-0417").words
    assert theo.post("/cpo/charge-points/NL-0417/evses", {"evses-0-current": ""}).status == 422


def test_sites_list_show_create_and_edit(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    seen = theo.get("/cpo/locations")
    names = [a.get_text() for a in seen.soup.select("#locations-table tbody th a")]
    assert names == ["Café Sommer, Marktplatz", "Hotel Winter, Hof"]
    form = {"name": "Park", "partner_code": "", "street": "Weg 1", "postcode": "22767", "city": "Hamburg", "country": "de"}
    form |= {"time_zone": "Europe/Berlin", "vat_pct": "19", "public": "y", "hours": "24/7", "max_kw": "150"}
    made = theo.post("/cpo/locations/new", form)
    assert made.status == 303, made.words
    seen = theo.get(made.location)
    assert (seen.heading, "150 kW" in seen.words) == ("Park", True)
    assert "No charge points here." in seen.words
    assert theo.post(made.location + "/edit", form | {"name": "Parkhaus", "time_zone": "Mars"}).status == 422
    assert theo.post(made.location + "/edit", form | {"name": "Parkhaus"}).status == 303
    assert theo.get(made.location).heading == "Parkhaus"
    with pages.world.owner() as session:
        assert session.scalars(select(Location.max_w).where(Location.name == "Parkhaus")).one() == 150_000
    assert theo.get("/cpo/locations/L-NOBODY").status == 404


def test_lists_leave_as_files(pages: Pages) -> None:
    in_motion(pages.world)
    with pages.world.owner() as session:
        session.get_one(Station, pages.world.cast.stations["NL-0417"].id).vendor = "=HYPERLINK(1)"
    theo = pages.as_("theo")
    seen = theo.get("/cpo/charge-points.csv?q=0417")
    lines = seen.text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith("label,location_name,")
    assert len(lines) == 3
    assert "'=HYPERLINK(1)" in lines[1]
    assert ",Charging," in lines[2]
    assert theo.get("/cpo/locations.csv").text.count("\r\n") == 3


def test_who_knocked_in_vain(pages: Pages) -> None:
    with pages.world.owner() as session:
        session.add(UnknownStation(identity="HH-1", reason="unknown_identity", address="192.0.2.7", tries=3, first_at=NOW, last_at=NOW))
    seen = pages.as_("theo").get("/cpo/charge-points/unknown")
    assert "HH-1" in seen.words
    assert "Not registered" in seen.words
    assert pages.as_("theo").get("/cpo/charge-points/new?identity=HH-1").one("#identity")["value"] == "HH-1"
    assert pages.as_("aylin").get("/cpo/charge-points/unknown").status == 403


def test_the_raw_talk_is_for_technicians(pages: Pages) -> None:
    place = pages.world.cast.stations["NL-0417"]
    with pages.world.owner() as session:
        for n, action in enumerate(("Heartbeat", "StatusNotification", "Heartbeat")):
            values = {"operator_id": place.operator_id, "partner_id": place.partner_id, "station_id": place.id, "direction": "in"}
            frame = f'[2,"m{n}","{action}",{{}}]'
            session.add(MessageLog(received_at=NOW, id=uuid7(), **values, action=action, message_id=f"m{n}", frame=frame, outcome="ok"))
    seen = pages.as_("theo").get("/cpo/charge-points/NL-0417/messages?action=Heartbeat")
    assert len(seen.soup.select("table.messages tbody tr")) == 2
    assert '[2,"m0","Heartbeat",{}]' in seen.words
    assert pages.as_("aylin").get("/cpo/charge-points/NL-0417/messages").status == 403


def test_tiles_are_read_alone(pages: Pages) -> None:
    in_motion(pages.world)
    seen = pages.as_("theo").htmx("/cpo/charge-points/tiles")
    assert seen.status == 200
    assert "Free 2 Charging 1 Fault 1 No connection 2 Not yet in service 1" in seen.words
