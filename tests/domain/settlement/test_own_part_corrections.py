"""What goes back to a company's driver is corrected on paper, to the cent with the statement; a balance's part has a paper too."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from app.domain.drivers.balance import add_balance
from app.domain.drivers.rows import DriverRow
from app.domain.invoices.models import Document
from app.domain.people.models import MailMessage
from app.domain.sessions.models import ChargingSession
from app.domain.settlement.drafting import build, check_books
from app.domain.settlement.refunding import RefundInput, plan_refund
from app.kernel.periods import Month
from app.money.purse import driver_cut
from app.money.vat import VatGroup
from tests.cast import World
from tests.domain.sessions.arrange import legs, pay, stored
from tests.domain.sessions.test_company_drivers import driver, ended, rated
from tests.domain.sessions.test_own_part import card_page, heard, wanted
from tests.domain.sessions.test_own_part_papers import inside_as
from tests.domain.settlement.test_netting import closed
from tests.domain.settlement.test_refund_shares import dora, give
from tests.domain.settlement.test_refunds import run_jobs
from tests.pages import Pages
from tests.portals.driver.test_me import inside

__all__ = ["dora"]
PAPERS = ("documents.own_part", "documents.correction")


def papers(world: World, kind: str = "correction") -> list[Document]:
    run_jobs(world, *PAPERS)
    with world.owner() as session:
        return list(session.scalars(select(Document).where(Document.kind == kind).order_by(Document.number)))


def sums(paper: Document) -> tuple[int, int, int]:
    return paper.net_minor, paper.vat_minor, paper.gross_minor


def paid(world: World, d: DriverRow) -> ChargingSession:
    """31.00 = 26.05 + 4.95: 9.50 (7.98 + 1.52) by the company, 21.50 (18.07 + 3.43) by Dora's card."""
    session_id = rated(world, ended(world, d, 31_00, 5))
    row = wanted(world, d)
    pay(world, card_page(world, row))
    heard(world, row)
    return stored(world, session_id)


def by_balance(world: World, d: DriverRow) -> UUID:
    """12.00 = 10.08 + 1.92: 9.50 (7.98 + 1.52) by the company, 2.50 (2.10 + 0.40) by a balance of 4.00."""
    with world.work("moritz") as work:
        add_balance(work, d.partner_id, d.code, 4_00, "Start", key="k")
    return rated(world, ended(world, d, 12_00, 5))


def test_the_cut_is_the_own_part_before_and_after() -> None:
    """25.00 back of 31.00: the driver's 21.50 whole, and 3.50 (2.94 + 0.56) of the company: 21.01 + 3.99 together."""
    nineteen = Decimal(19)
    before, after = [VatGroup(nineteen, 26_05, 4_95, 31_00)], [VatGroup(nineteen, 5_04, 96, 6_00)]
    assert driver_cut(before, after, 9_50, 6_00) == [VatGroup(nineteen, -18_07, -3_43, -21_50)]
    assert driver_cut(before, [VatGroup(nineteen, 0, 0, 0)], 9_50, 0) == [VatGroup(nineteen, -18_07, -3_43, -21_50)], "cancelled"
    # 30.00: 20.00 at 19 % and 10.00 at 7 %, 10.00 by the company; 6.00 of the 19 % go back: all to the driver, as the statement has no line
    two = [VatGroup(Decimal(7), 9_35, 65, 10_00), VatGroup(nineteen, 16_81, 3_19, 20_00)]
    left = [VatGroup(Decimal(7), 9_35, 65, 10_00), VatGroup(nineteen, 11_76, 2_24, 14_00)]
    cut = driver_cut(two, left, 10_00, 10_00)
    assert sum(rate.gross for rate in cut) == -6_00
    # the company's 10.00 are 3.33 and 6.67 before, 4.17 and 5.83 after: the driver has 0.84 less of 7 % and 5.16 less of 19 %
    assert [rate.gross for rate in cut] == [-84, -5_16]


def test_what_goes_back_to_the_card_is_corrected_with_the_companys_statement(pages: Pages, world: World, dora: DriverRow) -> None:
    """25.00 back of 31.00: 21.50 (18.07 + 3.43) on Dora's paper, 3.50 (2.94) on Sommer's statement of November; 21.01 together."""
    row = paid(world, dora)
    (receipt,) = papers(world, "own_part")
    world.clock.set(datetime(2026, 11, 5, 9, 0, tzinfo=UTC))
    closed(world, "sommer", Month(2026, 10))
    with world.work("fiona") as work:
        assert plan_refund(work, row.code, RefundInput(25_00, None, "goodwill", "")).receipt == receipt.number
    give(world, row.id, 25_00)
    (paper,) = papers(world)
    assert (paper.number, paper.corrects_id, paper.partner_id) == ("KO-2026-000001", receipt.id, None)
    assert sums(paper) == (-18_07, -3_43, -21_50)
    assert paper.content["taxes"] == [{"pct": "19", "net_minor": -18_07, "vat_minor": -3_43, "gross_minor": -21_50}]
    assert paper.content["parts"] == {"whole_minor": -25_00, "company_minor": 3_50, "balance_minor": 0}
    assert (paper.content["payback_minor"], paper.content["card"]["last4"]) == (21_50, "4242")
    assert sum(line["cut_minor"] for line in paper.content["lines"]) + 3_50 == paper.gross_minor, "the lines add up"
    with world.owner() as session:
        mail = session.scalars(select(MailMessage).where(MailMessage.subject.contains("KO-2026-000001"))).one()
    assert (mail.to_address, receipt.number in mail.body_text, len(mail.document_ids)) == ("dora@sommer.example", True, 1)
    world.clock.set(datetime(2026, 12, 4, 9, 0, tzinfo=UTC))
    line = next(one for one in closed(world, "sommer", Month(2026, 11)).answer["expenses"] if one["kind"] == "corporate_session")
    assert (line["gross"], line["net"]) == ("-3.50", "-2.94")
    assert -18_07 - 2_94 == -21_01, "the refund's net: 26.05 − 5.04"
    with world.work(world.system()) as work:
        partner = world.cast.partners["sommer"]
        check_books(work.session, partner.id, "EUR", build(work.session, partner, Month(2026, 12), "EUR"))
    assert legs(world)["driver_receivable"] == 0


def test_found_on_the_drivers_pages_and_nobody_elses(pages: Pages, world: World, dora: DriverRow) -> None:
    row = paid(world, dora)
    give(world, row.id, 10_00)
    (paper,) = papers(world)
    own, other = inside_as(pages, world, dora), inside(pages, world, driver(world, "Emil", agreed=False))
    seen = own.get(f"/me/sessions/{row.code}").words.replace("\xa0", " ")
    assert f"Rechnungskorrektur {paper.number}: −10,00 €" in seen
    address = f"/me/sessions/{row.code}/papers/{paper.number}.pdf"
    assert own.client.get(address).data[:4] == b"%PDF"
    assert other.get(address).status == 404
    for who, partner in (("olga", "sommer"), ("willi", "winter")):
        found = pages.as_(who).get(f"/partner/{world.cast.partners[partner].code}/documents/{paper.number}.pdf")
        assert found.status == 404, "what a driver pays is neither the employer's nor a stranger's business"
    assert paper.number in pages.as_("fiona").get("/cpo/documents?kind=correction").text


def test_two_refunds_add_up_to_the_paper(world: World, dora: DriverRow) -> None:
    """10.00 and 15.00: 8.40 + 1.60 and 9.67 + 1.83 are the paper's 18.07 + 3.43; the company's 3.50 more have no paper of hers."""
    row = paid(world, dora)
    give(world, row.id, 10_00)
    give(world, row.id, 15_00, "b")
    give(world, row.id, 6_00, "c")
    assert [sums(paper) for paper in papers(world)] == [(-8_40, -1_60, -10_00), (-9_67, -1_83, -11_50)]
    assert sums(papers(world, "own_part")[0]) == (18_07, 3_43, 21_50), "stays as it is"


def test_what_a_balance_paid_whole_has_a_paper_and_a_correction(world: World, dora: DriverRow) -> None:
    """2.50 (2.10 + 0.40) of the balance; 2.00 back leave 10.00 (8.40 + 1.60) less 9.50: 0.42 + 0.08, so 1.68 + 0.32 less."""
    session_id = by_balance(world, dora)
    (receipt,) = papers(world, "own_part")
    assert (receipt.number, sums(receipt), receipt.content["payment"]) == ("EA-2026-000001", (2_10, 40, 2_50), None)
    with world.owner() as session:
        mail = session.scalars(select(MailMessage).where(MailMessage.subject.contains(receipt.number))).one()
    assert mail.to_address == "dora@sommer.example"
    give(world, session_id, 2_00)
    (paper,) = papers(world)
    assert (sums(paper), paper.content["payback_minor"]) == ((-1_68, -32, -2_00), 0)
    assert (paper.content["card"], paper.content["parts"]["balance_minor"]) == (None, 2_00)
    assert legs(world)["driver_balance"] == -3_50


def test_a_refund_before_the_papers_job_has_both_papers(world: World, dora: DriverRow) -> None:
    """What was paid before the refund is the paper's, whenever the job comes to it."""
    session_id = by_balance(world, dora)
    world.clock.move(minutes=5)
    give(world, session_id, 2_00)
    assert [sums(paper) for paper in papers(world, "own_part")] == [(2_10, 40, 2_50)]
    assert [sums(paper) for paper in papers(world)] == [(-1_68, -32, -2_00)]


def test_what_is_not_paid_or_the_companys_alone_has_no_correction(world: World, dora: DriverRow) -> None:
    owed = rated(world, ended(world, dora, 31_00, 5))
    give(world, owed, 5_00)
    other = rated(world, ended(world, driver(world, "Emil"), 9_00, 4))
    give(world, other, 3_00, "b")
    assert papers(world) == []
    assert papers(world, "own_part") == []
