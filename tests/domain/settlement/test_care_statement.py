"""A sub-operator's month: its own statement over its partners' sessions, to the cent with the books; neither level shows the other's."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.domain.contracts.actions import edit_draft, new_version
from app.domain.contracts.parts import SharePart
from app.domain.contracts.queries import contract_by_code, contracts_of_partner
from app.domain.invoices.models import Document
from app.domain.people.models import Partner
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.actions import draft, issue
from app.domain.settlement.models import Statement
from app.domain.settlement.months import partner_months
from app.domain.settlement.previewing import newest_preview, request_preview, run_preview
from app.domain.settlement.queries import statement_by_code, statement_of_session, statement_rows, statements_of
from app.domain.settlement.refunding import RefundInput, refund_session
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.periods import Month
from tests.cast import World
from tests.domain.sessions.test_care_share import account, booked, e10, upward

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


def closed(world: World, name: str, month: Month = OCTOBER) -> Statement:
    """The issued statement of a partner."""
    with world.work("fiona") as work:
        code = draft(work, world.cast.partners[name].id, month).code
    with world.work("felix") as work:
        issue(work, [code])
    with world.owner() as session:
        return session.scalars(select(Statement).where(Statement.code == code)).one()


def october(world: World, *, collected: bool = True) -> ChargingSession:
    """The session of E10 at Sommer, in Küste's care; it is November."""
    upward(world)
    row = e10(world)
    if collected:
        with world.owner() as session:
            session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(collected_at=row.ended_at))
    world.clock.set(datetime(2026, 11, 2, 8, tzinfo=UTC))
    return row


def key(world: World, name: str) -> UUID:
    return world.cast.partners[name].id


def test_e10_makes_two_statements(world: World) -> None:
    """Küste: 26.66 + 5.07 VAT received, 21.66 + 4.12 passed on, so 5.00 and 0.95 more: 5.95. Sommer: 21.66 less its platform fees."""
    row = october(world)
    below, above = closed(world, "sommer"), closed(world, "kueste")
    assert (above.accrued_minor, above.collected_minor, above.payout_net_minor, above.payout_gross_minor) == (500, 500, 500, 595)
    (found,) = above.answer["rows"]
    assert (found["base"], found["pct"], found["received"], found["passed_on"], found["partner"]) == (
        "33.33",
        "80",
        "26.66",
        "21.66",
        "5.00",
    )
    assert (below.accrued_minor, below.answer["rows"][0]["pct"], below.answer["rows"][0]["partner"]) == (2166, "65", "21.66")
    for text in (str(below.answer), str(below.input)):
        assert not any(word in text for word in ("26.66", "'80'", "parent", "passed_on")), "nothing of the level above"
    for text in (str(above.answer), str(above.input)):
        assert "'65'" not in text, "nothing of the contract below"
    assert booked(world)[account(world, "kueste")] == -595
    with world.owner() as session:
        papers = dict(session.execute(select(Document.partner_id, Document.number).where(Document.kind == "statement")).tuples().all())
        assert set(papers) == {key(world, "sommer"), key(world, "kueste")}
    with world.work("fiona") as work:
        of_session = statement_of_session(work, row.id)
        assert of_session is not None
        assert of_session.partner_code == world.cast.partners["sommer"].code, "staff read the partner's first"


def test_each_level_reads_its_own_statement(world: World) -> None:
    row = october(world)
    below, above = closed(world, "sommer"), closed(world, "kueste")
    with world.work("moritz") as work:
        assert [head.code for head in statements_of(work, key(world, "sommer"))] == [below.code]
        assert statements_of(work, key(world, "kueste")) == []
        with pytest.raises(NotFound):
            statement_by_code(work, above.code)
    with world.tenant(world.actor("olga")) as session:
        assert session.scalars(select(Statement.code)).all() == [below.code]
    with world.work("silke") as work:
        head = statement_by_code(work, above.code)
        (line,) = statement_rows(work, head)
        assert (line.session_code, line.label, line.partner_minor) == (row.code, "NL-0450", 500)
        of_session = statement_of_session(work, row.id)
        assert of_session is not None
        assert of_session.code == above.code, "in its own account the sub-operator reads upward"
    with pytest.raises((NotFound, NotAllowed)), world.work("willi") as work:
        statement_by_code(work, above.code)


def test_who_left_the_care_is_still_in_the_statement(world: World) -> None:
    october(world)
    above = closed(world, "kueste")
    with world.owner() as session:
        session.execute(update(Partner).where(Partner.id == key(world, "sommer")).values(parent_id=None))
    with world.work("silke") as work:
        (line,) = statement_rows(work, statement_by_code(work, above.code))
    assert (line.label, line.energy_wh, line.partner_minor) == ("NL-0450", 57_478, 500)


def test_awaited_money_is_paid_with_the_month_it_comes_in(world: World) -> None:
    row = october(world, collected=False)
    first = closed(world, "kueste")
    assert (first.accrued_minor, first.awaited_minor, first.payout_gross_minor) == (500, 500, 0)
    with world.owner() as session:
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(collected_at=at))
    world.clock.set(datetime(2026, 12, 2, 8, tzinfo=UTC))
    second = closed(world, "kueste", NOVEMBER)
    assert (second.accrued_minor, second.payout_net_minor, second.payout_gross_minor) == (0, 500, 595)
    assert second.answer["rows"] == []
    assert second.answer["totals"]["collected_from_earlier"] == "5.00"


def test_a_refund_after_the_close_is_a_row_of_the_next_month_on_both_levels(world: World) -> None:
    """Half is given back in November: −2.50 for Küste (13.33 − 10.83 = 2.50 are left of 5.00), −10.83 for Sommer."""
    row = october(world)
    closed(world, "sommer")
    closed(world, "kueste")
    with world.work("fiona") as work:
        refund_session(work, row.code, RefundInput(1983, None, "complaint", ""), key="one")
    world.clock.set(datetime(2026, 12, 2, 8, tzinfo=UTC))
    above, below = closed(world, "kueste", NOVEMBER), closed(world, "sommer", NOVEMBER)
    (found,) = above.answer["rows"]
    assert (found["id"], found["received"], found["passed_on"], found["partner"]) == (f"{row.code}-R01", "-13.33", "-10.83", "-2.50")
    assert below.answer["rows"][0]["partner"] == "-10.83"
    # −13.33 − 2.53 VAT received, −10.83 − 2.06 passed on: −15.86 + 12.89 = −2.97, a debt
    assert (above.payout_net_minor, above.payout_gross_minor, above.carried_out_minor) == (-250, -297, -297)
    assert booked(world)[account(world, "kueste")] == -595 + 297


def test_a_sub_operator_with_terms_is_part_of_the_close(world: World) -> None:
    with world.work("fiona") as work:
        assert [line.partner_name for line in partner_months(work, OCTOBER).rows] == ["Sommer", "Winter"]
    upward(world)
    with world.work("fiona") as work:
        assert [line.partner_name for line in partner_months(work, OCTOBER).rows] == ["Küste", "Sommer", "Winter"]
    with world.owner() as session:
        assert session.scalar(select(func.count()).select_from(Statement)) == 0


def test_a_partners_draft_is_replayed_with_the_level_above(world: World) -> None:
    """70 % of 33.33 instead of 65: 23.33 for Sommer, 3.33 stay with Küste, 6.67 with Nordlicht as before; 81 % is above Küste's own."""
    october(world)
    for share, expected in ((70, {"partner": [2166, 2333], "sub_operator": [500, 333], "operator": [667, 667]}), (81, None)):
        with world.work("carla") as work:
            code = contracts_of_partner(work, key(world, "sommer"))[0].code
            row = contract_by_code(work, code)
            draft_row = row.draft or new_version(work, code)
            edit_draft(work, code, SharePart(Decimal(70), Decimal(share)), draft_row.version)
            asked = request_preview(work, code, OCTOBER)
        with world.work(world.system()) as work:
            run_preview(work, asked, lambda _done, _total: None)
        with world.work("carla") as work:
            row = contract_by_code(work, code)
            assert row.draft is not None
            found = newest_preview(work, row, row.draft)
        assert found is not None
        if expected is None:
            assert (found.state, found.problem) == ("failed", "child_above_parent")
        else:
            assert found.result is not None
            assert {name: found.result["totals"][name] for name in expected} == expected
