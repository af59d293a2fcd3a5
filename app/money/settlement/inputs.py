"""What the settlement works on: the input of settlement.md §2 as frozen values.

Money is minor units, energy Wh, percentages are 0 to 100, prices and quantities exact decimals, instants aware in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.kernel.periods import Month
from app.money.settlement.fields import Dated, TaxCode

if TYPE_CHECKING:
    from app.money.settlement.care import CareRow

CHANNELS = ("internal", "emsp", "adhoc", "corporate")
CURRENTS = ("AC", "DC")
DIMENSIONS = ("FLAT", "ENERGY", "TIME", "PARKING_TIME", "RESERVATION_TIME", "ADJUSTMENT")


@dataclass(frozen=True, slots=True)
class TaxStatus:
    """Under which codes a party is credited, charged and reimbursed."""

    credit: TaxCode
    fees: TaxCode
    reimbursement: TaxCode


@dataclass(frozen=True, slots=True)
class Corporate:
    """How a partner pays for its drivers; limits and ``used`` (by local month) in minor units, None: no limit."""

    monthly_limit: int | None = None
    driver_monthly_limit: int | None = None
    discount_pct: Decimal = Decimal(0)
    used: Mapping[Month, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partner:
    """Whom the statement is for."""

    id: str
    tax: Dated[TaxStatus]
    minimum_payout: int
    carry_months: int
    corporate: Corporate


@dataclass(frozen=True, slots=True)
class SubOperator:
    """The level between operator and partner."""

    id: str
    tax: Dated[TaxStatus]


@dataclass(frozen=True, slots=True)
class Override:
    """Another percentage, or other flags, where all given conditions hold; None keeps the contract's."""

    name: str
    priority: int
    channels: tuple[str, ...] | None = None
    emsps: tuple[str, ...] | None = None
    user_groups: tuple[str, ...] | None = None
    ac_pct: Decimal | None = None
    dc_pct: Decimal | None = None
    exclude_connection_fee: bool | None = None
    deduct_electricity_cost: bool | None = None
    reimburse_electricity_cost: bool | None = None


@dataclass(frozen=True, slots=True)
class Fees:
    """What a level bears per session, in exact currency units, and the handling percentage with its base."""

    per_session: Mapping[str, Decimal]
    per_kwh: Mapping[str, Decimal]
    handling_pct: Decimal
    handling_base: str


@dataclass(frozen=True, slots=True)
class Share:
    """A level's percentages by current; ``overrides`` by rising priority."""

    ac_pct: Decimal
    dc_pct: Decimal
    overrides: tuple[Override, ...]
    fees: Fees


@dataclass(frozen=True, slots=True)
class PlatformFee:
    """Monthly prices: ``prices`` by item (charge_point, ac_evse, dc_evse), ``monthly_fixed``, policy whole_month or daily."""

    prices: Mapping[str, Decimal]
    monthly_fixed: Decimal
    policy: str


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a contract, in force from the first month to the last (both included)."""

    id: str
    version: int
    valid_from: Month
    valid_to: Month | None
    supplier: str
    share: Share
    exclude_connection_fee: bool
    deduct_electricity_cost: bool
    reimburse_electricity_cost: bool
    negative_margin: str
    platform_fee: PlatformFee | None
    subscription_settlement: str
    subscription_rate_per_kwh: Decimal
    operator_bears_credit_risk: bool
    floor_minutes: Decimal
    floor_wh: int
    parent: Share | None

    def covers(self, month: Month) -> bool:
        """Whether this version is in force in a month."""
        return self.valid_from <= month and (self.valid_to is None or month <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Evse:
    """One outlet; it counts for fees in service or faulted."""

    id: str
    current: str
    status: str

    @property
    def counts(self) -> bool:
        """Whether fees are due for it."""
        return self.status in {"in_service", "faulted"}


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who holds a charge point under which contract, from a day until another (not included)."""

    contract: str
    partner: str | None
    since: date
    until: date | None
    platform_fee: PlatformFee | None

    def covers(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Holding:
    """A charge point, its outlets and its holders by rising date."""

    charge_point: str
    evses: tuple[Evse, ...]
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A printed price line: quantity × unit price, or an ``amount`` in minor units."""

    dimension: str
    quantity: Decimal | None
    unit_price: Decimal | None
    amount: int | None
    unit: str | None
    vat_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class Slice:
    """Energy bought at one net rate; None: the rate is not known."""

    wh: int
    rate_net: Decimal | None


@dataclass(frozen=True, slots=True)
class Discount:
    """A cut of the printed price: a percentage, or an amount in the tariff's basis."""

    pct: Decimal | None
    amount: int | None
    funded_by: str


@dataclass(frozen=True, slots=True)
class Session:
    """A finished session as frozen at its start and printed at its end."""

    id: str
    start: datetime
    end: datetime
    charge_point: str
    wh: int
    current: str
    channel: str
    emsp: str | None
    #: the groups the person was in at the start
    user_groups: tuple[str, ...]
    supplier: str | None
    payer: str | None
    driver: str | None
    corporate_gross: int | None
    own_method: bool
    paid_with: str
    vat_pct: Dated[Decimal]
    tax_included: bool
    currency: str
    lines: tuple[Line, ...]
    reference_lines: tuple[Line, ...]
    electricity: tuple[Slice, ...]
    interval_metered: bool
    discount: Discount | None
    collected_on: date | None
    written_off_on: date | None
    received_at: datetime | None
    settled_in: Month | None
    hold: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """What a partial refund replaces; None stays as it is."""

    lines: tuple[Line, ...] | None
    reference_lines: tuple[Line, ...] | None
    wh: int | None
    electricity: tuple[Slice, ...] | None
    discount: Discount | None


@dataclass(frozen=True, slots=True)
class Refund:
    """A later change of a session's price; without a correction the whole session is cancelled."""

    id: str
    reverses: str
    booked_on: date
    correction: Correction | None
    collected_on: date | None
    settled_in: Month | None
    hold: str | None


@dataclass(frozen=True, slots=True)
class OtherExpense:
    """A fee agreed outside of contracts and sessions."""

    kind: str
    text: str
    quantity: Decimal
    unit_price: Decimal
    tax_code: TaxCode


@dataclass(frozen=True, slots=True)
class CarriedIn:
    """Cash of earlier statements, and how many in a row were negative."""

    amount: int
    months: int


@dataclass(frozen=True, slots=True)
class Case:
    """Everything one statement is built from."""

    month: Month
    time_zone: str
    currency: str
    places: int
    partner: Partner
    sub_operator: SubOperator | None
    contracts: tuple[Contract, ...]
    holdings: tuple[Holding, ...]
    entries: tuple[Session | Refund, ...]
    other_expenses: tuple[OtherExpense, ...]
    carried_in: CarriedIn
    care: tuple[CareRow, ...] = ()
    #: what of them waits, as it is shown
    care_held: tuple[dict[str, Any], ...] = ()
