"""The card form of the test provider."""

from __future__ import annotations

from wtforms import StringField

from app.text.words import lazy as _l
from app.web.forms import BaseForm, required


class CardForm(BaseForm):
    """A card as it is typed."""

    number = StringField(_l("Card number"), [required()])
    expiry = StringField(_l("Valid until (MM/YY)"), [required()])
    code = StringField(_l("Security code"), [required()])
