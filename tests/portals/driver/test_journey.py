"""A driver's way through the pages: price, reserve, card, start, charge, stop, receipt; without script and without an account."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.access.actor import NOBODY
from app.domain.payments.models import Payment, Webhook
from app.domain.payments.testcard.provider import SIGNATURE
from app.domain.sessions.actions import rate
from app.domain.sessions.models import ChargingSession
from tests.cast import World
from tests.domain.sessions.arrange import DECLINED, FULL, PLUGGED, UNPLUGGED, VISA, charge, in_service, phase, stored
from tests.pages import Pages, Seen, Visitor

CARD = {"number": VISA, "expiry": "12/30", "code": "123"}


def someone(pages: Pages, language: str = "en") -> Visitor:
    """A browser that speaks a language."""
    visitor = pages.nobody()
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    return visitor


def fields(seen: Seen) -> dict[str, str]:
    """The hidden fields of a page's form, as a browser would send them."""
    return {str(f["name"]): str(f.get("value", "")) for f in seen.soup.select("main input[name]")}


def to_card_page(visitor: Visitor, label: str = "NL-0417-1") -> tuple[str, str]:
    """From the label to the card page: its address, and the secret of the session."""
    shown = visitor.get(f"/q/{label}/pay")
    assert shown.status == 200, shown.words
    sent = visitor.post(f"/q/{label}/pay", fields(shown) | {"email": ""})
    assert sent.status == 303, sent.words
    secret = re.fullmatch(r"/s/([A-Za-z0-9_-]{43})/card", sent.location)
    assert secret, sent.location
    card = visitor.get(sent.location)
    assert card.status == 303
    return card.location.removeprefix("http://127.0.0.1:8000").removeprefix("http://localhost"), secret[1]


def reserved(pages: Pages, world: World) -> tuple[Visitor, str]:
    """A driver whose card is accepted and whose provider has told us so."""
    in_service(world)
    visitor = someone(pages)
    address, secret = to_card_page(visitor)
    visitor.post("/test-provider/" + address.rpartition("/")[2], CARD)
    deliver(pages, world)
    return visitor, secret


def deliver(pages: Pages, world: World) -> None:
    """Send the provider's events to our webhook, and do what its job does."""
    from app.domain.payments.testcard import cards
    from app.tasks import payments as tasks
    from app.web.payments import find_provider

    with pages.app.app_context():
        provider = find_provider("test")
    tasks.install(world.settings, {"test": provider})
    with world.room.open(NOBODY) as work:
        due = cards.due_deliveries(work.session, world.clock())
        for event in due:
            cards.delivered(work.session, event.id, world.clock(), done=True)
    client = pages.app.test_client()
    for event in due:
        body = json.dumps(event.body).encode()
        answer = client.post("/webhooks/payments/test", data=body, headers={SIGNATURE: provider.sign(body, world.clock())})
        assert answer.status_code == 200
    with world.owner() as session:
        kept = session.scalars(select(Webhook.id).where(Webhook.done_at.is_(None))).all()
    for webhook_id in kept:
        with world.work(world.system()) as work:
            tasks.webhook(work, str(webhook_id))


def test_price_before_anything_else(pages: Pages, world: World) -> None:
    in_service(world)
    seen = someone(pages).get("/q/NL-0417-1")
    assert seen.status == 200
    assert seen.heading == "NL-0417/1"
    evse = world.cast.evse
    with world.owner() as session:
        code = evse(session, "NL-0417").check_code
    order = [
        "NL-0417/1",
        code,
        "Marktplatz 3",
        "Nordlicht Ladenetz GmbH",
        "€0.49/kWh",
        "€0.10/min",
        "10 kWh ≈ €4.90 30 kWh ≈ €14.70",
        "Continue to payment",
        "€45.00",
    ]
    places = [seen.words.find(part.replace("\u00a0", " ")) for part in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places)
    assert "sign" not in seen.words.lower().replace("sign-in", "sign")


def test_a_label_typed_in_lower_case_and_without_evse_is_found(pages: Pages, world: World) -> None:
    in_service(world)
    assert someone(pages).get("/q/nl-0417-2").heading == "NL-0417/2"
    assert someone(pages).get("/q/nl-0417").heading == "NL-0417/1"
    assert someone(pages).get("/q/NL-9999-1").status == 404
    assert someone(pages).get("/q/" + "x" * 300).status == 404


@pytest.mark.parametrize(
    ("status", "connected", "words"),
    [("Faulted", True, "has a fault"), ("Charging", True, "Somebody is charging here"), ("Available", False, "no connection")],
)
def test_where_charging_cannot_start_the_page_says_why(pages: Pages, world: World, status: str, connected: bool, words: str) -> None:
    in_service(world, status=status, connected=connected)
    visitor = someone(pages)
    seen = visitor.get("/q/NL-0417-1")
    assert words in seen.words
    assert "Continue to payment" not in seen.words
    assert "€0.49/kWh" in seen.words
    assert visitor.get("/q/NL-0417-1/pay").status == 303


def test_what_is_free_at_the_site_is_offered_instead(pages: Pages, world: World) -> None:
    in_service(world)
    with world.owner() as session:
        first = "(select id from evse where evse_uid = 'DE*NLT*E0417*1')"
        session.execute(text(f"update connector set status = 'Charging' where evse_id = {first}"))
    other = someone(pages).get("/q/NL-0417-1")
    assert [a["href"] for a in other.soup.select("#offer-state ul a")] == ["/q/NL-0417-2"]
    assert "Free at this site:" in other.words
    address, _ = to_card_page(taker := someone(pages), "NL-0417-2")
    taker.post("/test-provider/" + address.rpartition("/")[2], CARD)
    deliver(pages, world)
    assert "Free at this site:" not in someone(pages).get("/q/NL-0417-1/state").words, "somebody has paid for it"
    assert "Free at this site:" not in someone(pages).get("/q/NL-0417-2").words


def test_no_price_no_start(pages: Pages, world: World) -> None:
    in_service(world)
    with world.owner() as session:
        session.execute(text("update tariff_assignment set tariff_id = null"))
    seen = someone(pages).get("/q/NL-0417-1")
    assert "no price" in seen.words
    assert "Continue to payment" not in seen.words


def test_journey_6(pages: Pages, world: World) -> None:
    """28.640 kWh × 0.49 = 14.03, 35 min × 0.10 = 3.50: 17.53, net 14.73, VAT 2.80; of 45.00 are 27.47 released."""
    in_service(world)
    visitor = someone(pages)
    address, secret = to_card_page(visitor)
    declined = visitor.post("/test-provider/" + address.rpartition("/")[2], CARD | {"number": DECLINED})
    assert declined.status == 303
    assert "Nothing was reserved" in visitor.get(declined.location).words
    accepted = visitor.post("/test-provider/" + address.rpartition("/")[2], CARD)
    assert accepted.location.endswith("/charge")
    assert "Waiting for your card" in visitor.get(f"/s/{secret}/").words
    deliver(pages, world)
    with world.owner() as session:
        assert [p.state for p in session.scalars(select(Payment))] == ["reserved"]
        row = session.scalars(select(ChargingSession)).one()
    assert "Plug in now" in visitor.get(f"/s/{secret}/").words
    _plug_in(world, row)
    running = visitor.get(f"/s/{secret}/").words
    assert "10.000 kWh" in running
    assert "€4.90" in running
    _full(world, row)
    idle = visitor.get(f"/s/{secret}/").words
    assert "Finished at 20:10" in idle
    assert "€0.10/min starts in 50 min (21:00)" in idle
    _unplug(world, row)
    assert "Charging has ended" in visitor.get(f"/s/{secret}/").words
    with world.work(world.system()) as work:
        rate(work, row.id)
    settle_up_with(pages, world, row)
    done = visitor.get(f"/s/{secret}/").words
    assert "Reserved €45.00 · charged €17.53 · released €27.47" in done
    receipt = visitor.get(f"/s/{secret}/receipt").words
    for part in ("28.640 kWh × €0.49/kWh", "€14.03", "35 min × €0.10/min", "€3.50", "€17.53", "€14.73", "€2.80", "50 min", "NL-0417/1"):
        assert part in receipt, part


def settle_up_with(pages: Pages, world: World, row: ChargingSession) -> None:
    from app.domain.sessions.actions import collect
    from app.web.payments import find_provider

    with pages.app.app_context():
        provider = find_provider("test")
    with world.work(world.system()) as work:
        collect(work, row.id, provider)


def _plug_in(world: World, row: ChargingSession) -> None:
    world.clock.set(PLUGGED + timedelta(hours=1))
    with world.owner() as session:
        found = session.get_one(ChargingSession, row.id)
        found.state, found.started_at, found.meter_start_wh, found.energy_wh = "charging", PLUGGED, 100_000, 10_000
        found.running_gross_minor, found.last_reading_at, found.power_w = 490, world.clock(), 9_000
        phase(session, found, PLUGGED, "Charging", 0)


def _full(world: World, row: ChargingSession) -> None:
    world.clock.set(FULL)
    with world.owner() as session:
        found = session.get_one(ChargingSession, row.id)
        found.energy_wh, found.charging_state = 28_640, "SuspendedEV"
        phase(session, found, FULL, "SuspendedEV", 28_640)


def _unplug(world: World, row: ChargingSession) -> None:
    world.clock.set(UNPLUGGED)
    with world.owner() as session:
        found = session.get_one(ChargingSession, row.id)
        found.state, found.ended_at, found.end_received_at, found.meter_stop_wh = "stopped", UNPLUGGED, UNPLUGGED, 128_640


def test_a_double_click_is_one_session(pages: Pages, world: World) -> None:
    in_service(world)
    visitor = someone(pages)
    sent = fields(visitor.get("/q/NL-0417-1/pay"))
    first, second = (visitor.post("/q/NL-0417-1/pay", sent) for _ in range(2))
    assert first.location == second.location
    with world.owner() as session:
        assert len(session.scalars(select(ChargingSession)).all()) == 1


def test_a_price_that_changed_meanwhile_is_shown_again(pages: Pages, world: World) -> None:
    in_service(world)
    visitor = someone(pages)
    sent = fields(visitor.get("/q/NL-0417-1/pay"))
    seen = visitor.post("/q/NL-0417-1/pay", sent | {"version": str(world.cast.operator.id)})
    assert seen.status == 409
    assert "price has changed" in seen.words
    with world.owner() as session:
        assert session.scalars(select(ChargingSession)).all() == []


def test_a_wrong_address_is_refused_and_kept(pages: Pages, world: World) -> None:
    in_service(world)
    visitor = someone(pages)
    sent = fields(visitor.get("/q/NL-0417-1/pay"))
    seen = visitor.post("/q/NL-0417-1/pay", sent | {"email": "jo@"})
    assert seen.status == 422
    assert "no e-mail address" in seen.words
    assert seen.one("input[name=email]")["value"] == "jo@"


def test_only_the_secret_opens_a_charge(pages: Pages, world: World) -> None:
    visitor, secret = reserved(pages, world)
    seen = visitor.get(f"/s/{secret}/")
    assert seen.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in seen.headers["X-Robots-Tag"]
    assert seen.headers["Cache-Control"] == "no-store"
    other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for path in ("", "state", "stop", "receipt", "receipt.pdf", "card", "mail"):
        assert someone(pages).get(f"/s/{other}/{path}").status == 404, path
    with world.owner() as session:
        row = session.scalars(select(ChargingSession)).one()
    assert secret not in str({c.name: getattr(row, c.name) for c in ChargingSession.__table__.columns})


def test_stopping_takes_two_steps(pages: Pages, world: World) -> None:
    visitor, secret = reserved(pages, world)
    with world.owner() as session:
        row = session.scalars(select(ChargingSession)).one()
    _plug_in(world, row)
    in_service(world, status="Charging")
    asked = visitor.get(f"/s/{secret}/stop")
    assert "Stop now" in asked.words
    assert stored(world, row.id).state == "charging"
    sent = visitor.post(f"/s/{secret}/stop", fields(asked))
    assert sent.status == 303
    with world.owner() as session:
        actions = session.execute(text("select action from station_command order by created_at")).scalars().all()
    assert actions == ["remote_start", "remote_stop"]
    in_service(world, status="Charging", connected=False)
    late = visitor.post(f"/s/{secret}/stop", fields(visitor.get(f"/s/{secret}/stop")))
    assert late.status == 422
    assert "no connection" in late.words


def test_cancelling_before_it_starts_gives_the_reserve_back(pages: Pages, world: World) -> None:
    visitor, secret = reserved(pages, world)
    visitor.post(f"/s/{secret}/stop", fields(visitor.get(f"/s/{secret}/stop")))
    seen = visitor.get(f"/s/{secret}/").words
    assert "Not started" in seen
    assert "€45.00 are released now" in seen


def test_scanning_again_finds_the_running_charge(pages: Pages, world: World) -> None:
    visitor, secret = reserved(pages, world)
    assert "Your charging is under way" in visitor.get("/q/NL-0417-1").words
    assert visitor.get("/charge").location == f"/s/{secret}/"
    assert "Your charging is under way" not in someone(pages).get("/q/NL-0417-1").words


def test_the_stream_may_be_opened_for_the_secret(pages: Pages, world: World, redis_client: object) -> None:
    from app.live.secrets import secret_key_of

    visitor, secret = reserved(pages, world)
    seen = visitor.get(f"/s/{secret}/")
    assert seen.stream == f"/live/session/{secret}?lang=en"
    with world.owner() as session:
        row = session.scalars(select(ChargingSession)).one()
    assert redis_client.get(secret_key_of(secret)).decode() == str(row.id)  # type: ignore[attr-defined]


def test_who_gives_an_address_gets_the_link_once(pages: Pages, world: World) -> None:
    in_service(world)
    visitor = someone(pages)
    sent = fields(visitor.get("/q/NL-0417-1/pay")) | {"email": "Jo@Example.org"}
    for _ in range(2):
        visitor.post("/q/NL-0417-1/pay", sent)
    with world.owner() as session:
        mails = session.execute(text("select to_address from mail_message")).scalars().all()
    assert mails == ["Jo@example.org"]


def test_the_link_comes_by_mail(pages: Pages, world: World) -> None:
    visitor, secret = reserved(pages, world)
    sent = visitor.post(f"/s/{secret}/mail", {"email": "jo@example.org"})
    assert sent.status == 303
    with world.owner() as session:
        mail = session.execute(text("select to_address, body_text from mail_message")).one()
    assert mail.to_address == "jo@example.org"
    assert f"/s/{secret}/" in mail.body_text


def test_a_webhook_without_signature_changes_nothing(pages: Pages, world: World) -> None:
    client = pages.app.test_client()
    assert client.post("/webhooks/payments/test", data=b'{"id":"e","kind":"hold.reserved","ref":"r"}').status_code == 400
    assert client.post("/webhooks/payments/nobody", data=b"{}").status_code == 404
    with world.owner() as session:
        assert session.scalars(select(Webhook)).all() == []


def test_a_label_is_checked_by_its_code(pages: Pages, world: World) -> None:
    with world.owner() as session:
        code = world.cast.evse(session, "NL-0417").check_code
    seen = someone(pages).get(f"/check/{code.lower()}")
    assert "NL-0417/1, Marktplatz 3" in seen.words
    wrong = someone(pages).get("/check/000000")
    assert wrong.status == 404
    assert "Do not pay" in wrong.words


def test_a_receipt_is_found_by_label_day_and_card_and_nothing_else_says_more(pages: Pages, world: World) -> None:
    _visitor, _secret = reserved(pages, world)
    with world.owner() as session:
        row = session.scalars(select(ChargingSession)).one()
    _plug_in(world, row)
    _full(world, row)
    _unplug(world, row)
    with world.work(world.system()) as work:
        rate(work, row.id)
    settle_up_with(pages, world, row)
    asked = {"label": "nl 417/1", "day": "2026-10-14", "last4": "4242"}
    found = someone(pages)
    assert found.post("/receipts", asked).location == "/receipts/found"
    assert "€17.53" in found.get("/receipts/found").words
    for wrong in ({"last4": "4243"}, {"day": "2026-10-13"}, {"label": "NL-0501"}, {"label": "NL-9999"}):
        seen = someone(pages).post("/receipts", asked | wrong)
        assert seen.status == 422
        assert "No receipt found for these details." in seen.words
    assert someone(pages).get("/receipts/found").status == 404


def test_tries_for_receipts_are_limited(pages: Pages, world: World) -> None:
    for _ in range(10):
        someone(pages).post("/receipts", {"code": "S-0000000", "email": "a@example.org"})
    assert someone(pages).post("/receipts", {"code": "S-0000000", "email": "a@example.org"}).status == 429


def test_a_session_whose_end_got_lost_does_not_keep_a_free_outlet(pages: Pages, world: World) -> None:
    charge(world, state="charging", ended_at=None)
    in_service(world)
    assert "Continue to payment" in someone(pages).get("/q/NL-0417-1").words
    in_service(world, status="Preparing")
    assert "Somebody is charging here" in someone(pages).get("/q/NL-0417-1").words
