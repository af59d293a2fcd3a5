"""Forms of the month close."""

from __future__ import annotations

from wtforms import HiddenField, StringField

from app.domain.settlement.issuing import IssueWish
from app.kernel.periods import Month
from app.text.words import lazy as _l
from app.web.forms import OneTimeForm, required


class DraftsForm(OneTimeForm):
    """Build the drafts of a month."""


class IssueForm(OneTimeForm):
    """Issue statements; the total is typed as a second look at what is about to happen."""

    codes = HiddenField()
    everything = HiddenField()
    skip = HiddenField()
    total = StringField(_l("Total to be paid out"), [required()])

    def wish(self, month: Month) -> IssueWish:
        """The drafts wanted."""
        codes, skip = (tuple(code for code in (field.data or "").split(",") if code) for field in (self.codes, self.skip))
        return IssueWish(month, None if self.everything.data else codes, skip)
