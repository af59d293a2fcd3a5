"""One statement (B45) and the operator's papers (B49)."""

from __future__ import annotations

from typing import Any

from flask import request

from app.domain.invoices.queries import documents as find_documents
from app.domain.settlement.queries import statement_by_code
from app.portal_cpo import bp
from app.web.pages import page
from app.web.papers import file_answer, rows_file, statement_context
from app.web.signin import current_work

KINDS = ("receipt", "own_part", "correction", "statement")


@bp.get("/statements/<string:code>")
def statement(code: str) -> Any:
    """A statement: figures, bridge, groups, expenses, rows, papers."""
    work = current_work()
    return page("cpo/statements/show.html", **statement_context(work, statement_by_code(work, code), with_rows=True))


@bp.get("/statements/<string:code>.csv")
def statement_file(code: str) -> Any:
    """Its rows as a file."""
    work = current_work()
    return rows_file(work, statement_by_code(work, code))


@bp.get("/documents")
def documents() -> Any:
    """Every numbered paper, the newest first."""
    kind = request.args.get("kind", "")
    found = find_documents(current_work(), kind=kind if kind in KINDS else None, cursor=request.args.get("after"))
    return page("shared/documents/index.html", part="shared/documents/_list.html", found=found, kind=kind, kinds=KINDS, portal="cpo")


@bp.get("/documents/<string:number>.pdf")
def document_pdf(number: str) -> Any:
    """A paper's PDF."""
    return file_answer(current_work(), number)
