"""Forms of a partner's set-up: the switches, and charging on the partner's account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.contracts.handover import HandoverInput
from app.domain.people.features import CARE, PACKAGES, SWITCHES, Corporate, Features
from app.money.amount import Money
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import DayField, InCurrency, MoneyField, PctField, PickField, whole
from app.web.forms import BaseForm, optional, required


class FeaturesForm(BaseForm):
    """What a partner may do by itself. ``number`` is the version the form shows."""

    create_users = BooleanField(_l("Create users"))
    add_balance = BooleanField(_l("Add to users' balance"))
    control_tariffs = BooleanField(_l("Control tariffs"))
    control_groups = BooleanField(_l("Control tariff groups"))
    supplier_on_receipts = BooleanField(_l("Supplier on receipts"))
    receipt_prefix = StringField(_l("Receipt numbers begin with"), [optional()])
    receipt_start = IntegerField(_l("First receipt number"), [optional()])
    fault_mail = BooleanField(_l("Fault messages to the technical contact"))
    settlement_mail = BooleanField(_l("Settlement report to the billing contact"))
    price_mail = BooleanField(_l("Price changes to the administrative contact"))
    care_points = BooleanField(_l("Charge points of partners in its care"))
    care_prices = BooleanField(_l("Prices of partners in its care"))
    package = SelectField(_l("Service package"))
    number = HiddenField()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        words = {"basic": _("Basic"), "plus": _("Plus"), "premium": _("Premium")}
        self.package.choices = [(name, words[name]) for name in PACKAGES]

    def to_input(self) -> Features:
        """The switches as set."""
        return Features(
            **{name: bool(getattr(self, name).data) for name in (*SWITCHES, *CARE)},
            package=self.package.data or "basic",
            receipt_prefix=self.receipt_prefix.data or None,
            receipt_start=self.receipt_start.data,
        )

    @property
    def shown(self) -> int:
        """The version the form showed; 0: none was saved yet."""
        return whole(self.number.data, -1)


class CorporateForm(InCurrency, BaseForm):
    """Drivers charge on the partner's account."""

    enabled = BooleanField(_l("Drivers charge on this partner's account"))
    monthly_limit = MoneyField(_l("Limit per month"), [optional()])
    driver_limit = MoneyField(_l("Limit per driver and month"), [optional()])
    discount_pct = PctField(_l("Discount"), [optional()])
    where = RadioField(_l("Where"))
    private_points = BooleanField(_l("Its own charge points are for its own drivers only"))
    number = HiddenField()

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.where.choices = [("own", _("Only at this partner's charge points")), ("all", _("At all charge points of the operator"))]

    def to_input(self) -> Corporate:
        """The terms as typed."""
        limits = {
            f"{name}_minor": None if (typed := getattr(self, name).data) is None else typed.minor
            for name in ("monthly_limit", "driver_limit")
        }
        return Corporate(
            enabled=bool(self.enabled.data),
            discount_pct=self.discount_pct.data or Decimal(0),
            own_points_only=self.where.data != "all",
            private_points=bool(self.private_points.data),
            **limits,
        )

    @property
    def shown(self) -> int:
        """The version the form showed; 0: none was saved yet."""
        return whole(self.number.data, -1)


def corporate_data(row: Corporate, currency: str) -> dict[str, Any]:
    """What the form shows of the terms in force."""
    limits = {
        name: None if (minor := getattr(row, f"{name}_minor")) is None else Money(minor, currency)
        for name in ("monthly_limit", "driver_limit")
    }
    return limits | {
        "enabled": row.enabled,
        "discount_pct": row.discount_pct,
        "where": "own" if row.own_points_only else "all",
        "private_points": row.private_points,
        "number": str(row.number),
    }


class HandoverForm(BaseForm):
    """Charge points that go to another partner."""

    labels = SelectMultipleField(_l("Charge points"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))
    contract = PickField(_l("To"))
    day = DayField(_l("First day of the receiver"), [required()])
    reason = StringField(_l("Reason"), [required()])

    def offer(self, points: list[tuple[str, str]], contracts: list[tuple[str, str]] | None) -> None:
        """Fill the lists; ``contracts`` None: too many, so the code is typed."""
        self.labels.choices = [(label, f"{label} · {place}" if place else label) for label, place in points]
        self.contract.offer(contracts)

    def to_input(self) -> HandoverInput:
        """The handover as typed."""
        return HandoverInput(tuple(self.labels.data or ()), self.contract.data or "", self.day.data, self.reason.data or "")
