"""What pages, sessions and settlement read about contracts: plain frozen rows, and what an editor sends back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.people.rows import PartnerRow
from app.kernel.periods import Month

VERSION_STATES = ("draft", "scheduled", "active", "expired", "terminated")
POLICIES = ("whole_month", "daily")
MARGINS = ("share", "floor_zero")
BASES = ("net", "gross")


@dataclass(frozen=True, slots=True)
class PlatformFee:
    """Monthly prices without VAT, in currency units; ``policy``: whole months, or by day where a charge point comes or goes."""

    per_charge_point: Decimal = Decimal(0)
    per_ac_evse: Decimal = Decimal(0)
    per_dc_evse: Decimal = Decimal(0)
    monthly_fixed: Decimal = Decimal(0)
    policy: str = "whole_month"

    def month(self, points: int, ac_evses: int, dc_evses: int) -> Decimal:
        """A whole month's fee for so many charge points and EVSEs."""
        return self.monthly_fixed + self.per_charge_point * points + self.per_ac_evse * ac_evses + self.per_dc_evse * dc_evses

    @property
    def none(self) -> bool:
        """Whether nothing is due."""
        return not any((self.per_charge_point, self.per_ac_evse, self.per_dc_evse, self.monthly_fixed))


@dataclass(frozen=True, slots=True)
class SessionFees:
    """What the partner bears per session and kWh (currency units without VAT), and for handling in per cent of net or gross."""

    per_session_ac: Decimal = Decimal(0)
    per_session_dc: Decimal = Decimal(0)
    per_kwh_ac: Decimal = Decimal(0)
    per_kwh_dc: Decimal = Decimal(0)
    handling_pct: Decimal = Decimal(0)
    handling_base: str = "net"


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

    @property
    def first(self) -> Month:
        """The first month."""
        return Month.of(self.first_month)

    @property
    def last(self) -> Month | None:
        """The last month as written; None: open end."""
        return None if self.last_month is None else Month.of(self.last_month)

    @property
    def end(self) -> Month | None:
        """The last month that binds: none while the contract renews itself."""
        return None if self.auto_renewal else self.last

    @property
    def negative_margin(self) -> str:
        """Whether a loss after electricity is shared, or counted as zero."""
        return str(self.terms.get("negative_margin", "share"))

    @property
    def platform_fee(self) -> PlatformFee:
        """The monthly fee; all zero without one."""
        return PlatformFee(**_values(self.terms.get("platform_fee", {}), "policy"))

    @property
    def fees(self) -> SessionFees:
        """Fees per session; all zero without any."""
        return SessionFees(**_values(self.terms.get("fees", {}), "handling_base"))

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


def _values(members: dict[str, str], word: str) -> dict[str, Any]:
    return {name: value if name == word else Decimal(value) for name, value in members.items()}


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


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step of setting a partner up; ``name`` is its code, ``done`` whether nothing is missing."""

    name: str
    done: bool


@dataclass(frozen=True, slots=True)
class ContractInput:
    """A new contract, as typed; empty zone and currency: the partner's."""

    name: str
    first_month: Month
    time_zone: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class TermPart:
    """From when until when (None: open end); whether it renews itself."""

    name: str
    first_month: Month
    last_month: Month | None = None
    auto_renewal: bool = False


@dataclass(frozen=True, slots=True)
class SharePart:
    """The partner's part of revenue in per cent, and what leaves the base before."""

    ac_pct: Decimal
    dc_pct: Decimal
    exclude_connection_fee: bool = False
    deduct_electricity: bool = False
    reimburse_electricity: bool = False
    negative_margin: str = "share"


@dataclass(frozen=True, slots=True)
class FeesPart:
    """What the partner pays regardless of the share."""

    platform: PlatformFee = field(default_factory=PlatformFee)
    session: SessionFees = field(default_factory=SessionFees)


@dataclass(frozen=True, slots=True)
class PermissionsPart:
    """Rights given to the partner's people, as values of Permission."""

    permissions: tuple[str, ...]


DraftPart = TermPart | SharePart | FeesPart | PermissionsPart


@dataclass(frozen=True, slots=True)
class AssignmentInput:
    """A charge point to be under a contract from a day until another (excluded; None: until further notice)."""

    label: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """What a list of contracts is narrowed to; ``ending``: binds no longer than that month."""

    text: str = ""
    state: str = ""
    ending: Month | None = None


@dataclass(frozen=True, slots=True)
class OpenThing:
    """What keeps a partner from being closed: kind (session, charge_point, contract, balance) and its code or amount."""

    kind: str
    code: str
    amount_minor: int | None = None
    currency: str | None = None
