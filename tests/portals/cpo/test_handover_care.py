"""A handover between partners in the care of two sub-operators: told before, both parts cut at midnight, refused without room above."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from app.demo import builders as make
from app.domain.contracts.actions import turn_day
from app.domain.contracts.handover_models import Handover
from app.domain.people.models import Partner, PartnerCare
from app.domain.settlement.drafting import build
from app.kernel.ids import uuid7
from app.kernel.periods import Month
from tests.cast import FIRST_MONTH, NOW, World
from tests.domain.sessions.test_care_share import upward
from tests.pages import Pages
from tests.portals.cpo.test_handover import MIDNIGHT, ask, form, nova, path, rated
from tests.portals.cpo.test_sub_operators import deich

__all__ = ["nova"]


def in_care(world: World, partner: Partner, parent: Partner) -> None:
    """From the beginning on."""
    with world.owner() as session:
        session.execute(update(Partner).where(Partner.id == partner.id).values(parent_id=parent.id))
        about = {"operator_id": partner.operator_id, "partner_id": partner.id, "since": NOW - timedelta(days=60), "parent_id": parent.id}
        session.add(PartnerCare(id=uuid7(), **about))


def consequences(pages: Pages, world: World, nova: dict[str, Any]) -> list[str]:
    told = pages.as_("carla").post(path(world), form(nova))
    assert told.status == 200, told.words
    return [" ".join(line.get_text(" ").split()) for line in told.soup.select("ul.consequences li")]


def test_both_sub_operators_are_told_of_and_both_statements_cut(pages: Pages, world: World, nova: dict[str, Any]) -> None:
    """10 kWh at 0.49: 4.90, net 4.12. Küste 75 % = 3.09 less Sommer's 70 % = 2.88: 0.21. Deich 80 % = 3.30 less Nova's 2.88: 0.42."""
    upward(world)
    with world.owner() as session:
        other = deich(session, world)
        make.contract(session, other, FIRST_MONTH, NOW, ac_pct=Decimal(80), dc_pct=Decimal(80))
    in_care(world, nova["partner"], other)
    told = consequences(pages, world, nova)
    assert (
        "Küste betreut Sommer und bekommt seinen Teil an Ladevorgängen, die vor dem 15.10.2026 beginnen, an späteren keinen; "
        "seine Leute sehen diese Ladestationen ab diesem Tag nicht mehr."
    ) in told
    assert (
        "Deich betreut Nova und bekommt seinen Teil an Ladevorgängen, die ab 15.10.2026 beginnen; seine Leute sehen diese "
        "Ladestationen ab dann."
    ) in told
    (running,) = [line for line in told if "Ladevorgänge laufen jetzt" in line or "Ladevorgang läuft jetzt" in line]
    assert running.endswith("Auch der Teil von Küste bleibt.")
    waiting = ask(pages, world, nova)
    assert pages.as_("conrad").post(f"{path(world)}/{waiting}/agree").status == 303
    before = rated(world, MIDNIGHT - timedelta(minutes=30))
    world.clock.set(MIDNIGHT.replace(hour=23))
    with world.work(world.system()) as work:
        turn_day(work)
    after = rated(world, MIDNIGHT)
    parts = {}
    for partner in (world.cast.partners["kueste"], other, world.cast.partners["sommer"], nova["partner"]):
        with world.work(world.system()) as work:
            rows = build(work.session, partner, Month(2026, 10), "EUR").answer["rows"]
        parts[partner.name] = [(row["id"], row["partner"]) for row in rows]
    assert parts == {
        "Küste": [(before.code, "0.21")],
        "Deich": [(after.code, "0.42")],
        "Sommer": [(before.code, "2.88")],
        "Nova": [(after.code, "2.88")],
    }
    silke = pages.as_("silke")
    sommer = world.cast.partners["sommer"].code
    assert silke.get(f"/partner/{sommer}/charge-points/NL-0417").status == 404
    assert silke.get(f"/partner/{nova['partner'].code}/charge-points/NL-0417").status == 404, "a foreign account"


def test_to_nobodys_care_and_without_a_contract_above(pages: Pages, world: World, nova: dict[str, Any]) -> None:
    told = " ".join(consequences(pages, world, nova))
    assert "Küste betreut Sommer, hat für diesen Monat keinen Vertrag mit Ihnen und bekommt keinen Teil" in told
    assert "Kein Unterbetreiber betreut Nova: An Ladevorgängen ab 15.10.2026 bekommt keiner einen Teil." in told
    in_care(world, nova["partner"], world.cast.partners["kueste"])
    assert "Küste betreut beide und hat für diesen Monat keinen Vertrag" in " ".join(consequences(pages, world, nova))
    upward(world)
    assert "Küste betreut beide und bekommt seinen Teil an allen diesen Ladevorgängen" in " ".join(consequences(pages, world, nova))


@pytest.mark.parametrize(("last", "refused"), [(None, True), (date(2026, 9, 1), False)])
def test_a_receiver_above_its_level_is_refused(pages: Pages, world: World, nova: dict[str, Any], last: date | None, refused: bool) -> None:
    """Nova's 70 % were agreed beside Deich's 60 %; once that contract is over there is no level to be above of."""
    with world.owner() as session:
        other = deich(session, world)
        make.contract(session, other, FIRST_MONTH, NOW, ac_pct=Decimal(60), dc_pct=Decimal(60), last_month=last)
    in_care(world, nova["partner"], other)
    seen = pages.as_("carla").post(path(world), form(nova) | {"confirm": "1"})
    with world.owner() as session:
        asked = session.scalars(select(Handover)).all()
    if not refused:
        assert (seen.status, len(asked)) == (303, 1)
        return
    assert (seen.status, asked) == (422, [])
    assert [a["href"] for a in seen.soup.select("#problem-summary a")] == ["#contract"]
    assert "Nova bekommt einen höheren Anteil als der Unterbetreiber, der ihn betreut." in seen.words
