"""One sheet with a line for residents first: 0.39 a kWh for their cards, 0.59 for everybody else. Every place that says a price says the
price of the person it speaks about, and an ad hoc driver never sees the residents'."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.demo import builders as make
from app.demo.cast import AC_TERMS
from app.domain.sessions.actions import rate
from app.domain.sessions.models import IdToken
from app.domain.sessions.offer import offer_at
from app.domain.sessions.price_way import card_who
from app.domain.sessions.running import running
from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge, evse_id, in_service, stored
from tests.pages import Pages, Seen

SINCE = NOW - timedelta(days=30)
CARD = "RES-0001"
DESK = "/cpo/desk/NL-0417"


def two_prices(cheap: str = "0.39", usual: str = "0.59", **over: Any) -> dict[str, Any]:
    energy = {"type": "ENERGY", "step_size": 1, "vat": "19"}
    first = {"price_components": [energy | {"price": cheap}], "restrictions": {"user_groups": ["Residents"]}}
    return AC_TERMS | {"elements": [first, {"price_components": [energy | {"price": usual}]}]} | over


@pytest.fixture
def residents(world: World) -> str:
    """The sheet counts at NL-0417/1; the group's code."""
    with world.owner() as session:
        owner = world.cast.operator
        card = make.add(
            session, IdToken(operator_id=owner.id, value=CARD, label=CARD, channel="internal", status="accepted", created_at=SINCE)
        )
        people = make.user_group(session, owner, "Residents", SINCE, card)
        sheet = make.tariff(session, owner, "one for both", two_prices(), SINCE)
        group = make.tariff_group(session, owner, "Marktplatz", sheet, [], SINCE)
        make.assign_tariff(session, world.cast.evse(session, "NL-0417", 1), None, SINCE)
        make.assign_group(session, "station", world.cast.stations["NL-0417"], group, SINCE)
        people_code: str = people.code
    in_service(world)
    return people_code


def plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").replace("\u202f", " ").split())


def part(seen: Seen, selector: str) -> str:
    return plain(seen.one(selector).get_text(" "))


def test_the_tester_prices_each_kind_of_driver(pages: Pages, world: World, residents: str) -> None:
    """20 kWh: 20 × 0.39 = 7.80 for a resident, 20 × 0.59 = 11.80 for anybody else."""
    carla = pages.as_("carla")
    listed = carla.get("/cpo/tariff-groups").soup.select("#main tbody a")
    group = next(a["href"] for a in listed if "Marktplatz" in a.get_text())
    asked = {"evse": "NL-0417/1", "at": "2026-10-01T18:30"}
    resident = carla.get(group, query_string=asked | {"who": f"group:{residents}"})
    assert part(resident, ".tester-price") == "Energie 0,39 €/kWh"
    assert "7,80 €" in part(resident, "#tester")
    stranger = carla.get(group, query_string=asked | {"who": "adhoc"})
    assert part(stranger, ".tester-price") == "Energie 0,59 €/kWh"
    assert "0,39" not in part(stranger, "#tester")
    every = carla.get(group, query_string=asked | {"all": "yes"})
    cheap = [tr.th.get_text() for tr in every.soup.select("#tester tbody tr") if tr.th and "7,80" in tr.get_text()]
    assert cheap == ["Karte aus Residents"]


def test_the_desk_tells_a_caller_the_own_price(pages: Pages, residents: str) -> None:
    aylin = pages.as_("aylin")
    said = "#caller-price [role=status]"
    nobody, resident = aylin.get(DESK), aylin.get(DESK, query_string={"kind": f"group:{residents}"})
    with_card = aylin.get(DESK, query_string={"card": CARD.lower(), "kind": "adhoc"})
    strange = aylin.get(DESK, query_string={"card": "NOBODYS", "kind": f"group:{residents}"})
    first = [part(seen, said).partition("NL-0417/2")[0] for seen in (nobody, resident, with_card, strange)]
    assert ["0,39" in one for one in first] == [False, True, True, False], first
    assert ["0,59" in one for one in first] == [True, False, False, True], first
    assert "für: Ohne Karte und Vertrag" in first[0]
    assert "für: Karte aus Residents" in first[1]
    assert "für die Karte res-0001" in first[2]
    assert not nobody.soup.select("#main form[method=post]")


def test_see_as_a_resident_and_what_a_stranger_sees_at_the_label(pages: Pages, residents: str) -> None:
    """Examples of the page: 10 kWh 3.90 or 5.90, 30 kWh 11.70 or 17.70."""
    carla, form = pages.as_("carla"), "/cpo/charge-points/NL-0417/see-as-driver"
    assert carla.post(form, {"evse": "1", "kind": f"group:{residents}"}).status == 303
    shown = plain(carla.get("/q/NL-0417-1").text)
    assert all(amount in shown for amount in ("0,39 €", "3,90 €", "11,70 €")), shown
    assert "0,59" not in shown
    stranger = plain(pages.nobody().get("/q/NL-0417-1").words)
    assert all(amount in stranger for amount in ("0,59 €", "5,90 €", "17,70 €")), stranger
    assert "0,39" not in stranger
    assert "Residents" not in stranger


@pytest.mark.usefixtures("residents")
def test_the_site_names_the_people_a_sheet_names(pages: Pages, world: World) -> None:
    with world.owner() as session:
        make.user_group(session, world.cast.operator, "Named nowhere", SINCE)
    page = pages.as_("carla").get(f"/cpo/locations/{world.cast.locations['marktplatz'].code}")
    said = [(tr.th.get_text(), plain(tr.get_text(" "))) for tr in page.soup.select("table tbody tr") if tr.th and "/kWh" in tr.get_text()]
    assert [who for who, _ in said].count("Karte aus Residents") == 1, "at the AC place alone"
    rows = dict(reversed(said))
    assert "0,39 €/kWh" in rows["Karte aus Residents"]
    assert "0,59 €/kWh" in rows["Ohne Karte und Vertrag"]
    assert "Karte aus Named nowhere" not in rows


@pytest.mark.usefixtures("residents")
def test_a_past_instant_shows_both_prices_of_one_sheet(pages: Pages) -> None:
    at = (NOW - timedelta(days=1)).isoformat()
    seen = pages.as_("carla").get("/cpo/time-machine", query_string={"what": "NL-0417/1", "at": at})
    lines = {tr.th.get_text(strip=True): plain(tr.get_text(" ")) for tr in seen.soup.select("tr") if tr.th and "/kWh" in tr.get_text()}
    assert "0,39 €/kWh" in lines["Karte aus Residents"]
    assert "0,59 €/kWh" in lines["Ohne Karte und Vertrag"]


def test_offer_live_price_and_the_bill_are_equal_to_the_cent(world: World, residents: str) -> None:
    """10 kWh for the card: 10 × 0.39 = 3.90; the same use by somebody else: 10 × 0.59 = 5.90."""
    place = evse_id(world)
    with world.work(world.system()) as work:
        who = card_who(work, world.cast.operator.id, CARD, work.now)
        assert who.group_words == (residents, "Residents")
        theirs, others = offer_at(work, place, who=who), offer_at(work, place)
        assert [one.examples()[0][1].minor for one in (theirs, others)] == [390, 590]
        assert [one.board and one.board.prices[0].gross.amount for one in (theirs, others)] == [Decimal("0.39"), Decimal("0.59")]
    began = NOW - timedelta(hours=2)
    common = {"energy_wh": 10_000, "started_at": began, "id_token": CARD, "channel": "internal"}
    rows = [charge(world, **common, ended_at=began + timedelta(hours=1), user_groups=groups) for groups in ([residents, "Residents"], [])]
    with world.work(world.system()) as work:
        live = running(work.session, [row.id for row in rows], work.now)
        assert [live[row.id].gross_minor for row in rows] == [390, 590]
        for row in rows:
            rate(work, row.id)
    assert [stored(world, row.id).gross_minor for row in rows] == [390, 590]
