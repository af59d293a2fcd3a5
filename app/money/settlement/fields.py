"""Readers of single values: each returns the value or refuses with a stable code and the path where it stands.

Decimals are strings and stay exact; a JSON number where a decimal belongs is ``not_a_decimal_string`` (settlement.md §1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Generic, TypeVar

from app.kernel.errors import Invalid
from app.kernel.periods import Month

T = TypeVar("T")
D = TypeVar("D")
Reader = Callable[[object, str], T]

_DECIMAL = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?")
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CODE = re.compile(r"(AE|[SZEO])([0-9]{1,3}(?:\.[0-9]{1,20})?)")
_FIRST_YEAR, _LAST_YEAR = 1970, 9998


class Repeated(dict[str, object]):
    """A JSON object in which a member stood twice; which one was meant nobody can tell."""

    name = ""


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A UNTDID 5305 category and its rate in per cent: ``S`` and 19 is ``S19``."""

    category: str
    pct: Decimal

    @property
    def text(self) -> str:
        """One word: ``S8.1``."""
        return self.category + plain(self.pct)

    @property
    def registered(self) -> bool:
        """Whether someone credited under this code sells with tax: not if exempt (E) or outside of it (O)."""
        return self.category not in {"E", "O"}


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value over time: rising first days; the first value also counts for every day before."""

    steps: tuple[tuple[date, T], ...]

    def on(self, day: date) -> T:
        """The value in force on a day."""
        found = self.steps[0][1]
        for since, value in self.steps:
            if since <= day:
                found = value
        return found


class Members:
    """A JSON object being read: unknown members are refused first, then missing ones."""

    def __init__(self, value: object, at: str, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        self._value, self._at = mapping(value, at), at
        required = list(required)
        known = {*required, *optional}
        for name in self._value:
            if name not in known:
                raise Invalid("unknown_member", field=self.at(name))
        for name in required:
            if name not in self._value:
                raise Invalid("missing_member", field=self.at(name))

    def at(self, name: str) -> str:
        """The path of a member."""
        return f"{self._at}.{name}" if self._at else name

    def has(self, name: str) -> bool:
        """Whether an optional member is there."""
        return name in self._value

    def read(self, name: str, reader: Reader[T]) -> T:
        """A member that must be there."""
        if name not in self._value:
            raise Invalid("missing_member", field=self.at(name))
        return reader(self._value[name], self.at(name))

    def maybe(self, name: str, reader: Reader[T], default: D) -> T | D:
        """A member, or the default where it is absent."""
        return self.read(name, reader) if name in self._value else default


def mapping(value: object, at: str) -> Mapping[str, object]:
    """A JSON object whose members each stand once."""
    if not isinstance(value, dict):
        raise Invalid("not_an_object", field=at)
    if isinstance(value, Repeated):
        raise Invalid("bad_value", field=f"{at}.{value.name}" if at else value.name)
    return value


def text(value: object, at: str) -> str:
    """A string that says something, and can be written as UTF-8."""
    if not isinstance(value, str) or not value.strip() or any("\ud800" <= character <= "\udfff" for character in value):
        raise Invalid("bad_value", field=at)
    return value


def flag(value: object, at: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Invalid("bad_value", field=at)
    return value


def whole(value: object, at: str) -> int:
    """An integer."""
    if type(value) is not int:
        raise Invalid("bad_value", field=at)
    return value


def count(value: object, at: str) -> int:
    """An integer from zero."""
    number = whole(value, at)
    if number < 0:
        raise Invalid("bad_value", field=at)
    return number


def one_of(*words: str) -> Reader[str]:
    """One word of a list."""

    def read(value: object, at: str) -> str:
        if not isinstance(value, str) or value not in words:
            raise Invalid("bad_value", field=at)
        return value

    return read


def list_of(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list, each entry read at its index."""

    def read(value: object, at: str) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Invalid("bad_value", field=at)
        return tuple(reader(entry, f"{at}[{index}]") for index, entry in enumerate(value))

    return read


def some_of(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list with something in it: an empty condition would match nothing, and was surely not meant."""

    def read(value: object, at: str) -> tuple[T, ...]:
        entries = list_of(reader)(value, at)
        if not entries:
            raise Invalid("bad_value", field=at)
        return entries

    return read


def decimal(value: object, at: str) -> Decimal:
    """An exact decimal, written as a string without exponent."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise Invalid("not_a_decimal_string", field=at)
    return Decimal(value)


def positive(value: object, at: str) -> Decimal:
    """A decimal from zero."""
    number = decimal(value, at)
    if number < 0:
        raise Invalid("bad_value", field=at)
    return number


def pct(value: object, at: str) -> Decimal:
    """A percentage from 0 to 100."""
    number = decimal(value, at)
    if not 0 <= number <= 100:
        raise Invalid("pct_out_of_range", field=at)
    return number


def scaled(places: int) -> Reader[int]:
    """A decimal as an integer of its smallest unit: money in minor units, kWh as Wh; finer ones are refused."""

    scale: int = 10**places

    def read(value: object, at: str) -> int:
        numerator, denominator = decimal(value, at).as_integer_ratio()
        units, rest = divmod(numerator * scale, denominator)
        if rest:
            raise Invalid("too_many_decimals", field=at)
        return units

    return read


def scaled_positive(places: int) -> Reader[int]:
    """The same, from zero."""

    def read(value: object, at: str) -> int:
        units = scaled(places)(value, at)
        if units < 0:
            raise Invalid("bad_value", field=at)
        return units

    return read


def tax_code(value: object, at: str) -> TaxCode:
    """``S19``, ``Z0``, ``E0``, ``AE0`` or ``O0``: only S has a rate, and always."""
    match = _CODE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Invalid("bad_tax_code", field=at)
    rate = Decimal(match[2])
    if rate > 100 or (rate > 0) != (match[1] == "S"):
        raise Invalid("bad_tax_code", field=at)
    return TaxCode(match[1], rate)


def day(value: object, at: str) -> date:
    """``2026-10-14``."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise Invalid("bad_value", field=at)
    try:
        found = date.fromisoformat(value)
    except ValueError as error:
        raise Invalid("bad_value", field=at) from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise Invalid("bad_value", field=at)
    return found


def month(value: object, at: str) -> Month:
    """``2026-10``."""
    if not isinstance(value, str) or not value.isascii():
        raise Invalid("bad_value", field=at)
    return Month.parse(value, field=at)


def instant(value: object, at: str) -> datetime:
    """An RFC 3339 instant in UTC; without an offset it is read as UTC."""
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Invalid("bad_value", field=at)
    day(match[1], at)
    try:
        wall = datetime.fromisoformat(f"{match[1]}T{match[2]}")
        fraction = timedelta(microseconds=int((match[3] or "0").ljust(6, "0")[:6]))
        return (wall + fraction).replace(tzinfo=_offset(match[4])).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("bad_value", field=at) from error


def _offset(word: str | None) -> timezone:
    if word is None or word in "Zz":
        return UTC
    hours, minutes = int(word[1:3]), int(word[4:])
    if minutes > 59:
        raise ValueError(word)
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if word[0] == "-" else span)


def plain(number: Decimal) -> str:
    """A decimal without trailing zeros or exponent: ``62.50`` is ``62.5``."""
    written = format(number, "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
