"""Issuing papers and keeping their files."""

from __future__ import annotations

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.access.permissions import Permission
from app.domain.drivers.models import DriverCharge, DriverChargePaid
from app.domain.invoices.events import DocumentIssued, DocumentReady
from app.domain.invoices.models import Document, DocumentFile
from app.domain.invoices.numbering import take_number
from app.domain.invoices.queries import PDF, document_row, file_of
from app.domain.invoices.receipt import own_part_paper, receipt_paper
from app.domain.invoices.rows import DocumentRow, Paper
from app.domain.sessions.models import ChargingSession
from app.kernel.errors import Conflict, NotFound
from app.kernel.ids import uuid7
from app.live.messages import session_topic
from app.money.canonical import canonical_json, digest
from app.work.locks import hold
from app.work.unit import Work

#: members of a paper that its document has under the same name
_COPIED = (
    "partner_id", "kind", "language", "issued_on", "session_id", "statement_id", "refund_id", "corrects_id", "receiver", "currency",
    "net_minor", "vat_minor", "content",
)  # fmt: skip


def issue_paper(work: Work, paper: Paper) -> DocumentRow:
    """Give a paper its number and freeze it; one of the same kind for the same session, statement or refund is returned as it stands."""
    work.require(Permission.DOCUMENT_ISSUE, partner_id=paper.partner_id)
    hold(work.session, "paper", paper.kind, paper.refund_id or paper.session_id or paper.statement_id or uuid7())
    issued = _issued_before(work, paper)
    if issued is not None:
        return document_row(issued, has_file=file_of(work.session, issued.id) is not None)
    document = Document(
        id=uuid7(),
        operator_id=work.operator_id,
        issued_at=work.now,
        gross_minor=paper.net_minor + paper.vat_minor,
        content_hash=digest(canonical_json(paper.content)),
        **{name: getattr(paper, name) for name in _COPIED},
        number=_number(work, paper),
    )
    work.session.add(document)
    work.session.flush()
    work.record(
        DocumentIssued(
            operator_id=document.operator_id,
            partner_id=document.partner_id,
            subject=("document", document.id),
            kind=document.kind,
            number=document.number,
            gross_minor=document.gross_minor,
            currency=document.currency,
        )
    )
    return document_row(document, has_file=False)


def _number(work: Work, paper: Paper) -> str:
    owner = paper.partner_id if paper.series else None
    return take_number(work, paper.kind, paper.issued_on.year, partner_id=owner, series=paper.series)


def _issued_before(work: Work, paper: Paper) -> Document | None:
    if paper.session_id is None and paper.statement_id is None:
        return None
    same = select(Document).where(Document.kind == paper.kind, Document.refund_id == paper.refund_id)
    if paper.refund_id is not None:
        return work.session.scalars(same).one_or_none()
    if paper.session_id is not None:
        return work.session.scalars(same.where(Document.session_id == paper.session_id)).one_or_none()
    return work.session.scalars(same.where(Document.statement_id == paper.statement_id)).one_or_none()


def issue_receipt(work: Work, session_id: UUID) -> DocumentRow:
    """The receipt of a finished session; refused while it is not priced. A repeat returns the same receipt.

    internal: the right is asked and the fact recorded by ``issue_paper``.
    """
    row = work.session.get(ChargingSession, session_id)
    if row is None:
        raise NotFound
    work.require(Permission.DOCUMENT_ISSUE, partner_id=row.partner_id)
    if row.state != "rated":
        raise Conflict("session_not_rated", session=row.code)
    return issue_paper(work, receipt_paper(work.session, row))


def issue_own_part(work: Work, session_id: UUID) -> DocumentRow:
    """The paper for the part of a charge that its driver paid by card or balance; refused while it is not paid. A repeat returns the same.

    internal: the right is asked and the fact recorded by ``issue_paper``.
    """
    row, charge = work.session.get(ChargingSession, session_id), work.session.get(DriverCharge, session_id)
    if row is None or charge is None:
        raise NotFound
    work.require(Permission.DOCUMENT_ISSUE, partner_id=row.partner_id)
    by_balance = charge.balance_minor and not charge.own_minor
    if not by_balance and work.session.get(DriverChargePaid, session_id) is None:
        raise Conflict("own_part_not_paid", session=row.code)
    return issue_paper(work, own_part_paper(work.session, row, charge))


def keep_file(work: Work, document: DocumentRow, body: bytes, *, session_code: str | None = None, media_type: str = PDF) -> str:
    """Store the rendered file of a paper, once; returns the hash of the file that counts (the first one)."""
    work.require(Permission.DOCUMENT_ISSUE, partner_id=document.partner_id)
    fresh = insert(DocumentFile).values(
        document_id=document.id,
        media_type=media_type,
        operator_id=document.operator_id,
        partner_id=document.partner_id,
        body=body,
        body_hash=hashlib.sha256(body).hexdigest(),
        rendered_at=work.now,
    )
    work.session.execute(fresh.on_conflict_do_nothing())
    kept = file_of(work.session, document.id, media_type)
    work.record(_ready(document, session_code), topics=(session_topic(document.session_id),) if document.session_id else ())
    return kept.body_hash if kept else ""


def _ready(document: DocumentRow, session_code: str | None) -> DocumentReady:
    return DocumentReady(
        operator_id=document.operator_id,
        partner_id=document.partner_id,
        subject=("document", document.id),
        kind=document.kind,
        number=document.number,
        session_code=session_code,
    )
