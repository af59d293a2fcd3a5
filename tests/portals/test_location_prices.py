"""B22 and B23: the price now, the filter by state, who pays what at a site, its load against the limit."""

from __future__ import annotations

from datetime import timedelta

from app.demo import builders as make
from app.domain.network.listing import stations_at
from app.domain.sessions.at_site import site_load
from app.domain.sessions.models import MeterReading
from app.kernel.ids import uuid7
from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages, Seen
from tests.portals.network_places import in_motion


def plain(seen: Seen) -> str:
    return seen.words.replace("\xa0", " ").replace("\u202f", " ")


def charged(world: World) -> None:
    """22 kWh between 12:00 and 14:00 in Hamburg, half of it read at 13:00."""
    began = NOW - timedelta(minutes=125)
    row = charge(world, energy_wh=22_000, started_at=began, ended_at=began + timedelta(hours=2))
    with world.owner() as session:
        for hours, register in ((1, 111_000), (2, 122_000)):
            at = began + timedelta(hours=hours)
            about = {"operator_id": row.operator_id, "partner_id": row.partner_id, "station_id": row.station_id, "session_id": row.id}
            make.add(session, MeterReading(id=uuid7(), received_at=at, at=at, energy_wh=register, **about))


def test_the_list_says_price_and_faults_and_filters_by_state(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    seen = theo.get("/cpo/locations")
    rows = [" ".join(tr.get_text(" ").replace("\xa0", " ").split()) for tr in seen.soup.select("#locations-table tbody tr")]
    assert "AC 0,49 €/kWh DC 0,69 €/kWh" in rows[0]
    assert "von 150 kW" in rows[0]
    winter = pages.world.cast.locations["hof"].code
    assert seen.one(f"#locations-table a[href='/cpo/charge-points?state=faulted&location={winter}']").get_text() == "1"
    faulted = theo.get("/cpo/locations?state=faulted")
    assert [a.get_text() for a in faulted.soup.select("#locations-table tbody th a")] == ["Hotel Winter, Hof"]
    assert faulted.soup.select(".chips a.chip[href='/cpo/locations']")
    assert "Kein Standort passt" in theo.get("/cpo/locations?state=out_of_service").words
    assert "Hotel Winter" not in theo.get("/cpo/locations.csv?state=new").text
    with pages.counting() as count:
        theo.get("/cpo/locations")
    assert len(count) <= 14, count.statements


def test_a_partner_filters_its_own_and_sees_prices_only_with_the_right(pages: Pages, world: World) -> None:
    in_motion(world)
    base = f"/partner/{world.cast.partners['sommer'].code}/locations"
    own = pages.as_("moritz").get(f"{base}?state=in_use")
    assert "AC 0,49 €/kWh" in plain(own)
    assert "Hotel Winter" not in own.words
    assert "Kein Standort passt" in pages.as_("moritz").get(f"{base}?state=faulted").words
    technician = pages.as_("toni")
    assert "0,49" not in technician.get(base).words
    site = technician.get(f"{base}/{world.cast.locations['marktplatz'].code}")
    assert site.status == 200
    assert "Wer zahlt hier" not in site.words
    assert pages.as_("willi").get(f"{base}/{world.cast.locations['marktplatz'].code}").status == 404


def test_a_site_says_who_pays_what_and_draws_its_load(pages: Pages, world: World) -> None:
    in_motion(world)
    nobody_charged = pages.as_("carla").get(f"/cpo/locations/{world.cast.locations['marktplatz'].code}")
    assert "In den letzten 24 Stunden wurde hier keine Leistung bezogen." in nobody_charged.words
    assert not nobody_charged.soup.select("#site-load"), "no scale from 0 to 0 kW"
    charged(world)
    seen = pages.as_("carla").get(f"/cpo/locations/{world.cast.locations['marktplatz'].code}")
    words = plain(seen)
    assert "Wer zahlt hier jetzt was Wie an NL-0417/1" in words
    assert "Wie an NL-0450/1" in words
    # 20 kWh × 0,49 €, and 2 hours of charging without an idle fee
    assert "Ohne Karte und Vertrag" in words
    assert "9,80 €" in words
    assert "Höchstens 11 kW von 150 kW in den letzten 24 Stunden" in words.replace("11,0 kW", "11 kW")
    assert seen.one("#site-load svg")
    with pages.counting() as first:
        pages.as_("carla").get(f"/cpo/locations/{world.cast.locations['marktplatz'].code}")
    assert len(first) <= 40, len(first)


def test_the_energy_of_a_session_lies_in_its_quarters(world: World) -> None:
    charged(world)
    with world.work("theo") as work:
        lines = stations_at(work, world.cast.locations["marktplatz"].id)
        load = site_load(work, [line.station.station_id for line in lines])
    # 12:00 to 14:00 at 11 kW; the day ends at 14:15, so its last quarter is the one after
    assert load.watts[-9:] == (11_000,) * 8 + (0,)
    assert set(load.watts[:-9]) == {0}
    assert load.highest == 11_000
    with world.work("willi") as work:
        assert site_load(work, [line.station.station_id for line in lines]).highest == 0


def test_staff_write_who_is_responsible_and_the_partner_reads_it(pages: Pages, world: World) -> None:
    theo, code = pages.as_("theo"), world.cast.locations["marktplatz"].code
    form = theo.get(f"/cpo/locations/{code}/edit")
    given = {tag["name"]: tag.get("value", "") for tag in form.soup.select("form#form input[name]")}
    wanted = {"duty_parking-who": "other", "duty_maintenance-who": "operator", "duty_maintenance-contact": "Netzwache, +49 431 555"}
    refused = theo.post(f"/cpo/locations/{code}/edit", given | wanted)
    assert refused.status == 422
    assert refused.one("#duty_parking-contact-error")
    assert theo.post(f"/cpo/locations/{code}/edit", given | wanted | {"duty_parking-who": "nobody"}).status == 422
    assert not theo.get(f"/cpo/locations/{code}").soup.select("#duties")
    wanted |= {"duty_parking-contact": "Parkraum Nord GmbH", "directions": "Zweites Untergeschoss"}
    assert theo.post(f"/cpo/locations/{code}/edit", given | wanted).status == 303
    again = theo.get(f"/cpo/locations/{code}/edit")
    assert again.one("#duty_parking-who option[selected]")["value"] == "other"
    assert again.one("#duty_maintenance-contact")["value"] == "Netzwache, +49 431 555"
    base = f"/partner/{world.cast.partners['sommer'].code}/locations/{code}"
    read = pages.as_("vera").get(base)
    said = " ".join(read.one("#duties").get_text(" ").split())
    assert "Wartung Betreiber Netzwache, +49 431 555" in said
    assert "Jemand anderes Parkraum Nord GmbH" in said
    assert "Zweites Untergeschoss" in read.words
    assert pages.as_("carla").post(f"/cpo/locations/{code}/edit", given | wanted).status == 403
    assert pages.as_("willi").get(base).status == 404
