"""HTML of a paper to PDF: tagged, in the language of issue, byte for byte the same for the same content.

One ``FontConfiguration`` serves a process: it is faster and keeps memory flat. Identifier and dates are fixed, so a file can be
rendered again and compared with the stored hash.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from app.text.locales import speaking
from app.text.render import TEMPLATES, environment

STYLES = TEMPLATES / "documents" / "print.css"


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@lru_cache(maxsize=1)
def _style() -> CSS:
    return CSS(filename=str(STYLES), font_config=_fonts())


def paper_html(template: str, language: str, region: str | None = None, **values: Any) -> str:
    """The HTML of ``documents/<template>.html``."""
    with speaking(language, region):
        return environment(language, region).get_template(f"documents/{template}.html").render(**values)


def paper_pdf(html: str, *, issued_at: datetime) -> bytes:
    """A tagged PDF of the HTML (PDF/UA structure); the same HTML and date give the same bytes."""
    document = HTML(string=html, base_url=str(TEMPLATES)).render(stylesheets=[_style()], font_config=_fonts())
    stamp = issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document.metadata.created = document.metadata.modified = stamp
    document.metadata.generator = "Voltpact"
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier) or b"")
