"""What pages, sessions and settlement read about contracts: plain frozen rows, and what an editor sends back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.contracts.values import OverrideLine, PlatformFee, PriceLimits, SessionFees, fee_values, net_rate, override_of
from app.domain.people.rows import PartnerRow
from app.kernel.periods import Month

VERSION_STATES = ("draft", "scheduled", "active", "expired", "terminated")


@dataclass(frozen=True, slots=True)
class ContractVersionRow:
    """Terms for whole months. ``first_month`` and ``last_month`` (included; None: open end) are first days of months."""

    id: UUID
    contract_id: UUID
    contract_code: str
    contract_name: str
    operator_id: UUID
    partner_id: UUID
    number: int
    state: str
    first_month: date
    last_month: date | None
    auto_renewal: bool
    ac_pct: Decimal
    dc_pct: Decimal
    exclude_connection_fee: bool
    deduct_electricity: bool
    reimburse_electricity: bool
    terms: dict[str, Any]
    permissions: tuple[str, ...]
    currency: str
    time_zone: str
    version: int
    created_at: datetime
    activated_at: datetime | None
    kind: str = "revenue_sharing"
    minimum_payout_minor: int = 0
    carry_months: int = 3
    electricity_price: Decimal | None = None
    electricity_vat_pct: Decimal = Decimal(0)
    reimbursement_fee: Decimal = Decimal(0)
    price_limits: dict[str, str] = field(default_factory=dict)
    #: who changed money terms of the draft, and who wants it agreed: neither may be the second person
    authors: tuple[UUID, ...] = ()
    asked_at: datetime | None = None
    asked_by: UUID | None = None
    asked_name: str | None = None
    approved_name: str | None = None
    preview_id: UUID | None = None
    #: first month of the term that renews, where that is not ``first_month``: terms changed within it
    term_first: date | None = None

    @property
    def waiting(self) -> bool:
        """Whether it waits for a second person."""
        return self.state == "draft" and self.asked_at is not None

    @property
    def supplier(self) -> str:
        """Who sells to the driver: operator or partner."""
        return str(self.terms.get("supplier", "operator"))

    @property
    def electricity_net(self) -> Decimal | None:
        """The contract's own price of electricity per kWh without VAT, in currency units; None: none."""
        return net_rate(self.electricity_price, self.electricity_vat_pct)

    @property
    def deducts(self) -> bool:
        """Whether electricity is deducted for any session: by the share, or by an exception."""
        return self.deduct_electricity or any(line.deduct_electricity for line in self.overrides)

    @property
    def leaves_all(self) -> bool:
        """Whether the partner has the whole revenue of every session, as under payment facilitation."""
        shares = {self.ac_pct, self.dc_pct} | {pct for line in self.overrides for pct in (line.ac_pct, line.dc_pct) if pct is not None}
        return shares == {Decimal(100)} and not any((self.exclude_connection_fee, *(o.exclude_connection_fee for o in self.overrides)))

    @property
    def overrides(self) -> tuple[OverrideLine, ...]:
        """Exceptions in the order in which they are tried."""
        found = sorted(self.terms.get("overrides", ()), key=lambda line: int(line["priority"]))
        return tuple(override_of(line) for line in found)

    @property
    def first(self) -> Month:
        """The first month."""
        return Month.of(self.first_month)

    @property
    def last(self) -> Month | None:
        """The last month as written; None: open end."""
        return None if self.last_month is None else Month.of(self.last_month)

    @property
    def months(self) -> int:
        """How many months the term has that these terms are of, and by how many it renews; 0: open end."""
        return 0 if self.last is None else Month.of(self.term_first or self.first_month).until(self.last)

    @property
    def end(self) -> Month | None:
        """The last month that binds: none while the contract renews itself."""
        return None if self.auto_renewal else self.last

    @property
    def subscription_settlement(self) -> str:
        """What a session covered by a plan is settled at."""
        return str(self.terms.get("subscription_settlement", "reference_tariff"))

    @property
    def subscription_rate(self) -> Decimal | None:
        """The net price per kWh where plans are settled at a rate."""
        rate = self.terms.get("subscription_rate_per_kwh")
        return None if rate is None else Decimal(rate)

    @property
    def limits(self) -> PriceLimits:
        """The highest prices the partner may set."""
        return PriceLimits(self.currency, **{kind: Decimal(most) for kind, most in self.price_limits.items()})

    @property
    def credit_risk(self) -> bool:
        """Whether the operator bears what drivers never pay."""
        return bool(self.terms.get("operator_bears_credit_risk", False))

    @property
    def floor_minutes(self) -> Decimal:
        """A session shorter than this is not billed; 0: no such floor."""
        return Decimal(self.terms.get("billing_floor", {}).get("min_minutes", 0))

    @property
    def floor_kwh(self) -> Decimal:
        """A session of less energy is not billed; 0: no such floor."""
        return Decimal(self.terms.get("billing_floor", {}).get("min_kwh", 0))

    @property
    def negative_margin(self) -> str:
        """Whether a loss after electricity is shared, or counted as zero."""
        return str(self.terms.get("negative_margin", "share"))

    @property
    def platform_fee(self) -> PlatformFee:
        """The monthly fee; all zero without one."""
        return PlatformFee(**fee_values(self.terms.get("platform_fee", {}), "policy"))

    @property
    def fees(self) -> SessionFees:
        """Fees per session; all zero without any."""
        return SessionFees(**fee_values(self.terms.get("fees", {}), "handling_base"))

    def covers(self, month: Month) -> bool:
        """Whether it binds in a month (drafts never do)."""
        return self.state != "draft" and self.first <= month and (self.end is None or month <= self.end)

    def state_on(self, day: date) -> str:
        """Its word on a day: a scheduled version is active from its first month and expired after its last, without anybody's doing."""
        month = Month.of(day)
        if self.state == "draft":
            return "draft"
        if month < self.first:
            return "scheduled"
        if self.end is None or month <= self.end:
            return "active"
        return "terminated" if self.state == "terminated" else "expired"


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract with its versions, newest first, and how many charge points it has today."""

    id: UUID
    operator_id: UUID
    partner_id: UUID
    partner_code: str
    partner_name: str
    code: str
    name: str
    currency: str
    time_zone: str
    created_at: datetime
    versions: tuple[ContractVersionRow, ...] = ()
    points: int = 0

    @property
    def draft(self) -> ContractVersionRow | None:
        """The draft, if there is one."""
        return next((v for v in self.versions if v.state == "draft"), None)

    def version_in(self, month: Month) -> ContractVersionRow | None:
        """The version that binds in a month."""
        return next((v for v in self.versions if v.covers(month)), None)

    def current(self, day: date) -> ContractVersionRow:
        """The version to speak of first: in force on that day, else the next one scheduled, else the newest."""
        month = Month.of(day)
        coming = [v for v in self.versions if v.state != "draft" and v.first > month]
        return self.version_in(month) or (min(coming, key=lambda v: v.first) if coming else self.versions[0])

    def numbered(self, number: int) -> ContractVersionRow | None:
        """The version of that number."""
        return next((v for v in self.versions if v.number == number), None)


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """[from, until): a charge point under a contract. ``stands``: now, planned or ended."""

    id: UUID
    station_id: UUID
    station_label: str
    location_code: str | None
    location_name: str | None
    ac_evses: int
    dc_evses: int
    contract_code: str
    contract_name: str
    valid_from: date
    valid_until: date | None
    stands: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much a partner has under contract: locations, charge points, EVSEs by current."""

    locations: int = 0
    points: int = 0
    ac_evses: int = 0
    dc_evses: int = 0


@dataclass(frozen=True, slots=True)
class PartnerOverview:
    """A line of the list of partners. ``contract`` and ``people`` are None for those who may not see them."""

    partner: PartnerRow
    contract: ContractVersionRow | None
    holdings: Holdings
    people: int | None
    last_sign_in_at: datetime | None
    #: why it cannot receive money; None: it can
    hindrance: str | None = None
    #: net minor units of its currency, rated this month; None: not told, or not to see
    revenue_minor: int | None = None
    #: what is missing: contract, bank, technical, owner, rate
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step of setting a partner up; ``name`` is its code, ``done`` whether nothing is missing."""

    name: str
    done: bool


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """What a list of contracts is narrowed to; ``ending``: binds no longer than that month."""

    text: str = ""
    state: str = ""
    ending: Month | None = None


@dataclass(frozen=True, slots=True)
class OpenThing:
    """What keeps a partner from being closed: session, charge_point, contract, statement, partner or balance; its code or amount."""

    kind: str
    code: str
    amount_minor: int | None = None
    currency: str | None = None
