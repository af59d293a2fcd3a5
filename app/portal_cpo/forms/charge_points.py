"""Forms about charge points."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wtforms import FieldList, FormField, SelectField, StringField
from wtforms import Form as PlainForm
from wtforms.validators import Length

from app.domain.network.inputs import EvseInput, StationInput
from app.domain.network.terminals import ANSWERS
from app.text.words import lazy as _l
from app.web.fields import DecimalField, PickField
from app.web.forms import BaseForm, optional, required

_LINES = 4


class EvseForm(PlainForm):
    """One EVSE; a line without a kind of current is left out. The domain checks the choices."""

    current = SelectField(_l("Current"), choices=[("", "–"), ("AC", "AC"), ("DC", "DC")], validate_choice=False)
    max_kw = DecimalField(_l("Power"), places=3, least=Decimal(1), most=Decimal(2000), unit="kW")
    plug = SelectField(
        _l("Plug"),
        choices=[
            ("type2", _l("Type 2")),
            ("type2_cable", _l("Type 2, cable")),
            ("ccs2", "CCS"),
            ("chademo", "CHAdeMO"),
            ("schuko", "Schuko"),
        ],
        validate_choice=False,
    )


class EvsesForm(BaseForm):
    """More EVSEs for a charge point."""

    evses = FieldList(FormField(EvseForm), label=_l("EVSEs"), min_entries=_LINES, max_entries=16)

    def wanted(self) -> tuple[EvseInput, ...]:
        """The lines that were filled in."""
        lines = [entry.form for entry in self.evses.entries]
        return tuple(
            EvseInput(line.current.data, int((line.max_kw.data or Decimal(0)) * 1000), line.plug.data)
            for line in lines
            if line.current.data
        )

    def to_input(self) -> Any:
        """The EVSEs as typed."""
        return self.wanted()


class StationForm(EvsesForm):
    """A charge point to be registered."""

    label = StringField(_l("Label"), [required(), Length(max=24)])
    identity = StringField(_l("Identity in the OCPP address"), [optional(), Length(max=48)])
    location_code = PickField(_l("Location"))
    vendor = StringField(_l("Vendor"), [optional(), Length(max=50)])
    model = StringField(_l("Model"), [optional(), Length(max=50)])
    serial = StringField(_l("Serial number"), [optional(), Length(max=50)])
    card_terminal = SelectField(_l("Card terminal"), default="", choices=[("", _l("not noted")), ("yes", _l("yes")), ("no", _l("no"))])

    def offer_locations(self, choices: list[tuple[str, str]] | None) -> None:
        """Codes and names of sites to choose from; None: too many, so the code is typed."""
        self.location_code.offer(choices)

    def to_input(self) -> StationInput:
        """The charge point as typed."""
        return StationInput(
            label=(self.label.data or "").strip().upper(),
            location_code=self.location_code.data or "",
            identity=(self.identity.data or "").strip() or None,
            vendor=(self.vendor.data or "").strip(),
            model=(self.model.data or "").strip(),
            serial=(self.serial.data or "").strip(),
            card_terminal=ANSWERS[self.card_terminal.data or ""],
            evses=self.wanted(),
        )
