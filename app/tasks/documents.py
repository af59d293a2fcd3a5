"""Issuing and rendering papers: the only place where PDFs are made for people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.documents.correction import correction_pdf
from app.documents.receipt import receipt_pdf
from app.documents.render import mail_bodies
from app.documents.statement import statement_pdf
from app.domain.invoices.actions import issue_receipt, keep_file
from app.domain.invoices.queries import correction_of, document_content, documents_of
from app.domain.people.outbox import Mail, queue_mail
from app.domain.sessions.models import ChargingSession
from app.kernel.errors import NotFound
from app.kernel.periods import Month
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
    content = document_content(work.session, paper.id)
    body = receipt_pdf(paper.number, paper.language, paper.issued_on, paper.issued_at, content)
    keep_file(work, paper, body, session_code=content["session"]["code"])
    row = work.session.get_one(ChargingSession, UUID(session_id))
    if row.email:
        with speaking(paper.language):
            subject = gettext("Your receipt %(number)s from %(brand)s", number=paper.number, brand=content["seller"]["brand"])
        plain, rich = mail_bodies("receipt", paper.language, c=content, paper=paper)
        queue_mail(
            work,
            Mail(
                to_address=row.email,
                subject=subject,
                body_text=plain,
                body_html=rich,
                language=paper.language,
                partner_id=paper.partner_id,
                document_ids=(paper.id,),
            ),
        )
    return {"number": paper.number}


@job("documents.correction")
def correction(work: Work, refund_id: str) -> dict[str, Any]:
    """Render the paper of a refund once, and mail it where the driver left an address."""
    paper = correction_of(work.session, UUID(refund_id))
    if paper.has_file:
        return {"number": paper.number}
    content = document_content(work.session, paper.id)
    body = correction_pdf(paper.number, paper.language, paper.issued_on, paper.issued_at, content)
    keep_file(work, paper, body, session_code=content["session"]["code"])
    if paper.receiver:
        with speaking(paper.language):
            subject = gettext(
                "Correction %(number)s of your receipt %(receipt)s", number=paper.number, receipt=content["receipt"]["number"]
            )
        plain, rich = mail_bodies("correction", paper.language, c=content, paper=paper)
        queue_mail(
            work,
            Mail(
                to_address=paper.receiver,
                subject=subject,
                body_text=plain,
                body_html=rich,
                language=paper.language,
                partner_id=paper.partner_id,
                document_ids=(paper.id,),
            ),
        )
    return {"number": paper.number}


@job("documents.statement")
def statement(work: Work, statement_id: str) -> dict[str, Any]:
    """Render the paper of an issued statement once, in the partner's language, and mail it to the billing contact."""
    paper = next((p for p in documents_of(work.session, statement_id=UUID(statement_id)) if p.kind == "statement"), None)
    if paper is None:
        raise NotFound
    if paper.has_file:
        return {"number": paper.number}
    content = document_content(work.session, paper.id)
    keep_file(work, paper, statement_pdf(paper.number, paper.language, paper.issued_on, paper.issued_at, content))
    if paper.receiver:
        with speaking(paper.language):
            month = fmt.month(Month.parse(content["month"]))
            subject = gettext("Your statement for %(month)s: %(number)s", month=month, number=paper.number)
        plain, rich = mail_bodies("statement", paper.language, c=content, paper=paper, month_name=month)
        queue_mail(
            work,
            Mail(
                to_address=paper.receiver,
                subject=subject,
                body_text=plain,
                body_html=rich,
                language=paper.language,
                partner_id=paper.partner_id,
                document_ids=(paper.id,),
            ),
        )
    return {"number": paper.number}
