"""Reading JSON-like input field by field: every refusal names a stable code and the path of the field.

Numbers are whole numbers, decimals or decimal strings; a binary float is refused, since its digits are not what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from app.kernel.errors import Invalid
from app.money.zones import from_datetime

NANO = 10**9
_PLACES = 9
_DIGITS_BEFORE = 12
_WIDTH = 60
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class TariffInvalid(Invalid):
    """A tariff that cannot be priced with; ``code`` says why, ``answer`` is the word of the price interface."""

    answer: ClassVar[str] = "TARIFF_INVALID"


class SessionInvalid(Invalid):
    """A session that cannot be priced; ``code`` says why, ``answer`` is the word of the price interface."""

    answer: ClassVar[str] = "SESSION_INVALID"


def nano(value: Decimal | int) -> int:
    """A decimal as a whole number of billionths, exact; ValueError for more than nine decimals or twelve digits before them."""
    if isinstance(value, int):
        if abs(value) >= 10**_DIGITS_BEFORE:
            raise ValueError("out_of_range")
        return value * NANO
    if value == 0:
        return 0
    if not value.is_finite() or value.adjusted() >= _DIGITS_BEFORE:
        raise ValueError("out_of_range")
    if value.adjusted() < -_PLACES or len(value.as_tuple().digits) > _WIDTH:
        raise ValueError("too_many_decimals")
    numerator, denominator = value.as_integer_ratio()
    whole, rest = divmod(numerator * NANO, denominator)
    if rest:
        raise ValueError("too_many_decimals")
    return whole


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, str) and len(value) <= _WIDTH and _NUMBER.fullmatch(value):
        try:
            return Decimal(value)
        except InvalidOperation:
            return None
    return None


class Fields:
    """One object of the input. Each read marks its member; ``close`` refuses what nobody read, so that nothing that might
    change a price is skipped in silence. Null counts as absent."""

    __slots__ = ("_path", "_refusal", "_seen", "_value")

    def __init__(self, value: object, path: str, refusal: type[Invalid]) -> None:
        if not isinstance(value, dict):
            raise refusal("not_an_object" if value is not None else "missing", field=path)
        self._value: dict[object, object] = value
        self._path = path
        self._refusal = refusal
        self._seen: set[str] = set()

    def path(self, name: str) -> str:
        """The full path of a member: ``elements[2].restrictions.start_time``."""
        return f"{self._path}.{name}" if self._path else name

    def refuse(self, code: str, name: str, **params: object) -> Invalid:
        """The refusal for a member of this object, to be raised."""
        return self._refusal(code, field=self.path(name), **params)

    def get(self, name: str) -> object:
        """The raw member, None if absent."""
        self._seen.add(name)
        return self._value.get(name)

    def names(self) -> list[str]:
        """The names of all members."""
        return [str(name) for name in self._value]

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self.get(name) is not None

    def need(self, name: str) -> object:
        """The raw member; ``missing`` if absent."""
        value = self.get(name)
        if value is None:
            raise self.refuse("missing", name)
        return value

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self.need(name)
        if not isinstance(value, str) or not value:
            raise self.refuse("bad_value", name, value=str(value)[:_WIDTH])
        return value

    def choice(self, name: str, allowed: frozenset[str]) -> str:
        """One of the allowed words."""
        value = self.text(name)
        if value not in allowed:
            raise self.refuse("unknown_word", name, value=value[:_WIDTH])
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.need(name)
        if not isinstance(value, bool):
            raise self.refuse("bad_value", name, value=str(value)[:_WIDTH])
        return value

    def number(self, name: str, *, negative: bool = False) -> Decimal:
        """A decimal with at most nine decimals; ``negative_number`` unless allowed."""
        number = _decimal(self.need(name))
        if number is None:
            raise self.refuse("not_a_number", name)
        try:
            nano(number)
        except ValueError as error:
            raise self.refuse(str(error), name) from error
        if number < 0 and not negative:
            raise self.refuse("negative_number", name, value=str(number))
        return number

    def optional_number(self, name: str) -> Decimal | None:
        """``number`` or None."""
        return self.number(name) if self.has(name) else None

    def whole(self, name: str) -> int:
        """A whole number, not negative."""
        number = self.number(name)
        if number != int(number):
            raise self.refuse("not_a_whole_number", name, value=str(number))
        return int(number)

    def optional_whole(self, name: str) -> int | None:
        """``whole`` or None."""
        return self.whole(name) if self.has(name) else None

    def instant(self, name: str) -> int:
        """An RFC 3339 instant in microseconds since 1970; without an offset it is UTC, as OCPI has it."""
        value = self.text(name)
        if not _INSTANT.fullmatch(value):
            raise self.refuse("bad_instant", name, value=value[:_WIDTH])
        try:
            read = datetime.fromisoformat(value)
            return from_datetime(read if read.tzinfo else read.replace(tzinfo=UTC))
        except (ValueError, OverflowError) as error:
            raise self.refuse("bad_instant", name, value=value[:_WIDTH]) from error

    def day(self, name: str) -> date:
        """A date, ``2026-11-21``."""
        value = self.text(name)
        try:
            if _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self.refuse("bad_date", name, value=value[:_WIDTH])

    def list(self, name: str) -> list[object]:
        """A list, empty if absent."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refuse("not_a_list", name)
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """A list of strings that are not empty."""
        values = self.list(name)
        for place, value in enumerate(values):
            if not isinstance(value, str) or not value:
                raise self.refuse("bad_value", f"{name}[{place}]")
        return tuple(str(value) for value in values)

    def child(self, name: str) -> Fields | None:
        """A nested object, None if absent."""
        return Fields(self.get(name), self.path(name), self._refusal) if self.has(name) else None

    def children(self, name: str) -> Iterator[Fields]:
        """The objects of a list."""
        for place, value in enumerate(self.list(name)):
            yield Fields(value, self.path(f"{name}[{place}]"), self._refusal)

    def skip(self, *names: str) -> None:
        """Members that are known and change no price."""
        self._seen.update(names)

    def close(self) -> None:
        """Refuse ``unknown_field`` for a member that was never read."""
        for name in self._value:
            if name not in self._seen:
                raise self.refuse("unknown_field", str(name)[:_WIDTH])
