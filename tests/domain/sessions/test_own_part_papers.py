"""The paper for what a driver paid of a charge: own numbers, the company's part beside it, to the cent; found again, and nobody else's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domain.drivers.rows import DriverRow
from app.domain.invoices.actions import issue_own_part
from app.domain.invoices.models import Document
from app.domain.people.models import MailMessage
from app.domain.sessions.models import ChargingSession
from app.kernel.errors import Conflict
from app.money.purse import driver_rates
from app.money.vat import VatGroup
from app.tasks.drivers import sign_in
from tests.cast import NOW, World
from tests.domain.sessions.arrange import pay, stored
from tests.domain.sessions.test_company_drivers import answer, driver
from tests.domain.sessions.test_own_part import card_page, dora, heard, wanted
from tests.domain.settlement.test_refunds import run_jobs
from tests.pages import Pages, Visitor
from tests.portals.driver.test_me import german, inside, last_link

__all__ = ["dora"]


def papers(world: World) -> list[Document]:
    with world.owner() as session:
        return list(session.scalars(select(Document).where(Document.kind == "own_part").order_by(Document.number)))


def paid(world: World, d: DriverRow) -> ChargingSession:
    """Her 21.50 of 31.00, by Visa …4242."""
    row = wanted(world, d)
    pay(world, card_page(world, row))
    heard(world, row)
    run_jobs(world, "documents.own_part")
    return stored(world, papers(world)[0].session_id)


def test_rates_add_up_with_the_companys_part() -> None:
    """10.00 at 7 % (9.35 + 0.65) and 20.00 at 19 % (16.81 + 3.19); the company pays 10.00: 3.33 (3.11 + 0.22) and 6.67 (5.61 + 1.06)."""
    rates = [VatGroup(Decimal(19), 16_81, 3_19, 20_00), VatGroup(Decimal(7), 9_35, 65, 10_00)]
    assert driver_rates(rates, 10_00) == [VatGroup(Decimal(7), 6_24, 43, 6_67), VatGroup(Decimal(19), 11_20, 2_13, 13_33)]
    # 3.00 with net 2.60 were given back before: 1.00 (0.87) of the first, 2.00 (1.73) of the second
    left = driver_rates(rates, 0, 2_60, 3_00)
    assert [(rate.net, rate.gross) for rate in left] == [(8_48, 9_00), (15_08, 18_00)]


def test_the_paper_adds_up_with_the_companys_part(world: World, dora: DriverRow) -> None:
    """31.00 = 26.05 + 4.95. The company's 9.50 = 7.98 + 1.52 on its statement; hers 21.50 = 18.07 + 3.43 on this paper."""
    row = paid(world, dora)
    paper = papers(world)[0]
    assert (paper.number, paper.net_minor, paper.vat_minor, paper.gross_minor) == ("EA-2026-000001", 18_07, 3_43, 21_50)
    assert paper.content["taxes"] == [{"pct": "19", "net_minor": 18_07, "vat_minor": 3_43, "gross_minor": 21_50}]
    assert paper.content["parts"] == {"whole_minor": 31_00, "back_minor": 0, "company_minor": 9_50, "balance_minor": 0, "own_minor": 21_50}
    company = next(each for each in answer(world, "sommer")["expenses"] if each["kind"] == "corporate_session")
    assert (company["gross"], company["net"]) == ("9.50", "7.98")
    assert (row.net_minor, row.vat_minor) == (7_98 + 18_07, 1_52 + 3_43)
    with world.work(world.system()) as work:
        assert issue_own_part(work, row.id).number == paper.number, "once"
    with world.owner() as session:
        mail = session.scalars(select(MailMessage).where(MailMessage.subject.contains("EA-2026-000001"))).one()
    assert (mail.to_address, "21,50" in mail.body_text or "21.50" in mail.body_text) == ("dora@sommer.example", True)


def test_what_is_not_paid_has_no_paper(world: World, dora: DriverRow) -> None:
    with world.owner() as session:
        key = session.scalars(select(ChargingSession.id).where(ChargingSession.driver_id == dora.id)).one()
    with world.work(world.system()) as work, pytest.raises(Conflict, match="own_part_not_paid"):
        issue_own_part(work, key)


def test_found_again_and_nobody_elses(pages: Pages, world: World, dora: DriverRow) -> None:
    row = paid(world, dora)
    number = papers(world)[0].number
    phone = german(pages)
    day = (row.ended_at or NOW).astimezone(NOW.tzinfo).date()
    for wrong in ({"code": row.code, "email": "emil@sommer.example"}, {"label": "NL-0417/1", "day": str(day), "last4": "1111"}):
        assert phone.post("/receipts", wrong).status == 422
    for found in ({"code": row.code, "email": "Dora@sommer.example"}, {"label": "NL-0417/1", "day": str(day), "last4": "4242"}):
        assert phone.post("/receipts", found).location == "/receipts/found"
        shown = phone.get("/receipts/found").words.replace("\xa0", " ")
        assert "Von der Firma gezahlt −9,50 €" in shown
        assert "Ihr Anteil mit MwSt. 21,50 €" in shown
        assert phone.client.get("/receipts/found.pdf").data[:4] == b"%PDF"
    own, other = inside_as(pages, world, dora), inside(pages, world, driver(world, "Emil", agreed=False))
    assert number in own.get(f"/me/sessions/{row.code}").words
    assert own.client.get(f"/me/sessions/{row.code}/receipt.pdf").data[:4] == b"%PDF"
    assert other.get(f"/me/sessions/{row.code}/receipt.pdf").status == 404
    sommer = world.cast.partners["sommer"].code
    pdf = pages.as_("moritz").get(f"/partner/{sommer}/documents/{number}.pdf")
    assert pdf.status == 404, "what she pays herself is not her employer's business"
    assert number in pages.as_("fiona").get("/cpo/documents?kind=own_part").text


def inside_as(pages: Pages, world: World, d: DriverRow) -> Visitor:
    """The driver's phone by a link from the mail."""
    with world.work(world.system()) as work:
        sign_in(work, d.email)
    phone = german(pages)
    phone.post(last_link(world))
    return phone
