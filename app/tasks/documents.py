"""Issuing and rendering papers: the only place where PDFs are made for people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.documents.correction import correction_pdf
from app.documents.receipt import receipt_pdf
from app.documents.statement import statement_pdf
from app.domain.drivers.models import Driver, DriverCharge
from app.domain.invoices.actions import issue_own_part, issue_receipt, keep_file
from app.domain.invoices.queries import correction_of, document_content, documents_of
from app.domain.invoices.rows import DocumentRow
from app.domain.people.notices import Receiver, receivers
from app.domain.sessions.models import ChargingSession
from app.kernel.errors import NotFound
from app.kernel.periods import Month
from app.tasks.mailing import write_mail, write_notice
from app.tasks.registry import job
from app.text import format as fmt
from app.text.locales import speaking
from app.text.words import gettext
from app.work.unit import Work


@job("documents.receipt")
def receipt(work: Work, session_id: str) -> dict[str, Any]:
    """Issue the receipt of a finished session, render it once, and mail it where the driver left an address."""
    paper = issue_receipt(work, UUID(session_id))
    if paper.has_file:
        return {"number": paper.number}
    _receipt(work, paper, work.session.get_one(ChargingSession, UUID(session_id)).email)
    return {"number": paper.number}


@job("documents.own_part")
def own_part(work: Work, session_id: str) -> dict[str, Any]:
    """Issue the paper for what a driver paid of a charge, render it once, and mail it to the driver."""
    paper = issue_own_part(work, UUID(session_id))
    if paper.has_file:
        return {"number": paper.number}
    _receipt(work, paper, _driver_of(work, paper))
    return {"number": paper.number}


def _receipt(work: Work, paper: DocumentRow, receiver: str | None) -> None:
    """Keep the file, and send it where there is an address."""
    content = document_content(work.session, paper.id)
    body = receipt_pdf(paper.number, paper.language, paper.issued_on, paper.issued_at, content)
    keep_file(work, paper, body, session_code=content["session"]["code"])
    if receiver:
        with speaking(paper.language):
            subject = gettext("Your receipt %(number)s from %(brand)s", number=paper.number, brand=content["seller"]["brand"])
        _enclose(work, paper, "receipt", receiver, subject, c=content)


@job("documents.correction")
def correction(work: Work, refund_id: str) -> dict[str, Any]:
    """Render the paper of a refund once, and mail it where the driver left an address."""
    paper = correction_of(work.session, UUID(refund_id))
    if paper.has_file:
        return {"number": paper.number}
    content = document_content(work.session, paper.id)
    body = correction_pdf(paper.number, paper.language, paper.issued_on, paper.issued_at, content)
    keep_file(work, paper, body, session_code=content["session"]["code"])
    receiver = paper.receiver or _driver_of(work, paper)
    if receiver:
        with speaking(paper.language):
            subject = gettext(
                "Correction %(number)s of your receipt %(receipt)s", number=paper.number, receipt=content["receipt"]["number"]
            )
        _enclose(work, paper, "correction", receiver, subject, c=content)
    return {"number": paper.number}


@job("documents.statement")
def statement(work: Work, statement_id: str) -> dict[str, Any]:
    """Render the paper of an issued statement once, in the partner's language, and mail it to the billing contact and who chose it."""
    paper = next((p for p in documents_of(work.session, statement_id=UUID(statement_id)) if p.kind == "statement"), None)
    if paper is None:
        raise NotFound
    if paper.has_file:
        return {"number": paper.number}
    content = document_content(work.session, paper.id)
    keep_file(work, paper, statement_pdf(paper.number, paper.language, paper.issued_on, paper.issued_at, content))
    for to in _told(work, paper):
        with speaking(to.language):
            month = fmt.month(Month.parse(content["month"]))
            subject = gettext("Your statement for %(month)s: %(number)s", month=month, number=paper.number)
        about: dict[str, Any] = {"document_ids": (paper.id,), "paper": paper, "c": content, "month_name": month}
        write_notice(work, "statement", to, "statement", subject, partner_id=paper.partner_id, **about)
    return {"number": paper.number}


def _driver_of(work: Work, paper: DocumentRow) -> str:
    """The address of the driver who paid a part of the paper's charge; empty where there is none, or none any more."""
    charge = work.session.get(DriverCharge, paper.session_id)
    driver = work.session.get_one(Driver, charge.driver_id) if charge else None
    return driver.email if driver and driver.erased_at is None else ""


def _told(work: Work, paper: DocumentRow) -> list[Receiver]:
    """The billing contact as the paper names it, the others there are, then who chose to be told of statements."""
    contact = [Receiver(address=paper.receiver, language=paper.language, person="")] if paper.receiver else []
    of = [paper.partner_id] if paper.partner_id else []
    told = receivers(work, "statement", of, of if paper.receiver else ())
    return contact + [to for one in of for to in told[one] if to.address.lower() != paper.receiver.lower()]


def _enclose(work: Work, paper: DocumentRow, template: str, to_address: str, subject: str, **values: Any) -> None:
    """A mail with the paper as its only enclosure."""
    about: dict[str, Any] = {"partner_id": paper.partner_id, "document_ids": (paper.id,), "paper": paper}
    write_mail(work, template, to_address, paper.language, subject, **about, **values)
