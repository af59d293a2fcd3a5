"""Forms about drivers, their cards and balance, in both portals."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from wtforms import BooleanField, FileField, SelectField, StringField

from app.domain.drivers.rows import DriverInput
from app.text.regions import language_choices
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import InCurrency, MoneyField
from app.web.forms import BaseForm, OneTimeForm, optional, required
from app.web.seen_form import SeenForm


class DriverForm(InCurrency, SeenForm):
    """A driver."""

    LOGGED = MappingProxyType({"limit": "limit_minor"})

    name = StringField(_l("Name"), [required()])
    email = StringField(_l("E-mail"), [required()])
    phone = StringField(_l("Phone"), [optional()])
    language = SelectField(_l("Language"))
    group = SelectField(_l("Group"), [optional()])
    corporate = BooleanField(_l("Charges on this account"))
    limit = MoneyField(_l("Own limit per month"), [optional()])
    card = StringField(_l("First charging card"), [optional()])

    def __init__(self, *args: Any, groups: list[str], **values: Any) -> None:
        super().__init__(*args, **values)
        self.language.choices = language_choices()
        self.group.choices = [("", _("none")), *((name, name) for name in groups)]

    def to_input(self) -> DriverInput:
        """The driver as typed."""
        return DriverInput(
            name=self.name.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data or "",
            corporate=bool(self.corporate.data),
            limit_minor=None if self.limit.data is None else self.limit.data.minor,
            group=self.group.data or "",
            card=self.card.data or "",
        )


class ImportForm(BaseForm):
    """A list of drivers as a file."""

    file = FileField(_l("File"), [required()])
    whole = BooleanField(_l("All rows or none"))


class CardForm(BaseForm):
    """A charging card."""

    card = StringField(_l("Number of the card"), [required()])
    label = StringField(_l("Name of the card"), [optional()])


class BalanceForm(InCurrency, OneTimeForm):
    """Money for a driver's balance."""

    amount = MoneyField(_l("Amount"), [required()])
    reason = StringField(_l("Reason"), [required()])


class EraseForm(BaseForm):
    """The driver's code, typed as second confirmation."""

    code = StringField(_l("Code of the driver"), [required()])


class TakeBackForm(BaseForm):
    """Why money is taken from a balance again."""

    reason = StringField(_l("Reason"), [required()])
