"""Forms of the changes that an order can make by itself: one per kind, each filled with how the thing is now."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.change_orders.kinds import CONTACT, PRICES
from app.domain.change_orders.rows import PlanInput
from app.text.words import lazy as _l
from app.web.fields import LocalTimeField, RateField
from app.web.forms import BaseForm, optional, required
from app.web.shared_forms.point_access import ACCESS_WORDS


class PlanForm(BaseForm):
    """What every kind has: which thing, for which value the form was filled in, and from when."""

    thing = HiddenField()
    mark = HiddenField()
    starts_at = LocalTimeField(_l("From when"), [optional()])

    def __init__(self, *args: Any, zone: str, **values: Any) -> None:
        self.zone = zone
        super().__init__(*args, **values)

    def process(self, *args: Any, **values: Any) -> None:
        """WTForms' reading of what was sent, on the partner's clock."""
        self.starts_at.zone_name = self.zone
        super().process(*args, **values)

    def in_currency(self, code: str) -> None:
        """Prices are said in that currency."""
        for field in self._fields.values():
            if isinstance(field, RateField):
                field.unit, field.currency = field.unit.replace(field.currency, code, 1), code

    @property
    def values(self) -> dict[str, Any]:
        """What is wanted, as the kind keeps it."""
        raise NotImplementedError

    def plan(self, kind: str) -> PlanInput:
        """The change as typed."""
        return PlanInput(kind, self.thing.data or "", self.values, self.mark.data or "", self.starts_at.data)

    @property
    def own(self) -> list[Any]:
        """Its fields for the page, the common ones last."""
        common = {"thing", "mark", "starts_at", "csrf_token"}
        return [field for name, field in self._fields.items() if name not in common] + [self.starts_at]


class PriceForm(PlanForm):
    """The prices a short form can say."""

    energy = RateField(_l("Energy"), [optional()], per="kwh")
    per_min = RateField(_l("Charging time"), [optional()], per="minute")
    start_fee = RateField(_l("Start fee"), [optional()], per="session")
    idle_per_min = RateField(_l("Idle fee"), [optional()], per="minute")

    @classmethod
    def data_of(cls, now: dict[str, Any]) -> dict[str, Any]:
        """As it stands, for the fields."""
        return {name: None if now[name] is None else Decimal(now[name]) for name in PRICES}

    @property
    def values(self) -> dict[str, Any]:
        """Prices as plain decimal text; None: there is none."""
        typed = {name: getattr(self, name).data for name in PRICES}
        return {name: None if value is None else format(value.normalize(), "f") for name, value in typed.items()}


class SheetForm(PlanForm):
    """Which tariff."""

    code = SelectField(_l("Tariff"), [required()])

    @classmethod
    def data_of(cls, now: dict[str, Any]) -> dict[str, Any]:
        """As it stands, for the fields."""
        return {"code": now["code"] or ""}

    @property
    def values(self) -> dict[str, Any]:
        """Its code."""
        return {"code": self.code.data}


class AccessPlanForm(PlanForm):
    """Who may charge."""

    access = RadioField(_l("Who may charge"), choices=list(ACCESS_WORDS.items()))
    groups = SelectMultipleField(_l("Groups"), [optional()], option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))
    listed = BooleanField(_l("Show it to drivers who look for a free place nearby"))
    company = BooleanField(_l("Company drivers charge on their company's account without saying so"))

    @classmethod
    def data_of(cls, now: dict[str, Any]) -> dict[str, Any]:
        """As it stands, for the fields."""
        return now

    @property
    def values(self) -> dict[str, Any]:
        """As the kind keeps it; groups count only where groups may charge."""
        chosen = sorted(self.groups.data or []) if self.access.data == "groups" else []
        return {"access": self.access.data, "listed": self.listed.data, "groups": chosen, "company": self.company.data}


class ContactPlanForm(PlanForm):
    """A contact's name, address and phone."""

    person = StringField(_l("Name"), [required()])
    email = StringField(_l("E-mail"), [required()])
    phone = StringField(_l("Phone"), [optional()])

    @classmethod
    def data_of(cls, now: dict[str, Any]) -> dict[str, Any]:
        """As it stands, for the fields."""
        return now

    @property
    def values(self) -> dict[str, Any]:
        """As typed."""
        return {name: getattr(self, name).data or "" for name in CONTACT}


FORMS: dict[str, type[Any]] = {"price": PriceForm, "sheet": SheetForm, "access": AccessPlanForm, "contact": ContactPlanForm}
