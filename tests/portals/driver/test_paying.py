"""Pay now: from the debt on the driver's pages over the card page to what was paid, with the company's part beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from app.domain.payments.models import Payment
from app.tasks import payments
from tests.cast import World
from tests.domain.sessions.arrange import provider
from tests.domain.sessions.test_company_drivers import company, driver, ended, rated
from tests.domain.settlement.test_refunds import run_jobs
from tests.pages import Pages, Seen, Visitor
from tests.portals.driver.test_me import inside


@pytest.fixture
def phone(pages: Pages, world: World) -> Iterator[Visitor]:
    """Dora's phone; 21.50 of 31.00 are hers."""
    company(world, driver_limit_minor=9_50)
    payments.install(world.settings, {"test": provider(world)})
    dora = driver(world, agreed=False)
    visitor = inside(pages, world, dora)
    rated(world, ended(world, dora, 31_00, 5))
    yield visitor
    payments._installed.clear()


def words(seen: Seen) -> str:
    return " ".join(seen.words.replace("\xa0", " ").split())


def test_pay_now_and_see_the_split(pages: Pages, world: World, phone: Visitor) -> None:
    assert "Ihre Karte wird abgelehnt, bis Ihr Anteil bezahlt ist" in words(phone.get("/me"))
    shown = phone.get("/me/wallet")
    assert "21,50 €" in words(shown)
    form = {"currency": "EUR", "one_time_key": "a" * 32}
    gone = [phone.post("/me/pay", form) for _ in range(2)]
    assert {one.status for one in gone} == {303}
    assert gone[0].location == gone[1].location, "pressed twice, one payment"
    ref = phone.get(gone[0].location).location.rpartition("/")[2]
    page = phone.post(f"/test-provider/{ref}", {"number": "4242 4242 4242 4242", "expiry": "12/30", "code": "123"})
    assert page.location == "/me/wallet"
    with world.owner() as session:
        held = session.scalars(select(Payment)).one()
    with world.work(world.system()) as work:
        payments.ask(work, str(held.id))
    assert "Ihre Karte wird belastet." in words(phone.get("/me/wallet"))
    assert phone.post("/me/pay", form | {"one_time_key": "b" * 32}).status == 409
    run_jobs(world, "payments.capture_own")
    after = words(phone.get("/me/wallet"))
    assert "Nichts zu zahlen." in after
    assert "Visa …4242 21,50 €" in after
    split = words(phone.get(f"/me/payments/{held.id}"))
    assert "Summe mit MwSt. 31,00 € Sommer −9,50 € Von Ihnen bezahlt 21,50 €" in split
    assert phone.post("/me/pay", form | {"one_time_key": "c" * 32}).status == 409


def test_strangers_and_other_currencies(pages: Pages, world: World, phone: Visitor) -> None:
    phone.post("/me/pay", {"currency": "EUR", "one_time_key": "a" * 32})
    with world.owner() as session:
        held = session.scalars(select(Payment)).one()
    assert phone.post("/me/pay", {"currency": "CHF", "one_time_key": "d" * 32}).status == 409
    emil = inside(pages, world, driver(world, "Emil", agreed=False))
    assert emil.get(f"/me/payments/{held.id}").status == 404
    assert emil.get(f"/me/pay/{held.id}/card").status == 404
    assert pages.nobody().get(f"/me/payments/{held.id}").location == "/me/sign-in"
    with world.owner() as session:
        assert session.execute(text("select count(*) from payment")).scalar_one() == 1
