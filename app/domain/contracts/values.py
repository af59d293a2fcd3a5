"""Values inside a version's terms: fees, exceptions, and the words they use."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

POLICIES = ("whole_month", "daily")
MARGINS = ("share", "floor_zero")
BASES = ("net", "gross")
KINDS = ("revenue_sharing", "payment_facilitation")
SUPPLIERS = ("operator", "partner")
_RATE = Decimal("0.000001")
#: what a partner's prices are limited in: per kWh, per minute of charging, per idle minute, per session, and what a session costs at least
LIMITED = ("energy", "time", "idle", "start_fee", "minimum")
SUBSCRIPTIONS = ("reference_tariff", "rate_per_kwh", "as_charged")


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
class PriceLimits:
    """The highest prices a partner may set, with VAT, in units of ``currency``: one for each of LIMITED; None: no limit agreed."""

    currency: str = "EUR"
    energy: Decimal | None = None
    time: Decimal | None = None
    idle: Decimal | None = None
    start_fee: Decimal | None = None
    minimum: Decimal | None = None

    def most(self, kind: str) -> Decimal | None:
        """The limit of one of LIMITED."""
        found: Decimal | None = getattr(self, kind)
        return found

    @property
    def agreed(self) -> list[tuple[str, Decimal]]:
        """(kind, limit) of those that are agreed, in the order of LIMITED."""
        return [(kind, most) for kind in LIMITED if (most := self.most(kind)) is not None]


@dataclass(frozen=True, slots=True)
class OverrideLine:
    """Another percentage, or other switches, where all given conditions hold (empty: any); None keeps the contract's.

    ``user_groups`` are codes (names in older versions), ``group_names`` has what people read for them, by code.
    """

    name: str
    channels: tuple[str, ...] = ()
    emsps: tuple[str, ...] = ()
    user_groups: tuple[str, ...] = ()
    ac_pct: Decimal | None = None
    dc_pct: Decimal | None = None
    exclude_connection_fee: bool | None = None
    deduct_electricity: bool | None = None
    reimburse_electricity: bool | None = None
    group_names: tuple[tuple[str, str], ...] = ()

    @property
    def people(self) -> dict[str, str]:
        """The groups by their word, as people read them."""
        names = dict(self.group_names)
        return {word: names.get(word, word) for word in self.user_groups}


def net_rate(price: Decimal | None, vat_pct: Decimal) -> Decimal | None:
    """A price of electricity per kWh with tax as it is without, in currency units with at most six decimals; None: none."""
    if price is None:
        return None
    return (price * 100 / (100 + vat_pct)).quantize(_RATE, ROUND_HALF_UP).normalize()


def override_of(line: dict[str, Any]) -> OverrideLine:
    """An exception as a version keeps it."""
    shares = {name: None if line.get(name) is None else Decimal(line[name]) for name in ("ac_pct", "dc_pct")}
    return OverrideLine(
        line["name"],
        tuple(line.get("channels", ())),
        tuple(line.get("emsps", ())),
        tuple(line.get("user_groups", ())),
        exclude_connection_fee=line.get("exclude_connection_fee"),
        deduct_electricity=line.get("deduct_electricity_cost"),
        reimburse_electricity=line.get("reimburse_electricity_cost"),
        group_names=tuple(line.get("group_names", {}).items()),
        **shares,
    )


def fee_values(members: dict[str, str], word: str) -> dict[str, Any]:
    """Fees as a version keeps them; ``word`` names the member that is no amount."""
    return {name: value if name == word else Decimal(value) for name, value in members.items()}
