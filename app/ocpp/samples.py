"""Which of a meter's many samples is the energy, which the power: chosen the same way every time (T58). Both protocols."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.ocpp.facts import Reading
from app.ocpp.reading import believed, fields, items, text, watts, whole

REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
SOC = "SoC"

_PHASES = ("L1", "L2", "L3", "L1-N", "L2-N", "L3-N")
#: a signed meter record may be long, a message is at most a megabyte
_LONGEST_SIGNED = 20_000


def readings(meter_values: Any, received_at: datetime) -> tuple[Reading, ...]:
    """One reading per meterValue element that says anything about energy, power or charge, in the order sent."""
    found = (_reading(each, received_at) for each in items(meter_values))
    return tuple(each for each in found if each is not None)


class _Pick:
    """The best sample of one measurand so far: the one of all phases, else the sum over the phases; never a mixture."""

    __slots__ = ("least", "phases", "total")

    def __init__(self, least: int | None) -> None:
        self.least = least
        self.total: int | None = None
        self.phases: dict[str, int] | None = None

    def take(self, sample: dict[str, Any]) -> None:
        """Look at one sample."""
        phase = sample.get("phase")
        if (phase is None and self.total is not None) or sample.get("location", "Outlet") not in ("Outlet", "", None):
            return
        value = whole(sample.get("value"), _scale(sample))
        if value is None or (self.least is not None and value < self.least):
            return
        if phase is None:
            self.total = value
        elif phase in _PHASES:
            self.phases = self.phases or {}
            self.phases[str(phase)[:2]] = value

    @property
    def value(self) -> int | None:
        """What it comes to; None if nothing fits."""
        if self.total is not None or not self.phases:
            return self.total
        return sum(self.phases.values())


def _reading(element: dict[str, Any], received_at: datetime) -> Reading | None:
    energy, power = _Pick(0), _Pick(None)
    soc = signed = context = None
    for sample in items(element.get("sampledValue")):
        measurand = sample.get("measurand") or REGISTER
        if measurand == REGISTER:
            energy.take(sample)
        elif measurand == POWER:
            power.take(sample)
        elif measurand == SOC and soc is None:
            soc = whole(sample.get("value"))
        if signed is None and ("format" in sample or "signedMeterValue" in sample):
            signed = _signed(sample)
        if context is None and "context" in sample:
            context = text(sample["context"], 40) or None
    wh, w = energy.value, power.value
    if wh is None and w is None and soc is None and signed is None:
        return None
    at, _ = believed(element.get("timestamp"), received_at)
    return Reading(at, wh, None if w is None else watts(w), soc if soc is not None and 0 <= soc <= 100 else None, context, signed)


def _scale(sample: dict[str, Any]) -> int:
    """Wh and W are 1, kWh and kW 1000; 2.0.1 adds a power of ten."""
    measure = sample.get("unitOfMeasure")
    if not isinstance(measure, dict):
        return 1000 if sample.get("unit") in ("kWh", "kW") else 1
    multiplier = measure.get("multiplier")
    exponent = multiplier if isinstance(multiplier, int) and 0 <= multiplier <= 6 else 0
    return int(10 ** (exponent + (3 if measure.get("unit") in ("kWh", "kW") else 0)))


def _signed(sample: dict[str, Any]) -> str | None:
    """The signed record, byte for byte: 1.6 puts it into the value, 2.0.1 beside it (T62)."""
    inner = fields(sample.get("signedMeterValue")).get("signedMeterData")
    value = inner or (sample.get("value") if sample.get("format") == "SignedData" else None)
    return value[:_LONGEST_SIGNED].replace("\x00", "") if isinstance(value, str) else None
