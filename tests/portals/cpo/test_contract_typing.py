"""A contract's draft saves itself while somebody types; whoever saves over somebody else sees both first (ux 2.3, 3.1)."""

from __future__ import annotations

import pytest

from app.domain.people.draft_models import FormDraft
from tests.cast import World
from tests.pages import Pages
from tests.portals.cpo.test_contract_pages import SHARE, contract, new_draft, versions


@pytest.fixture
def code(world: World) -> str:
    return contract(world)


def count(world: World) -> int:
    with world.owner() as session:
        return int(session.query(FormDraft).count())


def test_what_is_typed_stays_right_or_wrong_for_its_writer_alone(pages: Pages, world: World, code: str) -> None:
    carla, at = pages.as_("carla"), f"/cpo/contracts/{code}/fees"
    state = new_draft(carla, code)
    kept = carla.post(f"{at}/typed", {"draft": state, "per_charge_point": "5,5x", "policy": "daily", "handling_base": "net"})
    assert (kept.status, "Entwurf gesichert" in kept.words) == (200, True)
    again = carla.get(f"{at}?version=2")
    assert again.one("#per_charge_point")["value"] == "5,5x"
    assert "Nicht gespeichert: Ihre Eingaben" in again.words
    assert pages.as_("conrad").get(f"{at}?version=2").one("#per_charge_point")["value"] == "5"
    assert versions(world, code)[1].terms == versions(world, code)[0].terms, "the draft itself is as it was"
    assert carla.post(f"{at}/forget").status == 303
    assert "Nicht gespeichert" not in carla.get(f"{at}?version=2").words
    typed = {"draft": state, "per_charge_point": "6", "policy": "daily", "handling_base": "net"}
    carla.post(f"{at}/typed", typed)
    assert carla.post(at, typed).status == 303
    assert count(world) == 0, "saved for all, so nothing is kept for one"
    late = carla.post(f"{at}/typed", typed)
    assert (late.status, count(world)) == (200, 0), "what was under way while it was saved is not kept again"


def test_the_share_is_kept_with_its_example(pages: Pages, world: World, code: str) -> None:
    carla = pages.as_("carla")
    typed = SHARE | {"draft": new_draft(carla, code), "ac_pct": "61", "dc_pct": "60"}
    assert "Entwurf gesichert" in carla.post(f"/cpo/contracts/{code}/example", typed).words
    assert carla.get(f"/cpo/contracts/{code}/revenue-share?version=2").one("#ac_pct")["value"] == "61"


def test_somebody_else_saved_meanwhile(pages: Pages, world: World, code: str) -> None:
    carla, conrad, at = pages.as_("carla"), pages.as_("conrad"), f"/cpo/contracts/{code}/revenue-share"
    state = new_draft(carla, code)
    seen = carla.get(f"{at}?version=2").one("form#form input[name=seen]")["value"]
    theirs = SHARE | {"draft": state, "ac_pct": "71", "dc_pct": "60", "deduct_electricity": "y"}
    yours = SHARE | {"draft": state, "ac_pct": "72", "dc_pct": "60", "credit_risk": "operator", "seen": str(seen)}
    assert conrad.post(at, theirs).status == 303
    told = carla.post(f"/cpo/contracts/{code}/example", yours)
    assert "inzwischen gespeichert" in told.words
    late = carla.post(at, yours)
    assert late.status == 409
    rows = [[cell.get_text(strip=True) for cell in row.select("td")] for row in late.soup.select("#clash tbody tr")]
    assert ["70", "71", "72"] in rows, "before, theirs, yours"
    assert ["nein", "ja", "nein"] in rows, "electricity is deducted, or not"
    chosen = {str(i["name"]): str(i["value"]) for i in late.soup.select("#clash input[checked]")}
    assert chosen == {"keep_ac_pct": "yours", "keep_deduct_electricity": "theirs", "keep_credit_risk": "yours"}
    assert {i["form"] for i in late.soup.select("#clash input")} == {"form"}
    assert len(rows) == 3, "and who bears what drivers never pay"
    assert "Conrad" in late.words
    assert str(versions(world, code)[1].ac_pct) == "71.00", "nothing is overwritten unseen"
    state = str(late.soup.select("form#form input[name=draft]")[0]["value"])
    mixed = carla.post(at, yours | {"draft": state} | chosen)
    assert mixed.status == 303
    saved = versions(world, code)[1]
    assert (str(saved.ac_pct), saved.deduct_electricity, saved.terms["operator_bears_credit_risk"]) == ("72.00", True, True)


def test_a_line_of_the_exceptions_is_kept_while_it_is_typed(pages: Pages, world: World, code: str) -> None:
    carla, at = pages.as_("carla"), f"/cpo/contracts/{code}/overrides"
    state = new_draft(carla, code)
    typed = {"draft": state, "line": "", "name": "Roaming", "channels": "emsp", "ac_pct": "9x"}
    assert carla.get(f"{at}?version=2").one("form#form")["hx-post"] == f"{at}/typed"
    assert "Entwurf gesichert" in carla.post(f"{at}/typed", typed).words
    again = carla.get(f"{at}?version=2")
    assert (again.one("#name")["value"], again.one("#ac_pct")["value"]) == ("Roaming", "9x")
    assert "Nicht gespeichert: Ihre Eingaben" in again.words
    assert carla.post(f"{at}/forget").location == f"{at}?version=2"
    assert not carla.get(f"{at}?version=2").one("#name").get("value")
    carla.post(f"{at}/typed", typed)
    assert carla.post(at, typed | {"ac_pct": "90"}).status == 303
    assert count(world) == 0


def test_a_draft_is_thrown_away_far_from_where_it_is_agreed(pages: Pages, world: World, code: str) -> None:
    carla = pages.as_("carla")
    new_draft(carla, code)
    page = carla.get(f"/cpo/contracts/{code}/fees?version=2")
    assert page.one(".draft-end form")["action"] == f"/cpo/contracts/{code}/discard"
    assert not page.soup.select(".page-actions form[action$='/discard'], header form[action$='/discard']")


def test_who_may_not(pages: Pages, world: World, code: str) -> None:
    state = new_draft(pages.as_("carla"), code)
    for who, status in (("fiona", 403), ("anke", 403), ("aylin", 403), ("theo", 404)):
        assert pages.as_(who).post(f"/cpo/contracts/{code}/fees/typed", {"draft": state}).status == status, who
    assert count(world) == 0
