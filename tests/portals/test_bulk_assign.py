"""B35: a price for many EVSEs: preview by class, done by jobs, skipped with reasons, undone once; the same by CSV."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.tariffs.bulk import undo_bulk
from app.domain.tariffs.bulk_models import BulkAssignment, BulkAssignmentItem
from app.domain.tariffs.models import TariffAssignment
from app.kernel.ids import new_code
from app.tasks.registry import load_all
from app.tasks.runner import Runner
from app.work.jobs import Job
from app.work.unit import WorkRoom
from tests.cast import NOW, World
from tests.pages import Pages, Seen, Visitor

START = NOW - timedelta(days=30)
ENERGY = {"type": "ENERGY", "price": "0.44", "step_size": 1, "vat": "19"}
FEE = {"type": "FLAT", "price": "1", "step_size": 1, "vat": "19"}
FEE_TERMS = AC_TERMS | {"elements": [{"price_components": [ENERGY, FEE]}]}


def tariff(world: World, name: str, terms: dict[str, Any], held_by: str | None = None) -> str:
    with world.owner() as session:
        owner = world.cast.partners[held_by] if held_by else None
        return make.tariff(session, world.cast.operator, name, terms, START, held_by=owner).code


def run_jobs(world: World, name: str = "tariffs.assign") -> None:
    """The waiting jobs, each twice: a repeat must be harmless."""
    load_all()
    room = WorkRoom(lambda: Session(world.database.web, expire_on_commit=False), world.clock, world.bus)
    runner = Runner(room, room, world.database.owner, world.clock)
    with world.owner() as session:
        waiting = list(session.scalars(select(Job.id).where(Job.name == name, Job.state == "queued")))
    for job_id in waiting:
        assert runner.run(job_id) == "done"
        assert runner.run(job_id) == "nothing to do"


def confirm(visitor: Visitor, address: str) -> Seen:
    """Look at the preview, then do it."""
    mark = visitor.get(address).one("input[name=mark]")["value"]
    return visitor.post(address, {"mark": str(mark)})


def own(world: World) -> dict[str, str | None]:
    """EVSE -> name of the tariff it has of its own from half past two on."""
    from sqlalchemy import text

    with world.owner() as session:
        rows = session.execute(
            text(
                """
                select s.label || '/' || e.number, (select t.name from tariff_assignment a left join tariff t on t.id = a.tariff_id
                  where a.evse_id = e.id and a.valid_from <= :at order by a.valid_from desc limit 1)
                from evse e join station s on s.id = e.station_id order by 1
                """
            ),
            {"at": NOW + timedelta(minutes=25)},
        )
        return dict(rows.tuples().all())


def test_preview_job_skips_and_one_undo(world: World, pages: Pages) -> None:
    carla, fee = pages.as_("carla"), tariff(world, "Mit Startgebühr", FEE_TERMS)
    before = own(world)
    address = f"/cpo/tariffs/assign?target={fee}"
    seen = carla.get(address)
    # 3 AC charge points with 2 EVSEs each get it, the DC one of 150 kW must not
    assert "6 Ladepunkte würden sich ändern" in seen.words
    assert "1 × Ab 50 kW ist keine Startgebühr erlaubt (AFIR Art. 5(4))" in seen.words
    assert "4 × AC standard" in seen.words
    started = confirm(carla, address)
    assert started.status == 303
    assert "0 von 7" in carla.get(started.location).words or carla.get(started.location).soup.find("progress")
    run_jobs(world)
    done = carla.get(started.location)
    assert "6 erledigt, 1 übersprungen" in done.words
    assert "NL-0450/1" in carla.get(f"{started.location}?show=skipped").words
    expected = {label: "DC fast" if label.startswith("NL-0450") else "Mit Startgebühr" for label in before}
    assert own(world) == expected
    with world.owner() as session:
        assert set(session.scalars(select(TariffAssignment.created_name).where(TariffAssignment.valid_from > NOW))) == {"Carla Möller"}
    undone = carla.post(f"{started.location}/undo")
    assert undone.status == 303
    run_jobs(world)
    assert own(world) == before
    assert carla.post(f"{started.location}/undo").status == 409, "one undo"
    assert carla.post(f"{undone.location}/undo").status == 409, "an undo is not undone"


@pytest.mark.parametrize("lacks", [Permission.TARIFF_ASSIGN, Permission.TARIFF_GROUP_EDIT])
def test_an_undo_gives_back_only_what_one_may_give_at_that_partner(world: World, lacks: Permission) -> None:
    """NL-0417/1 of Sommer had a sheet and NL-0501/1 of Winter a group; Winter has not given the right that its EVSE, or Sommer's, needs."""
    cast = world.cast
    with world.owner() as session:
        group = make.tariff_group(session, cast.operator, "Gruppe", cast.tariffs["ac"], [], START)
        sheet, owner = cast.tariffs["dc"], {"operator_id": cast.operator.id}
        bulk = BulkAssignment(**owner, partner_id=cast.partners["sommer"].id, code=new_code("B"), source="csv", starts_at=NOW, total=2,
                              problems=[], created_at=NOW, created_name="x")  # fmt: skip
        session.add(bulk)
        session.flush()
        for place, (label, before) in enumerate((("NL-0417", (cast.tariffs["ac"].id, None)), ("NL-0501", (None, group.id))), 1):
            evse = cast.evse(session, label, 1)
            make.assign_tariff(session, evse, sheet, NOW - timedelta(minutes=1))
            item = {"bulk_id": bulk.id, "place": place, "partner_id": evse.partner_id, "evse_id": evse.id, "label": label, "result": "done"}
            had = {"tariff_id": sheet.id, "before_tariff_id": before[0], "before_group_id": before[1]}
            session.add(BulkAssignmentItem(**owner, **item, **had))
    both = frozenset({cast.partners["sommer"].id, cast.partners["winter"].id})
    mine = frozenset({cast.partners["sommer"].id})
    reach: dict[Permission, Any] = {Permission.TARIFF_ASSIGN: both, Permission.TARIFF_GROUP_EDIT: both} | {lacks: mine}
    actor = world.actor("carla")
    with world.work(replace(actor, partners=both, grants={**actor.grants, **reach})) as work:
        again = undo_bulk(work, bulk.code)
    with world.owner() as session:
        undone = session.scalars(select(BulkAssignment).where(BulkAssignment.code == again)).one()
        given = session.scalars(select(BulkAssignmentItem.label).where(BulkAssignmentItem.bulk_id == undone.id)).all()
    # the group is given back at Winter only by who may order groups there
    expected = ["NL-0417/1"] if lacks is Permission.TARIFF_GROUP_EDIT else ["NL-0417/1", "NL-0501/1"]
    assert sorted(given) == expected


def test_what_changed_meanwhile_is_refused_or_skipped(world: World, pages: Pages) -> None:
    carla, price = pages.as_("carla"), tariff(world, "Neu", AC_TERMS)
    address = f"/cpo/tariffs/assign?text=NL-0417&target={price}"
    mark = str(carla.get(address).one("input[name=mark]")["value"])
    with world.owner() as session:
        make.assign_tariff(session, world.cast.evse(session, "NL-0417", 1), world.cast.tariffs["dc"], NOW - timedelta(minutes=1))
    late = carla.post(address, {"mark": mark})
    assert late.status == 422
    assert "seit der Vorschau geändert" in late.words
    started = confirm(carla, address)
    with world.owner() as session:
        make.assign_tariff(session, world.cast.evse(session, "NL-0417", 2), world.cast.tariffs["dc"], NOW + timedelta(minutes=1))
    run_jobs(world)
    done = carla.get(started.location)
    assert "1 erledigt, 1 übersprungen" in done.words
    assert "bekam inzwischen einen anderen Preis" in done.words
    assert own(world)["NL-0417/2"] == "DC fast"


def test_the_partner_reaches_its_own_evses_and_prices_only(world: World, pages: Pages) -> None:
    own_code, other = world.cast.partners["sommer"].code, world.cast.partners["winter"].code
    mine, foreign = tariff(world, "Café", AC_TERMS, "sommer"), tariff(world, "Hotel", AC_TERMS, "winter")
    moritz, willi = pages.as_("moritz"), pages.as_("willi")
    address = f"/partner/{own_code}/prices/assign?target={mine}"
    assert "5 Ladepunkte würden sich ändern" in moritz.get(address).words
    assert "NL-0501" not in moritz.get(address).words
    assert moritz.get(f"/partner/{own_code}/prices/assign?target={foreign}").status == 404
    started = confirm(moritz, address)
    assert started.status == 303
    code = started.location.rpartition("/")[2]
    assert willi.get(f"/partner/{other}/prices/assign").status == 403, "no right in the contract"
    for path in (f"/partner/{other}/prices/assign/{code}", f"/partner/{other}/prices/assign/{code}/undo"):
        answer = willi.post(path) if path.endswith("undo") else willi.get(path)
        assert answer.status == 403, path
    run_jobs(world)
    assert {name for label, name in own(world).items() if not label.startswith("NL-0501")} == {"Café"}
    assert "NL-0501" not in moritz.get(f"/partner/{own_code}/prices/assign.csv").text
    assert "5 erledigt" in moritz.get(started.location).words
    with world.owner() as session:
        assert session.scalars(select(BulkAssignment.partner_id)).all() == [world.cast.partners["sommer"].id]
    fiona = pages.as_("fiona")
    assert fiona.get("/cpo/tariffs/assign").status == 403
    assert fiona.post("/cpo/tariffs/assign", {"mark": "x"}).status == 403


def sent(visitor: Visitor, content: str, **more: str) -> Seen:
    return visitor.post(
        "/cpo/tariffs/assign/import", {"file": (io.BytesIO(content.encode()), "a.csv"), **more}, content_type="multipart/form-data"
    )


def test_csv_out_and_in_with_errors_by_row(world: World, pages: Pages) -> None:
    carla, price = pages.as_("carla"), tariff(world, "Neu", AC_TERMS)
    exported = carla.get("/cpo/tariffs/assign.csv?text=NL-0417")
    standard = world.cast.tariffs["ac"].code
    assert f"NL-0417/1,{standard},," in exported.text
    rows = f"evse;tariff;group\nNL-0417/1;{price};\nNL-0417/9;{price};\nNL-0418/1;T-XXXX;\nNL-0417/1;{price};\nNL-0418/2;;\n"
    refused = sent(carla, rows, whole="y")
    assert refused.status == 422
    assert [td.get_text() for td in refused.soup.select("tbody th")] == ["3", "4", "5"]
    assert "doppelt genannt" in refused.words
    with world.owner() as session:
        assert not session.scalars(select(BulkAssignmentItem)).all()
    taken = sent(carla, rows)
    assert taken.status == 303
    run_jobs(world)
    shown = carla.get(taken.location)
    assert "2 erledigt, 0 übersprungen" in shown.words
    assert "diesen Ladepunkt gibt es nicht" in shown.words
    after = own(world)
    assert (after["NL-0417/1"], after["NL-0418/1"], after["NL-0418/2"]) == ("Neu", "AC standard", None)
    for wrong in ("a,b\n1,2\n", "evse,tariff,group\n", "evse,tariff,group\nNL-0417/1,,\n\x00"):
        assert sent(carla, wrong).status == 422, wrong


def test_thousands_go_in_jobs_of_a_thousand_with_few_statements(world: World, pages: Pages) -> None:
    from tests.portals.test_tariff_group_pages import many_evses, new_group

    carla, price = pages.as_("carla"), tariff(world, "Neu", AC_TERMS)
    group = new_group(carla, world)
    with world.owner() as session:
        many_evses(session, world, group, 2_200)
    address = f"/cpo/tariffs/assign?text=XX-&target={price}"
    with pages.counting() as queries:
        seen = carla.get(address)
    assert "2200 Ladepunkte würden" in seen.words.replace(".", "")
    assert len(queries) < 25
    started = confirm(carla, address)
    with world.owner() as session:
        assert len(session.scalars(select(Job).where(Job.name == "tariffs.assign")).all()) == 3
    run_jobs(world)
    assert "2200 erledigt" in carla.get(started.location).words.replace(".", "")
