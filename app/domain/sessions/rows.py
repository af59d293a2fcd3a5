"""What queries about sessions return and templates read. The same row is a live message's facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.live.facts import Facts
from app.money.amount import Money

#: how long somebody whose card hold stands has time to plug in
START_WINDOW = timedelta(minutes=3)
#: without a word from the charge point for so long, a running session says so
SILENCE = timedelta(seconds=40)
#: what a running car does, where it has a word of its own
_CAR_STATES = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"})
#: states in which a session holds its EVSE
OPEN_STATES = ("requested", "starting", "charging")


class Shown:
    """How a row's state is said: the word's name and its table (see ``app.text.states``)."""

    __slots__ = ()
    state: str
    charging_state: str | None
    flags: tuple[str, ...]
    gross_minor: int | None
    collected_at: datetime | None

    @property
    def money_state(self) -> str:
        """Where its money is: rated (nothing to pay, or not shown), held, awaited, collected; none before there is an amount."""
        if self.state != "rated":
            return "held" if "held" in self.flags else "none"
        if not self.gross_minor:
            return "rated"
        return "collected" if self.collected_at else "awaited"

    @property
    def shown_state(self) -> str:
        """What the car does while it charges, "held" where a person must look first, where the money is, else the state."""
        if self.state == "charging" and self.charging_state in _CAR_STATES:
            return self.charging_state or self.state
        if self.state == "rated" or (self.state == "stopped" and "held" in self.flags):
            return self.money_state
        return self.state

    @property
    def shown_kind(self) -> str:
        """The table of the word."""
        if self.state == "rated":
            return "money"
        return "connector" if self.state == "charging" and self.charging_state in _CAR_STATES else "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSessionRow(Shown, Facts):
    """Everything a page shows of a session while it lives, in lists, on its own page and on the driver's phone.

    Energy is Wh, power W, amounts are minor units with tax. ``idle_price`` is per hour, as OCPI has it.
    ``at`` is the instant the row was read.
    """

    session_id: UUID
    operator_id: UUID
    partner_id: UUID | None
    location_id: UUID | None
    station_id: UUID
    evse_id: UUID | None
    code: str
    state: str
    channel: str
    station_label: str
    evse_number: int | None
    location_name: str
    time_zone: str
    currency: str
    language: str
    help_phone: str
    requested_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    last_reading_at: datetime | None
    energy_wh: int
    power_w: int | None
    soc_pct: int | None
    charging_state: str | None
    stop_reason: str | None
    running_gross_minor: int | None
    gross_minor: int | None
    hold_minor: int | None
    failure: str | None
    flags: tuple[str, ...] = ()
    energy_price: Decimal | None = None
    idle_since: datetime | None = None
    idle_before_s: int = 0
    idle_price: Decimal | None = None
    idle_grace_s: int = 0
    idle_scope: str = "phase"
    idle_mode: str = "deduct"
    idle_cap: Decimal | None = None
    connector_status: str | None = None
    station_connected: bool = False
    last_message_at: datetime | None = None
    payment_state: str | None = None
    payment_failure: str | None = None
    reserved_at: datetime | None = None
    captured_minor: int = 0
    refunded_minor: int = 0
    charged_at: datetime | None = None
    released_at: datetime | None = None
    collected_at: datetime | None = None
    seq: int = 0
    at: datetime | None = None

    def without_amounts(self) -> LiveSessionRow:
        """The same for somebody who may not see what it costs."""
        return replace(self, running_gross_minor=None, gross_minor=None, hold_minor=None, captured_minor=0, refunded_minor=0)

    @property
    def evse_label(self) -> str:
        """``NL-0417/2``."""
        return self.station_label if self.evse_number is None else f"{self.station_label}/{self.evse_number}"

    @property
    def slug(self) -> str:
        """The EVSE in addresses: ``NL-0417-2``."""
        return self.evse_label.replace("/", "-")

    @property
    def is_open(self) -> bool:
        """Whether it still holds its EVSE."""
        return self.state in OPEN_STATES

    @property
    def is_held(self) -> bool:
        """Whether a person has to look before anybody pays."""
        return "held" in self.flags and self.state != "rated"

    @property
    def stage(self) -> str:
        """The word for where a driver stands: card, plug_in, starting, charging, idle, ended, held, done, failed."""
        if self.state == "requested":
            return "card"
        if self.state == "starting":
            return "starting" if self.connector_status not in {None, "Available"} else "plug_in"
        if self.state == "charging":
            return "charging" if self.idle_since is None else "idle"
        if self.state == "failed":
            return "failed"
        if self.is_held:
            return "held"
        return "done" if self.state == "rated" else "ended"

    @property
    def cost_minor(self) -> int:
        """The final amount, or what has come together so far."""
        return self.running_gross_minor or 0 if self.gross_minor is None else self.gross_minor

    @property
    def reserve_used_pct(self) -> int | None:
        """The share of the reserve that is used, in whole per cent, at most 100."""
        if not self.hold_minor:
            return None
        return min(100, self.cost_minor * 100 // self.hold_minor)

    @property
    def released_minor(self) -> int:
        """What of the reserve goes back to the driver."""
        if self.hold_minor is None or self.released_at is None:
            return 0
        return self.hold_minor - self.captured_minor

    @property
    def plug_in_until(self) -> datetime | None:
        """When an unused hold is given back."""
        return None if self.reserved_at is None else self.reserved_at + START_WINDOW

    @property
    def idle_fee_at(self) -> datetime | None:
        """When the idle fee of this standstill begins; None if there is none."""
        if self.idle_since is None or not self.idle_price:
            return None
        used = self.idle_before_s if self.idle_scope == "session" else 0
        return self.idle_since + timedelta(seconds=max(0, self.idle_grace_s - used))

    @property
    def idle_price_minute(self) -> Decimal | None:
        """The idle price as AFIR wants it, per minute."""
        return None if self.idle_price is None else self.idle_price / 60

    @property
    def idle_cap_minor(self) -> int | None:
        """The most that standing idle costs, in minor units."""
        return None if self.idle_cap is None else Money.round(self.idle_cap, self.currency).minor

    def until(self, now: datetime) -> datetime:
        """Its end, or now while it runs."""
        return self.ended_at or now

    def lasted_s(self, now: datetime) -> int:
        """How long it took so far, in seconds."""
        return 0 if self.started_at is None else max(0, int((self.until(now) - self.started_at).total_seconds()))

    def is_silent(self, now: datetime) -> bool:
        """Whether the charge point has said nothing for a while although it charges."""
        heard = max((at for at in (self.last_reading_at, self.last_message_at, self.started_at) if at), default=None)
        return self.state == "charging" and heard is not None and now - heard > SILENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A frozen price line."""

    dimension: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    vat_pct: Decimal | None
    amount_minor: int
    exact: Decimal
    element: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """From here on the car charged, or only stood there; ``energy_wh`` delivered up to here."""

    at: datetime
    charging: bool
    state: str
    energy_wh: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A sample for the power curve: energy counted from the session's start."""

    at: datetime
    energy_wh: int | None
    power_w: int | None


@dataclass(frozen=True, slots=True)
class Door:
    """Whose session a secret or a code belongs to; all that is known before the tenant is."""

    operator_id: UUID
    partner_id: UUID | None
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRow:
    """What ``request_start`` promises the driver."""

    session_id: UUID
    payment_id: UUID
    code: str
    hold_minor: int
    currency: str
    #: False where the same form was sent before
    fresh: bool = True
