"""The running month says what a statement of the same instant would, without settling every session anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from app.domain.contracts.models import ContractVersion
from app.domain.people.models import Partner
from app.domain.sessions.actions import rate
from app.domain.settlement.accruing import MonthSoFar, month_so_far
from app.domain.settlement.drafting import build
from app.kernel.periods import Month
from app.money.amount import Money
from tests.cast import World
from tests.domain.sessions.arrange import charge, in_service
from tests.domain.sessions.test_company_drivers import company, driver, ended, rated
from tests.domain.settlement.test_month_close import NOVEMBER, OCTOBER, october_is_over
from tests.domain.settlement.test_refunds import back, by_card, close, e2_terms


def running(world: World, at: datetime | None = None) -> MonthSoFar:
    """What Sommer's page shows; it must be what the engine makes of everything at once."""
    world.clock.set(at or world.clock())
    with world.work("moritz") as work:
        partner = work.session.get_one(Partner, world.cast.partners["sommer"].id)
        shown = month_so_far(work, partner.id)
        whole = build(work.session, partner, shown.month, "EUR").answer
    accrued, charged = (Money.parse(whole["totals"][name], "EUR").minor for name in ("accrued", "expenses"))
    assert (shown.accrued_minor, shown.expenses_minor, len(shown.held)) == (accrued, charged, len(whole["held"]))
    return shown


def test_what_nobody_paid_yet_has_accrued_and_fees_are_of_this_month(world: World) -> None:
    """70 % of net 14.73 → 10.31; platform fee 5.00 + 2 × 2.50 = 10.00. In November October's 10.31 is still in no statement."""
    october_is_over(world, collected=False)
    october = running(world, NOVEMBER - timedelta(days=3))
    assert (october.month, october.accrued_minor, october.earlier_minor, october.expenses_minor) == (OCTOBER, 1031, 0, 1000)
    november = running(world, NOVEMBER)
    assert (november.month, november.accrued_minor, november.earlier_minor) == (Month(2026, 11), 1031, 1031)


def test_what_a_statement_has_accrues_no_more(world: World) -> None:
    october_is_over(world)
    close(world, NOVEMBER, OCTOBER)
    assert running(world).accrued_minor == 0


def test_a_refund_is_taken_off_at_once(world: World) -> None:
    """7.88 of the charge, 2.06 of it given back, 10.31 of another session beside it: 5.82 + 10.31 = 16.13."""
    with e2_terms(world):
        back(world, by_card(world))
    assert running(world).accrued_minor == 582
    row = charge(world, number=2)
    with world.work(world.system()) as work:
        rate(work, row.id)
    assert running(world).accrued_minor == 582 + 1031


def test_sessions_on_the_own_account_go_through_the_limits(world: World) -> None:
    """31.00 over a limit of 100.00 after 62.40 and 28.10: the company's 9.50 and its discount are expenses, as in journey 12.

    NL-0417 was never connected here, so there is no platform fee.
    """
    company(world)
    d = driver(world)
    for gross, hour in ((62_40, 9), (28_10, 7), (31_00, 5)):
        rated(world, ended(world, d, gross, hour))
    rated(world, ended(world, d, 12_00, 3, own=True))
    assert running(world).expenses_minor == 75_63


def test_what_waits_for_a_rate_of_electricity_is_held_and_adds_nothing(world: World) -> None:
    in_service(world)
    with world.owner() as session:
        session.connection().exec_driver_sql("set local session_replication_role = replica")  # agreed terms are frozen otherwise
        session.execute(update(ContractVersion).values(deduct_electricity=True))
    row = charge(world)
    with world.work(world.system()) as work:
        rate(work, row.id)
    found = running(world, NOVEMBER - timedelta(days=3))
    assert ([(one.id, one.reason) for one in found.held], found.accrued_minor) == ([(row.code, "missing_electricity_rate")], 0)
