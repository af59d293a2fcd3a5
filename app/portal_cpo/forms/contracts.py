"""Forms about contracts: a new one, the parts of a draft, charge points under contract."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from app.access.permissions import Permission
from app.access.roles import DELEGATED
from app.domain.contracts.rows import (
    AssignmentInput,
    ContractInput,
    ContractRow,
    ContractVersionRow,
    FeesPart,
    PermissionsPart,
    PlatformFee,
    SessionFees,
    SharePart,
    TermPart,
)
from app.text.regions import currency_choices, zone_choices
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import DayField, DecimalField, MonthField, PctField
from app.web.forms import BaseForm, optional, required

#: rights in the order of the permissions page
RIGHTS = [p for p in Permission if p in DELEGATED]
_PLATFORM = ("per_charge_point", "per_ac_evse", "per_dc_evse", "monthly_fixed")
_SESSION = ("per_session_ac", "per_session_dc", "per_kwh_ac", "per_kwh_dc", "handling_pct")


class ContractForm(BaseForm):
    """The first lines of a contract."""

    name = StringField(_l("Name of the contract"), [required()])
    first_month = MonthField(_l("First month"), [required()])
    time_zone = SelectField(_l("Time zone of its months"))
    currency = SelectField(_l("Currency"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.time_zone.choices, self.currency.choices = zone_choices(), currency_choices()

    def to_input(self) -> ContractInput:
        """The contract as typed."""
        return ContractInput(self.name.data or "", self.first_month.data, self.time_zone.data, self.currency.data)


class DraftForm(BaseForm):
    """A part of a draft; ``draft`` is the state the form shows."""

    draft = HiddenField()

    @property
    def state(self) -> int:
        """The state as a number; 0 is no state any draft ever had."""
        return int(self.draft.data) if (self.draft.data or "").isdigit() else 0


class TermForm(DraftForm):
    """From when until when."""

    name = StringField(_l("Name of the contract"), [required()])
    first_month = MonthField(_l("First month"), [required()])
    last_month = MonthField(_l("Last month"), [optional()])
    auto_renewal = BooleanField(_l("Renews itself after the last month"))

    def to_input(self) -> TermPart:
        """The term as typed."""
        return TermPart(self.name.data or "", self.first_month.data, self.last_month.data, bool(self.auto_renewal.data))


class ShareForm(DraftForm):
    """The partner's part of the revenue."""

    ac_pct = PctField(_l("Share of AC revenue"), [required()])
    dc_pct = PctField(_l("Share of DC revenue"), [required()])
    exclude_connection_fee = BooleanField(_l("Start fees stay with the operator"))
    deduct_electricity = BooleanField(_l("Electricity is deducted before sharing"))
    reimburse_electricity = BooleanField(_l("The partner gets the cost of electricity back"))
    negative_margin = RadioField(_l("If electricity costs more than is left"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.negative_margin.choices = [("share", _("The loss is shared")), ("floor_zero", _("The partner's part is zero"))]

    def to_input(self) -> SharePart:
        """The share as typed."""
        return SharePart(
            self.ac_pct.data,
            self.dc_pct.data,
            bool(self.exclude_connection_fee.data),
            bool(self.deduct_electricity.data),
            bool(self.reimburse_electricity.data),
            self.negative_margin.data or "share",
        )


class FeesForm(DraftForm):
    """Platform fee and fees per session. ``priced_in`` sets the currency shown in the fields."""

    per_charge_point = DecimalField(_l("Per charge point and month"), [optional()], places=5, least=Decimal(0))
    per_ac_evse = DecimalField(_l("Per AC EVSE and month"), [optional()], places=5, least=Decimal(0))
    per_dc_evse = DecimalField(_l("Per DC EVSE and month"), [optional()], places=5, least=Decimal(0))
    monthly_fixed = DecimalField(_l("Per month, whatever there is"), [optional()], places=5, least=Decimal(0))
    policy = RadioField(_l("Where a charge point comes or goes within a month"))
    per_session_ac = DecimalField(_l("Per AC session"), [optional()], places=5, least=Decimal(0))
    per_session_dc = DecimalField(_l("Per DC session"), [optional()], places=5, least=Decimal(0))
    per_kwh_ac = DecimalField(_l("Per AC kWh"), [optional()], places=5, least=Decimal(0))
    per_kwh_dc = DecimalField(_l("Per DC kWh"), [optional()], places=5, least=Decimal(0))
    handling_pct = PctField(_l("For handling, of what the driver paid"), [optional()])
    handling_base = RadioField(_l("Handling is counted on"))

    def __init__(self, *args: Any, currency: str, **values: Any) -> None:
        super().__init__(*args, **values)
        self.policy.choices = [("whole_month", _("The whole month is due")), ("daily", _("Days are counted"))]
        self.handling_base.choices = [("net", _("the amount without VAT")), ("gross", _("the amount with VAT"))]
        for name in (*_PLATFORM, *_SESSION[:-1]):
            getattr(self, name).unit = currency

    def to_input(self) -> FeesPart:
        """The fees as typed; an empty field is zero."""
        platform = {name: getattr(self, name).data or Decimal(0) for name in _PLATFORM}
        session = {name: getattr(self, name).data or Decimal(0) for name in _SESSION}
        return FeesPart(
            PlatformFee(**platform, policy=self.policy.data or "whole_month"),
            SessionFees(**session, handling_base=self.handling_base.data or "net"),
        )


class PermissionsForm(DraftForm):
    """Rights for the partner's people."""

    permissions = SelectMultipleField(_l("Rights"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.permissions.choices = [(p.value, p.value) for p in RIGHTS]

    def to_input(self) -> PermissionsPart:
        """The rights ticked."""
        return PermissionsPart(tuple(self.permissions.data or ()))


def data_of(version: ContractVersionRow) -> dict[str, Any]:
    """What the four forms start with."""
    platform, session = version.platform_fee, version.fees
    priced = {name: getattr(platform, name) or None for name in _PLATFORM} | {name: getattr(session, name) or None for name in _SESSION}
    return priced | {
        "draft": str(version.version),
        "name": version.contract_name,
        "first_month": version.first,
        "last_month": version.last,
        "auto_renewal": version.auto_renewal,
        "ac_pct": version.ac_pct.normalize(),
        "dc_pct": version.dc_pct.normalize(),
        "exclude_connection_fee": version.exclude_connection_fee,
        "deduct_electricity": version.deduct_electricity,
        "reimburse_electricity": version.reimburse_electricity,
        "negative_margin": version.negative_margin,
        "policy": platform.policy,
        "handling_base": session.handling_base,
        "permissions": list(version.permissions),
    }


class AssignForm(BaseForm):
    """A charge point to come under a contract."""

    label = SelectField(_l("Charge point"))
    contract = SelectField(_l("Contract"))
    valid_from = DayField(_l("From"), [required()])
    valid_until = DayField(_l("Until (not included)"), [optional()])

    def offer(self, free: list[tuple[str, str]], terms: list[ContractRow]) -> AssignForm:
        """Fill the lists."""
        self.label.choices = [(label, f"{label} – {place}" if place else label) for label, place in free]
        self.contract.choices = [(c.code, f"{c.code} – {c.name}") for c in terms]
        return self

    def to_input(self) -> AssignmentInput:
        """The assignment as typed."""
        return AssignmentInput(self.label.data or "", self.valid_from.data, self.valid_until.data)


class EndForm(BaseForm):
    """The first day on which a charge point is no longer under its contract."""

    valid_until = DayField(_l("First day without this contract"), [required()])


class EndContractForm(BaseForm):
    """The last month of a contract and why."""

    last_month = MonthField(_l("Last month"), [required()])
    reason = TextAreaField(_l("Reason"), [required()])
