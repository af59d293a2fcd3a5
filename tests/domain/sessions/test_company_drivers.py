"""Journey 12 in the books: who pays what of a driver's sessions: company within its limits, balance, driver."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.access.actor import registered_driver
from app.domain.contracts.switches import save_corporate, save_features
from app.domain.drivers.actions import add_driver
from app.domain.drivers.balance import add_balance, take_back
from app.domain.drivers.models import DriverCharge, DriverTopUp
from app.domain.drivers.own import answer_company
from app.domain.drivers.queries import driver_by_code
from app.domain.drivers.rows import DriverInput, DriverRow
from app.domain.people.features import Corporate, Features
from app.domain.people.models import Partner
from app.domain.sessions.actions import rate
from app.domain.settlement.drafting import build, check_books
from app.kernel.errors import Conflict
from app.kernel.periods import Month
from tests.cast import NOW, World
from tests.domain.sessions.arrange import charge, legs, stored

OCTOBER = Month(2026, 10)
#: one price of 0.10 per kWh, so that a session costs what the journey says
TEN_CENTS = {
    "currency": "EUR",
    "tax_included": "YES",
    "elements": [{"price_components": [{"type": "ENERGY", "price": "0.10", "vat": "19", "step_size": 1}]}],
}


def driver(world: World, name: str = "Dora", *, agreed: bool = True, **over: Any) -> DriverRow:
    """A driver of Sommer who has accepted what the company offers."""
    wanted = {"name": name, "email": f"{name.lower()}@sommer.example", "corporate": True, "card": f"04AA{name.upper()}"} | over
    with world.work("moritz") as work:
        made = add_driver(work, world.cast.partners["sommer"].id, DriverInput(**wanted))
    if agreed and made.corporate:
        with world.work(registered_driver(world.cast.operator.id, made.partner_id, made.id, name)) as work:
            answer_company(work, made.id, "accepted")
    return made


def company(world: World, **over: Any) -> None:
    """Sommer pays for its drivers: 100.00 a month for each, 10 % less."""
    terms = {"driver_limit_minor": 100_00, "discount_pct": Decimal(10), "own_points_only": False} | over
    with world.work("carla") as work:
        save_corporate(work, world.cast.partners["sommer"].code, Corporate(enabled=True, **terms), 0)
        save_features(work, world.cast.partners["sommer"].code, Features(add_balance=True), 0)


def ended(world: World, d: DriverRow, gross_minor: int, hour: int, *, own: bool = False, label: str = "NL-0417") -> UUID:
    """A stopped session of the driver that will cost so much."""
    at = NOW - timedelta(hours=hour)
    times = {"started_at": at, "ended_at": at + timedelta(minutes=50), "full_at": at + timedelta(minutes=50)}
    whose: dict[str, Any] = {"driver_id": d.id, "channel": "internal" if own else "corporate"}
    whose |= {} if own else {"payer_id": d.partner_id}
    with world.owner() as session:
        session.execute(text("update evse set max_w = 2000000"))
    tariff = TEN_CENTS | {"id": "T1", "country_code": "DE", "party_id": "NRD", "last_updated": "2026-01-01T00:00:00Z"}
    return charge(world, label, energy_wh=gross_minor * 100, tariff=tariff, **times, **whose).id


def rated(world: World, session_id: UUID) -> UUID:
    with world.work(world.system()) as work:
        rate(work, session_id)
    return session_id


def parts(world: World, session_id: UUID) -> tuple[int, int, int]:
    with world.owner() as session:
        row = session.get_one(DriverCharge, session_id)
        return row.company_minor, row.balance_minor, row.own_minor


def card(world: World, d: DriverRow) -> tuple[str, str | None, UUID | None]:
    with world.owner() as session:
        asked = text("select standing, channel, payer_id from voltpact_card(:driver, :station, :at)")
        found = session.execute(asked, {"driver": d.id, "station": world.cast.stations["NL-0417"].id, "at": NOW}).one()
        return found.standing, found.channel, found.payer_id


def left(world: World, d: DriverRow) -> int:
    with world.work("moritz") as work:
        row = driver_by_code(work, d.partner_id, d.code)
        return (row.limit_minor or 0) - row.used_minor


def answer(world: World, who: str) -> dict[str, Any]:
    with world.work(world.system()) as work:
        partner = work.session.get_one(Partner, world.cast.partners[who].id)
        built = build(work.session, partner, OCTOBER, "EUR")
        check_books(work.session, partner.id, "EUR", built)
        return built.answer


def test_journey_12_limit_split_refusal_and_statement(world: World) -> None:
    """62.40 + 28.10 + 9.50 of 31.00 = 100.00; net 52.44 + 23.61 + 7.98 = 84.03, less 8.40 = 75.63, + 14.37 = 90.00."""
    company(world)
    d = driver(world)
    assert card(world, d) == ("accepted", "corporate", d.partner_id)
    first = rated(world, ended(world, d, 62_40, 9))
    assert (parts(world, first), left(world, d)) == ((62_40, 0, 0), 37_60)
    second = rated(world, ended(world, d, 28_10, 7))
    assert (parts(world, second), left(world, d)) == ((28_10, 0, 0), 9_50)
    third = rated(world, ended(world, d, 31_00, 5))
    assert (parts(world, third), left(world, d)) == ((9_50, 0, 21_50), 0)
    assert card(world, d)[0] == "blocked", "the company pays no fourth one"
    said = answer(world, "sommer")
    lines = [e for e in said["expenses"] if e["kind"] == "corporate_session"]
    assert [(e["gross"], e["net"], e["driver_gross"]) for e in lines] == [
        ("62.40", "52.44", "0.00"), ("28.10", "23.61", "0.00"), ("9.50", "7.98", "21.50"),
    ]  # fmt: skip
    assert [e["net"] for e in said["expenses"] if e["kind"] == "corporate_discount"] == ["-8.40"], "10 % of 84.03"
    paper = next(v for v in said["totals"]["vat"] if v["document"] == "invoice")
    assert (paper["net"], paper["vat"]) == ("75.63", "14.37"), "90.00 with VAT"
    assert [(row["gross"], row["net"]) for row in said["rows"]] == [("62.40", "52.44"), ("28.10", "23.61"), ("31.00", "26.05")], "E6"


def test_two_sessions_that_end_at_once_never_overspend(world: World) -> None:
    """60.00 each of 100.00: whoever is rated second has 40.00 left of the company, in whatever order."""
    company(world)
    d = driver(world)
    both = [ended(world, d, 60_00, 9), ended(world, d, 60_00, 8, label="NL-0418")]
    threads = [threading.Thread(target=rated, args=(world, one)) for one in both]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(parts(world, one) for one in both) == [(40_00, 0, 20_00), (60_00, 0, 0)]


def test_the_limit_of_the_account_counts_for_all_drivers_together(world: World) -> None:
    company(world, monthly_limit_minor=50_00, driver_limit_minor=None)
    d, e = driver(world), driver(world, "Emil", limit_minor=100_00)
    assert parts(world, rated(world, ended(world, d, 30_00, 9))) == (30_00, 0, 0)
    assert parts(world, rated(world, ended(world, e, 30_00, 8))) == (20_00, 0, 10_00)
    assert card(world, d)[0] == "blocked"


def test_a_balance_pays_what_the_company_does_not_and_lets_the_card_go_on(world: World) -> None:
    """5.00 + 7.00 cost 12.00: 8.00 of the company, 4.00 of the balance of 6.00; then the driver's own for 1.50: 0.50 left."""
    company(world, driver_limit_minor=8_00)
    d = driver(world)
    with world.work("moritz") as work:
        add_balance(work, d.partner_id, d.code, 6_00, "Start", key="k")
    rated(world, ended(world, d, 5_00, 9))
    split = rated(world, ended(world, d, 7_00, 8))
    assert parts(world, split) == (3_00, 4_00, 0)
    assert stored(world, split).collected_at is not None, "nothing is left to pay"
    assert card(world, d) == ("accepted", None, None), "on the driver's own, from the balance"
    own = rated(world, ended(world, d, 1_50, 7, own=True))
    assert (parts(world, own), stored(world, own).paid_with) == ((0, 1_50, 0), "balance")
    assert legs(world)["driver_balance"] == -50
    with world.owner() as session:
        added = session.scalars(select(DriverTopUp)).one()
    with world.work("moritz") as work, pytest.raises(Conflict, match="balance_used"):
        take_back(work, d.partner_id, d.code, added.id, "zu viel")
    last = rated(world, ended(world, d, 2_00, 6, own=True))
    assert parts(world, last) == (0, 50, 1_50)
    assert card(world, d)[0] == "blocked"
    assert stored(world, last).collected_at is None


def test_what_a_balance_pays_the_operator_sells(world: World) -> None:
    """Sommer sells by itself; 2.00 from the balance is the operator's sale all the same, so VAT 0.32 is the operator's."""
    sommer = world.cast.partners["sommer"]
    with world.work("carla") as work:
        switches = Features(add_balance=True, supplier_on_receipts=True, receipt_prefix="SOMMER", receipt_start=1)
        save_features(work, sommer.code, switches, 0)
    world.clock.move(hours=10)
    d = driver(world, corporate=False)
    with world.work("moritz") as work:
        add_balance(work, d.partner_id, d.code, 2_00, "Start", key="k")
    invoiced = rated(world, ended(world, driver(world, "Emil", corporate=False), 2_00, -2, own=True))
    balance = rated(world, ended(world, d, 2_00, -4, own=True))
    rows = {row["id"]: row for row in answer(world, "sommer")["rows"]}
    assert rows[stored(world, invoiced).code]["supplier"] == "partner"
    assert rows[stored(world, balance).code]["supplier"] == "operator"


def test_the_account_sees_sums_but_neither_place_nor_time(world: World) -> None:
    company(world)
    d = driver(world)
    rated(world, ended(world, d, 10_00, 9, label="NL-0501"))
    assert left(world, d) == 90_00, "charged at Winter's, seen by Sommer as a sum"
    with world.tenant(world.actor("moritz")) as session:
        kept = session.execute(text("select * from driver_charge")).mappings().one()
        assert session.execute(text("select 1 from charging_session where id = :id"), {"id": kept["session_id"]}).first() is None
    assert not {"at", "ended_at", "created_at", "location_id", "station_id"} & set(kept)
    with world.tenant(world.actor("willi")) as session:
        assert session.execute(text("select 1 from driver_charge")).first() is None
