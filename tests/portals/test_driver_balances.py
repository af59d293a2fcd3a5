"""Balances of drivers: in the books, borne by who adds, taken back by a mirrored entry, charged by the month's statement."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from app.domain.contracts.switches import save_features
from app.domain.drivers.actions import add_driver
from app.domain.drivers.balance import add_balance, decide_balance, take_back
from app.domain.drivers.models import DriverTopUp
from app.domain.drivers.queries import driver_by_code
from app.domain.drivers.rows import DriverInput, DriverRow
from app.domain.people.features import Features
from app.domain.people.models import Partner
from app.domain.settlement.inputs import gather
from app.kernel.errors import Conflict, NotFound
from app.kernel.periods import Month
from app.money.entries import for_statement
from app.money.statement import build_statement
from tests.cast import World
from tests.domain.sessions.arrange import legs
from tests.pages import Pages

OCTOBER = Month(2026, 10)


@pytest.fixture
def dora(world: World) -> DriverRow:
    """A driver of Sommer, whose people may add to balances."""
    with world.work("carla") as work:
        save_features(work, world.cast.partners["sommer"].code, Features(add_balance=True), 0)
    with world.work("moritz") as work:
        return add_driver(work, world.cast.partners["sommer"].id, DriverInput(name="Dora Fahrt", email="dora@sommer.example"))


def add(world: World, who: str, d: DriverRow, minor: int, key: str = "k") -> str:
    with world.work(who) as work:
        return add_balance(work, d.partner_id, d.code, minor, "Willkommen", key=key)


def only(world: World) -> DriverTopUp:
    with world.owner() as session:
        return session.scalars(select(DriverTopUp)).one()


def expenses(world: World) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The month's lines about balances, and what issuing it does to the accounts of balances."""
    with world.owner() as session:
        partner = session.get_one(Partner, world.cast.partners["sommer"].id)
        statement = build_statement(gather(session, partner, OCTOBER, "EUR").input)
    entry = for_statement(statement, "DE", OCTOBER.last)
    settled = {leg.account_code.partition(":")[0]: leg.minor for leg in entry.postings} if entry else {}
    return [line for line in statement.answer()["expenses"] if line["kind"] == "driver_balance"], settled


def test_what_a_partner_adds_is_owed_to_the_driver_and_charged_with_the_statement(world: World, dora: DriverRow) -> None:
    """25.00 + 40.00 - 25.00 taken back = 40.00 on the statement, without VAT."""
    before = legs(world)
    add(world, "moritz", dora, 2500, "a")
    first = only(world).id
    add(world, "olga", dora, 4000, "b")
    add(world, "olga", dora, 4000, "b")
    assert {k: v for k, v in legs(world).items() if k not in before} == {"balance_receivable": 6500, "driver_balance": -6500}
    with world.work("moritz") as work:
        take_back(work, dora.partner_id, dora.code, first, "doppelt")
    with world.work("moritz") as work:
        take_back(work, dora.partner_id, dora.code, first, "doppelt")
        assert driver_by_code(work, dora.partner_id, dora.code).balance_minor == 4000
    with world.owner() as session:
        kinds = session.execute(text("select e.kind, o.kind from ledger_entry e left join ledger_entry o on o.id = e.reverses")).all()
    assert ("top_up_reversal", "top_up") in [tuple(k) for k in kinds]
    lines, settled = expenses(world)
    assert [(line["net"], line["tax_code"]) for line in lines] == [("40.00", "O0")]
    assert settled == {"partner_payable": 4000, "balance_receivable": -4000}, "no income, no tax"


def test_what_the_operator_adds_is_its_goodwill_and_only_its_people_decide(world: World, dora: DriverRow) -> None:
    assert add(world, "fiona", dora, 15_000) == "waiting"
    assert "driver_balance" not in legs(world), "nothing moves before the second person"
    with world.work("olga") as work, pytest.raises(Conflict, match="second_person_decides"):
        decide_balance(work, dora.partner_id, dora.code, only(world).id, grant=True)
    assert add(world, "fiona", dora, 5000, "small") == "done"
    assert (legs(world)["goodwill"], legs(world)["driver_balance"]) == (5000, -5000)
    with world.owner() as session:
        small = session.scalars(select(DriverTopUp).where(DriverTopUp.state == "done")).one()
    with world.work("olga") as work, pytest.raises(Conflict, match="added_by_operator"):
        take_back(work, dora.partner_id, dora.code, small.id, "x")
    assert expenses(world)[0] == []


def test_used_money_is_not_taken_back_and_strangers_find_nothing(world: World, dora: DriverRow) -> None:
    add(world, "moritz", dora, 2500)
    added = only(world).id
    with world.work("willi") as work, pytest.raises(NotFound):
        take_back(work, dora.partner_id, dora.code, added, "x")
    with world.owner() as session, pytest.raises(Exception, match="stays; take it back"):
        session.execute(text("update driver_top_up set amount_minor = 9900"))


def test_the_page_asks_for_a_reason_and_says_who_bears_it(pages: Pages, world: World, dora: DriverRow) -> None:
    moritz, here = pages.as_("moritz"), f"/partner/{world.cast.partners['sommer'].code}/drivers/{dora.code}"
    assert moritz.post(f"{here}/balance", {"amount": "25,00", "reason": "Start", "one_time_key": "a" * 32}).status == 303
    added = only(world).id
    shown = moritz.get(f"{here}/balance/{added}/reverse")
    assert "25,00 € vom Guthaben von Dora Fahrt zurücknehmen?" in shown.words.replace("\xa0", " ")
    assert moritz.post(f"{here}/balance/{added}/reverse", {"reason": ""}).status == 422
    assert moritz.post(f"{here}/balance/{added}/reverse", {"reason": "Tippfehler"}).status == 303
    seen = moritz.get(here).words.replace("\xa0", " ")
    assert "Guthaben: 0,00 €" in seen
    assert "zurückgenommen: Tippfehler" in seen
    assert pages.as_("pia").get(f"{here}/balance/{added}/reverse").status == 403
    assert pages.as_("olga").get(f"{here}/balance/{dora.id}/reverse").status == 404
