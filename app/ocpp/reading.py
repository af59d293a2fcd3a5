"""Lenient readers of single fields: what a station meant, or None. Nothing here raises, whatever the payload holds (T31, T32, T47, T61)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

#: a station's clock is believed if it is at most this far ahead of the receipt
AHEAD: Final = timedelta(minutes=5)
#: and at most this far behind: offline queues can be old, clocks at 1970 are not
BEHIND: Final = timedelta(days=400)

_INT32 = 2**31 - 1
_INT64 = 2**63 - 1
_FOREVER = datetime(1971, 1, 1, tzinfo=UTC)


def instant(value: Any) -> datetime | None:
    """An ISO 8601 instant in UTC; a time without a zone is taken as UTC; None if it cannot be read."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def believed(value: Any, received_at: datetime) -> tuple[datetime, bool]:
    """The station's time if it can be true, else the time of receipt; and whether it was believed."""
    at = instant(value)
    if at is None or at > received_at + AHEAD or at < max(received_at - BEHIND, _FOREVER):
        return received_at, False
    return at, True


def number(value: Any) -> Decimal | None:
    """A finite number written as a JSON number or as text (``"0.15001"``, ``"1e3"``)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def whole(value: Any, scale: int = 1) -> int | None:
    """A number times ``scale``, rounded half up to a whole one that a bigint can hold; None if it cannot be read."""
    if type(value) is int:
        found = value * scale
    elif type(value) is str and value.isascii() and value.isdigit() and len(value) < 16:
        found = int(value) * scale
    else:
        exact = number(value)
        if exact is None or exact.adjusted() > 18:
            return None
        found = int((exact * scale + Decimal("0.5")).__floor__())
    return found if -_INT64 <= found <= _INT64 else None


def watts(value: Any, scale: int = 1) -> int | None:
    """Power as a 32-bit whole number of W."""
    found = whole(value, scale)
    return found if found is not None and -_INT32 <= found <= _INT32 else None


def small(value: Any) -> int | None:
    """A connector, EVSE or transaction number: a 32-bit whole number that is not negative."""
    found = whole(value)
    return found if found is not None and 0 <= found <= _INT32 else None


def text(value: Any, longest: int = 500) -> str:
    """Text without control characters (NUL would not even be storable), cut to a length; other values as they are written."""
    if value is None:
        return ""
    said = value if isinstance(value, str) else str(value)
    if not said.isprintable():
        said = "".join(c for c in said if c.isprintable())
    return said[:longest]


def token(value: Any) -> str:
    """An id token as it is compared: without blanks around and control characters, upper case (T47)."""
    return text(value, 255).strip().upper()


def fields(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
