"""B33 to B35 and P4 as pages."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.people.draft_models import FormDraft
from app.domain.tariffs.models import Tariff, TariffVersion
from app.domain.tariffs.queries import tariffs
from app.money.starters import STARTERS
from tests.cast import World
from tests.domain.sessions.arrange import evse_id
from tests.pages import Pages, Seen, Visitor

#: energy at 0.39, 0.10 per idle minute after an hour, at most 12.00
FORM = {
    "name": "Night",
    "tax_included": "YES",
    "vat_pct": "19",
    "lines-0-kind": "ENERGY",
    "lines-0-price": "0,39",
    "lines-1-kind": "PARKING_TIME",
    "lines-1-price": "0.10",
    "lines-1-unit": "minute",
    "grace": "60",
    "grace_scope": "phase",
    "grace_mode": "deduct",
    "cap_parking_time": "12",
    "act": "publish",
}


def code_of(world: World, name: str) -> str:
    with world.work("carla") as work:
        return next(row.code for row in tariffs(work).rows if row.name == name)


def texts(seen: Seen, selector: str) -> list[str]:
    return [" ".join(item.get_text(" ").split()) for item in seen.soup.select(selector)]


def made(world: World, visitor: Visitor, base: str = "/cpo/tariffs", **over: str) -> str:
    assert visitor.post(f"{base}/new", FORM | over).status == 303
    return code_of(world, over.get("name", "Night"))


def published(visitor: Visitor, address: str, **over: str) -> None:
    """Through both steps: the editor, then the page with the change in words."""
    assert visitor.post(f"{address}/edit", FORM | over).location.endswith("/publish")
    shown = visitor.get(f"{address}/publish")
    sent = visitor.post(f"{address}/publish", {"shown": str(shown.one("#shown")["value"]), "starts_at": over.get("starts_at", "")})
    assert sent.status == 303, sent.words


def test_a_tariff_is_made_assigned_and_changed(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    code = made(world, carla)
    shown = carla.get(f"/cpo/tariffs/{code}")
    assert "0,39 € pro kWh" in shown.words
    assert carla.post(f"/cpo/tariffs/{code}/assign", {"evse": str(evse_id(world))}).status == 303
    published(carla, f"/cpo/tariffs/{code}", **{"lines-0-price": "0,42"})
    after = carla.get(f"/cpo/tariffs/{code}")
    assert "Neue Preise ab 14.10.2026, 14:15" in after.words
    assert "0,42 € pro kWh" in after.words


def test_the_change_is_told_in_words_before_it_is_published(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    code = made(world, carla)
    carla.post(f"/cpo/tariffs/{code}/edit", FORM | {"lines-0-price": "0.42", "lines-0-start_time": "08:00", "lines-0-end_time": "18:00"})
    shown = carla.get(f"/cpo/tariffs/{code}/publish")
    assert texts(shown, ".diff-gone") == ["− entfällt: 0,39 € pro kWh"]
    assert texts(shown, ".diff-new") == ["+ neu: 08:00–18:00: 0,42 € pro kWh"]
    stale = carla.post(f"/cpo/tariffs/{code}/publish", {"shown": "0" * 64})
    assert stale.status == 422
    early = carla.post(f"/cpo/tariffs/{code}/publish", {"shown": str(shown.one("#shown")["value"]), "starts_at": "2026-10-14T14:10"})
    assert early.status == 422
    assert early.one("#starts_at")["aria-invalid"] == "true"
    with world.owner() as session:
        assert session.query(TariffVersion).count() == 3  # two of the cast, the first of ours


def test_scheduled_prices_are_withdrawn_until_they_start(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    code = made(world, carla)
    published(carla, f"/cpo/tariffs/{code}", **{"lines-0-price": "0,42"})
    assert carla.post(f"/cpo/tariffs/{code}/versions/2/withdraw").status == 303
    shown = carla.get(f"/cpo/tariffs/{code}")
    assert "Neue Preise ab" not in shown.words
    assert "zurückgezogen von Carla" in shown.words
    assert carla.post(f"/cpo/tariffs/{code}/versions/2/withdraw").status == 409
    assert carla.post(f"/cpo/tariffs/{code}/versions/1/withdraw").status == 409
    assert carla.post(f"/cpo/tariffs/{code}/versions/9/withdraw").status == 404
    published(carla, f"/cpo/tariffs/{code}", **{"lines-0-price": "0,45"})
    world.clock.move(minutes=20)
    assert "0,45 € pro kWh" in carla.get("/cpo/tariffs").words


def test_what_is_wrong_is_named_and_nothing_is_saved(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    wrong = carla.post("/cpo/tariffs/new", FORM | {"lines-0-price": "1.234"})
    assert wrong.status == 422
    assert wrong.one("#lines-0-price")["aria-invalid"] == "true"
    assert carla.post("/cpo/tariffs/new", {"name": "x", "tax_included": "YES", "vat_pct": "19", "act": "publish"}).status == 422
    nameless = carla.post("/cpo/tariffs/new", FORM | {"name": ""})
    assert nameless.status == 422
    assert nameless.one("#name")["aria-invalid"] == "true"
    clock = carla.post("/cpo/tariffs/new", FORM | {"lines-1-start_time": "25:00"})
    assert clock.one("#lines-1-start_time")["aria-invalid"] == "true"
    bounds = carla.post("/cpo/tariffs/new", FORM | {"min_price": "5", "max_price": "4"})
    assert bounds.one("#min_price")["aria-invalid"] == "true"
    with world.owner() as session:
        assert session.query(Tariff).count() == 2
        assert session.query(TariffVersion).count() == 2


def test_lines_move_without_script_and_the_draft_stays(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    code = made(world, carla)
    address = f"/cpo/tariffs/{code}/edit"
    assert carla.post(address, FORM | {"act": "down-0", "lines-0-price": "0,4x"}).status == 303
    seen = carla.get(address)
    assert [str(field["value"]) for field in seen.soup.select("[id$=-kind]")] == ["PARKING_TIME", "ENERGY"]
    assert seen.one("#lines-1-price")["value"] == "0,4x"
    assert "Nicht veröffentlicht" in seen.words
    carla.post(address, FORM | {"act": "twice-0"})
    carla.post(address, FORM | {"act": "add-FLAT"})
    assert [str(field["value"]) for field in carla.get(address).soup.select("[id$=-kind]")] == ["ENERGY", "PARKING_TIME", "FLAT"]
    partial = carla.htmx(address, method="POST", data=FORM | {"act": "remove-1", "csrf_token": str(seen.one("#csrf_token")["value"])})
    assert partial.status == 200
    assert len(partial.soup.select("[id$=-kind]")) == 1
    carla.post(address, {"act": "discard"})
    with world.owner() as session:
        assert session.query(FormDraft).count() == 0
    assert len(carla.get(address).soup.select("[id$=-kind]")) == 2


def test_every_starter_opens_as_a_form(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    for name in STARTERS:
        seen = carla.get(f"/cpo/tariffs/new?starter={name}")
        assert (seen.status, len(seen.soup.select("#examples-head"))) == (200, 1), name
    assert carla.get("/cpo/tariffs/new?starter=gold").status == 404


def test_examples_grid_and_findings_follow_the_typing(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    seen = carla.post("/cpo/tariffs/effect", FORM | {"lines-0-price": "0.50", "examples-1-kwh": "22", "examples-1-charging": "120"})
    assert "11,00 €" in seen.words  # 22 kWh × 0.50
    assert "netto 0,42017 € pro kWh" in seen.words.replace("\u00a0", " ")  # 0.50 ÷ 1.19 = 0.420168…
    assert "Energie nach Stunden: 0,50 € pro kWh" in seen.words
    day = {"lines-0-start_time": "08:00", "lines-0-end_time": "18:00"}
    gap = carla.post("/cpo/tariffs/effect", FORM | day)
    assert "In 98 Stunden der Woche passt kein Energiepreis" in gap.words  # 7 × 14 hours
    assert "hier kostenlos" in gap.words
    assert carla.post("/cpo/tariffs/effect", {"name": "x", "vat_pct": "19"}).status == 200


def test_a_start_fee_at_fast_points_blocks_and_is_removed_by_its_fix(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    code = code_of(world, "DC fast")
    fee = {"lines-2-kind": "FLAT", "lines-2-price": "1"}
    address = f"/cpo/tariffs/{code}"
    seen = carla.post(f"{address}/effect".replace(f"/{code}", "") + f"?code={code}", FORM | fee)
    assert "AFIR Art. 5(4)" in seen.words
    assert [str(button["value"]) for button in seen.soup.select(".role-fault button")] == ["remove-2"]
    assert carla.post(f"{address}/edit", FORM | fee).status == 303
    shown = carla.get(f"{address}/publish")
    assert shown.soup.select_one("form#form button[disabled]") is not None
    forced = carla.post(f"{address}/publish", {"shown": str(shown.one("#shown")["value"])})
    assert forced.status == 422
    carla.post(f"{address}/edit", FORM | fee | {"act": "remove-2"})
    assert carla.get(f"{address}/publish").soup.select_one("form#form button[disabled]") is None


def test_the_host_sees_its_prices_and_the_stranger_gets_404(world: World, pages: Pages) -> None:
    own, other = (world.cast.partners[key].code for key in ("sommer", "winter"))
    moritz, willi = pages.as_("moritz"), pages.as_("willi")
    code = made(world, moritz, f"/partner/{own}/prices")
    published(moritz, f"/partner/{own}/prices/{code}", **{"lines-0-price": "0,42"})
    assert moritz.get(f"/partner/{own}/prices/{code}").status == 200
    for path in (f"prices/{code}", f"prices/{code}/edit", f"prices/{code}/publish", f"prices/{code}/assign"):
        assert willi.get(f"/partner/{other}/{path}").status == 404, path
    for path in (f"prices/{code}/edit", f"prices/{code}/publish", f"prices/{code}/assign", f"prices/{code}/versions/2/withdraw"):
        assert willi.post(f"/partner/{other}/{path}", FORM).status == 404, path
    assert willi.post(f"/partner/{other}/prices/effect?code={code}", FORM).status == 404
    assert willi.get(f"/partner/{other}/prices/new").status == 403
    assert willi.post(f"/partner/{other}/prices/effect", FORM).status == 403
    assert "Neuer Tarif" not in willi.get(f"/partner/{other}/prices").words
    standard = code_of(world, "AC standard")
    assert moritz.get(f"/partner/{own}/prices/{standard}").status == 200
    assert moritz.post(f"/partner/{own}/prices/{standard}/edit", FORM).status == 403
    for who in ("fiona", "theo", "aylin"):
        assert pages.as_(who).post("/cpo/tariffs/new", FORM).status == 403


def test_a_draft_is_its_writers_alone(world: World, pages: Pages) -> None:
    own = world.cast.partners["sommer"].code
    moritz, carla = pages.as_("moritz"), pages.as_("carla")
    code = made(world, moritz, f"/partner/{own}/prices")
    moritz.post(f"/partner/{own}/prices/{code}/edit", FORM | {"act": "keep", "lines-0-price": "0.77"})
    assert carla.get(f"/cpo/tariffs/{code}/edit").one("#lines-0-price")["value"] == "0,39"
    assert moritz.get(f"/partner/{own}/prices/{code}/edit").one("#lines-0-price")["value"] == "0.77"


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


def test_new_prices_keep_their_clock(world: World, pages: Pages) -> None:
    carla = pages.as_("carla")
    code = made(world, carla)
    published(carla, f"/cpo/tariffs/{code}", starts_at="2026-12-01T06:00")
    with world.owner() as session:
        newest = session.query(TariffVersion).order_by(TariffVersion.valid_from.desc()).first()
        assert newest is not None
        assert newest.valid_from == datetime(2026, 12, 1, 5, tzinfo=UTC)


def test_time_is_priced_only_where_the_clock_is_approved(world: World, pages: Pages) -> None:
    carla, theo = pages.as_("carla"), pages.as_("theo")
    minutes = {"lines-2-kind": "TIME", "lines-2-price": "0.05", "lines-2-unit": "minute"}
    code = made(world, carla, **minutes)
    there = {"evse": str(evse_id(world))}
    refused = carla.post(f"/cpo/tariffs/{code}/assign", there)
    assert refused.status == 422
    assert "MessEG § 33" in refused.words
    assert carla.post("/cpo/charge-points/NL-0417/evses/1/clock", {"approved": "yes"}).status == 403
    assert theo.post("/cpo/charge-points/NL-0417/evses/9/clock", {"approved": "yes"}).status == 404
    assert theo.post("/cpo/charge-points/NL-0417/evses/1/clock", {"approved": "yes"}).status == 303
    assert "Nicht mehr zugelassen" in theo.get("/cpo/charge-points/NL-0417/evses").words
    assert carla.post(f"/cpo/tariffs/{code}/assign", there).status == 303
