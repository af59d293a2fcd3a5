"""B25 in both portals: where a price comes from, the last session, reported faults, and what is missing at a charge point."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from sqlalchemy import text

from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge
from tests.pages import Pages, Seen
from tests.portals.network_places import in_motion


def rows(seen: Seen) -> dict[str, str]:
    """The lines of the table by label, blanks made plain."""
    found = (" ".join(tr.get_text(" ").split()) for tr in seen.soup.select("table.stations tbody tr"))
    return {row.split()[0]: row for row in found}


def incomplete(world: World) -> None:
    """NL-0501/2 has no price, NL-0450 no contract, Sommer's contract deducts electricity that nobody has priced."""
    sommer, winter = (world.cast.stations[label].id for label in ("NL-0450", "NL-0501"))
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("delete from assignment where station_id = :id"), {"id": sommer})
        gone = "delete from tariff_assignment t using evse e where e.id = t.evse_id and e.station_id = :id and e.number = 2"
        session.execute(text(gone), {"id": winter})
        deducts = text("update contract_version set deduct_electricity = true where id = :id")
        session.execute(deducts, {"id": world.cast.contracts["sommer"].id})


def test_what_is_missing_and_where_the_price_comes_from(pages: Pages, world: World) -> None:
    in_motion(world)
    incomplete(world)
    began = NOW - timedelta(days=2)
    code = charge(world, started_at=began, ended_at=began + timedelta(hours=1)).code
    found = pages.as_("carla").get("/cpo/charge-points")
    lines = rows(found)
    assert "AC standard Ladepunkt" in lines["NL-0417"]
    assert "12.10.2026, 14:05" in lines["NL-0417"]
    assert found.one(f"table.stations a[href='/cpo/sessions/{code}']")
    assert found.soup.select(f"table.stations a[href='/cpo/tariffs/{world.cast.tariffs['ac'].code}']")
    assert "Kein Strompreis" in lines["NL-0417"]
    assert "Kein Vertrag" not in lines["NL-0417"]
    assert "Kein Vertrag" in lines["NL-0450"]
    assert "Kein Strompreis" not in lines["NL-0450"]
    # one EVSE has a sheet, the other nothing at any level
    assert "/1 AC standard Ladepunkt /2 niemand 1 GroundFailure" in lines["NL-0501"].replace("– ", "")
    assert "Kein Preis" in lines["NL-0501"]


def test_contracts_are_nothing_for_technicians_and_sessions_nothing_of_strangers(pages: Pages, world: World) -> None:
    in_motion(world)
    incomplete(world)
    charge(world, started_at=NOW - timedelta(days=2), ended_at=NOW - timedelta(days=1))
    technician = rows(pages.as_("theo").get("/cpo/charge-points"))
    assert "Kein Preis" in technician["NL-0501"]
    assert "Kein Vertrag" not in technician["NL-0450"]
    sommer, winter = (f"/partner/{world.cast.partners[key].code}/charge-points" for key in ("sommer", "winter"))
    own = rows(pages.as_("moritz").get(sommer))
    assert "12.10.2026" in own["NL-0417"]
    assert "Kein Strompreis" in own["NL-0417"]
    assert not pages.as_("moritz").get(sommer).soup.select("#main a[href^='/cpo']")
    assert list(rows(pages.as_("willi").get(winter))) == ["NL-0501"]


def test_the_file_has_the_same(pages: Pages, world: World) -> None:
    incomplete(world)
    text_of = pages.as_("carla").get("/cpo/charge-points.csv").text.removeprefix("\ufeff")
    lines = {(line["label"], line["evse_number"]): line for line in csv.DictReader(io.StringIO(text_of))}
    assert (lines["NL-0417", "1"]["price_level"], lines["NL-0417", "1"]["price_code"]) == ("evse", world.cast.tariffs["ac"].code)
    assert lines["NL-0501", "2"]["price_code"] == ""
    assert lines["NL-0501", "2"]["flags"] == "no_price"
    assert lines["NL-0450", "1"]["flags"] == "no_contract"
