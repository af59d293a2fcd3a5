"""See as driver (ux 1.7): the page behind a label with the price of a kind of driver, now or at a past instant; nothing starts."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select, text

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.sessions.models import ChargingSession
from app.domain.tariffs.cascade_lines import Line
from tests.cast import World
from tests.pages import Pages
from tests.portals.network_places import in_motion

#: employees pay 0.37 from the first of October; before that the sheet of the EVSE counts for all, 0.49
SINCE = datetime(2026, 9, 30, 22, 0, tzinfo=UTC)
FORM = "/cpo/charge-points/NL-0417/see-as-driver"


def employees(world: World) -> str:
    """The key of the kind of driver that pays less."""
    cast = world.cast
    with world.owner() as session:
        energy = {"type": "ENERGY", "price": "0.37", "step_size": 1, "vat": "19"}
        cheap = make.tariff(session, cast.operator, "Staff", AC_TERMS | {"elements": [{"price_components": [energy]}]}, SINCE)
        staff = make.user_group(session, cast.operator, "Employees", SINCE)
        lines = (Line(tariff_id=cheap.id, user_group_id=staff.id, reason="staff"),)
        group = make.tariff_group(session, cast.operator, "Marktplatz", cast.tariffs["ac"], lines, SINCE)
        make.assign_tariff(session, cast.evse(session, "NL-0417"), None, SINCE)
        make.assign_group(session, "station", cast.stations["NL-0417"], group, SINCE)
        return f"group:{staff.code}"


def test_the_page_has_the_price_of_that_driver_and_nothing_starts(pages: Pages, world: World) -> None:
    kind = employees(world)
    in_motion(world)
    aylin = pages.as_("aylin")
    assert FORM in {a["href"] for a in aylin.get("/cpo/charge-points/NL-0417").soup.select("a")}
    assert kind in {o["value"] for o in aylin.get(FORM).soup.select("#kind option")}
    seen = aylin.post(FORM, {"evse": "1", "kind": kind})
    assert (seen.status, seen.location) == (303, "/q/NL-0417-1")
    shown = aylin.get("/q/nl-0417-1")
    assert "0,37" in shown.words
    assert "0,49" not in shown.words
    bar = " ".join(shown.one(".preview-bar").get_text(" ").split())
    assert "Sie sehen, was Fahrer/innen an NL-0417/1 sehen: Karte aus Employees. Hier lässt sich nichts ändern." in bar
    refused = aylin.post("/q/NL-0417-1/pay", {"email": ""})
    assert refused.status == 403
    assert "Vorschau: NL-0417/1 · Fahrer/in könnte das" in refused.words
    with world.owner() as session:
        assert session.scalars(select(ChargingSession).where(ChargingSession.state == "requested")).all() == []
    assert "0,49" in pages.nobody().get("/q/NL-0417-1").words.replace("€0.49", "0,49"), "everybody else sees the true page"
    assert not aylin.get("/q/NL-0418-1").soup.select(".preview-bar"), "another place is no preview"
    assert aylin.post("/cpo/see-as/end").location == "/cpo/charge-points/NL-0417"
    assert not aylin.get("/q/NL-0417-1").soup.select(".preview-bar")
    history = pages.as_("olga").get(f"/partner/{world.cast.partners['sommer'].code}/history").words
    assert "Der Betreiber hat begonnen, das Portal wie der Standortpartner zu sehen: NL-0417/1 (Fahrer/in)" in history


def test_a_past_instant_shows_the_price_of_then(pages: Pages, world: World) -> None:
    kind = employees(world)
    carla = pages.as_("carla")
    assert carla.post(FORM, {"evse": "1", "kind": kind, "at": "2026-09-30T12:00"}).status == 303
    shown = carla.get("/q/NL-0417-1")
    assert "0,49" in shown.words
    assert "Preise vom 30.09.2026, 12:00" in shown.one(".preview-bar").get_text(" ")
    world.clock.move(minutes=30)
    over = carla.post("/q/NL-0417-1/pay", {"email": ""})
    assert (over.status, "Die Vorschau ist beendet." in over.words) == (403, True)
    with world.owner() as session:
        assert session.scalars(text("select act from audit_entry where act like 'Preview%' order by at, id")).all() == [
            "PreviewStarted", "PreviewEnded",
        ]  # fmt: skip


def test_who_may_and_what_is_refused(pages: Pages) -> None:
    assert [pages.as_(who).get(FORM).status for who in ("aylin", "carla", "anke", "fiona", "theo")] == [200, 200, 200, 403, 403]
    assert pages.as_("olga").get(FORM).status == 404
    carla = pages.as_("carla")
    assert carla.get("/cpo/charge-points/NL-9999/see-as-driver").status == 404
    for wrong, field in (({"evse": "7"}, "evse"), ({"kind": "group:none"}, "kind"), ({"at": "2027-01-01T00:00"}, "at")):
        seen = carla.post(FORM, {"evse": "1", "kind": "adhoc"} | wrong)
        assert (seen.status, [a["href"] for a in seen.soup.select("#problem-summary a")]) == (422, [f"#{field}"])
