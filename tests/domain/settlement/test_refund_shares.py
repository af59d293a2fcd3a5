"""Refunds of what company, balance and driver paid: each gets its part, and books and statement agree to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.access.actor import registered_driver
from app.domain.drivers.balance import add_balance
from app.domain.drivers.own import own_row
from app.domain.drivers.rows import DriverRow
from app.domain.settlement.refunding import RefundInput, plan_refund, refund_session
from app.kernel.periods import Month
from app.money.amount import Money
from app.money.purse import Shared, share_back
from app.tasks import payments
from tests.cast import World
from tests.domain.sessions.arrange import legs, pay, provider, stored
from tests.domain.sessions.test_company_drivers import company, driver, ended, rated
from tests.domain.sessions.test_own_part import card_page, heard, wanted
from tests.domain.settlement.test_netting import closed
from tests.domain.settlement.test_refunds import run_jobs


@pytest.fixture
def dora(world: World) -> Iterator[DriverRow]:
    """Sommer pays up to 9.50 a month, without discount."""
    company(world, driver_limit_minor=9_50, discount_pct=Decimal(0))
    payments.install(world.settings, {"test": provider(world)})
    yield driver(world)
    payments._installed.clear()


def give(world: World, session_id: UUID, minor: int, key: str = "a") -> None:
    for _ in range(2):
        with world.work("fiona") as work:
            refund_session(work, stored(world, session_id).code, RefundInput(minor, None, "goodwill", ""), key=key * 32)
    run_jobs(world, "payments.refund")


def owed(world: World, d: DriverRow) -> tuple[Money, ...]:
    with world.work(registered_driver(world.cast.operator.id, d.partner_id, d.id, d.name)) as work:
        return own_row(work, d.id).owed


def shares(world: World) -> list[tuple[int, int, int]]:
    with world.owner() as session:
        found = session.execute(text("select company_minor, balance_minor, own_minor from driver_charge_refund order by refund_id"))
        return [tuple(row) for row in found]  # type: ignore[misc]


def test_the_drivers_part_comes_first_then_the_companys() -> None:
    assert share_back(25_00, Shared(9_50, 0, 21_50)) == Shared(3_50, 0, 21_50)
    assert share_back(6_00, Shared(9_50, 4_00, 8_00)) == Shared(0, 2_00, 4_00), "a third and two thirds"
    assert share_back(9_50, Shared(9_50, 0, 0)) == Shared(9_50, 0, 0)


def test_what_the_driver_still_owes_is_less(world: World, dora: DriverRow) -> None:
    """31.00 = 9.50 + 21.50: 5.00 less leave 16.50 to pay, 20.00 more leave nothing and give the company 3.50 back."""
    session_id = rated(world, ended(world, dora, 31_00, 5))
    with world.work("fiona") as work:
        plan = plan_refund(work, stored(world, session_id).code, RefundInput(25_00, None, "goodwill", ""))
    assert (plan.shares, plan.payback_minor) == (Shared(3_50, 0, 21_50), 0)
    give(world, session_id, 5_00)
    assert (owed(world, dora), shares(world)) == ((Money(16_50, "EUR"),), [(0, 0, 5_00)])
    give(world, session_id, 20_00, "b")
    assert (owed(world, dora), shares(world)[1]) == ((), (3_50, 0, 16_50))
    assert legs(world)["driver_receivable"] == 6_00, "what the company is still asked for"


def test_what_the_driver_paid_goes_back_to_the_card(world: World, dora: DriverRow) -> None:
    session_id = rated(world, ended(world, dora, 31_00, 5))
    row = wanted(world, dora)
    pay(world, card_page(world, row))
    heard(world, row)
    give(world, session_id, 10_00)
    assert (legs(world)["psp_clearing"], legs(world)["driver_receivable"]) == (11_50, 9_50)
    assert shares(world) == [(0, 0, 10_00)]


def test_a_balance_gets_its_part_back(world: World, dora: DriverRow) -> None:
    """12.00 = 9.50 of the company + 2.50 of a balance of 4.00; 2.00 back: balance 3.50. All of it back: 4.00 again."""
    with world.work("moritz") as work:
        add_balance(work, dora.partner_id, dora.code, 4_00, "Start", key="k")
    session_id = rated(world, ended(world, dora, 12_00, 5))
    assert legs(world)["driver_balance"] == -1_50
    give(world, session_id, 2_00)
    assert legs(world)["driver_balance"] == -3_50
    give(world, session_id, 10_00, "b")
    assert (legs(world)["driver_balance"], legs(world)["driver_receivable"]) == (-4_00, 0)


@pytest.mark.parametrize("label", ["NL-0417", "NL-0501"])
def test_the_company_gets_its_part_with_the_next_statement(world: World, dora: DriverRow, label: str) -> None:
    """9.00 of the company, at its own point or at Winter's; in November 3.00 go back: November's statement has −3.00, once."""
    session_id = rated(world, ended(world, dora, 9_00, 5, label=label))
    world.clock.set(datetime(2026, 11, 5, 9, 0, tzinfo=UTC))
    closed(world, "sommer", Month(2026, 10))
    give(world, session_id, 3_00)
    world.clock.set(datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
    assert _asked(closed(world, "sommer", Month(2026, 11)).answer) == [(f"{stored(world, session_id).code}-R01", "-3.00")]
    assert legs(world)["driver_receivable"] == 0
    world.clock.set(datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    assert _asked(closed(world, "sommer", Month(2026, 12)).answer) == []


def _asked(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["session"], one["gross"]) for one in answer["expenses"] if one["kind"] == "corporate_session"]
