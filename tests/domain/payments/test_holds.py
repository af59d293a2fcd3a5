"""Card holds from the driver's wish to the last cent: each act once, whatever arrives twice, late or in another order."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.access.actor import NOBODY
from app.domain.network.models import StationCommand
from app.domain.payments.actions import capture, keep_webhook, open_page, refund, release
from app.domain.payments.models import Payment, Webhook
from app.domain.payments.port import Answer, BadSignatureError, HoldWish, ProviderRefused
from app.domain.payments.queries import payment_at_door
from app.domain.payments.testcard import cards
from app.domain.payments.testcard.models import CardEvent, CardHold
from app.domain.payments.testcard.provider import SIGNATURE
from app.domain.sessions.actions import collect, give_up_start, hold_answered, rate, request_start, request_stop
from app.domain.sessions.models import ChargingSession
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from app.work.jobs import Job
from tests.cast import World
from tests.domain.sessions.arrange import (
    CONFIRM,
    DECLINED,
    LATE,
    TWICE,
    VISA,
    ask,
    charge,
    evse_id,
    hand_back,
    in_service,
    legs,
    open_card_page,
    pay,
    provider,
    settle_up,
    stored,
    tell,
)


def held(world: World) -> Payment:
    with world.owner() as session:
        return session.scalars(select(Payment)).one()


def jobs(world: World) -> list[str]:
    with world.owner() as session:
        return sorted(session.scalars(select(Job.name).where(Job.name.not_in(("testprovider.deliver", "sessions.give_up")))))


def finished(world: World, session_id: object) -> None:
    """The driver's session ended as in journey 6 and is priced."""
    done = charge(world)
    with world.owner() as session:
        row, like = session.get_one(ChargingSession, session_id), session.get_one(ChargingSession, done.id)
        for name in ("started_at", "ended_at", "meter_start_wh", "meter_stop_wh", "energy_wh"):
            setattr(row, name, getattr(like, name))
        row.state = "stopped"
        session.execute(text("update session_phase set session_id = :new where session_id = :old"), {"new": row.id, "old": like.id})
        session.delete(like)
    with world.work(world.system()) as work:
        rate(work, row.id)


def test_from_wish_to_charge(world: World) -> None:
    """Reserved 45.00, charged 17.53, released 27.47."""
    in_service(world)
    started, _ = ask(world)
    assert (started.hold_minor, started.currency) == (4500, "EUR")
    ref = open_card_page(world, started)
    pay(world, ref)
    tell(world, started, ref)
    row = stored(world, started.session_id)
    assert row.state == "starting"
    assert (row.id_token[:2], len(row.id_token)) == ("QR", 20)
    finished(world, started.session_id)
    assert jobs(world) == ["payments.capture"]
    settle_up(world, started.session_id)
    assert jobs(world) == ["documents.receipt", "payments.capture"]
    paid = held(world)
    assert (paid.state, paid.captured_minor, paid.hold_minor - paid.captured_minor) == ("charged", 1753, 2747)
    assert stored(world, started.session_id).collected_at == world.clock()
    assert legs(world) == {
        "driver_receivable": 0,
        "psp_clearing": 1753,
        "partner_payable": -1031,
        "charging_income": -442,
        "vat_output:19": -280,
    }


def test_the_same_key_is_the_same_session_and_secret(world: World) -> None:
    in_service(world)
    first, secret = ask(world)
    again, same = ask(world)
    assert (again.session_id, again.fresh, same) == (first.session_id, False, secret)
    assert len(secret) == 43
    other, another = ask(world, key="x" * 32)
    assert other.session_id != first.session_id
    assert another != secret


@pytest.mark.parametrize(
    ("status", "state", "code"),
    [
        ("Faulted", {}, "faulted"),
        ("Unavailable", {}, "out_of_service"),
        ("Charging", {}, "occupied"),
        ("Finishing", {}, "occupied"),
        ("Available", {"connected": False}, "offline"),
    ],
)
def test_no_start_where_charging_cannot_be(world: World, status: str, state: dict[str, bool], code: str) -> None:
    in_service(world, status=status, **state)
    with pytest.raises(Unavailable, match=code):
        ask(world)


def test_no_price_no_start(world: World) -> None:
    in_service(world)
    with world.owner() as session:
        session.execute(text("update tariff_assignment set tariff_id = null"))
    with pytest.raises(Unavailable, match="no_price"):
        ask(world)


def test_a_changed_price_asks_again(world: World) -> None:
    in_service(world)
    with pytest.raises(Conflict, match="price_changed"):
        ask(world, shown_version=world.cast.operator.id)


def test_a_driver_elsewhere_and_a_host_cannot_start_here(world: World) -> None:
    in_service(world)
    for who, refusal in ((world.driver_at("NL-0501"), NotFound), (world.actor("moritz"), NotAllowed)):
        with pytest.raises(refusal), world.work(who) as work:
            request_start(work, evse_id(world), email=None, language="en", key="k" * 32, provider="test")


def test_declined_reserves_nothing_and_the_next_card_makes_one_hold(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref, DECLINED)
    tell(world, started, ref)
    assert (held(world).state, held(world).failure, held(world).reserved_at) == ("failed", "declined", None)
    assert stored(world, started.session_id).state == "requested"
    pay(world, ref, VISA)
    tell(world, started, ref)
    assert (held(world).state, held(world).failure, held(world).card_last4) == ("reserved", None, "4242")
    assert stored(world, started.session_id).state == "starting"


def test_the_bank_asks_first(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref, CONFIRM)
    tell(world, started, ref)
    assert held(world).state == "to_confirm"
    with world.room.open(NOBODY) as work:
        cards.confirm(work, ref, agreed=False)
    tell(world, started, ref)
    assert (held(world).state, held(world).failure) == ("failed", "confirmation_failed")
    pay(world, ref, CONFIRM)
    with world.room.open(NOBODY) as work:
        cards.confirm(work, ref, agreed=True)
    tell(world, started, ref)
    assert held(world).state == "reserved"


@pytest.mark.parametrize("order", itertools.permutations(("to_confirm", "reserved", "reserved")))
def test_news_in_any_order_ends_the_same(world: World, order: tuple[str, ...]) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    for state in order:
        with world.work(world.system()) as work:
            hold_answered(work, started.session_id, Answer(ref=ref, state=state, card_brand="Visa", card_last4="4242"))
    assert held(world).state == "reserved"
    assert stored(world, started.session_id).state == "starting"
    with world.owner() as session:
        assert [c.action for c in session.scalars(select(StationCommand))] == ["remote_start"]


def test_an_answer_about_another_hold_is_refused(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    open_card_page(world, started)
    with pytest.raises(Conflict, match="foreign_answer"), world.work(world.system()) as work:
        hold_answered(work, started.session_id, Answer(ref="tph_other", state="reserved"))


def test_charged_twice_or_more_than_reserved_is_refused(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    with pytest.raises(Conflict, match="hold_not_reserved"), world.work(world.system()) as work:
        capture(work, started.payment_id, {started.session_id: 100}, world.clock().date(), provider(world))
    pay(world, ref)
    tell(world, started, ref)
    with pytest.raises(Conflict, match="above_hold"), world.work(world.system()) as work:
        capture(work, started.payment_id, {started.session_id: 4501}, world.clock().date(), provider(world))
    finished(world, started.session_id)
    for _ in range(3):
        settle_up(world, started.session_id)
    assert legs(world)["psp_clearing"] == 1753
    with pytest.raises(Conflict, match="already_charged"), world.work(world.system()) as work:
        release(work, started.payment_id, provider(world))
    with pytest.raises(ProviderRefused):
        provider(world).capture(ref, 1, "another key")


def test_a_crash_after_the_provider_charged_loses_nothing(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref)
    tell(world, started, ref)
    finished(world, started.session_id)
    with world.room.session(world.system()) as work:  # nobody commits
        collect(work, started.session_id, provider(world))
    assert (held(world).state, legs(world).get("psp_clearing")) == ("reserved", None)
    assert provider(world).get(ref).captured_minor == 1753
    settle_up(world, started.session_id)
    assert (held(world).state, legs(world)["psp_clearing"]) == ("charged", 1753)


def test_nobody_plugs_in_and_the_whole_hold_goes_back(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref)
    tell(world, started, ref)
    world.clock.move(minutes=2, seconds=59)
    with world.work(world.system()) as work:
        give_up_start(work, started.session_id)
    assert stored(world, started.session_id).state == "starting"
    world.clock.move(seconds=1)
    for _ in range(2):
        with world.work(world.system()) as work:
            give_up_start(work, started.session_id)
    assert stored(world, started.session_id).failure == "not_started"
    assert jobs(world) == ["payments.release"]
    for _ in range(2):
        hand_back(world, started.session_id)
    assert (held(world).state, held(world).captured_minor) == ("released", 0)
    assert provider(world).get(ref).state == "released"
    assert legs(world) == {}


def test_taken_meanwhile_gives_the_second_hold_back(world: World) -> None:
    in_service(world)
    first, _ = ask(world)
    world.clock.move(seconds=5)
    second, _ = ask(world, key="x" * 32)
    for started in (first, second):
        ref = open_card_page(world, started)
        pay(world, ref)
        tell(world, started, ref)
    assert stored(world, first.session_id).state == "starting"
    assert (stored(world, second.session_id).state, stored(world, second.session_id).failure) == ("failed", "taken")
    assert jobs(world) == ["payments.release"]


def test_a_hold_that_is_confirmed_after_giving_up_goes_back(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    with world.work(world.driver_at("NL-0417")) as work:
        request_stop(work, started.session_id, "stop")
    assert stored(world, started.session_id).failure == "cancelled"
    pay(world, ref)
    tell(world, started, ref)
    assert jobs(world) == ["payments.release"]
    hand_back(world, started.session_id)
    assert held(world).state == "released"


def test_offline_when_the_card_is_ready_gives_the_hold_back(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref)
    in_service(world, connected=False)
    tell(world, started, ref)
    assert stored(world, started.session_id).failure == "offline"


def test_a_stop_needs_contact(world: World) -> None:
    in_service(world)
    row = charge(world, state="charging", channel="adhoc", ended_at=None)
    in_service(world, connected=False)
    with pytest.raises(Unavailable, match="station_offline"), world.work(world.driver_at("NL-0417")) as work:
        request_stop(work, row.id, "stop-1")
    in_service(world, status="Charging")
    with world.work(world.driver_at("NL-0417")) as work:
        request_stop(work, row.id, "stop-2")
    with pytest.raises(NotFound), world.work(world.driver_at("NL-0501")) as work:
        request_stop(work, row.id, "stop-3")


def test_paid_back_once_and_never_more_than_taken(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref)
    tell(world, started, ref)
    finished(world, started.session_id)
    settle_up(world, started.session_id)
    day = world.clock().date()
    for _ in range(2):
        with world.work(world.system()) as work:
            refund(work, started.payment_id, 350, day, provider(world), session_id=started.session_id, key="r1", reason="idle fee waived")
    assert (held(world).refunded_minor, legs(world)["psp_clearing"]) == (350, 1403)
    with pytest.raises(ProviderRefused, match="above_captured"), world.work(world.system()) as work:
        refund(work, started.payment_id, 1404, day, provider(world), session_id=started.session_id, key="r2", reason="too much")
    with pytest.raises(NotAllowed), world.work("moritz") as work:
        refund(work, started.payment_id, 1, day, provider(world), session_id=started.session_id, key="r3", reason="no right")


def test_an_event_lies_in_the_inbox_once(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref, TWICE)
    with world.owner() as session:
        sent = session.scalars(select(CardEvent)).one()
    assert sent.copies == 2
    body = json.dumps(sent.body).encode()
    signed = {SIGNATURE: provider(world).sign(body, world.clock())}
    event = provider(world).parse_webhook(body, signed, world.clock())
    for _ in range(2):
        with world.work(world.system()) as work:
            keep_webhook(work, "test", event)
    with world.owner() as session:
        assert len(session.scalars(select(Webhook)).all()) == 1
    assert jobs(world) == ["payments.webhook"]
    with world.room.open(NOBODY) as work:
        door = payment_at_door(work.session, "test", ref)
    assert door is not None
    assert door.payment_id == started.payment_id


@pytest.mark.parametrize("spoil", ["body", "old", "none", "nonsense"])
def test_an_unsigned_event_is_no_event(world: World, spoil: str) -> None:
    body = json.dumps({"id": "e", "kind": "hold.reserved", "ref": "r"}).encode()
    header = provider(world).sign(body, world.clock() - timedelta(minutes=6 if spoil == "old" else 0))
    headers = {} if spoil == "none" else {SIGNATURE: "t=1,v1=zz" if spoil == "nonsense" else header}
    with pytest.raises(BadSignatureError):
        provider(world).parse_webhook(body + b" " if spoil == "body" else body, headers, world.clock())


def test_a_late_event_comes_late(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    ref = open_card_page(world, started)
    pay(world, ref, LATE)
    with world.room.open(NOBODY) as work:
        assert cards.due_deliveries(work.session, world.clock()) == []
        (due,) = cards.due_deliveries(work.session, world.clock() + cards.LATE)
        cards.delivered(work.session, due.id, world.clock(), done=True)
    with world.room.open(NOBODY) as work:
        assert cards.due_deliveries(work.session, world.clock() + cards.LATE) == []


def test_the_provider_keeps_its_own_promises(world: World) -> None:
    wish = HoldWish("k1", 4500, "EUR", "Nordlicht", "NL-0417/1", "en", "/s/x")
    first = provider(world).authorize(wish)
    assert provider(world).authorize(wish) == first
    with pytest.raises(ProviderRefused, match="key_reused"):
        provider(world).authorize(HoldWish("k1", 4600, "EUR", "Nordlicht", "NL-0417/1", "en", "/s/x"))
    with pytest.raises(Invalid, match="unknown_test_card"), world.room.open(NOBODY) as work:
        cards.enter_card(work, first.ref, "4111111111111111", "12/30", "123")
    with pytest.raises(Invalid, match="card_expired"), world.room.open(NOBODY) as work:
        cards.enter_card(work, first.ref, VISA, "09/26", "123")
    with world.owner() as session:
        assert session.scalars(select(CardHold.state)).one() == "open"


def test_a_card_page_is_asked_for_once(world: World) -> None:
    in_service(world)
    started, _ = ask(world)
    first = open_card_page(world, started)
    assert open_card_page(world, started) == first
    with pytest.raises(NotFound), world.work(world.driver_at("NL-0501")) as work:
        open_page(work, started.payment_id, provider(world), seller="", description="", language="en", return_url="/")
