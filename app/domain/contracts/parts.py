"""What an editor sends back about contracts: the parts of a draft, each saved on its own, and a charge point's assignment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.domain.contracts.values import OverrideLine, PlatformFee, PriceLimits, SessionFees
from app.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class ContractInput:
    """A new contract, as typed; empty currency: the partner's. Its months are counted in the partner's zone, as its statements.

    ``copy_of``: code of the contract whose terms it starts from.
    """

    name: str
    first_month: Month
    currency: str = ""
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class TermPart:
    """From when until when (None: open end), whether it renews itself, who sells, and when money is paid.

    ``minimum_payout`` in currency units; ``carry_months``: statements a debt is carried before it is invoiced. Empty currency: as it
    is; it belongs to the contract and changes only before its first version is agreed.
    """

    name: str
    first_month: Month
    last_month: Month | None = None
    auto_renewal: bool = False
    kind: str = "revenue_sharing"
    supplier: str = "operator"
    minimum_payout: Decimal = Decimal(0)
    carry_months: int = 3
    currency: str = ""


@dataclass(frozen=True, slots=True)
class SharePart:
    """The partner's part of revenue in per cent, what leaves the base before, and how plans and unpaid sessions count.

    ``subscription_rate`` (net per kWh, currency units) only with ``rate_per_kwh``.
    """

    ac_pct: Decimal
    dc_pct: Decimal
    exclude_connection_fee: bool = False
    deduct_electricity: bool = False
    reimburse_electricity: bool = False
    negative_margin: str = "share"
    subscription_settlement: str = "reference_tariff"
    subscription_rate: Decimal | None = None
    credit_risk: bool = False


@dataclass(frozen=True, slots=True)
class FeesPart:
    """What the partner pays regardless of the share, and below what a session is not billed at all (0: no floor).

    ``reimbursement``: each month for giving back the cost of electricity, without VAT; due only under terms that do.
    """

    platform: PlatformFee = field(default_factory=PlatformFee)
    session: SessionFees = field(default_factory=SessionFees)
    floor_minutes: Decimal = Decimal(0)
    floor_kwh: Decimal = Decimal(0)
    reimbursement: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ElectricityPart:
    """One price per kWh for all charge points (currency units, with ``vat_pct`` tax); None: rates of the locations only."""

    price: Decimal | None = None
    vat_pct: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class OverridesPart:
    """Exceptions from the share, the first that matches counts; ``shares``: the share itself, where a template sets it too."""

    lines: tuple[OverrideLine, ...]
    shares: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class PermissionsPart:
    """Rights given to the partner's people, as values of Permission."""

    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitsPart:
    """The highest prices the partner may set (the currency of ``limits`` says nothing: it is the contract's)."""

    limits: PriceLimits


DraftPart = TermPart | SharePart | FeesPart | ElectricityPart | OverridesPart | PermissionsPart | LimitsPart


@dataclass(frozen=True, slots=True)
class AssignmentInput:
    """A charge point to be under a contract from a day until another (excluded; None: until further notice)."""

    label: str
    valid_from: date
    valid_until: date | None = None


#: "Roaming 90 %, own cards 100 %, no deductions" (settlement.md §4)
ROAMING_90 = OverridesPart(
    (
        OverrideLine(
            "Roaming 90", ("emsp",), ac_pct=Decimal(90), dc_pct=Decimal(90),
            exclude_connection_fee=False, deduct_electricity=False, reimburse_electricity=False,
        ),
    ),
    shares=(Decimal(100), Decimal(100)),
)  # fmt: skip
