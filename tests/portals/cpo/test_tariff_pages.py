"""B33 to B35 and P4 as pages."""

from __future__ import annotations

from app.domain.tariffs.models import Tariff, TariffVersion
from app.domain.tariffs.queries import tariffs
from tests.cast import World
from tests.domain.sessions.arrange import evse_id
from tests.pages import Pages

FORM = {"name": "Night", "energy": "0,39", "idle_per_min": "0.10", "idle_grace_min": "60", "idle_cap": "12", "vat_pct": "19"}


def code_of(world: World, name: str) -> str:
    with world.work("carla") as work:
        return next(row.code for row in tariffs(work).rows if row.name == name)


def test_a_tariff_is_made_assigned_and_changed(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    made = carla.post("/cpo/tariffs/new", FORM)
    assert made.status == 303
    shown = carla.get(made.location)
    assert "0,39 €/kWh" in shown.words
    code = code_of(world, "Night")
    assert carla.post(f"/cpo/tariffs/{code}/assign", {"evse": str(evse_id(world))}).status == 303
    assert carla.post(f"/cpo/tariffs/{code}/edit", FORM | {"energy": "0,42"}).status == 303
    assert "0,42 €/kWh" in carla.get(f"/cpo/tariffs/{code}").words


def test_what_is_wrong_is_named_and_nothing_is_saved(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    wrong = carla.post("/cpo/tariffs/new", FORM | {"energy": "1.234"})
    assert wrong.status == 422
    assert wrong.one("#energy")["aria-invalid"] == "true"
    empty = carla.post("/cpo/tariffs/new", {"name": "", "vat_pct": "19"})
    assert empty.status == 422
    with world.owner() as session:
        assert session.query(Tariff).count() == 2
        assert session.query(TariffVersion).count() == 2


def test_examples_follow_the_typing(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    seen = carla.post("/cpo/tariffs/effect", FORM | {"energy": "0.50"})
    assert "11,00 €" in seen.words  # 22 kWh × 0.50
    assert carla.post("/cpo/tariffs/effect", {"name": "x", "vat_pct": "19"}).status == 200


def test_the_host_sees_its_prices_and_the_stranger_gets_404(world: World, pages: Pages) -> None:
    own, other = (world.cast.partners[key].code for key in ("sommer", "winter"))
    moritz, willi = pages.as_("moritz"), pages.as_("willi")
    assert moritz.post(f"/partner/{own}/prices/new", FORM).status == 303
    code = code_of(world, "Night")
    assert moritz.get(f"/partner/{own}/prices/{code}").status == 200
    for path in (f"prices/{code}", f"prices/{code}/edit", f"prices/{code}/assign"):
        assert willi.get(f"/partner/{other}/{path}").status == 404, path
    assert willi.get(f"/partner/{other}/prices/new").status == 403
    assert "Neuer Tarif" not in willi.get(f"/partner/{other}/prices").words
    standard = code_of(world, "AC standard")
    assert moritz.get(f"/partner/{own}/prices/{standard}").status == 200
    assert moritz.post(f"/partner/{own}/prices/{standard}/edit", FORM).status == 403
    for who in ("fiona", "theo", "aylin"):
        assert pages.as_(who).post("/cpo/tariffs/new", FORM).status == 403


def test_the_list_asks_a_constant_number_of_questions(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    carla.get("/cpo/tariffs")
    with pages.counting() as few:
        carla.get("/cpo/tariffs")
    for number in range(6):
        carla.post("/cpo/tariffs/new", FORM | {"name": f"Night {number}"})
    with pages.counting() as more:
        carla.get("/cpo/tariffs")
    assert len(more) == len(few)
