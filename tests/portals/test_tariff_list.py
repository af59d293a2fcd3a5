"""The list of price sheets in both portals (B33, P4): filters, what is wrong with each, two side by side, copies, files, archive."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from app.domain.contracts.models import ContractVersion
from app.domain.network.models import Evse
from tests.cast import World
from tests.domain.sessions.arrange import evse_id
from tests.pages import Pages, Seen
from tests.portals.cpo.test_tariff_pages import FORM, code_of, made, published, texts
from tests.portals.test_tariff_group_pages import new_group


def names(seen: Seen) -> list[str]:
    return [a.get_text() for a in seen.soup.select("#tariffs tbody th a")]


def cell(seen: Seen, name: str, label: str) -> str:
    row = next(tr for tr in seen.soup.select("#tariffs tbody tr") if tr.th and tr.th.a and tr.th.a.get_text() == name)
    return " ".join(row.select(f"td[data-label={label}]")[0].get_text(" ").split())


def test_the_list_is_narrowed_sorted_and_taken_as_a_file(world: World, pages: Pages) -> None:
    carla, moritz, sommer = pages.as_("carla"), pages.as_("moritz"), world.cast.partners["sommer"].code
    made(world, carla)
    own = made(world, moritz, f"/partner/{sommer}/prices", name="Haus")
    assert names(carla.get("/cpo/tariffs")) == ["AC standard", "DC fast", "Haus", "Night"]
    assert names(carla.get("/cpo/tariffs?sort=-name")) == ["Night", "Haus", "DC fast", "AC standard"]
    assert names(carla.get("/cpo/tariffs?owner=partner")) == ["Haus"]
    assert names(carla.get("/cpo/tariffs?text=sommer")) == ["Haus"], "also by the partner's name"
    assert names(carla.get("/cpo/tariffs?use=unused")) == ["Haus", "Night"]
    assert names(carla.get("/cpo/tariffs?use=used")) == ["AC standard", "DC fast"]
    assert names(carla.get("/cpo/tariffs?next=planned")) == []
    published(carla, f"/cpo/tariffs/{code_of(world, 'Night')}", **{"lines-0-price": "0,42"})
    planned = carla.get("/cpo/tariffs?next=planned&owner=operator")
    assert names(planned) == ["Night"]
    assert len(planned.soup.select(".chips .chip")) == 2
    assert names(carla.get("/cpo/tariffs?owner=nobody&use=x")) == ["AC standard", "DC fast", "Haus", "Night"], (
        "unknown words narrow nothing"
    )
    lines = carla.get("/cpo/tariffs.csv?owner=partner").text.splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [own]
    assert names(moritz.get(f"/partner/{sommer}/prices?owner=partner")) == ["Haus"]
    mine = moritz.get(f"/partner/{sommer}/prices.csv?text=haus").text.splitlines()
    assert [line.split(",")[:3] for line in mine[1:]] == [[own, "Haus", "Sommer"]]
    winter = world.cast.partners["winter"].code
    assert own not in pages.as_("willi").get(f"/partner/{winter}/prices.csv").text


def test_what_is_wrong_with_each_stands_in_its_line(world: World, pages: Pages) -> None:
    carla, moritz, sommer = pages.as_("carla"), pages.as_("moritz"), world.cast.partners["sommer"]
    code = made(world, moritz, f"/partner/{sommer.code}/prices", name="Haus")
    assert cell(carla.get("/cpo/tariffs"), "Haus", "Regeln").startswith(("Passt", "Hinweis"))
    fee = made(world, carla, name="Mit Startgebühr", **{"lines-2-kind": "FLAT", "lines-2-price": "1"})
    assert carla.post(f"/cpo/tariffs/{fee}/assign", {"evse": str(evse_id(world))}).status == 303
    with world.owner() as session:  # what was right becomes wrong: a faster charge point, a tighter contract
        session.get_one(Evse, evse_id(world)).max_w = 150_000
        old = session.get_one(ContractVersion, world.cast.contracts["sommer"].id)
        names_kept = ("operator_id", "partner_id", "contract_id", "ac_pct", "dc_pct", "created_at")
        kept = {name: getattr(old, name) for name in names_kept}
        old.last_month = date(2026, 9, 1)
        session.add(ContractVersion(**kept, number=2, state="active", first_month=date(2026, 10, 1), price_limits={"energy": "0.30"}))
    seen = carla.get("/cpo/tariffs")
    assert cell(seen, "Mit Startgebühr", "Regeln").startswith("Sperrt Ab 50 kW ist keine Startgebühr erlaubt")
    assert "0,30 €" in cell(seen, "Haus", "Regeln"), "its price is above what the contract allows by now"
    assert "AFIR Art. 5(4)" in carla.get(f"/cpo/tariffs/{fee}").words
    assert "0,30 €" in moritz.get(f"/partner/{sommer.code}/prices/{code}").words


def test_groups_that_name_a_sheet_are_counted(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    assert cell(carla.get("/cpo/tariffs"), "AC standard", "Gruppen") == "0"
    new_group(carla, world)
    assert cell(carla.get("/cpo/tariffs"), "AC standard", "Gruppen") == "1"


def test_two_are_shown_side_by_side_with_their_differences(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    night, standard = made(world, carla), code_of(world, "AC standard")
    published(carla, f"/cpo/tariffs/{night}", **{"lines-0-price": "0,42"})
    seen = carla.get(f"/cpo/tariffs/compare?pick={night}.1&pick={night}.2")
    assert texts(seen, "tr.is-changed strong") == ["0,39 € pro kWh", "0,42 € pro kWh"]
    # 8 kWh; 22 kWh, 20 of 60 free idle minutes; 45 kWh and 300 idle minutes at 0.10, at most 12.00
    costs = [" ".join(td.find(string=True).split()) for td in seen.soup.select("table")[-1].select("tbody td")]
    assert costs == ["3,12 €", "3,36 €", "8,58 €", "9,24 €", "29,55 €", "30,90 €"]
    assert len([tr for tr in seen.soup.select("tbody tr") if "gleich" in tr.get_text()]) >= 2, "idle fee and cap"
    assert "Beide sagen dasselbe" in carla.get(f"/cpo/tariffs/compare?pick={night}&pick={night}.1").words
    assert carla.get(f"/cpo/tariffs/compare?pick={night}&pick={standard}").status == 200
    alone = carla.get(f"/cpo/tariffs/compare?pick={night}")
    assert (alone.status, "Wählen Sie zwei Tarife" in alone.words) == (422, True)
    assert carla.get(f"/cpo/tariffs/compare?pick={night}&pick={night}.7").status == 404
    winter = world.cast.partners["winter"].code
    assert pages.as_("willi").get(f"/partner/{winter}/prices/compare?pick={night}&pick={standard}").status == 404


def test_a_copy_starts_from_the_prices_of_another(world: World, pages: Pages) -> None:
    moritz, sommer = pages.as_("moritz"), world.cast.partners["sommer"].code
    standard = code_of(world, "AC standard")
    base = f"/partner/{sommer}/prices"
    seen = moritz.get(f"{base}/new?copy={standard}")
    assert seen.one("#name")["value"] == "AC standard (Kopie)"
    assert seen.one("#lines-0-price")["value"] == "0,49"
    assert [str(a["href"]) for a in moritz.get(f"{base}/{standard}").soup.select("a[href*='copy=']")] == [f"{base}/new?copy={standard}"]
    night = made(world, pages.as_("carla"))
    assert moritz.get(f"{base}/new?copy={night}").status == 404, "not at its charge points"
    winter = world.cast.partners["winter"].code
    assert pages.as_("willi").get(f"/partner/{winter}/prices/new?copy={standard}").status == 403
    with world.owner() as session:
        session.execute(text("update tariff set currency = 'CHF' where code = :code"), {"code": night})
    assert pages.as_("carla").get(f"/cpo/tariffs/new?copy={night}").status == 409


def test_an_unused_sheet_leaves_the_list_and_comes_back(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    night = made(world, carla)
    address = f"/cpo/tariffs/{night}"
    assert pages.as_("fiona").post(f"{address}/archive").status == 403
    assert carla.post(f"{address}/archive").status == 303
    assert names(carla.get("/cpo/tariffs")) == ["AC standard", "DC fast"]
    assert names(carla.get("/cpo/tariffs?state=archived")) == ["Night"]
    assert pages.as_("fiona").post(f"{address}/restore").status == 403
    assert carla.post(f"{address}/restore").status == 303
    assert names(carla.get("/cpo/tariffs")) == ["AC standard", "DC fast", "Night"]
    assert carla.post(f"{address}/assign", {"evse": str(evse_id(world))}).status == 303
    assert carla.post(f"{address}/archive").status == 409, "an EVSE has it from the next quarter of an hour"
    world.clock.move(minutes=20)
    assert carla.get(address).soup.select("form[action$='/archive']") == []


def test_the_list_of_a_partner_asks_a_constant_number_of_questions(world: World, pages: Pages) -> None:
    moritz, base = pages.as_("moritz"), f"/partner/{world.cast.partners['sommer'].code}/prices"
    moritz.post(f"{base}/new", FORM | {"name": "Night 0"})
    moritz.get(base)
    with pages.counting() as few:
        moritz.get(base)
    for number in range(1, 6):
        moritz.post(f"{base}/new", FORM | {"name": f"Night {number}"})
    with pages.counting() as more:
        moritz.get(base)
    assert len(more) == len(few)
