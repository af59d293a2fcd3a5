"""Finding a receipt again without an account: label, day and last four digits of the card, or code and e-mail."""

from __future__ import annotations

from wtforms import StringField

from app.text.words import lazy as _l
from app.web.fields import DayField
from app.web.forms import BaseForm, optional


class ReceiptForm(BaseForm):
    """Either three things from the charge point and the card, or two from the mail."""

    label = StringField(_l("Label of the charge point"), [optional()])
    day = DayField(_l("Day of charging"), [optional()])
    last4 = StringField(_l("Last four digits of the card"), [optional()])
    code = StringField(_l("Session code"), [optional()])
    email = StringField(_l("E-mail"), [optional()])
