"""How amounts, energy, times and percentages are written, in the region spoken now. Numbers in, text out; never HTML.

Between number and unit stands a no-break space, a negative number begins with a true minus sign. Nothing here rounds money: minor units
come in whole; prices keep the decimals they were stored with, at least the currency's.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates, numbers

from app.kernel.periods import Month, zone
from app.money.amount import decimals
from app.text.locales import Locale, current
from app.text.words import gettext, mark

NBSP = "\u00a0"
MINUS = "\u2212"

#: what one unit of a price is called, after the slash
UNITS = {
    "kwh": "kWh",
    "minute": "min",
    "hour": "h",
    "session": mark("session"),
    "day": mark("day"),
    "month": mark("month"),
    "charge_point": mark("charge point"),
    "evse": "EVSE",
}
#: zones that have a name of their own in German
_GERMAN_ZONES = {"CET": "MEZ", "CEST": "MESZ", "EET": "OEZ", "EEST": "OESZ", "WET": "WEZ", "WEST": "WESZ"}
_DATE = {"en": "d MMM y", "de": "dd.MM.y", "fr": "d MMM y"}
_SHORT = {"en": "d MMM", "de": "dd.MM.", "fr": "d MMM"}


def number(value: Decimal | int, least: int = 0, most: int | None = None) -> str:
    """A number with groups: ``1,234.5``. ``least`` and ``most`` are its decimals (``most`` None: all it has)."""
    exact = Decimal(value)
    found = max(0, -int(exact.normalize().as_tuple().exponent)) if exact.is_finite() else 0
    places = max(least, found if most is None else min(found, most))
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return _minus(numbers.format_decimal(exact, format=_parsed(pattern), locale=current().babel, decimal_quantization=True))


def money(minor: int | None, currency: str) -> str:
    """An amount: ``€1,234.50``, ``1.234,50 €``, ``−3,50 €``; a dash when there is none."""
    if minor is None:
        return "–"
    places = decimals(currency)
    return _currency(Decimal(minor).scaleb(-places), currency, places)


def plain_money(minor: int, currency: str) -> str:
    """The same without the currency sign, for columns whose head names it."""
    places = decimals(currency)
    return number(Decimal(minor).scaleb(-places), places, places)


def price(amount: Decimal, currency: str, per: str) -> str:
    """A unit price with the decimals it has (two to five): ``€0.49/kWh``, ``0,49 €/kWh``."""
    exact = Decimal(amount)
    found = max(0, -int(exact.normalize().as_tuple().exponent)) if exact else 0
    return f"{_currency(exact, currency, max(decimals(currency), found))}/{unit(per)}"


def exact_money(amount: Decimal, currency: str) -> str:
    """A price by itself, with the decimals it has: ``€2.50``, ``0,0125 €``."""
    exact = Decimal(amount)
    found = max(0, -int(exact.normalize().as_tuple().exponent)) if exact else 0
    return _currency(exact, currency, max(decimals(currency), found))


def unit(per: str) -> str:
    """The word after the slash of a price."""
    word = UNITS.get(str(per), str(per))
    return word if word in {"kWh", "min", "h", "EVSE"} else gettext(word)


def kwh(wh: int | None, places: int = 3) -> str:
    """Energy: ``28.640 kWh``; three decimals in documents, one on dashboards."""
    return "–" if wh is None else f"{number(Decimal(wh).scaleb(-3), places, places)}{NBSP}kWh"


def kw(w: int | None, places: int = 1) -> str:
    """Power: ``10.8 kW``."""
    return "–" if w is None else f"{number(Decimal(w).scaleb(-3), places, places)}{NBSP}kW"


def pct(value: Decimal | int | None, least: int = 0) -> str:
    """A percentage: ``70%``, ``70 %``; its base stands beside it."""
    if value is None:
        return "–"
    text = number(Decimal(value), least)
    return f"{text}%" if current().region.startswith("en") else f"{text}{_pct_space(current())}%"


def duration(seconds: int | None) -> str:
    """A length of time: ``45 s``, ``35 min``, ``3 h 05 min``; seconds only below one minute."""
    if seconds is None:
        return "–"
    sign, whole = (MINUS, -seconds) if seconds < 0 else ("", seconds)
    if whole < 60:
        return f"{sign}{whole}{NBSP}s"
    hours, minutes = divmod(whole // 60, 60)
    if not hours:
        return f"{sign}{minutes}{NBSP}min"
    return f"{sign}{number(hours)}{NBSP}h{NBSP}{minutes:02d}{NBSP}min"


def day(value: date | None) -> str:
    """A date: ``14 Oct 2026``, ``14.10.2026``, ``14 oct. 2026``."""
    return "–" if value is None else _date(value, _DATE[_words()])


def short_day(value: date) -> str:
    """A date whose year is clear: ``14 Oct``, ``14.10.``."""
    return _date(value, _SHORT[_words()])


def month(value: date | Month | str | None) -> str:
    """A month: ``October 2026``; takes a date in it, a ``Month`` or ``2026-10``."""
    if value is None:
        return "–"
    first = Month.parse(value).first if isinstance(value, str) else value.first if isinstance(value, Month) else value
    return _date(first, "LLLL y")


def clock_time(instant: datetime, zone_name: str, *, seconds: bool = False) -> str:
    """The time of day on a wall clock: ``14:05``; a repeated hour carries its offset (``02:30 +02:00``)."""
    local = instant.astimezone(zone(zone_name))
    return local.strftime("%H:%M:%S" if seconds else "%H:%M") + (f"{NBSP}{offset(local)}" if is_repeated(local) else "")


def moment(instant: datetime | None, zone_name: str, *, seconds: bool = False) -> str:
    """Date and time on a wall clock: ``14 Oct 2026, 14:05``."""
    if instant is None:
        return "–"
    return f"{day(instant.astimezone(zone(zone_name)).date())}, {clock_time(instant, zone_name, seconds=seconds)}"


def zone_word(instant: datetime, zone_name: str) -> str:
    """The zone's short name at that instant: ``CET``, ``MEZ`` in German, ``UTC``, or its offset where it has no name."""
    name = instant.astimezone(zone(zone_name)).tzname() or ""
    if current().language == "de":
        name = _GERMAN_ZONES.get(name, name)
    return name if name.isalpha() else offset(instant.astimezone(zone(zone_name)))


def offset(local: datetime) -> str:
    """``+02:00``."""
    text = local.strftime("%z")
    return f"{text[:3]}:{text[3:5]}".replace("-", MINUS)


def is_repeated(local: datetime) -> bool:
    """Does the wall clock show this time twice (the hour that is repeated in October)?"""
    if not isinstance(local.tzinfo, ZoneInfo):
        return False
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()  # type: ignore[operator]


def file_size(octets: int) -> str:
    """``12 kB``, ``3.4 MB``."""
    if octets < 1_000_000:
        return f"{number(max(1, round(octets / 1000)))}{NBSP}kB"
    return f"{number(Decimal(octets).scaleb(-6), 1, 1)}{NBSP}MB"


def _words() -> str:
    return current().region[:2]


def _word_locale() -> str:
    # month names follow the language; the order of the parts follows the region
    return current().region if current().region.startswith(current().language) else current().language


def _date(value: date, pattern: str) -> str:
    # a page has the same few days over and over
    return _written(value.date() if isinstance(value, datetime) else value, pattern, _word_locale())


@lru_cache(maxsize=4096)
def _written(value: date, pattern: str, language: str) -> str:
    return _no_break(dates.format_date(value, pattern, locale=language))


def _currency(exact: Decimal, currency: str, places: int) -> str:
    pattern = current().babel.currency_formats["standard"]
    text = numbers.format_currency(
        exact,
        currency,
        format=_parsed(_with_places(pattern.pattern, places)),
        locale=current().babel,
        currency_digits=False,
        decimal_quantization=True,
    )
    return _minus(text)


@lru_cache(maxsize=256)
def _parsed(pattern: str) -> Any:
    # babel reads a pattern anew for each number
    return numbers.parse_pattern(pattern)


def _with_places(pattern: str, places: int) -> str:
    digits = "#,##0" + ("." + "0" * places if places else "")
    return pattern.replace("#,##0.00", digits)


def _pct_space(to: Locale) -> str:
    return "" if to.region.endswith("CH") else NBSP


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def _no_break(text: str) -> str:
    return text.replace(" ", NBSP)


__all__ = [
    "clock_time",
    "day",
    "duration",
    "file_size",
    "is_repeated",
    "kw",
    "kwh",
    "moment",
    "money",
    "month",
    "number",
    "offset",
    "pct",
    "plain_money",
    "price",
    "short_day",
    "unit",
    "zone_word",
]
