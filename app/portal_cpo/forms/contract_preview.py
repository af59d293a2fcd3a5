"""Forms of the what-if: which month, and an example session to play with."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wtforms import SelectField, StringField

from app.domain.contracts.example import ExampleSession
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import DecimalField, MonthField, PctField
from app.web.forms import BaseForm, optional, required

_ZERO = Decimal(0)


class PreviewForm(BaseForm):
    """The month to replay."""

    month = MonthField(_l("Month to replay"), [required()])


class ExampleForm(BaseForm):
    """A session to work through; it changes nothing, so it travels in the address."""

    class Meta(BaseForm.Meta):
        """No token: nothing is changed."""

        csrf = False

    current = SelectField(_l("Current"), choices=[("AC", "AC"), ("DC", "DC")])
    channel = SelectField(_l("Paid by"))
    kwh = DecimalField(_l("Energy"), [required()], places=3, least=_ZERO, unit="kWh")
    price = DecimalField(_l("Price per kWh, with VAT"), [required()], places=5, least=_ZERO)
    connection_price = DecimalField(_l("Start fee, with VAT"), [optional()], places=5, least=_ZERO)
    minutes = DecimalField(_l("Minutes with a price"), [optional()], places=2, least=_ZERO, unit="min")
    minute_price = DecimalField(_l("Price per minute, with VAT"), [optional()], places=5, least=_ZERO)
    electricity_rate = DecimalField(_l("Electricity per kWh, without VAT"), [optional()], places=6, least=_ZERO)
    vat_pct = PctField(_l("VAT"), [optional()])
    emsp = StringField(_l("Provider"), [optional()])
    user_group = SelectField(_l("Group of people"), [optional()])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.offer_people({})
        self.channel.choices = [
            ("adhoc", _("Direct payment")), ("internal", _("Own cards")), ("emsp", _("Roaming")), ("corporate", _("Corporate"))
        ]  # fmt: skip

    def offer_people(self, groups: Mapping[str, str]) -> None:
        """The groups that exceptions name, by their word."""
        self.user_group.choices = [("", _("none of these")), *groups.items()]

    def priced_in(self, currency: str) -> None:
        """Show the currency in the fields."""
        for field in (self.price, self.connection_price, self.minute_price, self.electricity_rate):
            field.unit = currency

    def to_input(self) -> ExampleSession:
        """The session as typed."""
        return ExampleSession(
            current=self.current.data,
            kwh=self.kwh.data,
            price=self.price.data,
            connection_price=self.connection_price.data or _ZERO,
            minutes=self.minutes.data or _ZERO,
            minute_price=self.minute_price.data or _ZERO,
            electricity_rate=self.electricity_rate.data,
            vat_pct=self.vat_pct.data or _ZERO,
            channel=self.channel.data,
            emsp=(self.emsp.data or "").strip(),
            user_group=(self.user_group.data or "").strip(),
        )


def example_data(session: ExampleSession) -> dict[str, Any]:
    """What the form starts with."""
    names = ("current", "channel", "kwh", "price", "connection_price", "minutes", "minute_price", "electricity_rate", "vat_pct")
    return {name: getattr(session, name) for name in names}
