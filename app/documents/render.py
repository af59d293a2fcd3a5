"""HTML of a paper to PDF: tagged, in the language of issue, byte for byte the same for the same content.

One ``FontConfiguration`` serves a process: it is faster and keeps memory flat. Identifier and dates are fixed, so a file can be
rendered again and compared with the stored hash.
"""

from __future__ import annotations

import hashlib
import html
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app.text.locales import speaking
from app.text.render import TEMPLATES, environment

if TYPE_CHECKING:
    # loaded with the first document: it takes a second, and most starts of a process never render one
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

STYLES = TEMPLATES / "documents" / "print.css"


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@lru_cache(maxsize=1)
def _style() -> CSS:
    from weasyprint import CSS

    return CSS(filename=str(STYLES), font_config=_fonts())


def paper_html(template: str, language: str, region: str | None = None, **values: Any) -> str:
    """The HTML of ``documents/<template>.html``."""
    with speaking(language, region):
        return environment(language, region).get_template(f"documents/{template}.html").render(**values)


def paper_pdf(source: str, *, issued_at: datetime) -> bytes:
    """A tagged PDF of HTML source (PDF/UA structure); the same source and date give the same bytes."""
    from weasyprint import HTML

    document = HTML(string=source, base_url=str(TEMPLATES)).render(stylesheets=[_style()], font_config=_fonts())
    stamp = issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document.metadata.created = document.metadata.modified = stamp
    document.metadata.generator = "Voltpact"
    identifier = hashlib.sha256(source.encode()).digest()[:16]
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier) or b"")


def mail_bodies(template: str, language: str, region: str | None = None, **values: Any) -> tuple[str, str]:
    """The text and HTML bodies of ``mail/<template>.txt`` and ``.html``, in the receiver's language."""
    with speaking(language, region):
        env = environment(language, region)
        plain = env.get_template(f"mail/{template}.txt").render(**values)
        rich = env.get_template(f"mail/{template}.html").render(**values)
    return html.unescape(plain), rich
