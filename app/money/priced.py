"""What a session costs: price lines with their reasons, VAT groups, totals, and everything needed to replay and explain a cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from app.money.amount import Money
from app.money.compile import LINE_ORDER
from app.money.limits import Exact, limited_exact
from app.money.rate import rounded
from app.money.terms import Tariff
from app.money.usage import Session
from app.money.vat import VatGroup
from app.money.walk import Piece
from app.money.zones import HOUR, SECOND

#: UN/ECE codes of what a quantity counts, as electronic invoices and settlement write them
_UNITS = {"ENERGY": "KWH", "TIME": "HUR", "PARKING_TIME": "HUR", "RESERVATION_TIME": "HUR", "FLAT": "C62", "RESERVATION_FLAT": "C62"}


class Totals(NamedTuple):
    """Net, VAT and gross in minor units: ``net + vat == gross``."""

    net: int
    vat: int
    gross: int


class PriceLine(NamedTuple):
    """One line of a receipt: everything billed in one dimension at one unit price and VAT rate.

    ``amount`` is in minor units of the tariff's own basis (gross if it contains tax), rounded once; ``quantity`` counts kWh, hours or
    fees and ``exact`` is the amount in major units before rounding. ``clauses`` are the (element, component) places that priced it.
    """

    dimension: str
    unit_price: Decimal
    vat_pct: Decimal | None
    amount: int
    quantity_num: int
    quantity_den: int
    exact_num: int
    exact_den: int
    clauses: tuple[tuple[int, int], ...]
    capped: bool

    @property
    def quantity(self) -> Fraction:
        """kWh, hours or number of fees, exact."""
        return Fraction(self.quantity_num, self.quantity_den)

    @property
    def exact(self) -> Fraction:
        """The amount in major units, never rounded."""
        return Fraction(self.exact_num, self.exact_den)

    @property
    def unit(self) -> str:
        """UN/ECE code of the quantity: KWH, HUR or C62."""
        return _UNITS[self.dimension]

    @property
    def element(self) -> int:
        """The place of the first element that priced it."""
        return self.clauses[0][0]

    @property
    def clause(self) -> str:
        """The path of the first component that priced it: ``elements[1].price_components[0]``."""
        return f"elements[{self.clauses[0][0]}].price_components[{self.clauses[0][1]}]"

    def shown_quantity(self, places: int = 6) -> Decimal:
        """The quantity as a decimal for a receipt or a column, rounded half away from zero."""
        return rounded(self.quantity, places)


class Adjustment(NamedTuple):
    """What a least or greatest price moved, in minor units; ``reason`` is ``min_price`` or ``max_price``."""

    net: int
    gross: int
    reason: str


class Segment(NamedTuple):
    """A part of the session within which no price could change, with what priced it."""

    piece: Piece
    reserved: bool

    @property
    def start(self) -> Fraction:
        """Its start in microseconds since 1970, exact."""
        return self.piece.stretch.at + Fraction(self.piece.since, self.piece.time_over)

    @property
    def seconds(self) -> Fraction:
        """How long it lasts."""
        return Fraction(self.piece.time, self.piece.time_over * SECOND)

    @property
    def energy_kwh(self) -> Fraction:
        """The energy delivered in it."""
        return Fraction(self.piece.energy, self.piece.energy_over * 10**9)

    @property
    def clauses(self) -> dict[str, tuple[int, int]]:
        """Per dimension the (element, component) in force."""
        choice = self.piece.choice
        named = (("FLAT", choice.flat), ("ENERGY", choice.energy), ("TIME", choice.time), ("PARKING_TIME", choice.parking))
        return {name: (part.element, part.component) for name, part in named if part}


class PricedSession(NamedTuple):
    """The full result. Amounts named ``…_minor`` are whole minor units; the properties give ``Money``."""

    tariff: Tariff
    session: Session
    lines: tuple[PriceLine, ...]
    groups: tuple[VatGroup, ...]
    net_minor: int
    gross_minor: int
    adjustment: Adjustment | None
    unpriced: tuple[str, ...]
    flags: tuple[str, ...]
    segments: tuple[Segment, ...]
    void: bool

    @property
    def currency(self) -> str:
        """The tariff's currency."""
        return self.tariff.currency

    @property
    def net(self) -> Money:
        """The total without VAT."""
        return Money(self.net_minor, self.currency)

    @property
    def vat(self) -> Money:
        """The VAT of the total."""
        return Money(self.gross_minor - self.net_minor, self.currency)

    @property
    def gross(self) -> Money:
        """What the driver pays."""
        return Money(self.gross_minor, self.currency)

    @property
    def totals(self) -> Totals:
        """Net, VAT and gross in minor units."""
        return Totals(self.net_minor, self.gross_minor - self.net_minor, self.gross_minor)

    def amount(self, *dimensions: str) -> int:
        """The sum of the lines of these dimensions, in minor units of the tariff's basis, before any limit."""
        return sum(line.amount for line in self.lines if line.dimension in dimensions)

    def billed(self, dimension: str) -> Fraction:
        """The quantity billed in a dimension, after allowance, grace and step: kWh, hours or fees."""
        return sum((line.quantity for line in self.lines if line.dimension == dimension), Fraction(0))

    @property
    def exact(self) -> Exact:
        """Net and gross with no rounding on the way, after the limits."""
        net = gross = Fraction(0)
        for line in self.lines:
            factor = 1 + Fraction(line.vat_pct or 0) / 100
            net += line.exact / factor if self.tariff.gross_prices else line.exact
            gross += line.exact if self.tariff.gross_prices else line.exact * factor
        return limited_exact(self.tariff, Exact(net, gross), minimum=not self.void)


def seconds(hours: Fraction) -> Fraction:
    """Hours of a time line as seconds."""
    return hours * Fraction(HOUR, SECOND)


def in_order(lines: list[PriceLine]) -> tuple[PriceLine, ...]:
    """Lines as a receipt has them: by dimension, within one by when they first applied."""
    return tuple(sorted(lines, key=lambda line: LINE_ORDER.index(line.dimension))) if len(lines) > 1 else tuple(lines)
