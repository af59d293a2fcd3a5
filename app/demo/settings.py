"""What a simulated charge point is set to, and what it keeps for commands: limits, reservations, its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

#: volts of one phase; an outlet above so many watts has three
VOLTS: Final = 230
ONE_PHASE_W: Final = 7400

#: OCPP 1.6: key -> (value, read only)
KEYS_16: Final[dict[str, tuple[str | None, bool]]] = {
    "AllowOfflineTxForUnknownId": ("false", False),
    "AuthorizationKey": (None, False),
    "AuthorizeRemoteTxRequests": ("true", False),
    "ChargeProfileMaxStackLevel": ("8", True),
    "ChargingScheduleAllowedChargingRateUnit": ("Current,Power", True),
    "ClockAlignedDataInterval": ("900", False),
    "ConnectionTimeOut": ("120", False),
    "HeartbeatInterval": ("300", False),
    "LocalPreAuthorize": ("true", False),
    "MeterValueSampleInterval": ("10", False),
    "MeterValuesSampledData": ("Energy.Active.Import.Register,Power.Active.Import,SoC", False),
    "ResetRetries": ("1", False),
    "SupportedFeatureProfiles": ("Core,FirmwareManagement,Reservation,RemoteTrigger,SmartCharging", True),
    "WebSocketPingInterval": ("30", False),
    "X-Vendor-LedBrightness": (None, False),
}
#: OCPP 2.0.1: (component, variable, value, mutability)
VARIABLES_201: Final = (
    ("ChargingStation", "AvailabilityState", "Available", "ReadOnly"),
    ("OCPPCommCtrlr", "HeartbeatInterval", "300", "ReadWrite"),
    ("OCPPCommCtrlr", "WebSocketPingInterval", "30", "ReadWrite"),
    ("ReservationCtrlr", "Enabled", "true", "ReadWrite"),
    ("SampledDataCtrlr", "TxUpdatedInterval", "10", "ReadWrite"),
    ("SecurityCtrlr", "BasicAuthPassword", None, "WriteOnly"),
    ("SecurityCtrlr", "SecurityProfile", "1", "ReadOnly"),
    ("SmartChargingCtrlr", "RateUnit", "A,W", "ReadOnly"),
    ("TxCtrlr", "EVConnectionTimeOut", "120", "ReadWrite"),
)


@dataclass(frozen=True)
class Limit:
    """At most so many watts until then; ``value`` and ``unit`` as it was said."""

    watts: int
    value: float
    unit: str
    until: datetime | None


@dataclass(frozen=True)
class Reserved:
    """An outlet is kept for a card."""

    number: int
    token: str
    until: datetime


def limit_of(schedule: dict[str, Any], max_w: int, now: datetime) -> Limit:
    """The first step of a charging schedule, in the protocol library's words."""
    step = schedule["charging_schedule_period"][0]
    value, unit = float(step["limit"]), str(schedule["charging_rate_unit"])
    phases = int(step.get("number_phases") or (1 if max_w <= ONE_PHASE_W else 3))
    watts = value if unit == "W" else value * VOLTS * phases
    seconds = schedule.get("duration")
    until = None if seconds is None else datetime.fromtimestamp(now.timestamp() + float(seconds), now.tzinfo)
    return Limit(int(watts), value, unit, until)


def offered_in(unit: str, watts: int, max_w: int) -> float:
    """Watts as a schedule says them."""
    return float(watts) if unit == "W" else round(watts / (VOLTS * (1 if max_w <= ONE_PHASE_W else 3)), 1)
