"""A month becomes one frozen statement per partner, to the cent, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from app.access.actor import Actor
from app.domain.contracts.models import ContractVersion
from app.domain.invoices.models import Document
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.actions import draft, issue, request_close
from app.domain.settlement.models import SettlementRun, Statement
from app.domain.settlement.months import month_totals, partner_months
from app.domain.settlement.queries import statement_by_code, statement_rows, statements_of
from app.kernel.errors import Conflict, NotAllowed, NotFound
from app.kernel.periods import Month
from app.money.amount import Money
from app.tasks.settle import draft_partner
from tests.cast import World
from tests.domain.sessions.arrange import charge, in_service, legs, move

OCTOBER = Month(2026, 10)
NOVEMBER = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def october_is_over(world: World, *, collected: bool = True) -> ChargingSession:
    """Journey 6 at Sommer, paid by card; NL-0417 in service with two AC EVSEs; the clock stands in November."""
    in_service(world)
    row = charge(world)
    with world.work(world.system()) as work:
        rate(work, row.id)
    if collected:
        with world.owner() as session:
            session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(collected_at=row.ended_at))
    world.clock.set(NOVEMBER)
    return row


def sommer(world: World) -> UUID:
    return world.cast.partners["sommer"].id


def test_the_net_of_a_month_is_cut_in_each_partner_s_zone(world: World) -> None:
    """2 + 4 + 8 + 512 + 1024 of Sommer (Berlin), 64 + 128 of Winter, which is moved to Auckland (UTC+13): 17.42."""
    with world.owner() as session:
        move(session, world.cast.partners["winter"].id, "Pacific/Auckland")
    berlin = {"09-30T21:59": 1, "09-30T22:00": 2, "10-15T12:00": 4, "10-31T22:59": 8, "10-31T23:00": 16, "10-02T00:00": 512}
    auckland = {"09-30T10:59": 32, "09-30T11:00": 64, "10-31T10:59": 128, "10-31T11:00": 256}
    for label, ends in (("NL-0417", berlin | {"10-31T00:00": 1024}), ("NL-0501", auckland)):
        for ended, net in ends.items():
            at = datetime.fromisoformat(f"2026-{ended}:00+00:00")
            charge(world, label, started_at=at - timedelta(hours=1), ended_at=at, full_at=at, net_minor=net)
    world.clock.set(NOVEMBER)
    with world.work("fiona") as work:
        assert [each.net for each in month_totals(work, OCTOBER).sums] == [Money(1742, "EUR")]
        assert sorted(line.net_minor for line in partner_months(work, OCTOBER).rows) == [192, 1550]


def draft_now(world: World, who: str = "fiona") -> Statement:
    actor: Actor = world.actor(who)
    with world.work(actor) as work:
        return draft(work, sommer(world), OCTOBER)


def test_the_sum_of_a_small_month(world: World) -> None:
    """17.53 gross = 14.73 + 2.80; 70 % of 14.73 = 10.311 → 10.31 for Sommer. Platform fee 5.00 + 2 × 2.50 = 10.00.

    Payout net 10.31 − 10.00 = 0.31; VAT 19 % of 10.31 = 1.9589 → 1.96 on the credit, 1.90 on the invoice: 12.27 − 11.90 = 0.37.
    """
    october_is_over(world)
    found = draft_now(world)
    assert (found.accrued_minor, found.collected_minor, found.expenses_minor) == (1031, 1031, 1000)
    assert (found.payout_net_minor, found.payout_gross_minor) == (31, 37)
    assert found.state == "draft"


def test_awaited_money_is_shown_and_not_paid(world: World) -> None:
    october_is_over(world, collected=False)
    found = draft_now(world)
    assert (found.accrued_minor, found.collected_minor, found.awaited_minor, found.payout_net_minor) == (1031, 0, 1031, -1000)
    assert found.carried_out_minor == -1190  # −10.00 − 1.90 VAT, carried to November


def test_drafting_twice_finds_the_same_draft_and_a_change_replaces_it(world: World) -> None:
    row = october_is_over(world, collected=False)
    first = draft_now(world)
    assert draft_now(world).id == first.id
    with world.owner() as session:
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(collected_at=row.ended_at))
    again = draft_now(world)
    assert (again.id, again.code, again.collected_minor) == (first.id, first.code, 1031)


def test_another_person_issues_and_then_nothing_changes(world: World) -> None:
    october_is_over(world)
    code = draft_now(world).code
    with pytest.raises(Conflict, match="same_person"), world.work("fiona") as work:
        issue(work, [code])
    with world.work("felix") as work:
        assert issue(work, [code]) == ["ST-2026-000001"]
    with world.work("felix") as work:
        assert issue(work, [code]) == ["ST-2026-000001"]
    assert legs(world)["partner_payable"] == -37
    with pytest.raises(Conflict, match="month_issued"):
        draft_now(world)
    with pytest.raises(DatabaseError, match="issued"), world.owner() as session:
        session.execute(text("update statement set payout_net_minor = 99"))
    with pytest.raises(DatabaseError, match="issued"), world.owner() as session:
        session.execute(text("delete from statement_row"))


def test_what_a_partner_pays_for_its_own_drivers_settles_their_receivable(world: World) -> None:
    """17.53 of an own driver are on Sommer's invoice, 14.73 + 2.80: after issuing the driver's account shows nothing more."""
    in_service(world)
    row = charge(world, channel="corporate")
    with world.work(world.system()) as work:
        rate(work, row.id)
    world.clock.set(NOVEMBER)
    assert receivables(world) == {f"driver_receivable:{row.id}": 1753}
    october = draft_now(world)
    with world.work("felix") as work:
        issue(work, [october.code])
    assert receivables(world) == {f"driver_receivable:{row.id}": 0}
    assert own_drivers(october) == [(row.code, "17.53", "14.73")]
    assert own_drivers(november(world)) == []


def test_an_own_driver_waits_with_a_session_whose_share_is_not_known(world: World) -> None:
    """No electricity rate where its cost is deducted: the session waits, and neither October nor November asks Sommer for it."""
    in_service(world)
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))  # agreed terms are frozen otherwise
        session.execute(update(ContractVersion).where(ContractVersion.partner_id == sommer(world)).values(deduct_electricity=True))
    row = charge(world, channel="corporate")
    with world.work(world.system()) as work:
        rate(work, row.id)
    world.clock.set(NOVEMBER)
    october = draft_now(world)
    with world.work("felix") as work:
        issue(work, [october.code])
    for statement in (october, november(world)):
        assert own_drivers(statement) == []
        assert [held["id"] for held in statement.answer["held"]] == [row.code]
    assert receivables(world) == {f"driver_receivable:{row.id}": 1753}


def november(world: World) -> Statement:
    world.clock.set(datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    with world.work("fiona") as work:
        return draft(work, sommer(world), Month(2026, 11))


def own_drivers(statement: Statement) -> list[tuple[str, str, str]]:
    """What a statement charges for the partner's own drivers: session, gross, net."""
    lines = [line for line in statement.answer["expenses"] if line["kind"] == "corporate_session"]
    return [(line["session"], line["gross"], line["net"]) for line in lines]


def receivables(world: World) -> dict[str, int]:
    """Balance of every receivable, by account."""
    legs_by_account = "ledger_posting p join ledger_account a on a.id = p.account_id"
    with world.owner() as session:
        asked = f"select a.code, sum(p.amount_minor)::int from {legs_by_account} where a.code like 'driver_receivable:%' group by 1"
        return dict(session.execute(text(asked)).tuples().all())


def test_a_draft_that_no_longer_fits_is_not_issued(world: World) -> None:
    row = october_is_over(world, collected=False)
    code = draft_now(world).code
    with world.owner() as session:
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(collected_at=row.ended_at))
    with pytest.raises(Conflict, match="draft_outdated"), world.work("felix") as work:
        issue(work, [code])


def test_books_that_differ_stop_the_draft(world: World) -> None:
    row = october_is_over(world)
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(
            text("update ledger_posting set amount_minor = amount_minor - 1 where amount_minor = -1031 and entry_id in "
                 "(select id from ledger_entry where session_id = :id)"),
            {"id": row.id},
        )  # fmt: skip
    with pytest.raises(Conflict, match="ledger_differs") as refused:
        draft_now(world)
    assert refused.value.params["difference"] == -1


def test_racing_issues_leave_no_gap_in_the_numbers(world: World) -> None:
    october_is_over(world)
    with world.work("fiona") as work:
        codes = [draft(work, world.cast.partners[key].id, OCTOBER).code for key in ("sommer", "winter")]

    def once(code: str) -> list[str]:
        with world.work("felix") as work:
            return issue(work, [code])

    with ThreadPoolExecutor(4) as pool:
        numbers = {n for found in pool.map(once, codes * 3) for n in found}
    assert numbers == {"ST-2026-000001", "ST-2026-000002"}
    with world.owner() as session:
        assert len(session.scalars(select(Document.id)).all()) == 2


def test_the_run_builds_every_draft_by_jobs(world: World) -> None:
    october_is_over(world)
    with world.work("fiona") as work:
        run_id = request_close(work, OCTOBER, one_time_key="k1")
    with world.owner() as session:
        jobs = session.execute(text("select args from job where name = 'settlement.draft'")).scalars().all()
    assert len(jobs) == 2
    for args in jobs:
        with world.work(world.system()) as work:
            draft_partner(work, **args)
    with world.owner() as session:
        run = session.get_one(SettlementRun, run_id)
        assert (run.done, run.total, run.problems) == (2, 2, [])
        built = set(session.scalars(select(Statement.built_by)))
    assert built == {world.cast.people["fiona"].id}
    with pytest.raises(Conflict, match="already_asked"), world.work("fiona") as work:
        request_close(work, OCTOBER, one_time_key="k1")


def test_a_month_that_is_not_over_is_not_closed(world: World) -> None:
    with pytest.raises(Conflict, match="month_not_over"), world.work("fiona") as work:
        request_close(work, OCTOBER, one_time_key="k1")


def test_who_sees_what(world: World) -> None:
    october_is_over(world)
    code = draft_now(world).code
    with world.work("fiona") as work:
        assert [m.partner_name for m in partner_months(work, OCTOBER).rows] == ["Sommer", "Winter"]
    for stranger in ("pia", "willi"):
        with pytest.raises(NotFound), world.work(stranger) as work:
            statement_by_code(work, code)
    with pytest.raises(NotAllowed), world.work("pia") as work:
        partner_months(work, OCTOBER)
    with world.work("felix") as work:
        issue(work, [code])
    with world.work("pia") as work:
        head = statement_by_code(work, code)
        assert [row.partner_minor for row in statement_rows(work, head)] == [1031]
    with pytest.raises(NotAllowed), world.work("vera") as work:
        statement_rows(work, statement_by_code(work, code))
    with pytest.raises(NotFound), world.work("willi") as work:
        statement_by_code(work, code)
    with world.work("willi") as work:
        assert statements_of(work, sommer(world)) == []
    for who in ("carla", "theo", "aylin"):
        with pytest.raises(NotAllowed), world.work(who) as work:
            issue(work, [code])


def test_late_and_next_month_pick_up_where_the_last_statement_ended(world: World) -> None:
    """October carries −11.90; a session of October rated in November is late there, and October is not touched."""
    october_is_over(world, collected=False)
    code = draft_now(world).code
    with world.work("felix") as work:
        issue(work, [code])
    late = charge(world, number=2)
    with world.work(world.system()) as work:
        rate(work, late.id)
    world.clock.set(datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
    with world.work("fiona") as work:
        found = draft(work, sommer(world), Month(2026, 11))
    assert found.carried_in_minor == -1190
    assert [(row["id"], row["flags"]) for row in found.answer["rows"]] == [(late.code, ["late"])]
    assert found.answer["totals"]["awaited_from_earlier"] == "10.31"
