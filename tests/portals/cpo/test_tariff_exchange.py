"""Tariffs as files: out and in again is nothing new; new lines, changed lines, bad lines; nobody else."""

from __future__ import annotations

import csv
import io
import json

from sqlalchemy import text

from tests.cast import World
from tests.pages import Pages, Seen, Visitor

PATH = "/cpo/tariffs/exchange"


def words(seen: Seen) -> str:
    return seen.words.replace("\u00a0", " ").replace("\u202f", " ")


def send(visitor: Visitor, sheet: str, step: str = "import") -> Seen:
    return visitor.post(PATH, {"text": sheet, "step": step})


def count(world: World) -> tuple[int, int]:
    with world.owner() as session:
        found = session.execute(text("select (select count(*) from tariff), (select count(*) from tariff_version)")).one()
        return found[0], found[1]


def test_what_goes_out_comes_in_as_nothing_new(pages: Pages, world: World) -> None:
    clara, before = pages.as_("carla"), count(world)
    sheet = clara.get("/cpo/tariffs.csv").text
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff")))}
    assert (rows["DC fast"]["energy"], rows["DC fast"]["vat_pct"], rows["DC fast"]["state"]) == ("0.69", "19", "active")
    # billed by the full minute, which no simple column can say
    assert rows["AC standard"]["energy"] == ""
    assert send(clara, sheet).status == 303
    body = clara.get("/cpo/tariffs.json").text
    assert {each["tariff_alt_text"][0]["text"] for each in json.loads(body)} == {"AC standard", "DC fast"}
    assert send(clara, body).status == 303
    assert count(world) == before


def test_new_and_changed_lines_are_shown_first_then_taken(pages: Pages, world: World) -> None:
    clara = pages.as_("carla")
    code = world.cast.tariffs["ac"].code
    # an idle fee without a limit, and 0.10 kWh free below: as a form would write it
    sheet = f"code,name,energy,idle_per_min,idle_cap,vat_pct\n,Abendtarif,0.39,,,19\n{code},AC standard,0.45,0.10,12,19\n"
    checked = send(clara, sheet, "check")
    assert checked.status == 200, words(checked)
    assert count(world) == (2, 2)
    assert "Neue Preise ab 14.10.2026, 14:15" in words(checked)
    assert send(clara, sheet).status == 303
    assert count(world) == (3, 4)
    assert "Abendtarif" in clara.get("/cpo/tariffs").text


def test_bad_lines_are_named_with_their_path_and_nothing_is_taken(pages: Pages, world: World) -> None:
    good = {
        "currency": "EUR",
        "tax_included": "YES",
        "elements": [{"price_components": [{"type": "ENERGY", "price": "0.3", "step_size": 1}]}],
    }
    bad = json.loads(json.dumps(good))
    bad["elements"][0]["restrictions"] = {"start_time": "25:00"}
    seen = send(pages.as_("carla"), json.dumps([good | {"id": "A"}, bad | {"id": "B"}, good | {"id": "T-00000"}]))
    assert seen.status == 422
    assert [(row.find("th").get_text(), row.find("td").get_text()) for row in seen.soup.select(".table-hold tbody tr")] == [
        ("2", "elements[0].restrictions.start_time"),
        ("3", "code"),
    ]
    assert count(world) == (2, 2)
    for body in ("", "no,such\n1,2\n", '[{"id": '):
        assert send(pages.as_("carla"), body).status == 422


def test_others_neither_look_nor_bring(pages: Pages) -> None:
    for who in ("fiona", "theo"):
        assert pages.as_(who).get(PATH).status == 403
        assert send(pages.as_(who), "name,energy,vat_pct\nX,0.1,19\n").status == 403
    assert pages.nobody().get("/cpo/tariffs.csv").location.startswith("/sign-in")
