"""Pages of electricity rates: entered with VAT, shown net; new prices from a day on; files by line; others read or find nothing."""

from __future__ import annotations

import csv
import io
from typing import Any

from sqlalchemy import text

from tests.cast import World
from tests.pages import Pages, Seen

FORM = {
    "place": "NL-0417", "name": "Marktplatz Strom", "first_day": "2026-10-01", "vat_pct": "19", "always": "0,2975",
    "windows-0-days": "0-4", "windows-0-start": "22:00", "windows-0-end": "6", "windows-0-gross": "0,2261",
}  # fmt: skip


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


def made(pages: Pages, **over: Any) -> str:
    answer = pages.as_("carla").post("/cpo/electricity-rates/new", FORM | over)
    assert answer.status == 303, words(answer)
    return answer.location.split("?")[0]


def test_a_rate_is_entered_with_vat_and_shown_net(pages: Pages) -> None:
    address = made(pages)
    clara = pages.as_("carla")
    shown = words(clara.get(address))
    for part in ("Montag bis Freitag, 22:00 bis 06:00", "0,2261 €/kWh", "0,19 €/kWh", "0,2975 €/kWh", "0,25 €/kWh", "gilt jetzt"):
        assert part in shown, part
    listed = words(clara.get("/cpo/electricity-rates"))
    assert "NL-0417" in listed
    assert "0,25 €/kWh" in listed
    again = clara.get(f"{address}/version")
    assert again.one("input[name=windows-0-gross]")["value"] == "0,2261"
    later = {name: value for name, value in FORM.items() if name not in {"place", "name"}} | {"first_day": "2026-11-01", "always": "0,40"}
    assert clara.post(f"{address}/version", later).status == 303
    assert "geplant" in words(clara.get(address))


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(pages: Pages, world: World) -> None:
    clara = pages.as_("carla")
    for over, field in (
        ({"place": "NL-9999"}, "place"),
        ({"windows-0-gross": ""}, "windows-0-gross"),
        ({"windows-0-end": "28:00"}, "windows-0-end"),
        ({"windows-0-end": ""}, "windows-0-end"),
        ({"always": ""}, "always"),
    ):
        seen = clara.post("/cpo/electricity-rates/new", FORM | over)
        assert seen.status == 422
        assert seen.soup.select(f"#{field}-error"), (field, words(seen))
    more = clara.post("/cpo/electricity-rates/new", FORM | {"step": "more"})
    assert more.status == 200
    assert len(more.soup.select(".rate-window")) == 6
    with world.owner() as session:
        assert session.execute(text("select count(*) from electricity_rate")).scalar() == 0


def test_nothing_yet_says_what_it_means(pages: Pages, world: World) -> None:
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))  # agreed terms are frozen otherwise
        session.execute(
            text("update contract_version set deduct_electricity = true where id = :id"), {"id": world.cast.contracts["sommer"].id}
        )
    assert "Ladevorgänge an 3 Ladestationen werden zurückgehalten" in words(pages.as_("fiona").get("/cpo/electricity-rates"))


def test_a_file_goes_out_and_comes_back(pages: Pages, world: World) -> None:
    made(pages)
    clara = pages.as_("carla")
    sheet = clara.get("/cpo/electricity-rates.csv").text
    rows = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert [(row["place"], row["days"], row["start"], row["price_with_vat"], row["price_net"]) for row in rows] == [
        ("NL-0417", "mo tu we th fr", "22:00", "0.2261", "0.19"),
        ("NL-0417", "", "", "0.2975", "0.25"),
    ]
    other = sheet.replace("NL-0417", "NL-0418")
    assert clara.post("/cpo/electricity-rates/import", {"text": other, "step": "check"}).status == 200
    assert "NL-0418" not in clara.get("/cpo/electricity-rates").text
    assert clara.post("/cpo/electricity-rates/import", {"text": other, "step": "import"}).status == 303
    assert "NL-0418" in clara.get("/cpo/electricity-rates").text
    assert clara.post("/cpo/electricity-rates/import", {"text": sheet, "step": "import"}).status == 303


def test_a_bad_line_is_named_and_nothing_is_stored(pages: Pages) -> None:
    sheet = (
        "place;first_day;vat_pct;days;price_with_vat\n"
        "NL-0417;2026-10-01;19;;0,30\n"
        "NL-0418;2026-10-01;19;mo;0,30\n"
        "NL-0450;2026-10-01;19;xx;0,30\n"
        "NL-9999;2026-10-01;19;;0,30\n"
    )
    clara = pages.as_("carla")
    seen = clara.post("/cpo/electricity-rates/import", {"text": sheet, "step": "import"})
    assert seen.status == 422
    assert [row.find("th").get_text() for row in seen.soup.select(".table-hold tbody tr")] == ["3", "4", "5"]
    assert "NL-0417" not in clara.get("/cpo/electricity-rates").text.split("tbody")[-1]


def test_who_may(pages: Pages, world: World) -> None:
    address = made(pages)
    fiona, theo = pages.as_("fiona"), pages.as_("theo")
    assert fiona.get(address).status == 200
    for path in ("/cpo/electricity-rates/new", f"{address}/version", "/cpo/electricity-rates/import"):
        assert fiona.get(path).status == 403
        assert fiona.post(path, FORM).status == 403
    assert theo.get("/cpo/electricity-rates").status == 403
    assert theo.get(address).status == 404
    assert pages.as_("carla").get("/cpo/electricity-rates/R-00000").status == 404
    assert pages.nobody().get(address).location.startswith("/sign-in")


def test_the_list_costs_the_same_for_one_rate_and_many(pages: Pages) -> None:
    made(pages)
    fiona = pages.as_("fiona")
    with pages.counting() as few:
        fiona.get("/cpo/electricity-rates")
    for label in ("NL-0418", "NL-0450", "NL-0501"):
        made(pages, place=label)
    with pages.counting() as many:
        fiona.get("/cpo/electricity-rates")
    assert len(few) == len(many)
