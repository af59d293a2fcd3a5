"""Forms of a registered driver."""

from __future__ import annotations

from wtforms import BooleanField, StringField

from app.text.words import lazy as _l
from app.web.forms import BaseForm, OneTimeForm, optional, required


class SignInForm(BaseForm):
    """Where the link is to go."""

    email = StringField(_l("E-mail"), [required()])


class LabelForm(BaseForm):
    """A label as somebody reads it off a charge point."""

    label = StringField(_l("Label of the charge point"), [required()])


class CardNameForm(BaseForm):
    """What a driver calls a stored card."""

    name = StringField(_l("Name of the card"), [optional()])


class StoreCardForm(CardNameForm, OneTimeForm):
    """A card is to be stored; nothing of it is typed here."""

    consent = BooleanField(_l("I agree"))
