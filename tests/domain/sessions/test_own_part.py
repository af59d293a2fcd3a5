"""Journey 12, the last cent: the driver pays what is above the company's limit by card, once, and starts again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.access.actor import registered_driver
from app.domain.drivers.models import DriverChargePaid
from app.domain.drivers.own import own_row
from app.domain.drivers.rows import DriverRow
from app.domain.payments.actions import open_page
from app.domain.payments.models import Payment
from app.domain.payments.rows import PaymentRow
from app.domain.sessions.own_part import PATIENCE, own_payment, pay_debt
from app.kernel.errors import Conflict, NotFound
from app.money.amount import Money
from app.tasks import payments
from tests.cast import World
from tests.domain.sessions.arrange import DECLINED, TWICE, VISA, legs, pay, provider, stored
from tests.domain.sessions.test_company_drivers import card, company, driver, ended, rated
from tests.domain.settlement.test_refunds import run_jobs


@pytest.fixture
def dora(world: World) -> Iterator[DriverRow]:
    """Sommer pays 9.50 of 31.00: 21.50 are Dora's own."""
    company(world, driver_limit_minor=9_50)
    payments.install(world.settings, {"test": provider(world)})
    d = driver(world)
    rated(world, ended(world, d, 31_00, 5))
    yield d
    payments._installed.clear()


def wanted(world: World, d: DriverRow, key: str = "k") -> PaymentRow:
    """Dora presses "Pay now"."""
    with world.work(registered_driver(world.cast.operator.id, d.partner_id, d.id, d.name)) as work:
        return pay_debt(work, d.id, "EUR", key=key, provider="test")


def card_page(world: World, row: PaymentRow) -> str:
    """On to the card page; its reference."""
    with world.work(world.system()) as work:
        texts = {"seller": "Sommer", "description": "x", "language": "de", "return_url": "/me/wallet"}
        return open_page(work, row.id, provider(world), **texts).rpartition("/")[2]


def heard(world: World, row: PaymentRow) -> None:
    """The webhook's job, and the one it asks for."""
    with world.work(world.system()) as work:
        payments.ask(work, str(row.id))
    run_jobs(world, "payments.capture_own")


def owed(world: World, d: DriverRow) -> tuple[Money, ...]:
    with world.work(registered_driver(world.cast.operator.id, d.partner_id, d.id, d.name)) as work:
        return own_row(work, d.id).owed


def kept(world: World, row: PaymentRow) -> Payment:
    with world.owner() as session:
        return session.get_one(Payment, row.id)


def test_what_is_above_the_limit_is_paid_once_by_card(world: World, dora: DriverRow) -> None:
    """31.00 - 9.50 = 21.50, in the books psp_clearing 21.50 and 9.50 of the receivable left for the company."""
    assert (owed(world, dora), card(world, dora)[0]) == ((Money(2150, "EUR"),), "blocked")
    assert legs(world)["driver_receivable"] == 3100
    first, again = wanted(world, dora), wanted(world, dora)
    assert (first.id, first.hold_minor, first.driver_id, first.session_id) == (again.id, 2150, dora.id, None)
    assert wanted(world, dora, "other form").id == first.id, "the open card page is used again"
    pay(world, card_page(world, first), TWICE)
    for _ in range(2):
        heard(world, first)
    assert (legs(world)["psp_clearing"], legs(world)["driver_receivable"]) == (2150, 950)
    assert (kept(world, first).state, kept(world, first).captured_minor) == ("charged", 2150)
    assert owed(world, dora) == ()
    with pytest.raises(Conflict, match="nothing_owed"):
        wanted(world, dora, "once more")
    with world.owner() as session:
        paid = session.scalars(select(DriverChargePaid)).one()
        assert stored(world, paid.session_id).collected_at is None, "the company has not paid its part yet"
        session.execute(text("update driver set limit_minor = 5000"))
    assert card(world, dora)[0] == "accepted", "no debt, and the company has 40.50 left"


def test_two_card_pages_never_take_the_debt_twice(world: World, dora: DriverRow) -> None:
    first = wanted(world, dora, "a")
    ref = card_page(world, first)
    world.clock.move(minutes=31)
    second = wanted(world, dora, "b")
    assert second.id != first.id, "the first page is too old to be offered"
    pay(world, card_page(world, second))
    pay(world, ref)
    heard(world, second)
    heard(world, first)
    assert [kept(world, row).state for row in (second, first)] == ["charged", "released"]
    assert legs(world)["psp_clearing"] == 2150


def test_what_is_wholly_the_drivers_is_collected_for_the_host(world: World, dora: DriverRow) -> None:
    own = rated(world, ended(world, dora, 4_00, 3, own=True))
    row = wanted(world, dora)
    assert row.hold_minor == 2550, "21.50 + 4.00"
    pay(world, card_page(world, row), VISA)
    late = rated(world, ended(world, dora, 1_00, 2, own=True))
    with world.owner() as session:
        session.execute(text("update charging_session set rated_at = now() + interval '1 day' where id = :id"), {"id": late})
    heard(world, row)
    assert stored(world, own).collected_at is not None
    assert owed(world, dora) == (Money(100, "EUR"),), "what was not known on the card page is not taken"


def test_a_declined_card_takes_nothing_and_an_old_page_is_given_up(world: World, dora: DriverRow) -> None:
    row = wanted(world, dora)
    ref = card_page(world, row)
    pay(world, ref, DECLINED)
    heard(world, row)
    assert (kept(world, row).state, owed(world, dora)) == ("failed", (Money(2150, "EUR"),))
    world.clock.move(minutes=(PATIENCE + timedelta(minutes=1)).seconds // 60)
    with world.work(world.system()) as work:
        load = payments.forget
        load(work, str(row.id))
    assert kept(world, row).state == "released"


def test_nobody_elses_payment_is_found(world: World, dora: DriverRow) -> None:
    row, other = wanted(world, dora), driver(world, "Emil")
    with world.work(registered_driver(world.cast.operator.id, other.partner_id, other.id, "Emil")) as work:
        with pytest.raises(NotFound):
            own_payment(work, other.id, row.id)
        with pytest.raises(NotFound):
            pay_debt(work, dora.id, "EUR", key="x", provider="test")
    with world.tenant(world.actor("willi")) as session:
        assert session.execute(text("select 1 from payment")).first() is None
        assert session.execute(text("select 1 from driver_charge_paid")).first() is None
