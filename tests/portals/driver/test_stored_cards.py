"""A driver's stored card: consent, what is kept of it, charged after each charge, said no to, asked first, late, twice, and forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.domain.drivers.rows import DriverRow
from app.domain.payments.actions import keep_webhook
from app.domain.payments.models import Payment, StoredCard
from app.domain.payments.port import HoldWish, ProviderRefused, WebhookEvent
from app.domain.payments.testcard.models import CardEvent, CardHold
from app.domain.people.models import MailMessage
from app.tasks import payments
from tests.cast import World
from tests.domain.sessions.arrange import CONFIRM, DECLINED, LATE, TWICE, VISA, legs, provider
from tests.domain.sessions.test_company_drivers import card, company, driver, ended, rated
from tests.domain.settlement.test_refunds import run_jobs
from tests.pages import Pages, Seen, Visitor
from tests.portals.driver.test_me import german, inside

SAYS_NO, ASKS_FIRST = "4000000000000341", "4000002760003184"
KEYS = iter(f"{n:032x}" for n in range(1, 1000))


@pytest.fixture
def dora(world: World) -> Iterator[DriverRow]:
    """Sommer pays 9.50 a month for her."""
    company(world, driver_limit_minor=9_50)
    payments.install(world.settings, {"test": provider(world)})
    yield driver(world, agreed=False, language="de")
    payments._installed.clear()


@pytest.fixture
def phone(pages: Pages, world: World, dora: DriverRow) -> Visitor:
    return inside(pages, world, dora)


def words(seen: Seen) -> str:
    return " ".join(seen.words.replace("\xa0", " ").split())


def kept(world: World) -> list[StoredCard]:
    with world.owner() as session:
        return list(session.scalars(select(StoredCard).order_by(StoredCard.created_at, StoredCard.id)))


def last_payment(world: World) -> Payment:
    with world.owner() as session:
        return session.scalars(select(Payment).order_by(Payment.id.desc())).first() or pytest.fail("no payment")


def store(world: World, phone: Visitor, number: str = VISA, name: str = "Privat") -> StoredCard:
    """Through the pages: consent, the provider's page, and the event's job."""
    asked = phone.post("/me/wallet/cards", {"name": name, "consent": "y", "one_time_key": next(KEYS)})
    assert asked.status == 303, asked.words
    ref = phone.get(asked.location).location.rpartition("/")[2]
    back = phone.post(f"/test-provider/{ref}", {"number": number, "expiry": "12/30", "code": "123"})
    if number == CONFIRM:
        assert "darf die Karte …3155 gespeichert" in words(phone.get(back.location)).replace("Darf", "darf")
        back = phone.post(f"/test-provider/{ref}/confirm", {"answer": "yes"})
    world.clock.move(seconds=1)
    with world.work(world.system()) as work:
        payments.ask_card(work, asked.location.split("/")[-2])
    return next(row for row in kept(world) if row.id == UUID(asked.location.split("/")[-2]))


def charged(world: World, d: DriverRow, gross: int = 31_00, hour: int = 5) -> UUID:
    """A charge, priced, and what follows for the card."""
    done = rated(world, ended(world, d, gross, hour))
    run_jobs(world, "payments.charge_own")
    run_jobs(world, "payments.charge_stored")
    run_jobs(world, "payments.capture_own")
    return done


def mails(world: World) -> list[MailMessage]:
    run_jobs(world, "drivers.owes")
    with world.owner() as session:
        return list(session.scalars(select(MailMessage).where(MailMessage.body_text.contains("fürs Laden bei")).order_by(MailMessage.id)))


def test_stored_with_consent_and_nothing_but_token_brand_digits_and_expiry(world: World, phone: Visitor) -> None:
    shown = phone.get("/me/wallet/cards/new")
    assert "Nach jedem Ladevorgang bei Sommer wird mein eigener Anteil von dieser Karte abgebucht" in words(shown)
    refused = phone.post("/me/wallet/cards", {"name": "Privat", "one_time_key": next(KEYS)})
    assert (refused.status, refused.one("#consent")["type"]) == (422, "checkbox")
    assert "Eine Karte wird nur gespeichert, wenn Sie zustimmen." in words(refused)
    assert phone.post("/me/wallet/cards", {"name": "x" * 41, "consent": "y", "one_time_key": next(KEYS)}).status == 422
    assert kept(world) == []
    row = store(world, phone)
    assert (row.state, row.card_brand, row.card_last4, row.expires_on, row.is_default) == (
        "stored",
        "Visa",
        "4242",
        date(2030, 12, 31),
        True,
    )
    assert row.consent.startswith("Meine Karte wird beim Zahlungsanbieter gespeichert.")
    assert row.consent_at is not None
    with world.owner() as session:
        for table in ("stored_card", "testprovider_hold", "testprovider_event", "audit_entry", "job"):
            dump = session.scalar(text(f"select string_agg(t::text, ' ') from {table} t")) or ""
            assert VISA not in dump.replace(" ", ""), table
        assert session.scalars(select(CardHold)).one().amount_minor == 0, "nothing is reserved for storing"
    wallet = words(phone.get("/me/wallet"))
    assert "Privat Visa …4242 gültig bis 31.12.2030 Zahlt Ihren Anteil nach jedem Ladevorgang." in wallet


def test_pays_after_the_charge_what_is_above_the_companys_part(world: World, phone: Visitor, dora: DriverRow) -> None:
    """31.00 − 9.50 = 21.50 by card; the next, 4.00, is hers wholly."""
    store(world, phone, CONFIRM)
    charged(world, dora)
    held = last_payment(world)
    assert (held.state, held.captured_minor, held.card_last4) == ("charged", 21_50, "3155")
    assert (legs(world)["psp_clearing"], legs(world)["driver_receivable"]) == (21_50, 9_50)
    assert "Nichts zu zahlen." in words(phone.get("/me/wallet"))
    done = charged(world, dora, 4_00, 3)
    assert legs(world)["psp_clearing"] == 25_50, "21.50 + 4.00"
    with world.work(world.system()) as work:
        assert payments.charge_own(work, str(dora.id), str(done), "EUR")["payment"] == str(last_payment(world).id), "again: the same"
    assert mails(world) == []


def test_a_decline_is_a_debt_with_a_mail_and_a_link_to_pay(pages: Pages, world: World, phone: Visitor, dora: DriverRow) -> None:
    store(world, phone, SAYS_NO)
    charged(world, dora)
    assert (last_payment(world).state, card(world, dora)[0]) == ("failed", "blocked")
    mail = mails(world)[0]
    assert "Ihre Bank hat die Zahlung von 21,50 € fürs Laden bei Sommer mit Visa …0341 abgelehnt." in mail.body_text.replace("\xa0", " ")
    link = (re.search(r"/me/enter/[A-Za-z0-9_-]{43}", mail.body_text) or pytest.fail(mail.body_text))[0]
    world.clock.move(days=13)
    other = german(pages)
    assert "Hallo Dora" in words(other.get(link))
    assert (other.post(link).location, other.get("/me/wallet").status) == ("/me/wallet", 200)
    assert german(pages).get(link).status == 410, "once"
    gone = other.post("/me/pay", {"currency": "EUR", "one_time_key": next(KEYS)})
    ref = other.get(gone.location).location.rpartition("/")[2]
    other.post(f"/test-provider/{ref}", {"number": VISA, "expiry": "12/30", "code": "123"})
    with world.work(world.system()) as work:
        payments.ask(work, str(last_payment(world).id))
    run_jobs(world, "payments.capture_own")
    assert (legs(world)["psp_clearing"], len(mails(world))) == (21_50, 1)


def test_a_bank_that_asks_first_is_answered_on_the_same_payment(world: World, phone: Visitor, dora: DriverRow) -> None:
    store(world, phone, ASKS_FIRST)
    charged(world, dora)
    held = last_payment(world)
    assert held.state == "to_confirm"
    assert "bittet Sie, die Zahlung von 21,50 €" in mails(world)[0].body_text.replace("\xa0", " ")
    gone = phone.post("/me/pay", {"currency": "EUR", "one_time_key": next(KEYS)})
    assert str(held.id) in gone.location, "the same payment, so that nobody pays twice"
    ref = phone.get(gone.location).location.rpartition("/")[2]
    phone.post(f"/test-provider/{ref}/confirm", {"answer": "yes"})
    with world.work(world.system()) as work:
        payments.ask(work, str(held.id))
    run_jobs(world, "payments.capture_own")
    assert (last_payment(world).state, legs(world)["psp_clearing"]) == ("charged", 21_50)


@pytest.mark.parametrize("number", [LATE, TWICE])
def test_late_and_repeated_events_charge_once(world: World, phone: Visitor, dora: DriverRow, number: str) -> None:
    store(world, phone, number)
    charged(world, dora)
    held = last_payment(world)
    assert held.state == ("created" if number == LATE else "charged")
    if number == LATE:
        assert "Ihre Karte wird belastet." in words(phone.get("/me/wallet"))
        assert phone.post("/me/pay", {"currency": "EUR", "one_time_key": next(KEYS)}).status == 409
    with world.owner() as session:
        event = session.scalars(select(CardEvent).order_by(CardEvent.due_at.desc(), CardEvent.id.desc())).first()
        assert event is not None
        assert event.copies == (2 if number == TWICE else 1)
    for _ in range(2):
        with world.work(world.system()) as work:
            keep_webhook(work, "test", WebhookEvent(event.event_id, event.kind, event.body["ref"]))
        run_jobs(world, "payments.webhook")
        run_jobs(world, "payments.capture_own")
    assert (last_payment(world).state, legs(world)["psp_clearing"], len(mails(world))) == ("charged", 21_50, 0)


def test_name_choose_and_remove(world: World, phone: Visitor, dora: DriverRow) -> None:
    first, second = store(world, phone), store(world, phone, TWICE, "Zweite")
    assert phone.post(f"/me/wallet/cards/{second.id}", {"name": "Neue"}).status == 303
    assert phone.post(f"/me/wallet/cards/{second.id}", {"name": "x" * 41}).one("#name")["aria-invalid"] == "true"
    assert phone.post(f"/me/wallet/cards/{second.id}/default").status == 303
    assert [(row.name, row.is_default) for row in kept(world)] == [("Privat", False), ("Neue", True)]
    assert phone.post(f"/me/wallet/cards/{second.id}/remove").status == 303
    run_jobs(world, "payments.forget_card")
    one, two = kept(world)
    assert (one.is_default, two.state, two.token, two.card_last4, two.provider_ref, two.name) == (True, "removed", None, None, None, "")
    assert two.consent, "what was agreed to stays as proof"
    with pytest.raises(ProviderRefused, match="unknown_card"):
        provider(world).authorize(HoldWish("k", 100, "EUR", "s", "d", "de", "http://x/", second.token))
    assert phone.get(f"/me/wallet/cards/{second.id}").status == 404
    rated(world, ended(world, dora, 31_00, 5))
    refused = phone.post(f"/me/wallet/cards/{first.id}/remove")
    assert (refused.status, "Das ist Ihre einzige Karte, und es ist noch etwas zu zahlen." in words(refused)) == (409, True)


def test_a_declined_card_is_not_stored_and_an_old_page_is_given_up(world: World, phone: Visitor, dora: DriverRow) -> None:
    row = store(world, phone, DECLINED)
    assert (row.state, row.token, row.is_default) == ("failed", None, False)
    assert "Ihre Bank hat die Karte abgelehnt." in words(phone.get("/me/wallet"))
    charged(world, dora)
    assert "Mit einer gespeicherten Karte geschieht das" in mails(world)[0].body_text, "no card: told what to pay"
    world.clock.move(minutes=31)
    with world.work(world.system()) as work:
        payments.ask_card(work, str(row.id))
    assert kept(world)[0].state == "removed"


def test_nobody_elses_card_and_not_the_partners_business(pages: Pages, world: World, phone: Visitor, dora: DriverRow) -> None:
    row = store(world, phone)
    emil = inside(pages, world, driver(world, "Emil", agreed=False))
    for path in (f"/me/wallet/cards/{row.id}", f"/me/wallet/cards/{row.id}/page"):
        assert emil.get(path).status == 404
    for act in ("", "/default", "/remove"):
        assert emil.post(f"/me/wallet/cards/{row.id}{act}", {"name": "Meine"}).status == 404
    with world.tenant(world.actor("moritz")) as session:
        assert session.execute(text("select 1 from stored_card")).first() is None, "the employer sees no private card"
    data = f"/partner/{world.cast.partners['sommer'].code}/drivers/{dora.code}/data.json"
    assert json.loads(pages.as_("moritz").get(data).text)["cards_to_pay"] == []
    staff = f"/cpo/partners/{world.cast.partners['sommer'].code}/drivers/{dora.code}"
    assert json.loads(pages.as_("carla").get(f"{staff}/data.json").text)["cards_to_pay"][0]["last4"] == "4242"
    assert pages.as_("moritz").post(data.replace("data.json", "erase"), {"code": dora.code}).status == 303
    run_jobs(world, "payments.forget_cards")
    run_jobs(world, "payments.forget_card")
    gone = kept(world)[0]
    assert (gone.state, gone.token, gone.card_brand, gone.card_last4, gone.expires_on, gone.name) == ("removed", None, None, None, None, "")
    with world.owner() as session:
        assert session.scalars(select(CardHold.token)).all() == [None], "forgotten at the provider too"
