"""Limits of charging: a talk of several calls, because charge points differ in what they take and in what they do with it.

First it is asked in which unit a limit may be said (T63), then it is set in that unit, then the charge point says what it will do (T64).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final, NamedTuple

from app.domain.network.bulk_commands import Wish
from app.ocpp.calls import Outgoing, verdict
from app.ocpp.codec import Failure, Result
from app.ocpp.reading import fields, items, number
from app.ocpp.replies import stamp
from app.ocpp.schemas import V16

#: volts of one phase; limits in the other unit than the wished one are counted with it
VOLTS: Final = 230
#: an EVSE of at most so many watts has one phase
ONE_PHASE_W: Final = 7400
#: one profile per EVSE: a new limit takes the place of the last
PROFILE_ID: Final = 4000
_STEP: Final = Decimal("0.1")
#: a station may round to what it can do
_SLACK: Final = Decimal("1.02")
_WINDOW_S: Final = 60
_DAY_S: Final = 86_400

Ask = Callable[[Outgoing, str], Awaitable[Result | Failure | None]]
Settled = tuple[str, dict[str, Any] | None, str | None]


class Limit(NamedTuple):
    """A limit in the unit in which it will be said."""

    value: Decimal
    unit: str
    phases: int


async def set_profile(ask: Ask, protocol: str, wish: Wish, now: datetime) -> Settled:
    """Limit an EVSE. ``ask`` sends a call with an id (empty: any) and waits; None: no answer came."""
    words = await ask(_which_units(protocol), "")
    if words is None:
        return "no_answer", None, "time_out"
    limit = in_allowed_unit(wish, units_of(protocol, words))
    answer = await ask(_profile(protocol, wish, limit, now), wish.command_id)
    if answer is None:
        return "no_answer", None, "time_out"
    state, reason = verdict(answer)
    told: dict[str, Any] = {"limit": str(limit.value), "unit": limit.unit}
    if state != "accepted":
        return state, told, reason
    schedule = await ask(schedule_call(protocol, wish, _WINDOW_S, limit.unit), "")
    follows, shown = followed(limit, schedule)
    return "accepted", told | {"schedule": shown}, None if follows else "unverified" if follows is None else "not_followed"


def units_of(protocol: str, answer: Result | Failure) -> frozenset[str]:
    """In which units a limit may be said, "A" and "W"; empty if the charge point did not say."""
    payload = fields(answer.payload) if isinstance(answer, Result) else {}
    if protocol == V16:
        said = [str(each.get("value") or "") for each in items(payload.get("configurationKey"))]
    else:
        said = [str(each.get("attributeValue") or "") for each in items(payload.get("getVariableResult"))]
    words = {word.strip().lower() for text in said for word in text.split(",")}
    return frozenset(unit for unit, names in (("A", {"current", "a"}), ("W", {"power", "w"})) if words & names)


def in_allowed_unit(wish: Wish, allowed: frozenset[str]) -> Limit:
    """The wished limit, counted over where only the other unit is allowed: 230 V per phase, rounded down to a tenth."""
    phases = 1 if wish.max_w is not None and wish.max_w <= ONE_PHASE_W else 3
    value, unit = Decimal(str(wish.params["limit"])), str(wish.params["unit"])
    if wish.current == "DC" and not allowed:
        allowed = frozenset("W")
    if unit not in allowed and allowed:
        value, unit = (value / (VOLTS * phases), "A") if unit == "W" else (value * VOLTS * phases, "W")
    return Limit(value.quantize(_STEP, ROUND_DOWN), unit, phases)


def followed(limit: Limit, answer: Result | Failure | None) -> tuple[bool | None, dict[str, Any] | None]:
    """Whether the charge point will keep to the limit by its own schedule (None: it does not say), and the schedule."""
    payload = fields(answer.payload) if isinstance(answer, Result) else {}
    schedule = fields(payload.get("chargingSchedule") or payload.get("schedule"))
    periods = items(schedule.get("chargingSchedulePeriod"))
    shown = number(periods[0].get("limit")) if periods else None
    if shown is None:
        return None, schedule or None
    unit = str(schedule.get("chargingRateUnit") or limit.unit)
    if unit != limit.unit:
        shown = shown / (VOLTS * limit.phases) if unit == "W" else shown * VOLTS * limit.phases
    return shown <= limit.value * _SLACK + _STEP, schedule


def single_call(protocol: str, wish: Wish) -> Outgoing | None:
    """The call for a wish about limits that needs no talk; None: it is about something else."""
    if wish.action == "get_schedule":
        return schedule_call(protocol, wish, _DAY_S)
    return _clear(protocol, wish) if wish.action == "clear_profile" else None


def _clear(protocol: str, wish: Wish) -> Outgoing:
    key = "id" if protocol == V16 else "chargingProfileId"
    return Outgoing("ClearChargingProfile", {key: _profile_id(protocol, wish)})


def schedule_call(protocol: str, wish: Wish, seconds: int, unit: str | None = None) -> Outgoing:
    """What the charge point will allow in the coming seconds, all profiles together."""
    place = {"connectorId": wish.wire_number or 1} if protocol == V16 else {"evseId": wish.evse_number or 1}
    return Outgoing("GetCompositeSchedule", {**place, "duration": seconds, **({"chargingRateUnit": unit} if unit else {})})


def _which_units(protocol: str) -> Outgoing:
    if protocol == V16:
        return Outgoing("GetConfiguration", {"key": ["ChargingScheduleAllowedChargingRateUnit"]})
    wanted = {"component": {"name": "SmartChargingCtrlr"}, "variable": {"name": "RateUnit"}}
    return Outgoing("GetVariables", {"getVariableData": [wanted]})


def _profile(protocol: str, wish: Wish, limit: Limit, now: datetime) -> Outgoing:
    until = datetime.fromisoformat(str(wish.params["until"]))
    begins, ends = stamp(now).decode(), stamp(until).decode()
    schedule: dict[str, Any] = {
        "duration": max(1, round((until - now).total_seconds())),
        "startSchedule": begins,
        "chargingRateUnit": limit.unit,
        # the wire's numbers have one decimal; nothing is reckoned with them here
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": float(limit.value), "numberPhases": limit.phases}],
    }
    profile: dict[str, Any] = {"stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute"}
    profile |= {"validFrom": begins, "validTo": ends}
    if protocol == V16:
        profile |= {"chargingProfileId": _profile_id(protocol, wish), "chargingSchedule": schedule}
        return Outgoing("SetChargingProfile", {"connectorId": wish.wire_number or 1, "csChargingProfiles": profile})
    profile |= {"id": _profile_id(protocol, wish), "chargingSchedule": [{"id": 1, **schedule}]}
    return Outgoing("SetChargingProfile", {"evseId": wish.evse_number or 1, "chargingProfile": profile})


def _profile_id(protocol: str, wish: Wish) -> int:
    return PROFILE_ID + ((wish.wire_number if protocol == V16 else wish.evse_number) or 1)
