"""B10: whether a company's drivers charge on its account by themselves, by charge point and by the driver's choice; access as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select, text

from app.access.actor import registered_driver
from app.domain.drivers.own import choose_company, own_row
from app.domain.network.models import Station
from app.kernel.errors import Conflict, NotFound
from tests.cast import World
from tests.domain.sessions.test_company_drivers import card, company, driver
from tests.pages import Pages, Seen, Visitor

IMPORT = "/cpo/charge-points/access/import"


def state(world: World, label: str) -> tuple[str, bool, bool]:
    with world.owner() as session:
        place = session.scalars(select(Station).where(Station.label == label)).one()
        return place.access, place.listed, place.company_default


def hand_in(visitor: Visitor, text_: str, *, whole: bool = False, key: str = "c" * 32, base: str = IMPORT) -> Seen:
    return visitor.post(base, {"text": text_, "one_time_key": key} | ({"whole": "y"} if whole else {}))


def test_a_session_begins_on_the_account_where_the_charge_point_or_the_driver_says_so(pages: Pages, world: World) -> None:
    company(world)
    d = driver(world)
    dora = registered_driver(world.cast.operator.id, d.partner_id, d.id, "Dora")
    assert card(world, d) == ("accepted", "corporate", d.partner_id), "as it was before anybody said anything"
    carla: Any = pages.as_("carla")
    page = "/cpo/charge-points/chosen/access?label=NL-0417"
    form = carla.get(page)
    assert form.one("#company").has_attr("checked")
    sent = carla.post(page, {"access": "public", "listed": "y", "one_time_key": str(form.one("#one_time_key")["value"])})
    assert sent.status == 303, sent.words
    assert "Firmenkonto nur auf Wunsch" in carla.get("/cpo/charge-points/NL-0417").words
    assert card(world, d) == ("accepted", None, None), "at own cost"
    with world.work(dora) as work:
        choose_company(work, d.id, always=True)
        choose_company(work, d.id, always=True)
        assert own_row(work, d.id).company_choice
    assert card(world, d) == ("accepted", "corporate", d.partner_id), "the driver's choice"
    with world.work(dora) as work:
        choose_company(work, d.id, always=False)
    assert card(world, d) == ("accepted", None, None)
    with world.owner() as session:
        facts = session.scalars(text("select facts from audit_entry where act = 'CompanyAnswered' order by at, id")).all()
    assert [one["after"] for one in facts if "company_choice" in one["after"]] == [{"company_choice": True}, {"company_choice": False}]
    undo = sent.location.partition("?")[0] + "/undo"
    assert carla.post(undo).status == 303
    assert card(world, d) == ("accepted", "corporate", d.partner_id), "taken back"


def test_who_has_not_agreed_has_nothing_to_choose_and_nobody_chooses_for_another(world: World) -> None:
    company(world)
    d, other = driver(world, agreed=False), driver(world, "Otto")
    with world.work(registered_driver(world.cast.operator.id, d.partner_id, d.id, "Dora")) as work:
        with pytest.raises(Conflict, match="not_offered"):
            choose_company(work, d.id, always=True)
        with pytest.raises(NotFound):
            choose_company(work, other.id, always=True)


def test_the_file_of_charge_points_goes_round_and_bad_rows_are_explained(pages: Pages, world: World) -> None:
    """Four charge points, three rows that say something new, of which two are bad: one changes, two are explained."""
    carla: Any = pages.as_("carla")
    taken = carla.get("/cpo/charge-points.csv").response.data.decode("utf-8-sig")
    same = hand_in(carla, taken)
    assert same.status == 200, same.words
    assert "Es war nichts zu ändern: es galt schon." in same.words
    labels = {line["label"] for line in csv.DictReader(io.StringIO(taken))}
    assert {"NL-0417", "NL-0501"} <= labels
    bad = "label,access,listed,company_default\nNL-0417,own,no,no\nNL-9999,own,yes,yes\nNL-0418,friends,yes,yes\n"
    refused = hand_in(carla, bad, whole=True, key="d" * 32)
    assert refused.status == 422
    assert "Nichts wurde geändert" in refused.words
    assert state(world, "NL-0417") == ("public", True, True)
    done = hand_in(carla, bad, key="e" * 32)
    assert done.status == 200
    assert "1 Ladestation ändert sich." in done.words
    assert [row.get_text() for row in done.soup.select("tbody th")] == ["3", "4"]
    assert [cell.get_text() for cell in done.soup.select("tbody td.code")] == ["label", "access"]
    assert state(world, "NL-0417") == ("own", False, False)
    assert state(world, "NL-0418") == ("public", True, True)
    assert hand_in(carla, bad, key="e" * 32).status == 200, "once more is the same act"
    undo = str(done.one(".callout a")["href"])
    assert carla.post(f"{undo}/undo").status == 303
    assert state(world, "NL-0417") == ("public", True, True)


def test_a_file_reaches_no_further_than_who_hands_it_in(pages: Pages, world: World) -> None:
    base = f"/partner/{world.cast.partners['sommer'].code}/charge-points"
    assert "NL-0501" not in pages.as_("olga").get(f"{base}.csv").text, "Winter's"
    for who in ("fiona", "theo", "aylin"):
        assert hand_in(pages.as_(who), "label\nNL-0417").status == 403
    told = hand_in(pages.as_("carla"), "label,access\nNL-0417,own\nNL-0417,public")
    assert "etwas anderes als eine andere" in told.words
    nothing = hand_in(pages.as_("carla"), "name\nx")
    assert [a["href"] for a in nothing.soup.select("#problem-summary a")] == ["#text"]
