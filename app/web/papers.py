"""What both portals show of statements and papers: one view of a statement, one answer with a file."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.documents.statement import statement_view
from app.domain.invoices.queries import document_file, documents_of
from app.domain.settlement.queries import statement_answer, statement_rows
from app.domain.settlement.rows import SettledRow, StatementHead
from app.kernel.periods import Month
from app.money.amount import decimals, to_text
from app.web.exports import csv_answer
from app.work.unit import Work

_HEAD = (
    "ended_at", "session", "charge_point", "evse_current", "channel", "energy_kwh", "gross", "vat", "net", "connection_net",
    "electricity_cost", "base", "pct", "share", "reimbursement", "fees", "partner", "state", "refund", "booked_on",
)  # fmt: skip

#: only in a sub-operator's: what it received, and what of that goes on to its partner; ``partner`` is its own part
_ABOVE = ("received", "passed_on")


def statement_context(work: Work, head: StatementHead, *, with_rows: bool) -> dict[str, Any]:
    """Everything a statement's page shows; without rows only sums."""
    settled = statement_rows(work, head) if with_rows else []
    answer = statement_answer(work, head)
    known = {row.code: _known(row) for row in settled}
    shown = answer if with_rows else answer | {"rows": []}
    content = {"answer": shown, "currency": head.currency, "month": str(Month.of(head.month)), "sessions": known}
    return statement_view(content) | {"head": head, "with_rows": with_rows, "papers": documents_of(work.session, statement_id=head.id)}


def _known(row: SettledRow) -> dict[str, Any]:
    when = {"booked_on": str(row.booked_on)} if row.booked_on else {"ended_at": row.ended_at and row.ended_at.isoformat()}
    return when | {"energy_wh": row.energy_wh, "label": row.label}


def rows_file(work: Work, head: StatementHead) -> Response:
    """The rows of a statement as CSV: the figures of the page and the paper."""
    rows = statement_rows(work, head)
    places = decimals(head.currency)
    above = _ABOVE if any(_ABOVE[0] in row.facts for row in rows) else ()
    lines = (_line(row, places) + [row.facts.get(name, "") for name in above] for row in rows)
    return csv_answer(f"{head.number or head.code}.csv", (*_HEAD, *above), lines)


def _line(row: SettledRow, places: int) -> list[Any]:
    f = row.facts
    fees = to_text(sum(_minor(value, places) for value in f["fees"].values()), places)
    refund = row.code if row.booked_on else ""
    return [
        row.ended_at, row.session_code, row.label, f["evse_current"], f["channel"], to_text(row.energy_wh, 3),
        f["gross"], f["vat"], f["net"], f["connection_net"], f["electricity_cost"], f["base"], f["pct"],
        f["share"], f["reimbursement"], fees, f["partner"], row.state, refund, row.booked_on or "",
    ]  # fmt: skip


def _minor(text: str, places: int) -> int:
    return int(text.replace(".", "")) if places else int(text)


def file_answer(work: Work, number: str) -> Response:
    """A paper's PDF, shown in the browser under its number."""
    file = document_file(work, number)
    return pdf_answer(file.body, file.number)


def pdf_answer(body: bytes, name: str) -> Response:
    """A PDF, shown in the browser under that name."""
    answer = Response(body, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
