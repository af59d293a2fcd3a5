"""A country in which energy may not be sold, by a rule set of the test's own: energy prices are refused, a time price needs a limit in kWh,
and sessions are billed by time and stopped at the limit. No country is shipped as one."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.sessions.actions import rate
from app.domain.sessions.running import running
from app.domain.tariffs import law
from app.domain.tariffs.actions import assign_tariff, create_tariff
from app.domain.tariffs.rows import TariffInput
from app.kernel.errors import Invalid
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff, tariff_to_json
from tests.cast import World
from tests.domain.sessions.arrange import FULL, charge, evse_id, stored


@pytest.fixture
def there(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Operator and locations are in XX, and XX has the rules of ``energy_not_sold.toml`` beside those that count everywhere."""
    shutil.copytree(law.FOLDER, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "energy_not_sold.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("countries = []", 'countries = ["XX"]'), encoding="utf-8")
    shipped = law.rules
    monkeypatch.setattr(law, "rules", lambda _folder: shipped(tmp_path))
    with world.owner() as session:
        session.execute(text("update operator set country = 'XX'"))
        session.execute(text("update location set country = 'XX'"))
    return world


def tariff(kind: str, price: str, **more: Any) -> Tariff:
    element = {"price_components": [{"type": kind, "price": price, "step_size": 60 if kind == "TIME" else 1, "vat": "19"}]}
    return parse_tariff({"currency": "EUR", "tax_included": "YES", "elements": [element], **more})


def assigned(world: World, terms: Tariff) -> int:
    with world.work("carla") as work:
        return assign_tariff(work, create_tariff(work, TariffInput(name="Zeit", terms=terms)), [evse_id(world)])


def test_no_country_is_shipped_as_one() -> None:
    assert tomllib.loads((law.FOLDER / "energy_not_sold.toml").read_text(encoding="utf-8"))["countries"] == []


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
