"""Exchange prices: import by CSV with errors per line; sessions and QR page follow them; holidays of the site."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

from app.demo import builders as make
from app.domain.sessions.actions import rate
from app.domain.sessions.queries import live_row
from app.domain.sessions.terms import Start, StartTerms, terms_at_start
from app.domain.tariffs.curve_models import DayAheadPrice
from app.domain.tariffs.holidays import holidays_between
from app.domain.tariffs.models import TariffAssignment
from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge, evse_id, in_service, stored
from tests.pages import Pages

#: 14 October 2026, 17:00 to 20:00 in Hamburg
CURVE = """start;price
2026-10-14T17:00:00+02:00;81,2
2026-10-14T18:00:00+02:00;100
2026-10-14T19:00:00+02:00;-20
"""
DYNAMIC = {"market": "DE-LU", "fallback": "0.49", "markup": "0.10", "markup_pct": "20", "floor": "0.15", "vat": "19"}


def sent(**over: Any) -> dict[str, Any]:
    return {"market": "DE-LU", "currency": "EUR", "per": "mwh", "minutes": "60", "text": CURVE, "step": "import"} | over


def points(world: World) -> list[Decimal]:
    with world.owner() as session:
        return list(session.scalars(select(DayAheadPrice.per_kwh).order_by(DayAheadPrice.starts_at)))


def give(world: World, terms: dict[str, Any], label: str = "NL-0417") -> None:
    """That EVSE has these terms since long ago."""
    at = datetime(2026, 7, 1, tzinfo=UTC)
    with world.owner() as session:
        sheet = make.tariff(session, world.cast.operator, "Börse", {"currency": "EUR", "tax_included": "YES"} | terms, at)
        evse = world.cast.evse(session, label)
        session.execute(text("delete from tariff_assignment where evse_id = :id"), {"id": evse.id})
        make.add(
            session,
            TariffAssignment(
                operator_id=evse.operator_id,
                partner_id=evse.partner_id,
                evse_id=evse.id,
                tariff_id=sheet.id,
                valid_from=at,
                created_at=at,
                created_name="test",
            ),
        )


def terms_of(world: World, at: datetime, label: str = "NL-0417") -> StartTerms:
    with world.work(world.driver_at(label)) as work:
        start = Start(world.cast.stations[label].id, evse_id(world, label), at)
        return terms_at_start(work.session, [start])[start]


def test_a_curve_is_checked_then_stored_and_replaced(pages: Pages, world: World) -> None:
    clara = pages.as_("carla")
    checked = clara.post("/cpo/day-ahead", sent(step="check"))
    assert checked.status == 200
    assert points(world) == []
    assert clara.post("/cpo/day-ahead", sent()).status == 303
    assert points(world) == [Decimal("0.0812"), Decimal("0.1"), Decimal("-0.02")]
    quarter = "start,price\n2026-10-14T16:15:00Z,0.30\n"
    assert clara.post("/cpo/day-ahead", sent(text=quarter, per="kwh", minutes="15")).status == 303
    assert points(world) == [Decimal("0.0812"), Decimal("0.3"), Decimal("-0.02")]
    seen = clara.get("/cpo/day-ahead")
    assert "DE-LU" in seen.words
    assert seen.soup.select("svg")


def test_a_bad_line_is_named_and_nothing_is_stored(pages: Pages, world: World) -> None:
    wrong = CURVE + "2026-10-14T19:30:00+02:00;1\n2026-10-14T20:00:00;2\n2026-10-14T21:00:00+02:00;viel\n2026-10-14T22:05:00+02:00;1\n"
    seen = pages.as_("carla").post("/cpo/day-ahead", sent(text=wrong))
    assert seen.status == 422
    assert [row.find("th").get_text() for row in seen.soup.select("#import ~ .table-hold tbody tr")] == ["5", "6", "7", "8"]
    assert points(world) == []
    assert pages.as_("carla").post("/cpo/day-ahead", sent(text="a,b\n1,2")).status == 422


@pytest.mark.parametrize(("who", "status"), [("aylin", 403), ("fiona", 403)])
def test_others_read_and_do_not_import(pages: Pages, world: World, who: str, status: int) -> None:
    visitor = pages.as_(who)
    assert visitor.get("/cpo/day-ahead").status == 200
    assert visitor.post("/cpo/day-ahead", sent()).status == status
    assert points(world) == []


def test_a_session_keeps_the_curve_of_its_start(pages: Pages, world: World) -> None:
    """17:00 to 20:10, 28.64 kWh evenly over 190 min: 9.0442 kWh an hour.

    17 h: 0.2350 × 9.044211 = 2.125389 → 2.13; 18 h: 0.2618 × 9.044211 = 2.367774 → 2.37; 19 h: (−0.024 + 0.10) × 1.19 = 0.0904 →
    0.15 × 9.044211 = 1.356632 → 1.36; 10 min after 20:00 fallback 0.49 × 1.507368 = 0.738611 → 0.74; together 6.60.
    """
    assert pages.as_("carla").post("/cpo/day-ahead", sent()).status == 303
    give(world, {"elements": [], "ext": {"dynamic": DYNAMIC}})
    in_service(world)
    row = charge(world)
    assert pages.as_("carla").post("/cpo/day-ahead", sent(text=CURVE.replace("100", "900"))).status == 303
    with world.work(world.system()) as work:
        rate(work, row.id)
    assert stored(world, row.id).gross_minor == 660
    with world.work(world.system()) as work:
        assert live_row(work.session, row.id).energy_price is None


def test_the_label_shows_now_and_the_next_hours(pages: Pages, world: World) -> None:
    pages.as_("carla").post("/cpo/day-ahead", sent(text=CURVE.replace("T17", "T14").replace("T18", "T15").replace("T19", "T16")))
    give(world, {"elements": [], "ext": {"dynamic": DYNAMIC}})
    in_service(world)
    seen = pages.nobody().get("/q/NL-0417-1", headers={"Accept-Language": "de"})
    assert seen.status == 200
    shown = seen.words.replace("\u00a0", " ").replace("\u202f", " ")
    assert "0,235 €/kWh" in shown
    assert "0,2618 €/kWh" in shown
    assert "14:05–15:00" in shown


def test_holidays_of_the_sites_region_count(world: World) -> None:
    """6 January is one in Bavaria, not in Hamburg: 0.29 there, 0.49 here."""
    elements = [
        {"price_components": [energy("0.29")], "restrictions": {"holidays": "only"}},
        {"price_components": [energy("0.49")]},
    ]
    give(world, {"elements": elements})
    epiphany = datetime(2027, 1, 6, 8, 0, tzinfo=UTC)
    assert first_price(terms_of(world, epiphany)) == "1970-01-01 0.29"
    with world.owner() as session:
        session.execute(text("update location set region = 'BY'"))
    fixed = terms_of(world, epiphany)
    assert first_price(fixed) == "2027-01-06 0.29"
    assert terms_of(world, NOW).tariff != terms_of(world, epiphany).tariff


def first_price(terms: StartTerms) -> str:
    assert terms.tariff is not None
    element = terms.tariff["elements"][0]
    return f"{element['restrictions']['start_date']} {element['price_components'][0]['price']}"


def energy(price: str) -> dict[str, Any]:
    return {"type": "ENERGY", "price": price, "step_size": 1, "vat": "19"}


def test_countries_and_regions_nobody_knows() -> None:
    year = (datetime(2026, 1, 1, tzinfo=UTC).date(), datetime(2026, 12, 31, tzinfo=UTC).date())
    assert len(holidays_between("DE", "", *year)) == len(holidays_between("DE", "ZZ", *year)) == 9
    assert holidays_between("XX", "", *year) == frozenset()
    assert len(holidays_between("DE", "BY", *year)) == 12
