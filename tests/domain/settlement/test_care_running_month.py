"""The running month of a sub-operator: what was booked for it is added up, and what waits is named, as its statement has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from app.domain.contracts.models import ContractVersion
from app.domain.settlement.accruing import MonthSoFar, month_so_far
from app.domain.settlement.drafting import build
from app.domain.settlement.inputs import Gathered, gather
from app.domain.settlement.refunding import RefundInput, refund_session
from app.kernel.errors import NotFound
from app.money.amount import Money
from tests.cast import World
from tests.domain.sessions.arrange import PLUGGED
from tests.domain.sessions.test_care_share import e10, upward
from tests.domain.settlement.test_care_statement import closed, key, october


def running(world: World) -> MonthSoFar:
    """What Küste's page shows; it must be what the engine makes of everything at once."""
    with world.work("silke") as work:
        shown = month_so_far(work, key(world, "kueste"))
    with world.work(world.system()) as work:
        partner = work.session.get_one(type(world.cast.partners["kueste"]), key(world, "kueste"))
        whole = build(work.session, partner, shown.month, "EUR").answer
    accrued, charged = (Money.parse(whole["totals"][name], "EUR").minor for name in ("accrued", "expenses"))
    assert (shown.accrued_minor, shown.expenses_minor) == (accrued, charged)
    assert [(one.id, one.reason) for one in shown.held] == [(one["id"], one["reason"]) for one in whole["held"]]
    return shown


def terms(world: World, **over: object) -> None:
    """Sommer's contract as if it had been agreed like that; agreed terms are frozen otherwise."""
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(update(ContractVersion).where(ContractVersion.id == world.cast.contracts["sommer"].id).values(**over))


def test_booked_and_half_given_back(world: World) -> None:
    """5.00 of E10; of another 5.00 half is given back: 13.33 − 10.83 = 2.50 are left. 7.50."""
    upward(world)
    e10(world)
    back = e10(world, started_at=PLUGGED + timedelta(days=1), ended_at=PLUGGED + timedelta(days=1, hours=2))
    world.clock.set(PLUGGED + timedelta(days=4))
    with world.work("fiona") as work:
        refund_session(work, back.code, RefundInput(1983, None, "complaint", ""), key="one")
    assert running(world).accrued_minor == 750


def test_sessions_shared_without_the_level_add_nothing(world: World) -> None:
    """60 % above, 65 % below: all that is not Sommer's is the operator's."""
    upward(world, dc=60)
    e10(world)
    found = running(world)
    assert (found.accrued_minor, found.days) == (0, ())


def test_what_a_statement_has_accrues_no_more_and_what_came_after_it_does(world: World) -> None:
    """October's 5.00 stand in a statement; another 5.00 of November are new."""
    october(world)
    assert running(world).earlier_minor == 500
    closed(world, "kueste")
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    e10(world, started_at=at, ended_at=at + timedelta(hours=2))
    found = running(world)
    assert (found.accrued_minor, found.earlier_minor, found.before_minor, found.sessions) == (500, 0, 500, 1)


def test_plain_sessions_are_not_settled_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is handed only what may still change: nothing here."""
    october(world, collected=False)
    handed: list[Gathered] = []

    def seen(*args: Any) -> Gathered:
        handed.append(gather(*args))
        return handed[-1]

    monkeypatch.setattr("app.domain.settlement.accruing.gather", seen)
    with world.work("silke") as work:
        assert month_so_far(work, key(world, "kueste")).accrued_minor == 500
    assert [("care" in one.input, one.input["sessions"]) for one in handed] == [(False, [])]


def test_what_waits_for_a_rate_of_electricity_is_named(world: World) -> None:
    """Sommer's electricity is deducted and has no price: neither level's part of E10 is known. It is carried over, on both statements."""
    upward(world)
    terms(world, dc_pct=65, deduct_electricity=True)
    row = e10(world)
    found = running(world)
    assert (found.held, found.accrued_minor) == (((row.code, "missing_electricity_rate", "Sommer"),), 0)
    world.clock.set(datetime(2026, 11, 2, 8, tzinfo=UTC))
    above, below = closed(world, "kueste"), closed(world, "sommer")
    (told,) = above.answer["held"]
    assert (told["id"], told["reason"], told["name"], told["charge_point"]) == (row.code, "missing_electricity_rate", "Sommer", "NL-0450")
    assert [(one["id"], one["reason"]) for one in below.answer["held"]] == [(row.code, "missing_electricity_rate")]
    assert (above.accrued_minor, above.answer["rows"]) == (0, [])
    assert "65" not in str(above.input["care_held"])


def test_nobody_elses_month(world: World) -> None:
    october(world)
    for who in ("olga", "willi"):
        with pytest.raises(NotFound), world.work(who) as work:
            month_so_far(work, key(world, "kueste"))
