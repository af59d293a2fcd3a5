"""A driver's own pages: invited, told what the company sees, in by a mail link, what is left, cards, and nobody else's."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, text

from app.access.actor import system
from app.domain.drivers.models import Driver
from app.domain.drivers.rows import DriverRow
from app.domain.people.models import MailMessage
from app.tasks.drivers import sign_in, welcome
from tests.cast import World
from tests.domain.sessions.test_company_drivers import card, company, driver, ended, rated
from tests.pages import Pages, Visitor

TOKEN = re.compile(r"/me/(join|enter)/([A-Za-z0-9_-]{43})")


@pytest.fixture
def dora(world: World) -> DriverRow:
    """Invited by Sommer: 100.00 a month."""
    company(world)
    return driver(world, agreed=False)


def last_link(world: World) -> str:
    with world.owner() as session:
        mail = session.scalars(select(MailMessage).order_by(MailMessage.created_at.desc(), MailMessage.id.desc())).first()
    found = TOKEN.search(mail.body_text if mail else "")
    assert found, mail and mail.body_text
    return found[0]


def invited(world: World, d: DriverRow) -> str:
    with world.work(world.system()) as work:
        welcome(work, str(d.id))
    return last_link(world)


def german(pages: Pages) -> Visitor:
    visitor = pages.nobody()
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    return visitor


def inside(pages: Pages, world: World, d: DriverRow) -> Visitor:
    """The driver's phone after accepting."""
    phone, link = german(pages), invited(world, d)
    assert phone.post(link, {"answer": "accepted"}).status == 303
    return phone


def test_the_invitation_tells_what_the_company_sees_and_works_once(pages: Pages, world: World, dora: DriverRow) -> None:
    assert card(world, dora)[0] == "blocked", "nobody is billed before the driver has answered"
    phone, link = german(pages), invited(world, dora)
    shown = phone.get(link)
    assert shown.status == 200
    for said in (
        "Bis 100,00 € pro Kalendermonat.",
        "die Summe, die Sie im Monat auf seine Rechnung laden",
        "Nicht, wann und wo Sie anderswo laden",
    ):
        assert said in shown.words.replace("\xa0", " ")
    assert phone.post(link, {"answer": "vielleicht"}).status == 422
    assert card(world, dora)[0] == "blocked"
    done = phone.post(link, {"answer": "accepted"})
    assert (done.status, done.location) == (303, "/me")
    assert card(world, dora)[:2] == ("accepted", "corporate")
    assert "Firma, übrig im Oktober 2026 100,00 €" in " ".join(phone.get("/me").words.replace("\xa0", " ").split())
    assert german(pages).get(link).status == 410
    assert german(pages).post(link, {"answer": "left"}).status == 410


def test_a_driver_may_decline_and_leave(pages: Pages, world: World, dora: DriverRow) -> None:
    phone, link = german(pages), invited(world, dora)
    assert phone.post(link, {"answer": "declined"}).status == 303
    assert card(world, dora) == ("accepted", None, None), "at the driver's own cost"
    assert phone.post("/me/company", {"answer": "accepted"}).status == 303
    assert phone.post("/me/company", {"answer": "left"}).status == 303
    assert phone.post("/me/company", {"answer": "declined"}).status == 409
    assert "Sie laden nicht auf Rechnung von" in phone.get("/me/company").words
    assert "ausgetreten" in pages.as_("moritz").get(f"/partner/{world.cast.partners['sommer'].code}/drivers/{dora.code}").words


def test_a_link_by_mail_lets_in_and_unknown_addresses_get_the_same_answer(pages: Pages, world: World, dora: DriverRow) -> None:
    phone = german(pages)
    answers = [phone.post("/me/sign-in", {"email": email}).words for email in ("dora@sommer.example", "niemand@sommer.example")]
    assert answers[0] == answers[1]
    with world.work(system(None)) as work:
        sign_in(work, "niemand@sommer.example")
    with world.owner() as session:
        assert session.scalars(select(MailMessage)).all() == []
    mailed(world, "dora@sommer.example")
    link = last_link(world)
    assert phone.get("/me").location == "/me/sign-in"
    assert "Hallo Dora" in phone.get(link).words
    assert phone.post(link).status == 303
    assert phone.get("/me").status == 200
    assert german(pages).post(link).status == 410
    mailed(world, "dora@sommer.example")
    world.clock.move(minutes=31)
    assert german(pages).get(last_link(world)).status == 410
    assert german(pages).get("/me/enter/" + "x" * 43).status == 404
    with world.owner() as session:
        session.execute(text("update driver set email = 'neu@sommer.example'"))
    assert phone.get("/me").location == "/me/sign-in", "another address, another person"


def mailed(world: World, email: str) -> None:
    """What the job does, as the worker's role: it sees every operator's drivers."""
    with world.owner() as session:
        operator_id = session.scalars(select(Driver.operator_id)).first()
    with world.work(system(operator_id)) as work:
        sign_in(work, email)


def test_what_is_left_follows_each_charge_and_ends_with_an_offer(pages: Pages, world: World, dora: DriverRow) -> None:
    """62.40, 28.10, 31.00 of 100.00: 37.60, 9.50, 0.00 left; 21.50 of the third are the driver's."""
    phone = inside(pages, world, dora)
    lefts = []
    for gross, hour in ((62_40, 9), (28_10, 7), (31_00, 5)):
        last = rated(world, ended(world, dora, gross, hour))
        figures = [dd.get_text(" ", strip=True).replace("\xa0", " ") for dd in phone.get("/me").soup.select("dl.figures dd")]
        lefts.append(figures[0])
    assert lefts == ["37,60 €", "9,50 €", "0,00 €"]
    seen = phone.get("/me").words.replace("\xa0", " ")
    assert "Sie können auf eigene Kosten laden" in seen
    assert "21,50 €" in seen
    assert phone.post("/me", {"label": "NL-0417/2"}).location == "/q/NL-0417-2"
    assert phone.post("/me", {"label": "xx"}).status == 422
    with world.owner() as session:
        code = session.execute(text("select code from charging_session where id = :id"), {"id": last}).scalar_one()
    one = " ".join(phone.get(f"/me/sessions/{code}").words.replace("\xa0", " ").split())
    assert "9,50 €" in one
    assert "Sie noch nicht bezahlt · Jetzt zahlen 21,50 €" in one
    assert len(phone.get("/me/sessions").soup.select("li.card")) == 3
    assert "Von Ihnen zu zahlen 21,50 €" in phone.get("/me/wallet").words.replace("\xa0", " ")
    emil = driver(world, "Emil", agreed=False)
    other = inside(pages, world, emil)
    assert other.get(f"/me/sessions/{code}").status == 404
    assert other.get("/me/sessions").soup.select("li.card") == []


def test_a_lost_card_is_blocked_by_its_driver_and_nobody_else(pages: Pages, world: World, dora: DriverRow) -> None:
    phone, other = inside(pages, world, dora), inside(pages, world, driver(world, "Emil", agreed=False))
    with world.owner() as session:
        key = session.execute(text("select id from id_token where driver_id = :id"), {"id": dora.id}).scalar_one()
    assert other.post(f"/me/cards/{key}/lost").status == 404
    assert phone.post(f"/me/cards/{key}/lost").status == 303
    with world.owner() as session:
        assert session.execute(text("select status from id_token where id = :id"), {"id": key}).scalar_one() == "blocked"
        assert session.execute(text("select count(*) from audit_entry where act = 'CardChanged'")).scalar_one() >= 1
    assert "gesperrt" in phone.get("/me/cards").words
    assert phone.post("/me/sign-out").status == 303
    assert phone.get("/me/cards").location == "/me/sign-in"


def test_staff_find_drivers_of_all_partners(pages: Pages, world: World, dora: DriverRow) -> None:
    driver(world, "Emil", corporate=False)
    fiona = pages.as_("fiona")
    with pages.counting() as queries:
        shown = fiona.get("/cpo/drivers")
    assert [a.get_text() for a in shown.soup.select("main tbody th a")] == ["Dora", "Emil"]
    before = len(queries)
    for number in range(20):
        driver(world, f"Fahrer {number:02}", corporate=False, email=f"f{number}@sommer.example", card=f"CARD{number:02}")
    with pages.counting() as queries:
        fiona.get("/cpo/drivers")
    assert len(queries) <= before, "the same number of statements for 22 drivers as for two"
    assert [a.get_text() for a in fiona.get("/cpo/drivers?company=invited").soup.select("main tbody th a")] == ["Dora"]
    assert [a.get_text() for a in fiona.get("/cpo/drivers?text=emil").soup.select("main tbody th a")] == ["Emil"]
    assert (
        "Keine Fahrer passen" in fiona.get("/cpo/drivers?partner=P-XXXX").words
        or fiona.get("/cpo/drivers?partner=P-XXXX").soup.select("main tbody tr") == []
    )
    lines = fiona.get("/cpo/drivers.csv?text=dora").text.strip().splitlines()
    assert len(lines) == 2
    assert "d…@sommer.example" in lines[1], "an address is shown on request only"
    assert fiona.get(f"/cpo/drivers/{dora.code}").location.endswith(f"/drivers/{dora.code}")
    assert pages.as_("theo").get("/cpo/drivers").status == 403
    assert pages.as_("fiona").get("/cpo/drivers/D-XXXXXXX").status == 404


def test_inviting_again_sends_a_new_link(pages: Pages, world: World, dora: DriverRow) -> None:
    here = f"/partner/{world.cast.partners['sommer'].code}/drivers/{dora.code}"
    first = invited(world, dora)
    assert german(pages).post(first, {"answer": "declined"}).status == 303
    assert pages.as_("moritz").post(f"{here}/invite").status == 303
    assert card(world, dora)[0] == "blocked"
    assert german(pages).post(invited(world, dora), {"answer": "accepted"}).status == 303
    assert pages.as_("moritz").post(f"{here}/invite").status == 409
