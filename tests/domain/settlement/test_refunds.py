"""Money is given back: books, paper, card and the row of the next open month say the same, to the cent, once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from app.demo.cast import AC_TERMS
from app.domain.contracts.models import ContractVersion
from app.domain.invoices.models import Document
from app.domain.people.models import MailMessage
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import SessionRefund
from app.domain.settlement.actions import draft, issue
from app.domain.settlement.refunding import RefundInput, plan_refund, refund_session, refundable
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.kernel.periods import Month
from app.tasks import payments
from app.tasks.registry import load_all
from app.work.jobs import Job
from tests.cast import World
from tests.domain.sessions.arrange import ask, charge, in_service, legs, open_card_page, pay, provider, settle_up, stored, tell

IDLE = RefundInput(350, 3, "idle_fee", "Fahrer rief an")
NOVEMBER = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
START_FEE = {"type": "FLAT", "price": "1.00", "step_size": 1, "vat": "19"}
ENERGY = {"type": "ENERGY", "price": "0.55", "step_size": 1, "vat": "19"}
IDLE_FEE = {"type": "PARKING_TIME", "price": "6.00", "step_size": 60, "vat": "19"}


@contextmanager
def e2_terms(world: World) -> Iterator[None]:
    """NL-0417 in service, start fees not shared, and jobs that know the test provider."""
    in_service(world)
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))  # agreed terms are frozen otherwise
        session.execute(update(ContractVersion).values(exclude_connection_fee=True))
    payments.install(world.settings, {"test": provider(world)})
    yield
    payments._installed.clear()


@pytest.fixture
def paid(world: World) -> Iterator[ChargingSession]:
    """E2 of settlement.md at Sommer, by card: 1.00 + 18.000 kWh × 0.55 + 35 min × 0.10 = 14.40, start fee not shared, 70 %.

    Net 12.10, VAT 2.30; (12.10 − 0.84) × 70 % = 7.88 for Sommer, 4.22 for the operator.
    """
    with e2_terms(world):
        yield by_card(world)


def by_card(world: World, key: str = "k" * 32) -> ChargingSession:
    """That session, charged to a card, with its receipt."""
    started, _ = ask(world, key=key, email="dora@example.org", language="de")
    ref = open_card_page(world, started)
    pay(world, ref)
    tell(world, started, ref)
    like = charge(world, energy_wh=18_000)
    with world.owner() as session:
        row = session.get_one(ChargingSession, started.session_id)
        for name in ("started_at", "ended_at", "meter_start_wh", "meter_stop_wh", "energy_wh"):
            setattr(row, name, getattr(like, name))
        row.state, row.tariff = "stopped", AC_TERMS | {"elements": [{"price_components": [START_FEE, ENERGY, IDLE_FEE]}]}
        session.execute(text("update session_phase set session_id = :new where session_id = :old"), {"new": row.id, "old": like.id})
        session.delete(session.get_one(ChargingSession, like.id))
    with world.work(world.system()) as work:
        rate(work, started.session_id)
    settle_up(world, started.session_id)
    run_jobs(world, "documents.receipt")
    return stored(world, started.session_id)


def run_jobs(world: World, *names: str) -> None:
    """What the worker does with the jobs of these names."""
    jobs = load_all()
    with world.owner() as session:
        waiting = session.scalars(select(Job).where(Job.name.in_(names), Job.state == "queued").order_by(Job.id)).all()
        for job in waiting:
            job.state = "done"
    for job in waiting:
        with world.work(world.system()) as work:
            jobs[job.name](work, **job.args)


def back(world: World, row: ChargingSession, wanted: RefundInput = IDLE, *, key: str = "a" * 32, who: str = "fiona") -> str:
    with world.work(who) as work:
        return refund_session(work, row.code, wanted, key=key)


def refunds(world: World) -> list[SessionRefund]:
    with world.owner() as session:
        return list(session.scalars(select(SessionRefund).order_by(SessionRefund.number)))


def test_what_is_told_before(world: World, paid: ChargingSession) -> None:
    """10.90 are left: net 9.16 (10.90 / 1.19 = 9.1597), VAT 1.74; (9.16 − 0.84) × 70 % = 5.824 → 5.82; rest 3.34.

    Less: −3.50, net 9.16 − 12.10 = −2.94, VAT 1.74 − 2.30 = −0.56, Sommer 5.82 − 7.88 = −2.06, operator 3.34 − 4.22 = −0.88.
    """
    assert (paid.gross_minor, paid.net_minor, paid.partner_minor) == (1440, 1210, 788)
    with world.work("fiona") as work:
        assert refundable(work, paid.code).lines == ((1, "FLAT", 100), (2, "ENERGY", 990), (3, "PARKING_TIME", 350))
        plan = plan_refund(work, paid.code, IDLE)
    assert (plan.gross_minor, plan.net_minor, plan.vat_minor, plan.partner_minor, plan.operator_minor) == (-350, -294, -56, -206, -88)
    assert (plan.payback_minor, plan.left_minor, plan.month, plan.receipt) == (350, 1090, Month(2026, 10), "RE-2026-000001")
    assert refunds(world) == [], "only told so far"


def test_once_done_books_paper_card_and_mail_agree(world: World, paid: ChargingSession) -> None:
    before = legs(world)
    assert (before["driver_receivable"], before["partner_payable"], before["charging_income"]) == (0, -788, -422)
    for _ in range(2):
        assert back(world, paid) == f"{paid.code}-R01"
    after = legs(world)
    assert (after["driver_receivable"], after["partner_payable"], after["charging_income"], after["vat_output:19"]) == (
        -350,
        -582,
        -334,
        -174,
    )
    for _ in range(2):
        run_jobs(world, "payments.refund", "documents.correction")
    after = legs(world)
    assert (after["driver_receivable"], after["psp_clearing"]) == (0, 1440 - 350)
    with world.owner() as session:
        receipt, correction = session.scalars(select(Document).order_by(Document.issued_at, Document.number.desc()))
        assert (receipt.number, correction.number, correction.corrects_id) == ("RE-2026-000001", "KO-2026-000001", receipt.id)
        assert (correction.gross_minor, correction.net_minor, correction.vat_minor) == (-350, -294, -56)
        assert correction.content["lines"] == [{"dimension": "PARKING_TIME", "cut_minor": -350}]
        mails = session.scalars(select(MailMessage).order_by(MailMessage.created_at, MailMessage.id)).all()
        assert "KO-2026-000001" in mails[-1].subject
        assert mails[-1].to_address == "dora@example.org"
        assert session.scalar(text("select facts ->> 'note' from audit_entry where act = 'SessionRefunded'")) == "Fahrer rief an"
    assert stored(world, paid.id).gross_minor == 1440, "the session itself stays"
    assert len(refunds(world)) == 1


def test_the_next_open_month_has_the_row(world: World, paid: ChargingSession) -> None:
    """October is issued with 7.88; on 3 November the idle fee goes back: November has −2.06, and the books agree."""
    october = close(world, datetime(2026, 11, 2, 8, 0, tzinfo=UTC), Month(2026, 10))
    assert [(row["id"], row["partner"]) for row in october["rows"]] == [(paid.code, "7.88")]
    world.clock.set(NOVEMBER)
    back(world, paid)
    november = close(world, datetime(2026, 12, 2, 8, 0, tzinfo=UTC), Month(2026, 11))
    (row,) = november["rows"]
    assert (row["id"], row["reverses"], row["state"]) == (f"{paid.code}-R01", paid.code, "collected")
    assert [row[name] for name in ("gross", "net", "vat", "partner", "operator")] == ["-3.50", "-2.94", "-0.56", "-2.06", "-0.88"]
    world.clock.set(datetime(2026, 12, 3, 8, 0, tzinfo=UTC))
    back(world, paid, RefundInput(1090, None, "no_energy", ""), key="b" * 32)
    december = close(world, datetime(2027, 1, 4, 8, 0, tzinfo=UTC), Month(2026, 12))
    assert [(row["id"], row["partner"]) for row in december["rows"]] == [(f"{paid.code}-R02", "-5.82")]
    assert close(world, datetime(2027, 2, 2, 8, 0, tzinfo=UTC), Month(2027, 1))["rows"] == []


def close(world: World, now: datetime, month: Month) -> dict[str, Any]:
    """Draft and issue Sommer's month; the engine's answer."""
    world.clock.set(now)
    with world.work("fiona") as work:
        statement = draft(work, world.cast.partners["sommer"].id, month)
    with world.work("felix") as work:
        issue(work, [statement.code])
    return dict(statement.answer)


def test_in_the_same_month_session_and_refund_stand_side_by_side(world: World, paid: ChargingSession) -> None:
    back(world, paid)
    october = close(world, datetime(2026, 11, 2, 8, 0, tzinfo=UTC), Month(2026, 10))
    assert [(row["id"], row["partner"]) for row in october["rows"]] == [(paid.code, "7.88"), (f"{paid.code}-R01", "-2.06")]
    assert october["totals"]["collected"] == "5.82"


@pytest.mark.parametrize("seed", range(3))
def test_however_it_is_cut_all_of_it_goes_back_and_no_cent_more(world: World, paid: ChargingSession, seed: int) -> None:
    """Random amounts of random lines until nothing is left: every account is as if nobody had charged, the card has its money."""
    dice = random.Random(seed)
    for number in range(20):
        with world.work("fiona") as work:
            left = refundable(work, paid.code)
        if not left.left:
            break
        part, most = dice.choice([(None, left.left), *((place, amount) for place, _, amount in left.lines)])
        wanted = RefundInput(dice.randint(1, most) if number < 6 else left.left, part if number < 6 else None, "goodwill", "")
        back(world, paid, wanted, key=f"{number:032x}")
        with pytest.raises((Invalid, Conflict)), world.work("fiona") as work:
            refund_session(work, paid.code, RefundInput(left.left + 1, None, "goodwill", ""), key="f" * 32)
    with pytest.raises(Conflict, match="nothing_to_refund"):
        back(world, paid, RefundInput(1, None, "goodwill", ""), key="e" * 32)
    run_jobs(world, "payments.refund")
    assert {name: minor for name, minor in legs(world).items() if minor} == {}
    assert sum(one.gross_minor for one in refunds(world)) == -1440
    assert sum(one.payback_minor for one in refunds(world)) == 1440


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        (RefundInput(1441, None, "goodwill", ""), "refund_above_left", "amount"),
        (RefundInput(351, 3, "goodwill", ""), "above_line", "amount"),
        (RefundInput(1, 4, "goodwill", ""), "no_such_line", "part"),
        (RefundInput(0, None, "goodwill", ""), "bad_value", "amount"),
        (RefundInput(1, None, "", ""), "missing", "reason"),
        (RefundInput(1, None, "goodwill", "x" * 501), "too_long", "note"),
    ],
)
def test_refusals_name_the_field_and_move_nothing(world: World, paid: ChargingSession, wanted: RefundInput, code: str, field: str) -> None:
    before = legs(world)
    with pytest.raises(Invalid, match=code) as refused:
        back(world, paid, wanted)
    assert refused.value.field == field
    assert (legs(world), refunds(world)) == (before, [])


def test_who_may_and_what_cannot_be(world: World, paid: ChargingSession) -> None:
    for who in ("carla", "theo", "anke", "aylin", "olga", "moritz"):
        with pytest.raises(NotAllowed):
            back(world, paid, who=who)
    with pytest.raises(NotFound):
        back(world, paid, who="willi")
    running = charge(world, number=2, state="charging", ended_at=None)
    with pytest.raises(Conflict, match="session_not_rated"):
        back(world, running)


def test_what_nobody_collected_is_only_taken_off(world: World) -> None:
    """An own driver's session, billed later: no card, no receipt; 17.53 − 17.53 leave nothing awaited."""
    in_service(world)
    row = charge(world)
    with world.work(world.system()) as work:
        rate(work, row.id)
    back(world, row, RefundInput(1753, None, "no_energy", ""))
    (made,) = refunds(world)
    assert (made.payback_minor, made.lines) == (0, None)
    assert {name: minor for name, minor in legs(world).items() if minor} == {}
    assert stored(world, row.id).collected_at is not None
    with world.owner() as session:
        assert session.scalars(select(Document)).all() == []


def test_the_database_refuses_by_itself(world: World, paid: ChargingSession) -> None:
    back(world, paid)
    for statement in ("update session_refund set gross_minor = -1", "delete from session_refund", "truncate session_refund cascade"):
        with pytest.raises(DatabaseError, match="append-only"), world.owner() as session:
            session.execute(text(statement))
    (one,) = refunds(world)
    names = [c.name for c in SessionRefund.__table__.columns]
    more = {name: getattr(one, name) for name in names if name not in {"id", "code", "number", "key"}}
    more |= {"gross_minor": -1091, "net_minor": -1091, "vat_minor": 0, "partner_minor": -1091, "rest_minor": 0, "payback_minor": 0}
    with pytest.raises(DatabaseError, match="given back"), world.owner() as session:
        session.add(SessionRefund(code="x", number=2, key="x", **more))
    with world.tenant(world.actor("willi")) as session:
        assert session.scalars(select(SessionRefund)).all() == []
