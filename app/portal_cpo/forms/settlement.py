"""Forms of the month close."""

from __future__ import annotations

from wtforms import HiddenField, StringField

from app.text.words import lazy as _l
from app.web.forms import OneTimeForm, required


class DraftsForm(OneTimeForm):
    """Build the drafts of a month."""


class IssueForm(OneTimeForm):
    """Issue statements; the total is typed as a second look at what is about to happen."""

    codes = HiddenField()
    total = StringField(_l("Total to be paid out"), [required()])

    def to_input(self) -> list[str]:
        """The statements' codes."""
        return [code for code in (self.codes.data or "").split(",") if code]
