"""Forms about sites."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wtforms import BooleanField, FormField, SelectField, StringField
from wtforms import Form as PlainForm
from wtforms.validators import Length

from app.domain.network.inputs import DUTIES, LocationInput
from app.domain.network.rows import LocationRow
from app.text.words import lazy as _l
from app.web.fields import DecimalField, PctField, PickField
from app.web.forms import BaseForm, optional, required

_WORDS = ("name", "street", "postcode", "city", "time_zone", "hours", "help_phone")


class DutyForm(PlainForm):
    """Who is responsible for one thing, and whom to ask."""

    who = SelectField(
        _l("Responsible"),
        choices=[("", "–"), ("operator", _l("Operator")), ("host", _l("Site host")), ("other", _l("Somebody else"))],
        default="",
        validate_choice=False,
    )
    contact = StringField(_l("Name, phone, e-mail"), [optional(), Length(max=200)])


class LocationForm(BaseForm):
    """A site: name, address, clock, tax, help."""

    name = StringField(_l("Name"), [required(), Length(max=120)])
    partner_code = PickField(_l("Partner"))
    street = StringField(_l("Street and number"), [required(), Length(max=120)])
    postcode = StringField(_l("Postcode"), [required(), Length(max=16)])
    city = StringField(_l("Town"), [required(), Length(max=80)])
    country = StringField(_l("Country (two letters)"), [required(), Length(min=2, max=2)])
    region = StringField(_l("Region for public holidays"), [optional(), Length(max=6)])
    latitude = DecimalField(_l("Latitude"), [optional()], places=6, least=Decimal(-90), most=Decimal(90))
    longitude = DecimalField(_l("Longitude"), [optional()], places=6, least=Decimal(-180), most=Decimal(180))
    time_zone = StringField(_l("Time zone"), [required(), Length(max=64)])
    vat_pct = PctField(_l("VAT rate"), [required()])
    public = BooleanField(_l("Open to the public"), default=True)
    hours = StringField(_l("Hours"), [required(), Length(max=120)])
    help_phone = StringField(_l("Help phone"), [optional(), Length(max=40)])
    max_kw = DecimalField(_l("Connection limit"), [optional()], places=1, least=Decimal("0.1"), most=Decimal(50_000), unit="kW")

    directions = StringField(_l("Way to it"), [optional(), Length(max=500)])
    duty_price = FormField(DutyForm, _l("Price and VAT"))
    duty_hours = FormField(DutyForm, _l("Hours"))
    duty_parking = FormField(DutyForm, _l("Parking enforcement"))
    duty_maintenance = FormField(DutyForm, _l("Maintenance"))
    duty_labels = FormField(DutyForm, _l("Labels"))
    duty_information = FormField(DutyForm, _l("Site information"))

    @property
    def duties(self) -> list[Any]:
        """The fields of each duty, in the order of the page."""
        return [self[f"duty_{name}"] for name in DUTIES]

    def offer_partners(self, choices: list[tuple[str, str]] | None) -> None:
        """Codes and names to choose from, the first line is the operator itself; None: too many, so the code is typed."""
        self.partner_code.offer(choices)

    def to_input(self) -> LocationInput:
        """The site as typed."""
        words = {
            name: (self[name].data or "").strip() for name in ("name", "street", "postcode", "city", "time_zone", "hours", "help_phone")
        }
        return LocationInput(
            **words,
            country=(self.country.data or "").strip().upper(),
            region=(self.region.data or "").strip().upper(),
            vat_pct=self.vat_pct.data,
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            public=self.public.data,
            max_w=None if self.max_kw.data is None else int(self.max_kw.data * 1000),
            partner_code=(self.partner_code.data or "").strip().upper() or None,
            directions=(self.directions.data or "").strip(),
            duties={
                name: {"who": one["who"], "contact": (one["contact"] or "").strip()}
                for name in DUTIES
                if (one := self[f"duty_{name}"].data)["who"]
            },
        )

    @staticmethod
    def values_of(row: LocationRow) -> dict[str, Any]:
        """What the form shows for a site that exists."""
        names = "name street postcode city country region latitude longitude time_zone vat_pct public hours help_phone directions".split()
        known = {name: getattr(row, name) for name in names} | {f"duty_{name}": row.duties.get(name, {}) for name in DUTIES}
        return known | {"max_kw": None if row.max_w is None else Decimal(row.max_w) / 1000, "partner_code": row.partner_code or ""}
