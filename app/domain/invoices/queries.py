"""Finding papers and their files, within what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.access.permissions import Permission
from app.db.paging import PAGE, AnySelect, Page, take_page
from app.domain.invoices.models import Document, DocumentFile
from app.domain.invoices.rows import DocumentRow, FileRow
from app.domain.people.queries import within
from app.kernel.errors import NotFound
from app.work.unit import Work

PDF = "application/pdf"


def _statement() -> AnySelect:
    has_file = exists().where(DocumentFile.document_id == Document.id)
    other = aliased(Document)
    corrects = select(other.number).where(other.id == Document.corrects_id).scalar_subquery()
    by = select(func.array_agg(aggregate_order_by(other.number, other.issued_at))).where(other.corrects_id == Document.id)
    return select(Document, has_file.label("has_file"), corrects.label("corrects"), by.scalar_subquery().label("corrected_by"))


def _read(found: Any) -> DocumentRow:
    row = document_row(found.Document, has_file=found.has_file)
    return replace(row, corrects=found.corrects, corrected_by=tuple(found.corrected_by or ()))


def document_row(document: Document, *, has_file: bool) -> DocumentRow:
    """The row of a paper, without the numbers of those it is linked with."""
    return DocumentRow(
        id=document.id,
        operator_id=document.operator_id,
        partner_id=document.partner_id,
        kind=document.kind,
        number=document.number,
        language=document.language,
        issued_on=document.issued_on,
        issued_at=document.issued_at,
        session_id=document.session_id,
        statement_id=document.statement_id,
        receiver=document.receiver,
        currency=document.currency,
        net_minor=document.net_minor,
        vat_minor=document.vat_minor,
        gross_minor=document.gross_minor,
        has_file=has_file,
        refund_id=document.refund_id,
    )


def documents(
    work: Work, *, kind: str | None = None, partner_id: UUID | None = None, cursor: str | None = None, limit: int = PAGE
) -> Page[DocumentRow]:
    """Papers the actor may see, the newest first, a keyset page at a time."""
    statement = _statement().where(within(Document.partner_id, work.scope(Permission.DOCUMENT_VIEW)))
    if kind:
        statement = statement.where(Document.kind == kind)
    if partner_id:
        statement = statement.where(Document.partner_id == partner_id)
    page = take_page(
        work.session,
        statement,
        (Document.issued_at, Document.id),
        lambda row: (row.Document.issued_at, row.Document.id),
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([_read(row) for row in page.rows], page.before, page.after, page.total)


def document_by_number(work: Work, number: str) -> DocumentRow:
    """A paper by its number; one the actor may not see is not found."""
    found = work.session.execute(
        _statement().where(Document.number == number, within(Document.partner_id, work.scope(Permission.DOCUMENT_VIEW)))
    ).one_or_none()
    if found is None:
        raise NotFound
    return _read(found)


def documents_of(session: Session, *, session_id: UUID | None = None, statement_id: UUID | None = None) -> list[DocumentRow]:
    """The papers of a session or statement that the caller has found within its scope."""
    statement = _statement().order_by(Document.issued_at)
    if session_id:
        statement = statement.where(Document.session_id == session_id)
    if statement_id:
        statement = statement.where(Document.statement_id == statement_id)
    return [_read(row) for row in session.execute(statement)]


def correction_of(session: Session, refund_id: UUID) -> DocumentRow:
    """The paper of a refund that the caller has found within its scope; ``NotFound`` where it has none."""
    found = session.execute(_statement().where(Document.refund_id == refund_id)).one_or_none()
    if found is None:
        raise NotFound
    return _read(found)


def documents_named(work: Work, document_ids: Sequence[UUID]) -> list[DocumentRow]:
    """These papers, as far as the actor may see them (attachments of a mail)."""
    statement = _statement().where(Document.id.in_(document_ids), within(Document.partner_id, work.scope(Permission.DOCUMENT_VIEW)))
    return [_read(row) for row in work.session.execute(statement.order_by(Document.number))]


def document_content(session: Session, document_id: UUID) -> dict[str, Any]:
    """The frozen content of a paper the caller has found within its scope."""
    return dict(session.execute(select(Document.content).where(Document.id == document_id)).scalar_one())


def document_file(work: Work, number: str, media_type: str = PDF) -> FileRow:
    """The file of a paper the actor may see; not found while it is not rendered."""
    paper = document_by_number(work, number)
    found = file_of(work.session, paper.id, media_type)
    if found is None:
        raise NotFound("document_not_rendered")
    return found


def file_of(session: Session, document_id: UUID, media_type: str = PDF) -> FileRow | None:
    """The file of a paper the caller has found within its scope."""
    found = session.execute(
        select(Document.number, Document.kind, DocumentFile.media_type, DocumentFile.body, DocumentFile.body_hash)
        .join(DocumentFile, DocumentFile.document_id == Document.id)
        .where(Document.id == document_id, DocumentFile.media_type == media_type)
    ).one_or_none()
    return None if found is None else FileRow(number=found[0], kind=found[1], media_type=found[2], body=found[3], body_hash=found[4])
