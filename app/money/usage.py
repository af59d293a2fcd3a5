"""A session's use as whole numbers: microseconds since 1970, billionths of a kWh, kW and ampere. Put in order here, priced elsewhere.

Putting in order (README P2): a period that runs backwards keeps its energy and loses its time; where two overlap the later
one starts when the earlier has ended; time that no period covers is not billed; energy that a meter steps back is repaid by the
next energy, or, where none follows, by the last before it. Everything of that kind is flagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from app.kernel.errors import Invalid
from app.kernel.periods import zone
from app.money.fields import Fields, SessionInvalid, nano
from app.money.zones import DAY, from_datetime

PERIOD_BACKWARDS = "PERIOD_BACKWARDS"
PERIOD_GAP = "PERIOD_GAP"
PERIOD_ORDER = "PERIOD_OUT_OF_ORDER"
PERIOD_OUTSIDE = "PERIOD_OUTSIDE_SESSION"
PERIOD_OVERLAP = "PERIOD_OVERLAP"
METER_ROLLBACK = "METER_ROLLBACK"

#: a session longer than this is a mistake, and would cut into more pieces than anyone can read
_LONGEST = 1000 * DAY
_LATEST = 9000 * 365 * DAY


class Readings(NamedTuple):
    """Lowest and highest power (billionths of kW) and current (of ampere) seen; None: not known."""

    min_power: int | None = None
    max_power: int | None = None
    min_current: int | None = None
    max_current: int | None = None


_UNKNOWN = Readings()


class Period(NamedTuple):
    """What a station reported: from, until, energy, and whether the car was asking for power."""

    start: int
    end: int
    energy: int
    charging: bool
    readings: Readings = _UNKNOWN

    @classmethod
    def of(cls, start: datetime, end: datetime, energy_kwh: Decimal, *, charging: bool = True) -> Period:
        """A period from aware instants and kWh."""
        return cls(from_datetime(start), from_datetime(end), nano(energy_kwh), charging)


class Stretch(NamedTuple):
    """A period put in order: it starts at ``at``, lasts ``length`` (0 is possible) and has ``energy`` (not negative)."""

    at: int
    length: int
    energy: int
    charging: bool
    readings: Readings = _UNKNOWN


class Reservation(NamedTuple):
    """Reserved time before charging; ``expired`` if nobody came."""

    start: int
    end: int
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A session ready for pricing; make it with ``Session.of`` or ``parse_session``."""

    start: int
    end: int
    zone: str
    stretches: tuple[Stretch, ...]
    flags: tuple[str, ...]
    energy: int
    charging_time: int
    parking_time: int
    reservation: Reservation | None = None
    user_groups: frozenset[str] = frozenset()
    allowance: int = 0

    @classmethod
    def of(
        cls,
        start: datetime,
        end: datetime,
        zone_name: str,
        periods: Iterable[Period],
        *,
        reservation: Reservation | None = None,
        user_groups: Iterable[str] = (),
        allowance_kwh: Decimal = Decimal(0),
    ) -> Session:
        """A session from aware instants; for a running one ``end`` is now. Refuses ``SessionInvalid``."""
        return build(
            from_datetime(start), from_datetime(end), zone_name, list(periods), reservation, frozenset(user_groups), nano(allowance_kwh)
        )

    @property
    def empty(self) -> bool:
        """No time and no energy: nothing happened that could cost anything."""
        return self.start == self.end and not (self.energy or self.charging_time or self.parking_time)


def build(
    start: int,
    end: int,
    zone_name: str,
    periods: list[Period],
    reservation: Reservation | None,
    user_groups: frozenset[str],
    allowance: int,
) -> Session:
    """A session from whole numbers, checked and put in order."""
    _check_span(start, end)
    _check_zone(zone_name)
    for place, period in enumerate(periods):
        if min(period.start, period.end) < start:
            raise SessionInvalid("period_outside_session", field=f"periods[{place}].start")
        if period.end > start + _LONGEST:
            raise SessionInvalid("too_long", field=f"periods[{place}].end")
    if reservation:
        _check_reservation(reservation, start)
    stretches, flags = put_in_order(start, end, periods)
    return Session(
        start=start,
        end=end,
        zone=zone_name,
        stretches=stretches,
        flags=flags,
        energy=sum(each.energy for each in stretches),
        charging_time=sum(each.length for each in stretches if each.charging),
        parking_time=sum(each.length for each in stretches if not each.charging),
        reservation=reservation,
        user_groups=user_groups,
        allowance=allowance,
    )


def _check_span(start: int, end: int) -> None:
    if end < start:
        raise SessionInvalid("end_before_start", field="end")
    if start < 0 or end > _LATEST:
        raise SessionInvalid("out_of_range", field="start")
    if end - start > _LONGEST:
        raise SessionInvalid("too_long", field="end")


def _check_zone(name: str) -> None:
    try:
        zone(name)
    except Invalid as error:
        raise SessionInvalid("unknown_time_zone", field="time_zone", name=name) from error


def _check_reservation(reservation: Reservation, start: int) -> None:
    if reservation.end < reservation.start:
        raise SessionInvalid("end_before_start", field="reservation.end")
    if reservation.start < 0 or reservation.end - reservation.start > _LONGEST:
        raise SessionInvalid("too_long", field="reservation.end")
    if not reservation.expired and reservation.end > start:
        raise SessionInvalid("reservation_overlaps_session", field="reservation.end")


def put_in_order(start: int, end: int, periods: Sequence[Period]) -> tuple[tuple[Stretch, ...], tuple[str, ...]]:
    """The periods as stretches that follow each other, and the flags of what had to be put right."""
    flags: set[str] = set()
    stretches: list[Stretch] = []
    reached = start
    for period in _sorted(periods, flags):
        at, until = period.start, period.end
        if until < at:
            flags.add(PERIOD_BACKWARDS)
            until = at = max(at, reached)
        elif at < reached:
            flags.add(PERIOD_OVERLAP)
            at = reached
            until = max(until, at)
        elif at > reached:
            flags.add(PERIOD_GAP)
        if period.end > end:
            flags.add(PERIOD_OUTSIDE)
        stretches.append(Stretch(at, until - at, period.energy, period.charging, period.readings))
        reached = max(reached, until) if period.end >= period.start else reached
    if reached < end:
        flags.add(PERIOD_GAP)
    if any(each.energy < 0 for each in stretches):
        flags.add(METER_ROLLBACK)
        stretches = _repaid(stretches)
    return tuple(each for each in stretches if each.length or each.energy), tuple(sorted(flags))


def _sorted(periods: Sequence[Period], flags: set[str]) -> Sequence[Period]:
    """By start. One that runs backwards has no place of its own and stays behind its predecessor."""
    keys: list[int] = []
    for period in periods:
        keys.append(period.start if period.end >= period.start or not keys else keys[-1])
    if all(before <= after for before, after in pairwise(keys)):
        return periods
    flags.add(PERIOD_ORDER)
    return [periods[place] for place in sorted(range(len(periods)), key=keys.__getitem__)]


def _repaid(stretches: list[Stretch]) -> list[Stretch]:
    """Without negative energy: each loss is taken from the energy after it, what then remains from the last before."""
    debt = 0
    kept: list[Stretch] = []
    for each in stretches:
        debt += max(-each.energy, 0)
        repaid = min(debt, max(each.energy, 0))
        debt -= repaid
        kept.append(each._replace(energy=max(each.energy, 0) - repaid))
    for place in range(len(kept) - 1, -1, -1):
        repaid = min(debt, kept[place].energy)
        debt -= repaid
        kept[place] = kept[place]._replace(energy=kept[place].energy - repaid)
    return kept


def parse_session(value: object, path: str = "") -> Session:
    """A session from a JSON-like object; refuses ``SessionInvalid`` with a stable code and the path of the field."""
    fields = Fields(value, path, SessionInvalid)
    start, end = fields.instant("start"), fields.instant("end")
    if end < start:
        raise fields.refuse("end_before_start", "end")
    if not isinstance(fields.get("time_zone"), str):
        raise fields.refuse("unknown_time_zone", "time_zone")
    if not isinstance(fields.get("periods"), list):
        raise fields.refuse("missing", "periods")
    inner = fields.child("reservation")
    session = build(
        start,
        end,
        str(fields.get("time_zone")),
        [_period(each) for each in fields.children("periods")],
        _reservation(inner) if inner else None,
        frozenset(fields.words("user_groups")),
        nano(fields.number("allowance_kwh")) if fields.has("allowance_kwh") else 0,
    )
    fields.skip("id")
    fields.close()
    return session


def _period(fields: Fields) -> Period:
    low_high = [_nano(fields, name) for name in ("min_power_kw", "max_power_kw", "min_current_a", "max_current_a")]
    period = Period(
        start=fields.instant("start"),
        end=fields.instant("end"),
        energy=nano(fields.number("energy_kwh", negative=True)),
        charging=fields.flag("charging"),
        readings=Readings(*low_high),
    )
    fields.close()
    return period


def _nano(fields: Fields, name: str) -> int | None:
    return nano(fields.number(name, negative=True)) if fields.has(name) else None


def _reservation(fields: Fields) -> Reservation:
    reservation = Reservation(
        fields.instant("start"), fields.instant("end"), expired=fields.flag("expired") if fields.has("expired") else False
    )
    fields.close()
    return reservation
