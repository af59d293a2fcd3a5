"""The form of a command to many charge points."""

from __future__ import annotations

from wtforms import HiddenField

from app.web.forms import OneTimeForm


class ManyForm(OneTimeForm):
    """Yes, to what the page showed."""

    mark = HiddenField()
