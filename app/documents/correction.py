"""A paper that corrects a receipt as PDF: never called a credit note, since that word means self-billing in German."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from app.documents.receipt import WORDS
from app.documents.render import paper_html, paper_pdf
from app.text.locales import speaking
from app.text.words import gettext, mark

#: why something was given back -> what everybody reads
REASONS = {
    "idle_fee": mark("Idle fee taken back"),
    "wrong_price": mark("Wrong price"),
    "no_energy": mark("Charging did not work"),
    "wrong_reading": mark("Wrong meter reading"),
    "complaint": mark("Complaint accepted"),
    "goodwill": mark("Goodwill"),
}


def reason_word(reason: str) -> str:
    """The reason in the language spoken."""
    return gettext(REASONS.get(reason, reason))


def correction_pdf(number: str, language: str, issued_on: date, issued_at: datetime, content: dict[str, Any]) -> bytes:
    """The PDF of a correction; the same content gives the same bytes."""
    with speaking(language):
        lines = [line | {"word": gettext(WORDS.get(line["dimension"], line["dimension"]))} for line in content["lines"]]
        reason = reason_word(content["refund"]["reason"])
    source = paper_html(
        "correction",
        language,
        c=content,
        number=number,
        issued_on=issued_on,
        receipt_on=date.fromisoformat(content["receipt"]["issued_on"]),
        ended_at=datetime.fromisoformat(content["session"]["ended_at"]),
        lines=lines,
        reason=reason,
    )
    return paper_pdf(source, issued_at=issued_at)
