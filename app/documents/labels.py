"""Labels for charge points on A4: 24 to a sheet (70 × 37 mm), each with a code that opens the price page of its EVSE."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from app.domain.network.stickers import StickerRow
from app.text.locales import speaking
from app.text.qr import qr_svg
from app.text.render import TEMPLATES, environment

if TYPE_CHECKING:
    # loaded with the first document: it takes a second, and most starts of a process never render one
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

PER_SHEET = 24


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@lru_cache(maxsize=1)
def _style() -> CSS:
    from weasyprint import CSS

    return CSS(filename=str(TEMPLATES / "documents" / "labels.css"), font_config=_fonts())


def labels_pdf(rows: Sequence[StickerRow], public_url: str, language: str) -> bytes:
    """The sheets as PDF; ``public_url`` is the installation's address without a closing slash."""
    sheets = [rows[place : place + PER_SHEET] for place in range(0, len(rows), PER_SHEET)]
    with speaking(language):
        source = environment(language).get_template("documents/labels.html").render(sheets=sheets, url=public_url, qr=qr_svg)
    from weasyprint import HTML

    document = HTML(string=source, base_url=str(TEMPLATES)).render(stylesheets=[_style()], font_config=_fonts())
    document.metadata.generator = "Voltpact"
    return bytes(document.write_pdf() or b"")
