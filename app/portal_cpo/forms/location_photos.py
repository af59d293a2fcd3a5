"""The form of a site's photo (B23)."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired

from app.text.words import lazy as _l
from app.web.forms import BaseForm


class PhotoForm(BaseForm):
    """One picture."""

    file = FileField(_l("Photo"), [FileRequired(_l("Choose a file."))], render_kw={"accept": "image/jpeg,image/png,image/webp"})

    def to_input(self) -> bytes:
        """What was sent."""
        sent: bytes = self.file.data.read()
        return sent
