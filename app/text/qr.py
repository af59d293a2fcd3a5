"""QR codes as SVG: one path, black on white whatever the colours around, with the quiet border that readers need."""

from __future__ import annotations

from markupsafe import Markup


def qr_svg(address: str, words: str) -> Markup:
    """The code of an address, sized by what is around it; ``words`` is what it is for those who cannot see it."""
    import segno

    code = segno.make(address, error="q", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", title=words))  # noqa: S704 - drawn by us
