"""Until when something is left alone, and why."""

from __future__ import annotations

from wtforms import StringField

from app.text.words import lazy as _l
from app.web.fields import DayField
from app.web.forms import BaseForm, required


class SnoozeForm(BaseForm):
    """A day and a reason."""

    until = DayField(_l("Show it again on"), [required()])
    reason = StringField(_l("Reason"), [required()])
