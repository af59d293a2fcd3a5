"""Forms of a registered driver."""

from __future__ import annotations

from wtforms import StringField

from app.text.words import lazy as _l
from app.web.forms import BaseForm, required


class SignInForm(BaseForm):
    """Where the link is to go."""

    email = StringField(_l("E-mail"), [required()])


class LabelForm(BaseForm):
    """A label as somebody reads it off a charge point."""

    label = StringField(_l("Label of the charge point"), [required()])
