"""My contract (P14): the paper, and accepting it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from app.demo import builders as make
from app.domain.contracts.queries import contracts_of_partner
from app.domain.network.models import Connector
from tests.cast import NOW, World
from tests.pages import Pages


@pytest.fixture
def at(world: World) -> str:
    return f"/partner/{world.cast.partners['sommer'].code}/contract"


def test_the_owner_accepts_and_everybody_sees_who_and_when(pages: Pages, world: World, at: str) -> None:
    olga = pages.as_("olga")
    seen = olga.get(at)
    form = seen.soup.select("form[action$='/contract/accept']")[0]
    sent = {str(i["name"]): str(i["value"]) for i in form.select("input") if i["name"] != "csrf_token"}
    assert pages.as_("moritz").get(at).soup.select("form[action$='/contract/accept']") == []
    assert pages.as_("moritz").post(f"{at}/accept", sent).status == 403
    assert olga.post(f"{at}/accept", sent | {"hash": "0" * 64}).status == 409
    assert olga.post(f"{at}/accept", sent).status == 303
    accepted = olga.get(at)
    assert "Angenommen von Olga Sommer" in accepted.words
    assert sent["hash"] in accepted.words
    assert accepted.soup.select("form[action$='/contract/accept']") == []
    code = sent["contract"]
    assert "Angenommen von Olga Sommer" in pages.as_("carla").get(f"/cpo/contracts/{code}").words


def test_the_paper_opens_for_both_sides_and_no_stranger(pages: Pages, world: World, at: str) -> None:
    code = pages.as_("carla").get("/cpo/contracts?text=sommer").soup.select("#contracts tbody th .code")[0].get_text()
    for who, address in (("olga", f"{at}/{code}/1.pdf"), ("pia", f"{at}/{code}/1.pdf"), ("carla", f"/cpo/contracts/{code}/1.pdf")):
        answer = pages.as_(who).client.get(address)
        assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "application/pdf", b"%PDF"), who
    willi = world.cast.partners["winter"].code
    assert pages.as_("willi").get(f"/partner/{willi}/contract/{code}/1.pdf").status == 404
    assert pages.as_("olga").get(f"{at}/{code}/9.pdf").status == 404
    assert pages.as_("theo").get(f"/cpo/contracts/{code}/1.pdf").status == 404


def test_every_reader_sees_the_same_paper_with_all_terms(pages: Pages, world: World, at: str) -> None:
    """Pia, the accountant, sees no network, but what her contract is about."""
    olga, pia = (pages.as_(who).get(at).words for who in ("olga", "pia"))
    for said in ("NL-0417 – Café Sommer", "Ladevorgänge in einem Abo", "Kleinste Auszahlung", "Ab 01.08.2026 00:00, ohne Ende"):
        assert said in olga, said
        assert said in pia, said
    prints = [words.partition("(SHA-256)")[2].split()[1] for words in (olga, pia)]
    assert prints[0] == prints[1]
    assert len(prints[0]) == 64


def test_the_platform_fee_counts_what_is_under_this_contract(pages: Pages, world: World, at: str) -> None:
    """Two charge points with 4 AC, one with 1 DC: 3 x 5.00 + 4 x 2.50 + 9.00 = 34.00; those of a second contract add nothing."""
    with world.owner() as session:
        session.execute(update(Connector).values(status="Available"))
        second = make.contract(session, world.cast.partners["sommer"], date(2026, 8, 1), NOW, permissions=())
        spare = make.station(session, world.cast.locations["marktplatz"], "NL-0499", NOW, secret_key="k" * 32)
        make.assign_station(session, spare, second, date(2026, 8, 1), NOW)
    with world.work("carla") as work:
        rows = contracts_of_partner(work, world.cast.partners["sommer"].id)
    first, second_code = (next(c.code for c in rows if (c.id == second.contract_id) is it) for it in (False, True))
    said = pages.as_("olga").get(f"{at}?contract={first}").words.replace("\xa0", " ")
    assert "heute: 3 Ladestationen, 4 AC-Ladepunkte, 1 DC-Ladepunkte, ohne solche" in said
    assert "Das sind 34,00 € im Monat, netto." in said
    rights = pages.as_("carla").get(f"/cpo/contracts/{first}/permissions").words
    assert f"({second_code}) gibt nicht: " in rights


def test_a_sub_operator_accepts_its_own_contract_and_no_other(pages: Pages, world: World, at: str) -> None:
    with world.owner() as session:
        make.contract(session, world.cast.partners["kueste"], date(2026, 8, 1), NOW, permissions=())
    own = f"/partner/{world.cast.partners['kueste'].code}/contract"
    silke = pages.as_("silke")
    form = silke.get(own).soup.select("form[action$='/contract/accept']")[0]
    sent = {str(i["name"]): str(i["value"]) for i in form.select("input") if i["name"] != "csrf_token"}
    assert silke.post(f"{own}/accept", sent).status == 303
    assert "Silke Jensen" in silke.get(own).words
    foreign = pages.as_("olga").get(at).soup.select("form[action$='/contract/accept'] input[name=contract]")[0]["value"]
    assert silke.post(f"{own}/accept", sent | {"contract": str(foreign)}).status == 404
