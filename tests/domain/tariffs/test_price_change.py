"""A host changes a price (journey 4): its contract's limit, what runs keeps its price, what happened can be asked again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.domain.sessions.actions import rate
from app.domain.sessions.offer import offer_at
from app.domain.sessions.tariff_use import running_with, what_if
from app.domain.tariffs.actions import assign_tariff, create_tariff, publish_terms, withdraw_terms
from app.domain.tariffs.queries import tariff_by_code
from app.domain.tariffs.rows import TariffInput
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.money.starters import starter
from app.money.terms import Tariff
from app.money.terms_json import parse_tariff, tariff_to_json
from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge, energy_price, evse_id, stored


def price(amount: str, **ext: object) -> Tariff:
    part = {"type": "ENERGY", "price": amount, "step_size": 1, "vat": "19"}
    return parse_tariff({"currency": "EUR", "tax_included": "YES", "elements": [{"price_components": [part]}], "ext": ext})


@pytest.fixture
def code(world: World) -> str:
    """Sommer's own sheet at 0.49, at one of its points since now."""
    with world.work("moritz") as work:
        found = create_tariff(work, TariffInput(name="Haus", terms=price("0.49")), partner_id=world.cast.partners["sommer"].id)
    with world.work("moritz") as work:
        assign_tariff(work, found, [evse_id(world)], starts_at=NOW)
    return found


@contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[Invalid]]:
    with pytest.raises(Invalid, match=code) as found:
        yield found


def test_a_host_stays_within_the_price_of_its_contract(world: World, code: str) -> None:
    with refused("above_contract_energy") as found, world.work("moritz") as work:
        publish_terms(work, code, price("0.85"))
    assert (found.value.field, found.value.params["amount"]) == ("elements[0].price_components[0].price", "€0.79")
    net = parse_tariff(tariff_to_json(price("0.67")) | {"tax_included": "NO"})
    with refused("net_prices|above_contract_energy"), world.work("moritz") as work:
        publish_terms(work, code, net)  # 0.67 × 1.19 = 0.7973
    with refused("above_contract_energy") as found, world.work("moritz") as work:
        publish_terms(work, code, dynamic())
    assert found.value.field == "ext.dynamic.ceiling"
    with world.work("moritz") as work:
        publish_terms(work, code, price("0.79"))


def dynamic() -> Tariff:
    ext = {"dynamic": {"market": "DE-LU", "fallback": "0.49", "vat": "19"}}
    return parse_tariff({"currency": "EUR", "tax_included": "YES", "elements": [], "ext": ext})


def test_a_running_session_keeps_its_price_and_the_next_one_has_the_new(world: World, code: str) -> None:
    """10 kWh × 0.49 = 4.90 for who plugged in before; 10 kWh × 0.55 = 5.50 for who plugs in after."""
    running = charge(world, energy_wh=10_000, started_at=NOW + timedelta(minutes=1), ended_at=NOW + timedelta(hours=1))
    with world.work("moritz") as work:
        start = publish_terms(work, code, price("0.55"))
    later = charge(world, energy_wh=10_000, started_at=start, ended_at=start + timedelta(hours=1))
    for row in (running, later):
        with world.work(world.system()) as work:
            rate(work, row.id)
    assert [stored(world, row.id).gross_minor for row in (running, later)] == [490, 550]


def test_running_sessions_are_counted_and_past_ones_priced_again(world: World, code: str) -> None:
    done = charge(world, energy_wh=10_000, started_at=NOW, ended_at=NOW + timedelta(hours=1))
    charge(world, number=2, state="charging", started_at=NOW, ended_at=None, end_received_at=None)
    open_here = charge(world, state="charging", started_at=NOW, ended_at=None, end_received_at=None)
    with world.work(world.system()) as work:
        rate(work, done.id)
    with world.work("moritz") as work:
        assert running_with(work, tariff_by_code(work, code).id) == 1
        found = what_if(work, done.code, price("0.55"))
        assert (found.before_minor, found.priced.gross_minor) == (490, 550)
        with pytest.raises(Invalid, match="session_running"):
            what_if(work, open_here.code, price("0.55"))
    with pytest.raises(NotFound), world.work("willi") as work:
        what_if(work, done.code, price("0.55"))


def test_withdrawn_prices_never_count(world: World, code: str) -> None:
    with world.work("moritz") as work:
        start = publish_terms(work, code, price("0.55"))
    for who, error in (("willi", NotFound), ("fiona", NotAllowed)):
        with pytest.raises(error), world.work(who) as work:
            withdraw_terms(work, code, 2)
    with world.work("moritz") as work:
        withdraw_terms(work, code, 2)
    with world.work("moritz") as work:
        assert publish_terms(work, code, price("0.60"), starts_at=start + timedelta(days=1)) == start + timedelta(days=1)
    assert energy_price(world, evse_id(world), start) == "0.49"
    world.clock.move(days=2)
    with pytest.raises(Conflict, match="terms_started"), world.work("moritz") as work:
        withdraw_terms(work, code, 3)


@pytest.mark.parametrize("change", ["terms = '{}'", "valid_from = valid_from + interval '1 day'", "withdrawn_at = valid_from"])
def test_the_database_keeps_published_terms(world: World, code: str, change: str) -> None:
    assert code
    with pytest.raises(DatabaseError), world.owner() as session:
        session.execute(text(f"update tariff_version set {change}"))
    with pytest.raises(DatabaseError, match="never changed"), world.owner() as session:
        session.execute(text("delete from tariff_version"))


def test_the_hold_of_a_tariff_goes_before_the_operators(world: World, code: str) -> None:
    with world.work("moritz") as work:
        publish_terms(work, code, price("0.49", hold="30"))
    world.clock.move(minutes=15)
    with world.work(world.driver_at("NL-0417")) as work:
        assert offer_at(work, evse_id(world)).hold_minor == 3000


def test_a_starter_of_another_currency_is_not_taken(world: World, code: str) -> None:
    made = starter("per_kwh", "CHF", Decimal(19))
    assert made is not None
    with refused("other_currency"), world.work("moritz") as work:
        publish_terms(work, code, made)
