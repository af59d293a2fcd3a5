"""Which of a meter's many samples is the energy, which the power: chosen the same way every time (T58). Both protocols."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.ocpp.facts import Reading
from app.ocpp.reading import believed, fields, items, text, watts, whole

REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
SOC = "SoC"

#: contexts kept as they are; anything else is shortened
_PHASES = ("L1", "L2", "L3", "L1-N", "L2-N", "L3-N")
#: a signed meter record may be long, a message is at most a megabyte
_LONGEST_SIGNED = 20_000


def readings(meter_values: Any, received_at: datetime) -> tuple[Reading, ...]:
    """One reading per meterValue element that says anything about energy, power or charge, in the order sent."""
    found = (_reading(each, received_at) for each in items(meter_values))
    return tuple(each for each in found if each is not None)


def _reading(element: dict[str, Any], received_at: datetime) -> Reading | None:
    samples = items(element.get("sampledValue"))
    if not samples:
        return None
    energy = _total(samples, REGISTER, 1)
    power = _total(samples, POWER, 0)
    soc = next((whole(s.get("value")) for s in samples if s.get("measurand") == SOC), None)
    signed = next((s for s in map(_signed, samples) if s), None)
    if energy is None and power is None and soc is None and signed is None:
        return None
    at, _ = believed(element.get("timestamp"), received_at)
    context = next((text(s["context"], 40) for s in samples if s.get("context")), None)
    return Reading(at, energy, _fit(power), soc if soc is not None and 0 <= soc <= 100 else None, context, signed)


def _total(samples: Sequence[dict[str, Any]], measurand: str, least: int) -> int | None:
    """The sample of all phases; else the sum over the phases; never a mixture. A missing measurand is the register (both standards)."""
    whole_ones: list[int] = []
    phases: dict[str, int] = {}
    for sample in samples:
        if (sample.get("measurand") or REGISTER) != measurand or (sample.get("location") or "Outlet") != "Outlet":
            continue
        value = whole(sample.get("value"), _scale(sample))
        if value is None or (least and value < 0):
            continue
        phase = sample.get("phase")
        if phase is None:
            whole_ones.append(value)
        elif phase in _PHASES:
            phases[str(phase)[:2]] = value
    if whole_ones:
        return whole_ones[0]
    return sum(phases.values()) if phases else None


def _scale(sample: dict[str, Any]) -> int:
    """Wh and W are 1, kWh and kW 1000; 2.0.1 adds a power of ten."""
    unit = sample.get("unit")
    measure = sample.get("unitOfMeasure")
    exponent = 0
    if isinstance(measure, dict):
        unit = measure.get("unit", unit)
        multiplier = measure.get("multiplier")
        exponent = multiplier if isinstance(multiplier, int) and 0 <= multiplier <= 6 else 0
    return int(10 ** (exponent + (3 if unit in ("kWh", "kW") else 0)))


def _signed(sample: dict[str, Any]) -> str | None:
    """The signed record, byte for byte: 1.6 puts it into the value, 2.0.1 beside it (T62)."""
    inner = fields(sample.get("signedMeterValue")).get("signedMeterData")
    value = inner or (sample.get("value") if sample.get("format") == "SignedData" else None)
    return value[:_LONGEST_SIGNED].replace("\x00", "") if isinstance(value, str) else None


def _fit(power: int | None) -> int | None:
    return watts(power) if power is not None else None
