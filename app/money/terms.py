"""A tariff's terms as frozen values: OCPI 2.2.1 tariff objects, ``tax_included`` of 2.3.0, and our extensions (README P7).

Prices of time are per hour, as in OCPI. Reading and writing JSON: ``parse_tariff`` below and ``terms_json``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

MINUTES_A_DAY = 24 * 60


class Dimension(StrEnum):
    """What a component puts a price on."""

    ENERGY = "ENERGY"
    FLAT = "FLAT"
    PARKING_TIME = "PARKING_TIME"
    TIME = "TIME"


class TaxIncluded(StrEnum):
    """Whether prices are gross (YES), net (NO), or no tax applies at all (N/A)."""

    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "N/A"


class GraceScope(StrEnum):
    """Whether free idle time starts anew with each idle phase, or is one budget for the session."""

    PHASE = "phase"
    SESSION = "session"


class GraceMode(StrEnum):
    """Whether only the time beyond the grace is billed, or all of it once the grace is exceeded."""

    DEDUCT = "deduct"
    THRESHOLD = "threshold"


class ReservationKind(StrEnum):
    """Which reserved time an element prices."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


class HolidayRule(StrEnum):
    """Whether an element counts on public holidays of the site only, or on all other days only."""

    ONLY = "only"
    NEVER = "never"


WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


@dataclass(frozen=True, slots=True)
class Component:
    """One price of an element: per kWh, hour or session; ``step_size`` in Wh or seconds, 0 for none; ``vat_pct`` None: not taxed."""

    dimension: Dimension
    price: Decimal
    step_size: int = 1
    vat_pct: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Restrictions:
    """When an element counts; all given ones must hold. Times are minutes of the local day, powers kW, currents ampere, durations
    seconds since the session began. Lower bounds are included, upper ones are not."""

    start_minute: int | None = None
    end_minute: int | None = None
    start_date: date | None = None
    end_date: date | None = None
    weekdays: frozenset[int] = frozenset()
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    reservation: ReservationKind | None = None
    user_groups: frozenset[str] = frozenset()
    #: replaced by dates when a session fixes its terms (README P7), as the holidays are those of the site
    holidays: HolidayRule | None = None

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """The minutes of a local day it covers. The end 00:00 is the day's end; start = end is the whole day; a later start wraps."""
        start = self.start_minute or 0
        end = MINUTES_A_DAY if self.end_minute in {None, 0} else self.end_minute or 0
        if self.end_minute is not None and self.start_minute == self.end_minute:
            return ((0, MINUTES_A_DAY),)
        return ((start, end),) if start < end else ((0, end), (start, MINUTES_A_DAY))


@dataclass(frozen=True, slots=True)
class Element:
    """Prices that count together while the restrictions hold."""

    components: tuple[Component, ...]
    restrictions: Restrictions = field(default_factory=Restrictions)


@dataclass(frozen=True, slots=True)
class Limit:
    """A least or a greatest total; the bound on the net and, if given, the one on the gross count independently."""

    excl_vat: Decimal
    incl_vat: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IdleGrace:
    """The first idle seconds cost nothing."""

    seconds: int
    scope: GraceScope = GraceScope.PHASE
    mode: GraceMode = GraceMode.DEDUCT


@dataclass(frozen=True, slots=True)
class FreeBelow:
    """A session under every bound given costs nothing, not even the start fee."""

    energy_kwh: Decimal | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """At so much energy, time or cost (gross, in the tariff's currency) the station is told to stop; they change no amount."""

    energy_kwh: Decimal | None = None
    minutes: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Dynamic:
    """The price of energy follows the day-ahead curve of a market area, per kWh: curve × (1 + ``markup_pct`` %) + ``markup``, with
    tax where the tariff's prices contain it, to four decimals, at least ``floor``, at most ``ceiling``; ``fallback`` where the
    curve is not known. ``fixed``: the elements hold the prices already."""

    market: str
    fallback: Decimal
    markup: Decimal = Decimal(0)
    markup_pct: Decimal = Decimal(0)
    floor: Decimal = Decimal(0)
    ceiling: Decimal | None = None
    vat_pct: Decimal | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Extensions:
    """What OCPI cannot say."""

    idle_grace: IdleGrace | None = None
    free_energy_kwh: Decimal = Decimal(0)
    #: most a dimension may cost, in the tariff's own price basis
    caps: tuple[tuple[Dimension, Decimal], ...] = ()
    free_below: FreeBelow | None = None
    limits: SessionLimits | None = None
    dynamic: Dynamic | None = None
    #: changes no amount: what is reserved on a card before an ad hoc session, gross
    hold: Decimal | None = None
    #: changes no amount: names for readers of groups whose codes stand in ``user_groups``
    group_names: tuple[tuple[str, str], ...] = ()

    def cap(self, dimension: Dimension) -> Decimal | None:
        """The most a dimension may cost, None if there is no such bound."""
        return next((most for capped, most in self.caps if capped is dimension), None)


@dataclass(frozen=True, slots=True)
class Tariff:
    """The terms of one tariff version; ``valid_from`` and ``valid_until`` (not included) are microseconds since 1970."""

    id: str
    currency: str
    elements: tuple[Element, ...]
    tax_included: TaxIncluded = TaxIncluded.NO
    min_price: Limit | None = None
    max_price: Limit | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    ext: Extensions = field(default_factory=Extensions)

    @property
    def gross_prices(self) -> bool:
        """Whether the prices contain the tax."""
        return self.tax_included is TaxIncluded.YES
