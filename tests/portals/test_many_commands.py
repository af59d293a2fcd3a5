"""Acts on many charge points: what goes to whom, who is named and left out, once however often sent, with each point's right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.network.models import Station, StationCommand, StationState
from app.tasks.network import commands as job_function
from app.work.audit import AuditEntry
from app.work.jobs import Job
from tests.cast import NOW, World
from tests.pages import Pages, Seen, Visitor
from tests.portals.network_places import in_motion

ALL = "/cpo/charge-points/chosen/reset_soft?label=NL-0417&label=NL-0418&label=NL-0450&label=NL-0501"


def _send(visitor: Visitor, address: str, **over: str) -> Seen:
    asked = visitor.get(address)
    assert asked.status == 200, asked.words
    fields = {name: str(asked.one(f"#{name}")["value"]) for name in ("mark", "one_time_key")}
    return visitor.post(address, fields | over)


def _run(world: World) -> dict[str, Any]:
    """Do the job as the task worker does."""
    with world.owner() as session:
        job = session.scalars(select(Job).where(Job.name == "network.commands")).one()
        with world.work(world.system()) as work:
            result = job_function(work, **job.args)
        job.result, job.state = result, "done"
    return result


def _wishes(world: World) -> list[tuple[str, str, str]]:
    labels = {place.id: label for label, place in world.cast.stations.items()}
    with world.owner() as session:
        return sorted((labels[w.station_id], w.action, w.state) for w in session.scalars(select(StationCommand)))


def test_the_list_lets_choose_and_the_choice_says_what_can_be_done(pages: Pages) -> None:
    in_motion(pages.world)
    theo = pages.as_("theo")
    seen = theo.get("/cpo/charge-points")
    assert [box["value"] for box in seen.soup.select("input[data-choice]")] == ["NL-0417", "NL-0418", "NL-0450", "NL-0501"]
    assert seen.one("form.choose")["action"] == "/cpo/charge-points/chosen"
    chosen = theo.get("/cpo/charge-points/chosen?label=nl-0417&label=NL-0501&label=NL-9999")
    assert chosen.heading == "2 Ladestationen ausgewählt"
    assert chosen.soup.select("a[href='/cpo/charge-points/chosen/reset_soft?label=nl-0417&label=NL-0501&label=NL-9999']")
    assert "Nichts ist ausgewählt" in theo.get("/cpo/charge-points/chosen").words
    assert theo.get("/cpo/charge-points/chosen?all=yes&state=faulted").heading == "1 Ladestation ausgewählt"
    # finance holds none of the rights, so there is nothing to tick
    assert not pages.as_("fiona").get("/cpo/charge-points").soup.select("input[data-choice]")


def test_who_is_away_is_named_and_left_out_and_the_same_form_is_one_wish(pages: Pages) -> None:
    world = pages.world
    in_motion(world)
    theo = pages.as_("theo")
    asked = theo.get(ALL)
    assert asked.heading == "Neustart: 2 Ladestationen?"
    left = asked.one("#left-out").get_text(" ", strip=True)
    assert left == "2 werden ausgelassen NL-0418 keine Verbindung NL-0450 war noch nie verbunden"
    fields = {name: asked.one(f"#{name}")["value"] for name in ("mark", "one_time_key")}
    first, again = theo.post(ALL, fields), theo.post(ALL, fields)
    assert first.status == again.status == 303
    assert first.location == again.location
    waiting = theo.get(first.location)
    assert waiting.one("#sent")["hx-get"] == first.location
    assert _run(world)["left_out"] == [["NL-0418", "offline"], ["NL-0450", "new"]]
    with world.work(world.system()) as work, world.owner() as session:
        # the job again, as after a crash, changes nothing
        job_function(work, **session.scalars(select(Job).where(Job.name == "network.commands")).one().args)
    assert _wishes(world) == [("NL-0417", "reset_soft", "queued"), ("NL-0501", "reset_soft", "queued")]
    with world.owner() as session:
        said = session.scalars(select(AuditEntry).where(AuditEntry.act == "CommandWanted")).all()
        assert {(entry.actor_name, entry.facts["station_label"]) for entry in said} == {
            ("Theo Lindner", "NL-0417"),
            ("Theo Lindner", "NL-0501"),
        }
        one = session.scalars(select(StationCommand).where(StationCommand.station_id == world.cast.stations["NL-0417"].id)).one()
        one.state, one.sent_at, one.answered_at = "accepted", NOW, NOW + timedelta(milliseconds=120)
    shown = theo.get(first.location)
    assert "NL-0417 Angenommen – 120 ms" in shown.words.replace("\xa0", " ")
    assert "NL-0418 ausgelassen keine Verbindung" in shown.words
    assert "1 von 2" in shown.words
    assert "Neustart" in theo.get("/cpo/charge-points/NL-0417/commands").one("#command-log").get_text()
    assert pages.as_("anke").get(first.location).status == 404


def test_a_list_that_changed_is_looked_at_again_and_nobody_is_restarted_late(pages: Pages) -> None:
    world = pages.world
    in_motion(world)
    theo, all_faulted = pages.as_("theo"), "/cpo/charge-points/chosen/availability_off?all=yes&state=faulted"
    asked = theo.get(all_faulted)
    fields = {name: str(asked.one(f"#{name}")["value"]) for name in ("mark", "one_time_key")}
    with world.owner() as session:
        world.cast.connector(session, "NL-0417", 1).status = "Faulted"
    refused = theo.post(all_faulted, fields)
    assert refused.status == 422
    assert "Die Liste hat sich" in refused.one("#problem-summary").get_text()
    assert refused.heading.endswith("2 Ladestationen?")
    nobody = theo.post("/cpo/charge-points/chosen/availability_off?label=NL-0418", fields)
    assert nobody.status == 422
    assert _wishes(world) == []
    assert _send(theo, all_faulted).status == 303
    world.clock.move(minutes=3)
    with pytest.raises(Exception, match="sent_too_late"):
        _run(world)
    assert _wishes(world) == []


def test_each_point_asks_for_its_own_right(pages: Pages, world: World) -> None:
    in_motion(world)
    for who in ("carla", "fiona"):
        assert pages.as_(who).get(ALL).status == 403
        assert pages.as_(who).post(ALL).status == 403
    assert pages.as_("aylin").get(ALL).status == 200
    assert pages.as_("aylin").get(ALL.replace("reset_soft", "availability_off")).status == 403
    sommer, winter = (f"/partner/{world.cast.partners[key].code}/charge-points/chosen" for key in ("sommer", "winter"))
    moritz = pages.as_("moritz")
    own = moritz.get(f"{sommer}/reset_soft?label=NL-0417&label=NL-0501")
    assert own.heading == "Neustart: 1 Ladestation?"
    assert [one.get_text() for one in own.soup.select("details .code")] == ["NL-0417"]
    sent = _send(moritz, f"{sommer}/reset_soft?label=NL-0417&label=NL-0501")
    assert sent.status == 303
    assert moritz.get(sent.location).status == 200
    # Winter's contract grants nothing, and the viewer holds nothing
    assert pages.as_("willi").get(f"{winter}/reset_soft?label=NL-0501").status == 403
    assert pages.as_("vera").post(f"{sommer}/reset_soft?label=NL-0417").status == 403
    assert pages.as_("willi").get(sent.location).status == 404
    with world.owner() as session:
        session.get_one(StationState, world.cast.stations["NL-0417"].id).connected = False
    _run(world)
    assert _wishes(world) == [("NL-0417", "reset_soft", "not_sent")]


def test_labels_and_prices_of_the_chosen(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    made = carla.post("/cpo/charge-points/chosen/labels?label=NL-0417&label=NL-0450")
    assert made.status == 303
    with world.owner() as session:
        job = session.scalars(select(Job).where(Job.name == "documents.labels")).one()
        assert len(job.args["evse_ids"]) == 3
    assert pages.as_("fiona").post("/cpo/charge-points/chosen/labels?label=NL-0417").status == 403
    page = carla.get("/cpo/charge-points/chosen?label=NL-0417&label=NL-0450")
    handed = carla.get(str(page.one("a[href*='points=']")["href"]))
    assert "3 Ladepunkte passen" in handed.words
    assert "Nur die 2 ausgewählten Ladestationen" in handed.words
    assert handed.one("input[name=points]")["value"] == "NL-0417 NL-0450"


def test_a_charge_point_that_went_to_somebody_else_meanwhile_is_named_and_nothing_is_sent(pages: Pages, world: World) -> None:
    in_motion(world)
    olga = pages.as_("olga")
    base = f"/partner/{world.cast.partners['sommer'].code}/charge-points/chosen/reset_soft?label=NL-0417&label=NL-0418"
    with world.owner() as session:
        for state in session.scalars(select(StationState)):
            state.connected, state.last_message_at = True, NOW
    waiting = _send(olga, base)
    assert waiting.status == 303
    with world.owner() as session:
        session.get_one(Station, world.cast.stations["NL-0418"].id).partner_id = world.cast.partners["winter"].id
    assert _run(world)["gone"] == ["NL-0418"]
    assert _wishes(world) == []
    shown = olga.get(waiting.location).words
    assert "Nichts wurde gesendet" in shown
    assert "Nicht mehr Ihre: NL-0418." in shown
