"""Electricity in a session's share: by the rate of the place and the hour; held without one, settled once when it is known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.domain.sessions.actions import rate
from app.domain.sessions.electricity import settle_known
from app.domain.settlement.actions import draft
from app.domain.tariffs.electricity import points_without_rate, rate_by_code, rates
from app.domain.tariffs.electricity_actions import add_rate_version, create_rate
from app.domain.tariffs.electricity_models import ElectricityRate
from app.domain.tariffs.electricity_rows import RateInput, RateVersionInput
from app.kernel.errors import Invalid, NotAllowed, NotFound
from app.kernel.periods import Month
from app.money.electricity import Window
from tests.cast import World
from tests.domain.sessions.arrange import charge, in_service, legs, stored

D = Decimal
SEPTEMBER = date(2026, 9, 1)


@pytest.fixture
def deducted(world: World) -> World:
    """Sommer's contract deducts electricity and gives its cost back."""
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))  # agreed terms are frozen otherwise
        session.execute(text("update contract_version set deduct_electricity = true, reimburse_electricity = true"))
    return world


def prices(*windows: Window, first: date = SEPTEMBER, vat: str = "19") -> RateVersionInput:
    return RateVersionInput(first_day=first, vat_pct=D(vat), windows=windows)


def priced(world: World, place: str, *windows: Window, **over: Any) -> str:
    with world.work("carla") as work:
        return create_rate(work, RateInput(place=place, name=f"Strom {place}", prices=prices(*windows, **over)))


def settled(world: World, code: str) -> int:
    with world.owner() as session:
        key: UUID = session.scalars(select(ElectricityRate.id).where(ElectricityRate.code == code)).one()
    with world.work(world.system()) as work:
        return settle_known(work, key)


def finished(world: World, label: str = "NL-0417") -> Any:
    row = charge(world, label)
    with world.work(world.system()) as work:
        rate(work, row.id)
    return stored(world, row.id)


def site(world: World) -> str:
    return world.cast.locations["marktplatz"].code


def test_the_rate_of_the_hour_is_deducted_and_given_back(deducted: World) -> None:
    """17:00 to 20:10 evenly 28.640 kWh; until 18:00 0.2975 gross = 0.25 net, then 0.2261 = 0.19.

    60 of 190 min: 9.044 kWh × 0.25 + 19.596 × 0.19 = 2.261 + 3.72324 = 5.98424 → 5.98. Net 14.73 − 5.98 = 8.75 × 70 % = 6.125 → 6.13;
    with 5.98 back Sommer has 12.11, the operator 2.62.
    """
    priced(deducted, site(deducted), Window(gross=D("0.2261"), start_minute=18 * 60, end_minute=22 * 60), Window(gross=D("0.2975")))
    row = finished(deducted)
    assert row.electricity == [{"kwh": "9.044", "rate_net": "0.25"}, {"kwh": "19.596", "rate_net": "0.19"}]
    assert (row.net_minor, row.partner_minor) == (1473, 1211)
    assert legs(deducted)["partner_payable"] == -1211
    assert "missing_electricity_rate" not in row.flags


def test_a_charge_points_own_rate_counts_before_its_locations(deducted: World) -> None:
    priced(deducted, site(deducted), Window(gross=D("0.30")), vat="0")
    priced(deducted, "NL-0417", Window(gross=D("0.10")), vat="0")
    assert finished(deducted).electricity == [{"kwh": "28.640", "rate_net": "0.10"}]
    assert finished(deducted, "NL-0418").electricity == [{"kwh": "28.640", "rate_net": "0.30"}]


def test_without_a_rate_the_share_waits_and_is_settled_once(deducted: World) -> None:
    """28.64 × 0.25 = 7.16; 14.73 − 7.16 = 7.57 × 70 % = 5.299 → 5.30; with 7.16 back 12.46."""
    in_service(deducted)
    row = finished(deducted)
    assert (row.electricity, row.partner_minor) == (None, None)
    assert "missing_electricity_rate" in row.flags
    assert legs(deducted)["suspense"] == -1473
    with deducted.work("carla") as work:
        assert set(points_without_rate(work)) == {"NL-0417", "NL-0418", "NL-0450", "NL-0501"}
    code = priced(deducted, "NL-0417", Window(gross=D("0.2975")))
    with deducted.work("carla") as work:
        assert rate_by_code(work, code).held == 1
    assert (settled(deducted, code), settled(deducted, code)) == (1, 0)
    row = stored(deducted, row.id)
    assert (row.partner_minor, row.electricity) == (1246, [{"kwh": "28.640", "rate_net": "0.25"}])
    assert "missing_electricity_rate" not in row.flags
    found = legs(deducted)
    assert (found["suspense"], found["partner_payable"]) == (0, -1246)
    deducted.clock.set(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))
    with deducted.work("fiona") as work:
        assert draft(work, deducted.cast.partners["sommer"].id, Month(2026, 10)).accrued_minor == 1246


def test_a_rate_from_tomorrow_on_settles_nothing_of_today(deducted: World) -> None:
    row = finished(deducted)
    code = priced(deducted, "NL-0417", Window(gross=D("0.30")), first=date(2026, 10, 15))
    assert settled(deducted, code) == 0
    assert stored(deducted, row.id).partner_minor is None


def test_what_is_settled_cannot_move(deducted: World) -> None:
    priced(deducted, "NL-0417", Window(gross=D("0.2975")))
    row = finished(deducted)
    for change in ("partner_minor = 1", "electricity = '[]'"):
        with pytest.raises(DatabaseError, match="is rated"), deducted.owner() as session:
            session.execute(text(f"update charging_session set {change} where id = :id"), {"id": row.id})
    with pytest.raises(DatabaseError, match="append-only"), deducted.owner() as session:
        session.execute(text("update electricity_rate_version set first_day = '2026-01-01'"))


def test_versions_and_refusals(world: World) -> None:
    code = priced(world, "NL-0417", Window(gross=D("0.30")))
    today = date(2026, 10, 14)
    with world.work("carla") as work:
        add_rate_version(work, code, prices(Window(gross=D("0.32")), first=date(2026, 11, 1)))
        row = rate_by_code(work, code)
        assert [(each.number, each.state) for each in row.versions] == [(2, "scheduled"), (1, "active")]
        for first, refusal in ((date(2026, 10, 13), "rate_starts_too_early"), (date(2026, 11, 1), "rate_day_taken")):
            with pytest.raises(Invalid, match=refusal):
                add_rate_version(work, code, prices(Window(gross=D(1)), first=first))
        for place, refusal in (("NL-0417", "rate_exists"), ("NL-9999", "unknown_rate_place")):
            with pytest.raises(Invalid, match=refusal):
                create_rate(work, RateInput(place=place, name="x", prices=prices(Window(gross=D(1)), first=today)))
    with world.work("fiona") as work, pytest.raises(NotAllowed):
        create_rate(work, RateInput(place="NL-0418", name="x", prices=prices(Window(gross=D(1)), first=today)))
    with world.work("willi") as work:
        with pytest.raises(NotFound):
            rate_by_code(work, code)
        assert rates(work).rows == []
