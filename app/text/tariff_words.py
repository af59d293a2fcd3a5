"""A tariff in sentences, in the language spoken now: one per price, one for each rule of the whole.

Used wherever a tariff is read: editor, lists, publishing, history. Prices stand as the tariff has them (gross if it contains tax).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from babel import dates

from app.money.sheet import Line, lines_of
from app.money.terms import (
    MINUTES_A_DAY,
    Dimension,
    Dynamic,
    GraceMode,
    GraceScope,
    HolidayRule,
    ReservationKind,
    Restrictions,
    Tariff,
    TaxIncluded,
)
from app.text import format as fmt
from app.text.locales import current
from app.text.words import gettext as _
from app.text.words import lazy as _l

KINDS = {
    Dimension.ENERGY: _l("Energy"),
    Dimension.TIME: _l("Charging time"),
    Dimension.PARKING_TIME: _l("Idle time"),
    Dimension.FLAT: _l("Start fee"),
}
CHANNEL_WORDS = {
    "adhoc": _l("Without a card or contract"),
    "app": _l("With the app"),
    "rfid": _l("With a charging card"),
    "roaming": _l("By roaming"),
}
_WORKDAYS, _WEEKEND = frozenset(range(5)), frozenset({5, 6})


def channel_word(channel: str) -> str:
    """How a driver starts, as lines of tariff groups say it: ``With the app``."""
    return str(CHANNEL_WORDS[channel])


def line_words(line: Line, currency: str) -> str:
    """``Weekdays 08:00–18:00: €0.49 per kWh``; without conditions the price alone."""
    conditions = when_words(line.when, line.groups)
    price = price_words(line, currency)
    return _("%(when)s: %(price)s", when=conditions, price=price) if conditions else _capital(price)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def price_words(line: Line, currency: str) -> str:
    """``€0.49 per kWh``, ``€0.30 per started 15 minutes of charging``, ``idle time free``."""
    amount = fmt.exact_money(line.price, currency)
    if line.when.reservation is not None:
        return _reserved(line, amount)
    if not line.price:
        return _FREE[line.dimension]()
    if line.dimension is Dimension.ENERGY:
        return _("%(amount)s per kWh", amount=amount)
    if line.dimension is Dimension.FLAT:
        return _("%(amount)s start fee", amount=amount)
    is_idle = line.dimension is Dimension.PARKING_TIME
    if line.block and line.block > 1:
        minutes = fmt.number(line.block)
        if is_idle:
            return _("%(amount)s per started %(minutes)s minutes of standing idle", amount=amount, minutes=minutes)
        return _("%(amount)s per started %(minutes)s minutes of charging", amount=amount, minutes=minutes)
    if line.unit == "hour":
        return _("%(amount)s per idle hour", amount=amount) if is_idle else _("%(amount)s per hour of charging", amount=amount)
    return _("%(amount)s per idle minute", amount=amount) if is_idle else _("%(amount)s per minute of charging", amount=amount)


_FREE: dict[Dimension, Callable[[], str]] = {
    Dimension.ENERGY: lambda: _("energy free"),
    Dimension.TIME: lambda: _("charging time free"),
    Dimension.PARKING_TIME: lambda: _("idle time free"),
    Dimension.FLAT: lambda: _("no start fee"),
}


def _reserved(line: Line, amount: str) -> str:
    if line.dimension is Dimension.FLAT:
        return _("%(amount)s to reserve", amount=amount)
    return _("%(amount)s per reserved hour", amount=amount) if line.unit == "hour" else _("%(amount)s per reserved minute", amount=amount)


def when_words(when: Restrictions, groups: Sequence[str] = ()) -> str:
    """The conditions of a price, separated by commas; empty if it always counts. ``groups``: the names of those it is for."""
    found = [_clock_words(when), _date_words(when.start_date, when.end_date)]
    if when.holidays:
        found.append(_("on public holidays") if when.holidays is HolidayRule.ONLY else _("not on public holidays"))
    found.append(_range(when.min_kwh, when.max_kwh, lambda v: f"{fmt.number(v)}{fmt.NBSP}kWh", _AMOUNT))
    found.append(_range(when.min_duration, when.max_duration, lambda v: fmt.duration(int(v)), _LENGTH))
    found.append(_range(when.min_power, when.max_power, lambda v: f"{fmt.number(v)}{fmt.NBSP}kW", _POWER))
    found.append(_range(when.min_current, when.max_current, lambda v: f"{fmt.number(v)}{fmt.NBSP}A", _POWER))
    if groups:
        found.append(_("for %(groups)s", groups=", ".join(groups)))
    if when.reservation is ReservationKind.RESERVATION:
        found.append(_("for a reservation"))
    elif when.reservation is ReservationKind.RESERVATION_EXPIRES:
        found.append(_("for a reservation nobody used"))
    return _capital(", ".join(each for each in found if each))


def _clock_words(when: Restrictions) -> str:
    has_hours = when.windows != ((0, MINUTES_A_DAY),)
    hours = window_words(when) if has_hours else ""
    if not when.weekdays or len(when.weekdays) == 7:
        return hours
    return _("%(days)s %(hours)s", days=days_words(when.weekdays), hours=hours) if hours else days_words(when.weekdays)


def window_words(when: Restrictions) -> str:
    """``22:00–06:00``; where weekdays are chosen, the two parts of such a window as they fall on the day: ``00:00–06:00, 22:00–24:00``."""
    if len(when.windows) == 2 and (not when.weekdays or len(when.weekdays) == 7):
        return f"{_time(when.windows[1][0])}–{_time(when.windows[0][1])}"
    return " + ".join(f"{_time(start)}–{_time(end)}" for start, end in when.windows)


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def days_words(days: frozenset[int]) -> str:
    """``Weekdays``, ``Sat, Sun``."""
    if days == _WORKDAYS:
        return _("weekdays")
    if days == _WEEKEND:
        return _("weekends")
    return ", ".join(day_name(day) for day in sorted(days))


def day_name(day: int) -> str:
    """The short name of a weekday; Monday is 0."""
    return str(dates.get_day_names("abbreviated", locale=current().language)[day]).rstrip(".")


def _date_words(start: date | None, end: date | None) -> str:
    last = None if end is None else end - timedelta(days=1)
    if start and last:
        return (
            _("on %(day)s", day=fmt.day(start)) if start == last else _("%(start)s to %(last)s", start=fmt.day(start), last=fmt.day(last))
        )
    if start:
        return _("from %(start)s", start=fmt.day(start))
    return _("until %(last)s", last=fmt.day(last)) if last else ""


_Shapes = tuple[Callable[[str], str], Callable[[str], str], Callable[[str, str], str]]
_AMOUNT: _Shapes = (
    lambda low: _("from %(low)s on", low=low),
    lambda high: _("up to %(high)s", high=high),
    lambda low, high: _("from %(low)s up to %(high)s", low=low, high=high),
)
_LENGTH: _Shapes = (
    lambda low: _("from %(low)s after the start", low=low),
    lambda high: _("in the first %(high)s", high=high),
    lambda low, high: _("from %(low)s to %(high)s after the start", low=low, high=high),
)
_POWER: _Shapes = (
    lambda low: _("at %(low)s and more", low=low),
    lambda high: _("below %(high)s", high=high),
    lambda low, high: _("at %(low)s and more, below %(high)s", low=low, high=high),
)


def _range(low: Decimal | int | None, high: Decimal | int | None, write: Callable[[Decimal | int], str], shapes: _Shapes) -> str:
    if low is not None and high is not None:
        return shapes[2](write(low), write(high))
    if low is not None:
        return shapes[0](write(low))
    return shapes[1](write(high)) if high is not None else ""


def rule_words(tariff: Tariff) -> list[str]:
    """A sentence for each rule of the whole tariff: free amounts, grace, caps, lowest and highest price, stops, hold, basis."""
    ext, money = tariff.ext, lambda amount: fmt.exact_money(amount, tariff.currency)
    found = []
    if ext.dynamic:
        found.append(_exchange(ext.dynamic, tariff.currency))
    if ext.free_energy_kwh:
        found.append(_("The first %(amount)s kWh of a session are free.", amount=fmt.number(ext.free_energy_kwh)))
    if ext.idle_grace and ext.idle_grace.seconds:
        found.append(_grace(tariff))
    for dimension, most in ext.caps:
        found.append(_CAPS[dimension](money(most)))
    if tariff.min_price:
        found.append(
            _("A session costs at least %(amount)s.", amount=money(_own(tariff, tariff.min_price.excl_vat, tariff.min_price.incl_vat)))
        )
    if tariff.max_price:
        found.append(
            _("A session costs at most %(amount)s.", amount=money(_own(tariff, tariff.max_price.excl_vat, tariff.max_price.incl_vat)))
        )
    return found + _stops(tariff) + _basis(tariff)


def _exchange(dynamic: Dynamic, currency: str) -> str:
    values = {"market": dynamic.market, "fallback": fmt.exact_money(dynamic.fallback, currency)}
    values |= {"markup": fmt.exact_money(dynamic.markup, currency), "pct": fmt.pct(dynamic.markup_pct)}
    text = _(
        "Energy costs the exchange price of %(market)s plus %(pct)s plus %(markup)s per kWh; %(fallback)s where none is known.", **values
    )
    if dynamic.ceiling is not None:
        return text + " " + _("It costs at most %(amount)s per kWh.", amount=fmt.exact_money(dynamic.ceiling, currency))
    return text


_CAPS: dict[Dimension, Callable[[str], str]] = {
    Dimension.ENERGY: lambda most: _("Energy costs at most %(amount)s per session.", amount=most),
    Dimension.TIME: lambda most: _("Charging time costs at most %(amount)s per session.", amount=most),
    Dimension.PARKING_TIME: lambda most: _("Idle time costs at most %(amount)s per session.", amount=most),
    Dimension.FLAT: lambda most: _("Start fees are at most %(amount)s per session.", amount=most),
}


def _grace(tariff: Tariff) -> str:
    grace = tariff.ext.idle_grace
    if grace is None:
        return ""
    time = fmt.duration(grace.seconds)
    if grace.mode is GraceMode.THRESHOLD:
        return _("Idle time up to %(time)s is free; if it lasts longer, all of it counts.", time=time)
    if grace.scope is GraceScope.SESSION:
        return _("The first %(time)s of idle time in a session are free.", time=time)
    return _("The first %(time)s after charging ends are free, each time.", time=time)


def _own(tariff: Tariff, excl: Decimal, incl: Decimal | None) -> Decimal:
    """The bound in the basis of the tariff."""
    return incl if tariff.gross_prices and incl is not None else excl


def _stops(tariff: Tariff) -> list[str]:
    limits, below, found = tariff.ext.limits, tariff.ext.free_below, []
    if limits and limits.energy_kwh is not None:
        found.append(_("A session ends after %(amount)s kWh.", amount=fmt.number(limits.energy_kwh)))
    if limits and limits.minutes is not None:
        found.append(_("A session ends after %(time)s.", time=fmt.duration(limits.minutes * 60)))
    if limits and limits.cost is not None:
        found.append(_("A session ends at %(amount)s.", amount=fmt.exact_money(limits.cost, tariff.currency)))
    if tariff.ext.hold is not None:
        found.append(_("%(amount)s are reserved before an ad hoc session.", amount=fmt.exact_money(tariff.ext.hold, tariff.currency)))
    if below and below.energy_kwh is not None and below.seconds is not None:
        energy, time = fmt.number(below.energy_kwh), fmt.duration(below.seconds)
        found.append(_("Below %(energy)s kWh and %(time)s nothing is charged.", energy=energy, time=time))
    elif below:
        bound = f"{fmt.number(below.energy_kwh)} kWh" if below.energy_kwh is not None else fmt.duration(below.seconds)
        found.append(_("Below %(bound)s nothing is charged.", bound=bound))
    return found


def _basis(tariff: Tariff) -> list[str]:
    rates = sorted({line.vat_pct for line in lines_of(tariff) if line.vat_pct is not None})
    said = ", ".join(fmt.pct(rate) for rate in rates)
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE or not rates:
        return [_("Prices are without VAT; none is due.")]
    return [_("Prices contain %(rates)s VAT.", rates=said) if tariff.gross_prices else _("%(rates)s VAT is added.", rates=said)]


def sentences(tariff: Tariff) -> list[str]:
    """The whole tariff: its prices in order, then its rules."""
    return [line_words(line, tariff.currency) for line in lines_of(tariff)] + rule_words(tariff)


def summary(tariff: Tariff, most: int = 3) -> str:
    """A tariff in one line for lists: its first prices, and how many more there are."""
    lines = lines_of(tariff)
    if not lines:
        return rule_words(tariff)[0]
    said = " · ".join(line_words(line, tariff.currency) for line in lines[:most])
    return said if len(lines) <= most else _("%(prices)s and %(count)s more", prices=said, count=len(lines) - most)
