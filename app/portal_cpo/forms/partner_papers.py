"""Forms of the papers of a partner (B11)."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField

from app.domain.people.papers import KINDS, FileInput
from app.text.regions import language_choices
from app.text.words import lazy as _l
from app.web.fields import DayField
from app.web.forms import BaseForm, optional, required
from app.web.paper_pages import paper_kind


class VersionForm(BaseForm):
    """A file, and what it says about itself."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])
    language = SelectField(_l("Language of the document"))
    valid_until = DayField(_l("Valid until, last day"), [optional()])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.language.choices = language_choices()

    def to_input(self) -> FileInput:
        """The file with what was typed about it."""
        sent = self.file.data
        return FileInput(sent.filename or "", sent.read(), self.language.data or "", self.valid_until.data)


class PaperForm(VersionForm):
    """A new paper."""

    kind = SelectField(_l("Kind"))
    name = StringField(_l("Name"), [required()])
    publish = BooleanField(_l("The partner sees it from now on"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = [(kind, paper_kind(kind)) for kind in KINDS]
