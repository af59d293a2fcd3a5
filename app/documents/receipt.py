"""A receipt's frozen content as PDF."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.documents.render import paper_html, paper_pdf
from app.text import format as fmt
from app.text.locales import speaking
from app.text.words import gettext, mark

#: price dimension -> what a driver calls it
WORDS = {
    "ENERGY": mark("Energy"),
    "FLAT": mark("Start fee"),
    "TIME": mark("Charging time"),
    "PARKING_TIME": mark("Idle fee"),
    "RESERVATION_FLAT": mark("Reservation fee"),
    "RESERVATION_TIME": mark("Reserved time"),
    "ADJUSTMENT": mark("Minimum or maximum price"),
}
_PER = {"KWH": "kwh", "MIN": "minute", "HUR": "hour", "C62": "session"}


def receipt_pdf(number: str, language: str, issued_on: date, issued_at: datetime, content: dict[str, Any]) -> bytes:
    """The PDF of a receipt; the same content gives the same bytes."""
    session = content["session"]
    began, ended = datetime.fromisoformat(session["began_at"]), datetime.fromisoformat(session["ended_at"])
    with speaking(language):
        lines = [shown_line(line, content["currency"]) for line in content["lines"]]
    source = paper_html(
        "receipt",
        language,
        c=content,
        number=number,
        issued_on=issued_on,
        lines=lines,
        began_at=began,
        ended_at=ended,
        lasted_s=int((ended - began).total_seconds()),
    )
    return paper_pdf(source, issued_at=issued_at)


def shown_line(line: dict[str, Any], currency: str) -> dict[str, Any]:
    """A price line in words and units of the language spoken now; times are shown in minutes, whatever they were priced in."""
    quantity, price, unit = Decimal(line["quantity"]), Decimal(line["unit_price"]), line["unit"]
    if unit == "HUR":
        quantity, price, unit = quantity * 60, price / 60, "MIN"
    shown = {
        "KWH": f"{fmt.number(quantity, 3, 3)}{fmt.NBSP}kWh",
        "MIN": f"{fmt.number(quantity, 0, 2)}{fmt.NBSP}min",
    }.get(unit, fmt.number(quantity, 0, 3))
    return line | {
        "word": gettext(WORDS.get(line["dimension"], line["dimension"])),
        "quantity": shown,
        "price": fmt.price(price, currency, _PER.get(unit, "session")) if line["dimension"] != "ADJUSTMENT" else "–",
    }
