"""A country in which energy may not be sold, as the operator declares it: from that day on energy prices are refused, a time price needs a
limit in kWh, and sessions are billed by time and stopped at the limit. No country is shipped as one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from app.access.actor import system
from app.demo import builders as make
from app.domain.sessions.actions import rate
from app.domain.sessions.running import running
from app.domain.tariffs.actions import assign_tariff, create_tariff, publish_terms
from app.domain.tariffs.energy_bars import energy_bars, lift_bar, set_bar
from app.domain.tariffs.rows import TariffInput
from app.kernel.errors import Invalid
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff, tariff_to_json
from tests.cast import NOW, World
from tests.domain.sessions.arrange import FULL, charge, evse_id, stored
from tests.pages import Pages

FORM = {"country": "PT", "from_on": "2027-01-01", "basis": "Decreto-Lei 90/2014"}


@pytest.fixture
def there(world: World) -> World:
    """Operator and locations are in Portugal, and energy may not be sold there from today on."""
    with world.owner() as session:
        session.execute(text("update operator set country = 'PT'"))
        session.execute(text("update location set country = 'PT'"))
    with world.work("carla") as work:
        set_bar(work, "PT", NOW.date(), "Rat der Kanzlei vom 1. Oktober 2026")
    return world


def tariff(kind: str, price: str, **more: Any) -> Tariff:
    element = {"price_components": [{"type": kind, "price": price, "step_size": 60 if kind == "TIME" else 1, "vat": "19"}]}
    return parse_tariff({"currency": "EUR", "tax_included": "YES", "elements": [element], **more})


def assigned(world: World, terms: Tariff) -> int:
    with world.work("carla") as work:
        return assign_tariff(work, create_tariff(work, TariffInput(name="Zeit", terms=terms)), [evse_id(world)])


def test_nothing_is_barred_until_somebody_declares_it(world: World) -> None:
    with world.work("carla") as work:
        assert energy_bars(work) == []
    assert assigned(world, tariff("ENERGY", "0.49")) == 1


def test_prices_are_held_to_the_day_from_which_they_count(there: World) -> None:
    """Declared from 20 October on: what begins on the 19th may still be priced per kWh, what begins on the 20th may not."""
    with there.work("carla") as work:
        set_bar(work, "PT", date(2026, 10, 20), "Rat der Kanzlei vom 1. Oktober 2026")
    energy = tariff("ENERGY", "0.49")
    with there.work("carla") as work:
        code = create_tariff(work, TariffInput(name="Energie", terms=energy))
        publish_terms(work, code, tariff("ENERGY", "0.51"), starts_at=datetime(2026, 10, 19, 12, tzinfo=UTC))
    with there.work("carla") as work, pytest.raises(Invalid) as refused:
        publish_terms(work, code, tariff("ENERGY", "0.52"), starts_at=datetime(2026, 10, 20, 12, tzinfo=UTC))
    assert refused.value.code == "energy_not_sold"
    with there.work("carla") as work:
        lift_bar(work, "PT")
        publish_terms(work, code, tariff("ENERGY", "0.52"), starts_at=datetime(2026, 10, 20, 12, tzinfo=UTC))


def test_other_countries_and_other_operators_are_not_concerned(there: World) -> None:
    with there.owner() as session:
        session.execute(text("update operator set country = 'ES'"))
        session.execute(text("update location set country = 'ES'"))
    assert assigned(there, tariff("ENERGY", "0.49")) == 1
    with there.owner() as session:
        other = make.operator(session, NOW, code="SUD", name="Südlicht")
    with there.work(system(other.id)) as work:
        assert energy_bars(work) == []


def test_the_page_declares_changes_and_takes_back(world: World, pages: Pages) -> None:
    carla, here = pages.as_("carla"), "/cpo/tariffs/energy-sale"
    assert "Energie darf in jedem Land verkauft werden" in carla.get(here).words
    for wrong in ({"country": "XX"}, {"from_on": ""}, {"from_on": "32.1.2027"}, {"basis": " "}):
        assert carla.post(here, FORM | wrong).status == 422, wrong
    assert carla.post(here, FORM).status == 303
    assert carla.post(here, FORM | {"from_on": "2027-02-01"}).status == 303
    seen = carla.get(here)
    assert len(seen.soup.select("tbody tr")) == 1
    assert "Portugal 01.02.2027 Decreto-Lei" in seen.words
    fiona = pages.as_("fiona")
    assert fiona.get(here).status == 200
    assert not fiona.get(here).soup.select("form[action$='/lift']")
    assert fiona.post(here, FORM).status == 403
    assert fiona.post(f"{here}/PT/lift").status == 403
    assert pages.as_("moritz").get(here).status == 404
    assert carla.post(f"{here}/ES/lift").status == 404
    assert carla.post(f"{here}/PT/lift").status == 303
    with world.owner() as session:
        acts = session.scalars(text("select act from audit_entry where act like 'EnergyBar%' order by at, id")).all()
    assert acts == ["EnergyBarSet", "EnergyBarSet", "EnergyBarLifted"]


def test_a_price_for_energy_is_refused_and_time_needs_a_limit(there: World) -> None:
    for terms, code, field in (
        (tariff("ENERGY", "0.49"), "energy_not_sold", "elements[0].price_components[0].price"),
        (tariff("TIME", "3.00"), "limit_needed", "elements"),
        (tariff("TIME", "3.00", ext={"limits": {"minutes": 240}}), "limit_needed", "elements"),
    ):
        with pytest.raises(Invalid) as refused:
            assigned(there, terms)
        assert (refused.value.code, refused.value.field) == (code, field)
    assert assigned(there, tariff("TIME", "3.00", ext={"limits": {"energy_kwh": "50"}})) == 1


def test_sessions_are_billed_by_time_and_stopped_at_the_limit(there: World) -> None:
    """3 h 10 min charging × 3.00 = 9.50, whatever the energy; at 49.95 kWh and 22 kW the 50 kWh are reached before the next look."""
    lawful = tariff("TIME", "3.00", ext={"limits": {"energy_kwh": "50"}})
    assert assigned(there, lawful) == 1
    terms = tariff_to_json(lawful)
    under_way = charge(there, number=2, state="charging", energy_wh=49_950, ended_at=None, meter_stop_wh=None, power_w=22_000, tariff=terms)
    with there.owner() as session:
        found = running(session, [under_way.id], FULL)[under_way.id]
    assert (found.gross_minor, found.limit) == (950, "energy")
    done = charge(there, tariff=terms)
    with there.work(there.system()) as work:
        rate(work, done.id)
    assert stored(there, done.id).gross_minor == 950
