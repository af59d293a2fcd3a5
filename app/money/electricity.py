"""What electricity costs: a rate's windows as a tariff, and a session's energy cut into slices of one net price each.

A rate is entered per kWh with tax; settlement deducts it without (settlement.md §4, step 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.kernel.errors import Invalid
from app.money.amount import to_text
from app.money.pricing import price
from app.money.rate import rounded
from app.money.rounding import half_away
from app.money.terms import Component, Dimension, Element, Restrictions, Tariff, TaxIncluded
from app.money.terms_json import tariff_from_json, tariff_to_json
from app.money.usage import Session

_NET_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A price per kWh with tax, on some weekdays (0 is Monday; none: all), hours (minutes of the day) and days (both included)."""

    gross: Decimal
    weekdays: frozenset[int] = frozenset()
    start_minute: int | None = None
    end_minute: int | None = None
    first: date | None = None
    last: date | None = None

    @property
    def is_always(self) -> bool:
        """Whether nothing limits it."""
        return self == Window(gross=self.gross)


@dataclass(frozen=True, slots=True)
class Slice:
    """Energy at one price; ``rate_net`` per kWh without tax, None where no rate is known."""

    wh: int
    rate_net: Decimal | None

    def member(self) -> dict[str, str | None]:
        """As the settlement reads it."""
        return {"kwh": to_text(self.wh, 3), "rate_net": None if self.rate_net is None else f"{self.rate_net:f}"}


def net_rate(gross: Decimal, vat_pct: Decimal) -> Decimal:
    """A price per kWh without tax, to five decimals: 0.2975 at 19 % is 0.25."""
    return rounded(Fraction(gross) * 100 / (100 + Fraction(vat_pct)), _NET_PLACES)


def rate_terms(windows: Sequence[Window], vat_pct: Decimal, currency: str) -> Tariff:
    """The windows as a tariff, first match wins. Refuses ``no_windows``, ``missing_always`` unless the last one always counts (so that
    no hour has a guessed price), and what a tariff refuses."""
    if not windows:
        raise Invalid("missing", field="windows")
    if not windows[-1].is_always:
        raise Invalid("missing_always", field=f"windows[{len(windows) - 1}]")
    elements = []
    for place, each in enumerate(windows):
        if each.gross < 0:
            raise Invalid("negative_number", field=f"windows[{place}].gross")
        if each.first is not None and each.last is not None and each.last < each.first:
            raise Invalid("end_before_start", field=f"windows[{place}].last")
        if (each.start_minute is None) != (each.end_minute is None):
            raise Invalid("missing", field=f"windows[{place}].{'end' if each.end_minute is None else 'start'}")
        when = Restrictions(
            start_minute=each.start_minute,
            end_minute=each.end_minute,
            start_date=each.first,
            end_date=None if each.last is None else date.fromordinal(each.last.toordinal() + 1),
            weekdays=each.weekdays,
        )
        elements.append(Element((Component(Dimension.ENERGY, each.gross, 1, vat_pct),), when))
    tariff = Tariff(id="", currency=currency, elements=tuple(elements), tax_included=TaxIncluded.YES)
    return tariff_from_json(tariff_to_json(tariff))


def windows_of(terms: Tariff) -> list[Window]:
    """The windows of a rate, as they were entered."""
    found = []
    for element in terms.elements:
        when = element.restrictions
        last = None if when.end_date is None else date.fromordinal(when.end_date.toordinal() - 1)
        found.append(
            Window(
                gross=element.components[0].price,
                weekdays=when.weekdays,
                start_minute=when.start_minute,
                end_minute=when.end_minute,
                first=when.start_date,
                last=last,
            )
        )
    return found


def in_turn(versions: Iterable[tuple[date, Tariff]]) -> Tariff | None:
    """Versions that follow each other as one rate, each until the next one's first day; None if there is none."""
    ordered = sorted(versions, key=lambda each: each[0])
    elements: list[Element] = []
    for place, (first, terms) in enumerate(ordered):
        until = ordered[place + 1][0] if place + 1 < len(ordered) else None
        for element in terms.elements:
            when = element.restrictions
            start = max(each for each in (first, when.start_date) if each)
            ends = [each for each in (until, when.end_date) if each]
            if not ends or start < min(ends):
                bounds = replace(when, start_date=start, end_date=min(ends, default=None))
                elements.append(replace(element, restrictions=bounds))
    return replace(ordered[0][1], elements=tuple(elements)) if elements else None


def slices(rate: Tariff | None, use: Session, wh: int) -> tuple[Slice, ...]:
    """A session's ``wh`` by what the electricity cost when it flowed, in order of time; neighbours of one price are one slice.

    Each slice is whole Wh and all together are ``wh``. Without a rate, and for time that no version covers, the price is None.
    """
    if wh == 0:
        return ()
    if rate is None:
        return (Slice(wh, None),)
    priced = price(replace(rate, min_price=None, max_price=None), use)
    parts: list[tuple[Fraction, Decimal | None]] = []
    for segment in priced.segments:
        if segment.energy_kwh:
            place = segment.clauses.get("ENERGY")
            component = rate.elements[place[0]].components[place[1]] if place else None
            parts.append((segment.energy_kwh, None if component is None else net_rate(component.price, component.vat_pct or Decimal(0))))
    whole = sum((energy for energy, _ in parts), Fraction(0))
    if not whole:
        return (Slice(wh, None),)
    found: list[Slice] = []
    reached, given = Fraction(0), 0
    for energy, net in parts:
        reached += energy
        upto = half_away(reached / whole * wh)
        if found and found[-1].rate_net == net:
            found[-1] = Slice(found[-1].wh + upto - given, net)
        else:
            found.append(Slice(upto - given, net))
        given = upto
    return tuple(each for each in found if each.wh)
