"""The level between operator and partner: fixed at the start, booked with the session, taken back with it, out of the partner's sight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from app.demo import builders as make
from app.domain.contracts.models import ContractVersion
from app.domain.ledger.models import Posting
from app.domain.people.actions import edit_partner
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerInput
from app.domain.sessions.actions import rate
from app.domain.sessions.explain import case_of, explanation
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.domain.sessions.refunds import refunds_of
from app.domain.sessions.terms import Start, terms_at_start
from app.domain.settlement.refunding import RefundInput, plan_refund, refund_session
from tests.cast import NOW, World
from tests.domain.sessions.arrange import PLUGGED, charge, legs

#: 57.478 kWh × 0.69 = 39.66 gross, 33.33 net: the session of E10
E10_WH = 57_478


def upward(world: World, first: date = date(2026, 8, 1), dc: int = 80, **over: object) -> UUID:
    """Küste's own contract with Nordlicht; Sommer's share of DC is 65 % then."""
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(update(ContractVersion).where(ContractVersion.id == world.cast.contracts["sommer"].id).values(dc_pct=65))
        return make.contract(session, world.cast.partners["kueste"], first, NOW, dc_pct=Decimal(dc), ac_pct=Decimal(75), **over).id


def e10(world: World, **over: object) -> ChargingSession:
    """A rated session of 33.33 net at Sommer's DC charge point."""
    row = charge(world, "NL-0450", energy_wh=E10_WH, **over)
    with world.work(world.system()) as work:
        rate(work, row.id)
    return row


def account(world: World, name: str) -> str:
    return f"partner_payable:{world.cast.partners[name].id}"


def booked(world: World) -> dict[str, int]:
    """Every account's balance."""
    query = "select a.code, sum(p.amount_minor) from ledger_posting p join ledger_account a on a.id = p.account_id group by a.code"
    with world.owner() as session:
        return {code: int(minor) for code, minor in session.execute(text(query)) if minor}


def test_e10_is_booked_for_all_three_levels(world: World) -> None:
    """Base 33.33: 80 % = 26.664 → 26.66 received; 65 % = 21.6645 → 21.66 the partner's; 26.66 − 21.66 = 5.00; 33.33 − 26.66 = 6.67."""
    version = upward(world)
    row = e10(world)
    assert row.parent_version_id == version
    found = booked(world)
    assert (found[account(world, "sommer")], found[account(world, "kueste")]) == (-2166, -500)
    assert (found["charging_income"], found["vat_output:DE:19"], found[f"driver_receivable:{row.id}"]) == (-667, -633, 3966)


def test_a_refund_takes_back_from_all_three_levels(world: World) -> None:
    upward(world)
    row = e10(world)
    half = RefundInput(1983, None, "complaint", "")
    with world.work("fiona") as work:
        plan = plan_refund(work, row.code, half)
        refund_session(work, row.code, half, key="one")
    # 19.83 gross are left, 16.66 net: received 13.328 → 13.33, partner 10.829 → 10.83, so 2.50 and 3.33
    assert (plan.net_minor, plan.partner_minor, plan.sub_operator_minor, plan.operator_minor) == (-1667, -1083, -250, -334)
    found = booked(world)
    assert (found[account(world, "sommer")], found[account(world, "kueste")], found["charging_income"]) == (-1083, -250, -333)
    with world.work("fiona") as work:
        (shown,) = refunds_of(work.session, row.id)
        assert (shown.partner_minor, shown.sub_operator_minor, shown.operator_minor) == (-1083, -250, -334)
    with world.tenant(world.actor("olga")) as session:
        (seen,) = refunds_of(session, row.id)
        assert (seen.partner_minor, seen.sub_operator_minor, seen.rest_minor) == (-1083, 0, -584), "of the rest nothing is told apart"
        assert session.scalars(select(SessionRefund.rest_minor)).all() == [-584]


def test_the_partner_reads_nothing_of_the_level_above(world: World) -> None:
    version = upward(world)
    row = e10(world)
    with world.tenant(world.actor("olga")) as session:
        assert session.scalars(select(Posting.amount_minor)).all() == [-2166]
        assert session.get(ContractVersion, version) is None
    with world.tenant(world.actor("willi")) as session:
        assert session.scalars(select(Posting.amount_minor)).all() == []
    with world.work("moritz") as work:
        shown = explanation(work, row.id, again=True, whole=False)
        case = case_of(work, row.id, whole=False)
    assert [(step.name, step.amount) for step in shown.steps][-2:] == [("share", 2166), ("partner", 2166)]
    assert shown.again == ()
    assert "parent" not in case["contract"]
    assert [line["step"] for line in case["share"]][-1] == "partner"


def test_each_level_has_its_own_ladder(world: World) -> None:
    upward(world)
    row = e10(world)
    with world.work("silke") as work:
        own, case = explanation(work, row.id, whole=False), case_of(work, row.id, whole=False)
    assert [(step.name, step.amount) for step in own.steps][-3:] == [("received", 2666), ("passed", 2166), ("sub", 500)]
    assert case["contract"]["dc_pct"] == "80", "its own terms, not those of its partner"
    assert "parent" not in case["contract"]
    with world.work("fiona") as work:
        whole = explanation(work, row.id)
    assert [(step.name, step.amount) for step in whole.steps][-5:] == [
        ("share", 2166),
        ("partner", 2166),
        ("received", 2666),
        ("sub", 500),
        ("operator", 667),
    ]


def test_fees_of_each_level_are_its_own(world: World) -> None:
    """Above: 26.66 − 0.20 per session − 2 % of 33.33 net (0.6666 → 0.67) = 25.79; the partner's 21.66 stay; 4.13 and 7.54."""
    upward(world, terms={"fees": {"per_session_dc": "0.20", "handling_pct": "2"}})
    e10(world)
    found = booked(world)
    assert (found[account(world, "sommer")], found[account(world, "kueste")], found["charging_income"]) == (-2166, -413, -754)


def test_a_share_below_the_partners_is_no_level(world: World) -> None:
    version = upward(world, dc=60)
    row = e10(world)
    assert row.parent_version_id == version
    found = booked(world)
    assert (found[account(world, "sommer")], found.get(account(world, "kueste")), found["charging_income"]) == (-2166, None, -1167)


def at(world: World, when: datetime) -> UUID | None:
    start = Start(world.cast.stations["NL-0450"].id, None, when)
    with world.work(world.driver_at("NL-0450")) as work:
        return terms_at_start(work.session, [start])[start].parent_version_id


def test_what_is_above_is_that_of_the_start(world: World) -> None:
    """Küste's contract ends with September; from noon of 10 October Sommer is in nobody's care; what began before keeps what it had."""
    assert at(world, PLUGGED) is None, "a sub-operator without a contract earns nothing"
    first = upward(world, last_month=date(2026, 9, 1))
    september = datetime(2026, 9, 30, 21, 59, tzinfo=UTC)
    assert (at(world, september), at(world, september + timedelta(minutes=1))) == (first, None), "midnight in Berlin"
    second = upward(world, date(2026, 10, 1))
    world.clock.set(datetime(2026, 10, 10, 10, tzinfo=UTC))
    with world.work("carla") as work:
        row = partner_by_code(work, world.cast.partners["sommer"].code)
        values = {name: getattr(row, name) or "" for name in PartnerInput.__dataclass_fields__ if name not in {"parent_code", "manager"}}
        edit_partner(work, row.code, PartnerInput(**values), row.version)
    noon = world.clock()
    assert (at(world, noon - timedelta(seconds=1)), at(world, noon)) == (second, None)


def test_a_session_keeps_its_levels(world: World) -> None:
    upward(world)
    row = charge(world, "NL-0450", energy_wh=E10_WH)
    with pytest.raises(DatabaseError, match="levels"), world.owner() as session:
        session.execute(update(ChargingSession).where(ChargingSession.id == row.id).values(parent_version_id=None))
    with pytest.raises(DatabaseError, match="append-only"), world.owner() as session:
        session.execute(text("update partner_care set parent_id = null"))


def test_an_old_session_stays_without_the_level(world: World) -> None:
    row = charge(world, "NL-0450", energy_wh=E10_WH)
    upward(world)
    with world.work(world.system()) as work:
        rate(work, row.id)
    assert legs(world)["partner_payable"] == -2166


def test_a_group_that_only_the_level_above_names_counts_there(world: World) -> None:
    """Base 33.33 for a driver of U-FLEET: 90 % = 29.997 → 30.00 received, 65 % = 21.66 the partner's, 8.34 and 3.33 stay above."""
    with world.owner() as session:
        fleet = {"name": "Fleet", "priority": 10, "user_groups": ["U-FLEET"], "dc_pct": "90"}
        upward(world)
        version = session.scalars(select(ContractVersion).where(ContractVersion.dc_pct == 80)).one()
        session.execute(text("set local session_replication_role = replica"))
        session.execute(
            update(ContractVersion).where(ContractVersion.id == version.id).values(terms=version.terms | {"overrides": [fleet]})
        )
    row = e10(world, user_groups=["U-OTHER", "U-FLEET"])
    found = booked(world)
    assert (found[account(world, "sommer")], found[account(world, "kueste")], found["charging_income"]) == (-2166, -834, -333)
    assert row.user_groups == ["U-OTHER", "U-FLEET"]
