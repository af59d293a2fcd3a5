"""Who may charge at a charge point: said one by one and for many, taken back once, at the label, at the desk, and in the time machine."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.demo import builders as make
from app.domain.contracts.holders import record_new_holders
from app.domain.contracts.models import Assignment
from app.domain.contracts.switches import features_of, save_corporate, save_features
from app.domain.network.access_models import StationAccess
from app.domain.network.access_rows import access_then
from app.domain.network.models import Location, Station, StationCommand
from app.domain.people.features import Corporate, Features
from app.tasks.network import access as job_function
from app.work.audit import AuditEntry
from app.work.jobs import Job
from tests.cast import NOW, World
from tests.domain.sessions.arrange import in_service
from tests.pages import Pages, Seen, Visitor

ONE = "/cpo/charge-points/chosen/access?label=NL-0417"
MANY = "/cpo/charge-points/chosen/access?label=NL-0417&label=NL-0418&label=NL-0501"


def said(world: World, label: str) -> tuple[str, bool, int]:
    with world.owner() as session:
        place = session.scalars(select(Station).where(Station.label == label)).one()
        return place.access, place.listed, len(place.access_groups)


def say(visitor: Visitor, address: str, access: str, *groups: str, listed: bool = True, key: str = "") -> Seen:
    shown = visitor.get(address)
    assert shown.status == 200, shown.words
    typed: dict[str, Any] = {
        "access": access,
        "groups": list(groups),
        "one_time_key": key or str(shown.one("#one_time_key")["value"]),
        "company": "y",
    }
    return visitor.post(address, typed | ({"listed": "y"} if listed else {}))


def run_job(world: World) -> None:
    with world.owner() as session:
        for job in session.scalars(select(Job).where(Job.name == "network.access", Job.state == "queued")):
            with world.work(world.system()) as work:
                job.result = job_function(work, **job.args)
            job.state = "done"


def group(world: World, name: str, partner: str | None = "sommer") -> str:
    cast = world.cast
    with world.owner() as session:
        return make.user_group(session, cast.operator, name, NOW, partner_id=cast.partners[partner].id if partner else None).code


def test_one_charge_point_is_changed_at_once_and_taken_back_once(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    assert "Alle" in carla.get("/cpo/charge-points/NL-0417").one("#access").get_text()
    done = say(carla, ONE, "own", listed=False)
    assert done.status == 303
    assert said(world, "NL-0417") == ("own", False, 0)
    shown = carla.get(done.location)
    assert "Nur Fahrer/innen von Sommer in der Nähe nicht gezeigt" in shown.words
    assert say(carla, ONE, "own", listed=False).status == 422, "it is so already"
    undone = carla.post(f"{done.location}/undo")
    assert undone.status == 303
    assert said(world, "NL-0417") == ("public", True, 0)
    assert "zurückgenommen" in carla.get(undone.location).heading
    assert carla.post(f"{done.location}/undo").status == 422, "once"
    assert carla.post(f"{undone.location}/undo").status == 422, "what takes back is not taken back"
    with world.owner() as session:
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.act == "AccessSet").order_by(AuditEntry.at, AuditEntry.id)).all()
    assert facts[0]["before"] == {"access": "public", "listed": True, "access_groups": [], "company": True}
    assert facts[0]["after"] == {"access": "own", "listed": False, "access_groups": [], "company": True}
    history = carla.get(f"/cpo/partners/{world.cast.partners['sommer'].code}/history").words
    assert "Geändert, wer laden darf" in history


def test_many_by_one_job_and_one_undo_that_leaves_alone_what_changed_since(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    first = say(carla, MANY, "own", key="c" * 32)
    again = say(carla, MANY, "own", key="c" * 32)
    assert first.location == again.location, "the same form is one act"
    assert carla.get(first.location).one("#act")["hx-get"] == first.location
    run_job(world)
    assert {said(world, label)[0] for label in ("NL-0417", "NL-0418", "NL-0501")} == {"own"}
    assert said(world, "NL-0450")[0] == "public"
    assert len(carla.get(first.location).soup.select("#act tbody tr")) == 3
    assert say(carla, "/cpo/charge-points/chosen/access?label=NL-0418", "public", listed=False).status == 303
    assert carla.post(f"{first.location}/undo").status == 303
    run_job(world)
    assert [said(world, label)[:2] for label in ("NL-0417", "NL-0418", "NL-0501")] == [
        ("public", True),
        ("public", False),
        ("public", True),
    ]
    with world.owner() as session:
        jobs = session.scalars(select(Job).where(Job.name == "network.access")).all()
        assert len(jobs) == 2
        with world.work(world.system()) as work:
            assert job_function(work, **jobs[0].args) == {"changed": 0}, "a job that runs again changes nothing"


@pytest.mark.parametrize(("access", "groups", "field"), [("groups", (), "groups"), ("friends", (), "access")])
def test_what_cannot_be_is_refused_at_its_field(pages: Pages, world: World, access: str, groups: tuple[str, ...], field: str) -> None:
    group(world, "Personal")
    seen = say(pages.as_("carla"), ONE, access, *groups)
    assert seen.status == 422
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == [f"#{field}"]
    assert said(world, "NL-0417") == ("public", True, 0)


def test_a_group_of_one_partner_is_not_let_in_at_anothers(pages: Pages, world: World) -> None:
    carla, own = pages.as_("carla"), group(world, "Personal")
    assert say(carla, MANY, "groups", own).status == 422, "NL-0501 is Winter's"
    assert say(carla, ONE, "groups", own).status == 303
    assert said(world, "NL-0417") == ("groups", True, 1)
    assert "Nur: Personal" in carla.get("/cpo/charge-points/NL-0417").words


def test_a_partner_says_it_for_its_own_as_the_switch_lets_it(pages: Pages, world: World) -> None:
    olga, base = pages.as_("olga"), f"/partner/{world.cast.partners['sommer'].code}"
    own, foreign = group(world, "Personal"), group(world, "Fremde", "winter")
    address = base + ONE.removeprefix("/cpo")
    assert foreign not in olga.get(address).text
    assert say(olga, address, "groups", own).status == 303
    assert said(world, "NL-0417") == ("groups", True, 1)
    # a charge point of another partner is not even there
    theirs = olga.get(f"{base}/charge-points/chosen/access?label=NL-0501")
    assert "Nichts ist ausgewählt" in theirs.words
    assert olga.post(f"{base}/charge-points/chosen/access?label=NL-0501", {"access": "own", "one_time_key": "e" * 32}).status == 422
    assert said(world, "NL-0501")[0] == "public"
    act = say(pages.as_("carla"), "/cpo/charge-points/chosen/access?label=NL-0501", "own").location.rpartition("/")[2]
    assert olga.get(f"{base}/charge-points/access/{act}").status == 404, "a foreign act"
    with world.work("carla") as work:
        _, _, version = *features_of(work, world.cast.partners["sommer"].code), 0
        save_features(work, world.cast.partners["sommer"].code, Features(control_groups=False), version)
    assert olga.get(address).status == 403
    assert pages.as_("theo").get(ONE).status == 403


def test_the_label_says_for_whom_it_is_takes_no_payment_and_names_free_places(pages: Pages, world: World) -> None:
    in_service(world)
    in_service(world, "NL-0501", "Available")
    with world.owner() as session:
        here = session.scalars(select(Location).join(Station, Station.location_id == Location.id).where(Station.label == "NL-0417")).one()
        there = session.scalars(select(Location).join(Station, Station.location_id == Location.id).where(Station.label == "NL-0501")).one()
        here.latitude, here.longitude, there.latitude, there.longitude = 53.5, 10.0, 53.6, 10.0  # type: ignore[assignment]
        session.execute(
            text("update connector set status = 'Unavailable' where station_id <> :s"), {"s": world.cast.stations["NL-0501"].id}
        )
    carla, driver = pages.as_("carla"), pages.nobody()
    driver.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    say(carla, ONE, "own")
    shown = driver.get("/q/NL-0417-1")
    assert "Nur für Fahrer/innen von Sommer." in shown.words
    assert not shown.soup.select("a[href='/q/NL-0417-1/pay']")
    assert driver.get("/q/NL-0417-1/pay").status == 303
    # 0.1 degrees of latitude: 11,119.5 m, at another site and another partner's
    assert "Frei in der Nähe:" in shown.words
    assert "11,1 km" in shown.words.replace("\xa0", " ")
    say(carla, "/cpo/charge-points/chosen/access?label=NL-0501", "public", listed=False)
    assert "NL-0501" not in driver.get("/q/NL-0417-1").words, "not shown nearby"
    assert driver.get("/q/NL-0501-1/pay").status == 200, "its own label works"
    with world.owner() as session:
        session.execute(update(Station).where(Station.label == "NL-0501").values(listed=True, access="own"))
    assert "NL-0501" not in driver.get("/q/NL-0417-1").words


def test_the_desk_is_told_and_confirms_a_start_for_a_card_that_may_not_charge(pages: Pages, world: World) -> None:
    in_service(world)
    with world.owner() as session:
        make.id_token(session, world.cast.operator, "FREMD1", NOW)
    say(pages.as_("carla"), ONE, "own")
    theo, address = pages.as_("theo"), "/cpo/charge-points/NL-0417/commands/remote_start?evse=1"
    asked = theo.get(address)
    assert "nur Fahrer/innen von Sommer" in asked.words
    typed = {"evse": "1", "card": "fremd1", "one_time_key": "d" * 32}
    refused = theo.post(address, typed)
    assert "Diese Karte darf hier nicht laden." in refused.one("#card-error").get_text()
    assert theo.post(address, typed | {"anyway": "y"}).status == 303
    with world.owner() as session:
        assert session.scalars(select(StationCommand.params)).one() == {"id_token": "fremd1", "anyway": True}
    desk = pages.as_("aylin").get("/cpo/desk/NL-0417").words
    assert "Wer laden darf: Nur Fahrer/innen von Sommer" in desk


def test_a_charge_point_that_comes_to_a_partner_begins_as_the_partner_wants_it(pages: Pages, world: World) -> None:
    carla, cast = pages.as_("carla"), world.cast
    own = group(world, "Personal")
    say(carla, ONE, "groups", own)
    with world.work("carla") as work:
        save_corporate(work, cast.partners["winter"].code, Corporate(enabled=True, private_points=True), 0)
    with world.owner() as session:
        for label in ("NL-0417", "NL-0418"):
            session.execute(
                update(Assignment).where(Assignment.station_id == cast.stations[label].id).values(
                    partner_id=cast.partners["winter"].id, contract_id=cast.contracts["winter"].contract_id
                )
            )  # fmt: skip
    with world.work("carla") as work:
        assert record_new_holders(work) == 2
    assert said(world, "NL-0417") == ("own", True, 0), "groups of Sommer let nobody in at Winter's"
    assert said(world, "NL-0418") == ("own", True, 0), "Winter keeps its points to its own drivers"
    assert said(world, "NL-0450") == ("public", True, 0), "what stayed is as it was"
    points = carla.get(f"/cpo/partners/{cast.partners['winter'].code}/charge-points").words
    assert "Nur Fahrer/innen von Winter" in points
    assert "neue Ladestationen sind nur für sie da" in points


def test_the_past_stays_and_a_file_says_it(pages: Pages, world: World) -> None:
    carla = pages.as_("carla")
    say(carla, ONE, "own")
    rows = list(csv.DictReader(io.StringIO(carla.get("/cpo/charge-points.csv").text.lstrip("\ufeff"))))
    assert {row["access"] for row in rows if row["label"] == "NL-0417"} == {"own"}
    assert {row["access"] for row in rows if row["label"] == "NL-0418"} == {"public"}
    with world.work("carla") as work:
        station = world.cast.stations["NL-0417"].id
        assert access_then(work, station, NOW - timedelta(days=1))[0].access == "public"
        assert access_then(work, station, work.now)[0].access == "own"
    with world.owner() as session, pytest.raises(Exception, match="append-only"):
        session.execute(update(StationAccess).values(access="public"))
