"""The parts of a contract's draft, one form each, and what they start with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wtforms import BooleanField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from app.access.permissions import Permission
from app.access.roles import COMMANDS, DELEGATED
from app.domain.contracts.parts import ElectricityPart, FeesPart, LimitsPart, OverridesPart, PermissionsPart, SharePart, TermPart
from app.domain.contracts.rows import ContractVersionRow
from app.domain.contracts.values import LIMITED, PlatformFee, PriceLimits, SessionFees
from app.money.amount import decimals
from app.portal_cpo.forms.contracts import DraftForm
from app.text.regions import currency_choices
from app.text.words import gettext as _
from app.text.words import lazy as _l
from app.web.fields import DecimalField, MonthField, PctField
from app.web.forms import optional, required

_P = Permission
#: rights in the order of the permissions page: sessions, reservations, the charge point itself, then prices
_FIRST = (
    _P.COMMAND_START, _P.COMMAND_STOP, _P.COMMAND_UNLOCK, _P.COMMAND_TRIGGER, _P.COMMAND_PROFILE, _P.COMMAND_SCHEDULE,
    _P.COMMAND_RESERVE, _P.COMMAND_UNRESERVE,
    _P.COMMAND_RESTART, _P.COMMAND_FIRMWARE, _P.COMMAND_AVAILABILITY, _P.STATION_TEMPLATE,
)  # fmt: skip
RIGHTS = [*_FIRST, *(p for p in Permission if p in DELEGATED and p not in _FIRST)]
_HELP = frozenset({Permission.COMMAND_START, Permission.COMMAND_STOP, Permission.COMMAND_UNLOCK, Permission.COMMAND_RESTART})
#: templates of rights: look on; help drivers and set prices; everything
PRESETS: dict[str, tuple[Permission, ...]] = {
    "view": (),
    "self_service": tuple(p for p in RIGHTS if p in _HELP or p in {Permission.COMMAND_TRIGGER} | DELEGATED - COMMANDS),
    "full": tuple(RIGHTS),
}
_PLATFORM = ("per_charge_point", "per_ac_evse", "per_dc_evse", "monthly_fixed")
_SESSION = ("per_session_ac", "per_session_dc", "per_kwh_ac", "per_kwh_dc", "handling_pct")
_ZERO = Decimal(0)


class TermForm(DraftForm):
    """From when until when, who sells, when money is paid."""

    name = StringField(_l("Name of the contract"), [required()])
    kind = RadioField(_l("Type of contract"))
    supplier = RadioField(_l("Who sells to the driver"))
    first_month = MonthField(_l("First month"), [required()])
    last_month = MonthField(_l("Last month"), [optional()])
    auto_renewal = BooleanField(_l("Renews itself after the last month"))
    currency = SelectField(_l("Currency"))
    minimum_payout = DecimalField(_l("Smallest payout"), [optional()], places=4, least=_ZERO)
    carry_months = IntegerField(_l("Months a debt is carried"), [required(), NumberRange(0, 24, _l("From 0 to 24."))])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = [("revenue_sharing", _("Revenue sharing")), ("payment_facilitation", _("Payment facilitation"))]
        self.supplier.choices = [("operator", _("The operator sells")), ("partner", _("The partner sells"))]
        self.currency.choices = currency_choices()
        self.minimum_payout.unit = self.currency.data or ""

    def to_input(self) -> TermPart:
        """The term as typed."""
        return TermPart(
            self.name.data or "",
            self.first_month.data,
            self.last_month.data,
            bool(self.auto_renewal.data),
            self.kind.data,
            self.supplier.data,
            self.minimum_payout.data or _ZERO,
            self.carry_months.data or 0,
            self.currency.data,
        )


class ShareForm(DraftForm):
    """The partner's part of the revenue."""

    ac_pct = PctField(_l("Share of AC revenue"), [required()])
    dc_pct = PctField(_l("Share of DC revenue"), [required()])
    exclude_connection_fee = BooleanField(_l("Start fees stay with the operator"))
    deduct_electricity = BooleanField(_l("Electricity is deducted before sharing"))
    reimburse_electricity = BooleanField(_l("The partner gets the cost of electricity back"))
    negative_margin = RadioField(_l("If electricity costs more than is left"))
    subscription_settlement = RadioField(_l("Sessions covered by a plan are shared at"))
    subscription_rate = DecimalField(_l("Rate for plan sessions, without VAT"), [optional()], places=5, least=_ZERO)
    credit_risk = RadioField(_l("What drivers never pay"))

    def __init__(self, *args: Any, currency: str = "", **values: Any) -> None:
        super().__init__(*args, **values)
        self.negative_margin.choices = [("share", _("The loss is shared")), ("floor_zero", _("The partner's part is zero"))]
        self.subscription_settlement.choices = [
            ("reference_tariff", _("the tariff that would have counted")),
            ("rate_per_kwh", _("a rate per kWh")),
            ("as_charged", _("what the driver paid for them")),
        ]
        self.credit_risk.choices = [("partner", _("is not paid to the partner")), ("operator", _("is borne by the operator"))]
        self.subscription_rate.unit = f"{currency}/kWh"

    def to_input(self) -> SharePart:
        """The share as typed."""
        return SharePart(
            self.ac_pct.data,
            self.dc_pct.data,
            bool(self.exclude_connection_fee.data),
            bool(self.deduct_electricity.data),
            bool(self.reimburse_electricity.data),
            self.negative_margin.data or "share",
            self.subscription_settlement.data or "reference_tariff",
            self.subscription_rate.data,
            self.credit_risk.data == "operator",
        )


class FeesForm(DraftForm):
    """Platform fee and fees per session. ``currency`` is shown in the fields."""

    per_charge_point = DecimalField(_l("Per charge point and month"), [optional()], places=5, least=_ZERO)
    per_ac_evse = DecimalField(_l("Per AC EVSE and month"), [optional()], places=5, least=_ZERO)
    per_dc_evse = DecimalField(_l("Per DC EVSE and month"), [optional()], places=5, least=_ZERO)
    monthly_fixed = DecimalField(_l("Per month, whatever there is"), [optional()], places=5, least=_ZERO)
    policy = RadioField(_l("Where a charge point comes or goes within a month"))
    per_session_ac = DecimalField(_l("Per AC session"), [optional()], places=5, least=_ZERO)
    per_session_dc = DecimalField(_l("Per DC session"), [optional()], places=5, least=_ZERO)
    per_kwh_ac = DecimalField(_l("Per AC kWh"), [optional()], places=5, least=_ZERO)
    per_kwh_dc = DecimalField(_l("Per DC kWh"), [optional()], places=5, least=_ZERO)
    handling_pct = PctField(_l("For handling, of what the driver paid"), [optional()])
    handling_base = RadioField(_l("Handling is counted on"))
    reimbursement = DecimalField(_l("For giving back the cost of electricity, per month"), [optional()], places=5, least=_ZERO)
    floor_minutes = DecimalField(_l("Shorter than"), [optional()], places=2, least=_ZERO, unit="min")
    floor_kwh = DecimalField(_l("Less energy than"), [optional()], places=3, least=_ZERO, unit="kWh")

    def __init__(self, *args: Any, currency: str = "", **values: Any) -> None:
        super().__init__(*args, **values)
        self.policy.choices = [("whole_month", _("The whole month is due")), ("daily", _("Days are counted"))]
        self.handling_base.choices = [("net", _("the amount without VAT")), ("gross", _("the amount with VAT"))]
        for name in (*_PLATFORM, *_SESSION[:-1], "reimbursement"):
            getattr(self, name).unit = currency

    def to_input(self) -> FeesPart:
        """The fees as typed; an empty field is zero."""
        platform = {name: getattr(self, name).data or _ZERO for name in _PLATFORM}
        session = {name: getattr(self, name).data or _ZERO for name in _SESSION}
        return FeesPart(
            PlatformFee(**platform, policy=self.policy.data or "whole_month"),
            SessionFees(**session, handling_base=self.handling_base.data or "net"),
            self.floor_minutes.data or _ZERO,
            self.floor_kwh.data or _ZERO,
            self.reimbursement.data or _ZERO,
        )


class ElectricityForm(DraftForm):
    """The contract's own price of electricity."""

    price = DecimalField(_l("Price of electricity per kWh, with tax"), [optional()], places=5, least=_ZERO)
    vat_pct = PctField(_l("VAT in it"), [optional()])

    def __init__(self, *args: Any, currency: str = "", **values: Any) -> None:
        super().__init__(*args, **values)
        self.price.unit = f"{currency}/kWh"

    def to_input(self) -> ElectricityPart:
        """The price as typed; empty: none."""
        return ElectricityPart(self.price.data, self.vat_pct.data or _ZERO)


class PermissionsForm(DraftForm):
    """Rights for the partner's people: those ticked, or those of a template's button."""

    permissions = SelectMultipleField(_l("Rights"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    preset = SelectField(validate_choice=False)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.permissions.choices = [(p.value, p.value) for p in RIGHTS]

    def to_input(self) -> PermissionsPart:
        """The rights chosen."""
        chosen = PRESETS.get(self.preset.data or "")
        return PermissionsPart(tuple(self.permissions.data or ()) if chosen is None else tuple(p.value for p in chosen))


class LimitsForm(DraftForm):
    """The highest prices the partner may set, with VAT; an empty field sets no limit."""

    energy = DecimalField(_l("Price of energy, at most"), [optional()], places=5, least=_ZERO)
    time = DecimalField(_l("Price of charging time, at most"), [optional()], places=5, least=_ZERO)
    idle = DecimalField(_l("Idle fee, at most"), [optional()], places=5, least=_ZERO)
    start_fee = DecimalField(_l("Start fee, at most"), [optional()], places=5, least=_ZERO)
    minimum = DecimalField(_l("Lowest price of a session, at most"), [optional()], places=5, least=_ZERO)

    def __init__(self, *args: Any, currency: str = "", **values: Any) -> None:
        super().__init__(*args, **values)
        self.energy.unit = f"{currency}/kWh"
        self.time.unit = self.idle.unit = f"{currency}/min"
        self.start_fee.unit = self.minimum.unit = currency

    def to_input(self) -> LimitsPart:
        """The limits as typed."""
        return LimitsPart(PriceLimits(**{kind: getattr(self, kind).data for kind in LIMITED}))


class OverridesForm(DraftForm):
    """The exceptions as a whole; its errors stand at the page, the lines have forms of their own."""

    def to_input(self) -> OverridesPart:
        """No exceptions."""
        return OverridesPart(())


def data_of(version: ContractVersionRow) -> dict[str, Any]:
    """What the forms start with."""
    platform, session = version.platform_fee, version.fees
    priced = {name: getattr(platform, name) or None for name in _PLATFORM} | {name: getattr(session, name) or None for name in _SESSION}
    least = Decimal(version.minimum_payout_minor).scaleb(-decimals(version.currency))
    plain = ("auto_renewal", "kind", "supplier", "currency", "carry_months", "exclude_connection_fee", "deduct_electricity")
    return (
        priced
        | dict(version.limits.agreed)
        | {name: getattr(version, name) for name in (*plain, "reimburse_electricity", "negative_margin", "subscription_settlement")}
        | {
            "draft": str(version.version),
            "name": version.contract_name,
            "first_month": version.first,
            "last_month": version.last,
            "minimum_payout": least or None,
            "ac_pct": version.ac_pct.normalize(),
            "dc_pct": version.dc_pct.normalize(),
            "subscription_rate": version.subscription_rate,
            "credit_risk": "operator" if version.credit_risk else "partner",
            "policy": platform.policy,
            "handling_base": session.handling_base,
            "reimbursement": version.reimbursement_fee.normalize() or None,
            "floor_minutes": version.floor_minutes or None,
            "floor_kwh": version.floor_kwh or None,
            "price": None if version.electricity_price is None else version.electricity_price.normalize(),
            "vat_pct": version.electricity_vat_pct.normalize() or None,
            "permissions": list(version.permissions),
        }
    )
