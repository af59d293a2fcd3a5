"""When a running session must be stopped: at so much energy, so many minutes, or before its cost passes what was held for it.

Looks ahead with the engine itself, as if charging went on evenly; ask again with every new reading.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from app.money.amount import Money
from app.money.fields import nano
from app.money.pricing import compile_tariff, price_total
from app.money.terms import SessionLimits, Tariff
from app.money.usage import Session, Stretch
from app.money.zones import SECOND

#: no further than this is looked ahead
_HORIZON = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Limits:
    """What a session may reach; None: no such limit. ``gross`` is in the tariff's currency."""

    energy_kwh: Decimal | None = None
    minutes: int | None = None
    gross: Money | None = None


def strictest(*limits: SessionLimits | None, currency: str) -> Limits:
    """The least of each limit; nothing where none is set."""
    given = [each for each in limits if each is not None]
    cost = min((each.cost for each in given if each.cost is not None), default=None)
    return Limits(
        energy_kwh=min((each.energy_kwh for each in given if each.energy_kwh is not None), default=None),
        minutes=min((each.minutes for each in given if each.minutes is not None), default=None),
        gross=None if cost is None else Money.round(cost, currency),
    )


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop so long from the session's ``end`` (now), in whole seconds; ``reason`` is ``energy``, ``minutes`` or ``cost``."""

    after: timedelta
    reason: str


def continued(session: Session, seconds: int, power_kw: Decimal) -> Session:
    """The session as it will be if charging goes on for so long at this power."""
    energy = nano(power_kw) * seconds // 3600
    stretch = Stretch(session.end, seconds * SECOND, energy, charging=True)
    return replace(
        session,
        end=session.end + stretch.length,
        stretches=(*session.stretches, stretch) if seconds else session.stretches,
        energy=session.energy + energy,
        charging_time=session.charging_time + stretch.length,
    )


def stop_at(tariff: Tariff, session: Session, limits: Limits, power_kw: Decimal) -> Stop | None:
    """The last whole second within every limit, and which one ends it; None if none does within seven days."""
    found: list[tuple[int, str]] = []
    if limits.energy_kwh is not None:
        left = nano(limits.energy_kwh) - session.energy
        per_hour = nano(power_kw)
        if left <= 0 or per_hour:
            found.append((max(left, 0) * 3600 // max(per_hour, 1), "energy"))
    if limits.minutes is not None:
        found.append((max(session.start + limits.minutes * 60 * SECOND - session.end, 0) // SECOND, "minutes"))
    if limits.gross is not None:
        within = _affordable(tariff, session, limits.gross, power_kw)
        if within < _HORIZON:
            found.append((within, "cost"))
    seconds, reason = min(found, default=(_HORIZON, ""))
    return Stop(timedelta(seconds=seconds), reason) if seconds < _HORIZON else None


def _affordable(tariff: Tariff, session: Session, most: Money, power_kw: Decimal) -> int:
    """How many whole seconds more cost no more than this."""
    if most.currency != tariff.currency:
        raise ValueError(f"{most.currency} is not the tariff's {tariff.currency}")
    compiled = compile_tariff(tariff)

    def fits(seconds: int) -> bool:
        return price_total(compiled, continued(session, seconds, power_kw)).gross <= most.minor

    if fits(_HORIZON):
        return _HORIZON
    low, high = -1, _HORIZON
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return max(low, 0)
