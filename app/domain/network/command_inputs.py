"""What commands to charge points need to know beside their place, as values; each refuses what cannot be, naming the field.

``params`` is what is kept with the wish: numbers as text where they are decimals, instants in ISO 8601 and UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from app.kernel.errors import Invalid

#: a limit is a measure of the moment, a reservation keeps others away: both end by themselves
LONGEST_LIMIT: Final = timedelta(days=31)
LONGEST_RESERVATION: Final = timedelta(hours=24)
LATEST_UPDATE: Final = timedelta(days=90)
_MOST: Final = {"A": Decimal(1000), "W": Decimal(1_000_000)}
#: where charge points fetch firmware from
_SCHEMES: Final = ("https", "http", "ftp", "ftps", "sftp")


@dataclass(frozen=True, slots=True)
class LimitInput:
    """At most so many amperes per phase ("A") or watts ("W") at an EVSE until then; 0: a pause."""

    limit: Decimal
    unit: str
    until: datetime

    def params(self, now: datetime) -> dict[str, Any]:
        """Refuses ``bad_value``, ``out_of_range`` and a time that is past or too far."""
        if self.unit not in _MOST:
            raise Invalid("bad_value", field="unit", value=self.unit)
        if not 0 <= self.limit <= _MOST[self.unit]:
            raise Invalid("out_of_range", field="limit")
        return {"limit": str(self.limit), "unit": self.unit, "until": _instant("until", self.until, now, LONGEST_LIMIT)}


@dataclass(frozen=True, slots=True)
class ReserveInput:
    """An EVSE is kept for a card until then."""

    card: str
    until: datetime

    def params(self, now: datetime) -> dict[str, Any]:
        """Refuses no card and a time that is past or too far."""
        if not self.card:
            raise Invalid("missing_member", field="card")
        return {"id_token": self.card, "until": _instant("until", self.until, now, LONGEST_RESERVATION)}


@dataclass(frozen=True, slots=True)
class FirmwareInput:
    """New firmware from an address; the charge point fetches it not before ``at`` (None: now)."""

    url: str
    at: datetime | None

    def params(self, now: datetime) -> dict[str, Any]:
        """Refuses what is no address and a time that is past or too far."""
        try:
            parts = urlsplit(self.url)
            known = parts.scheme.lower() in _SCHEMES and bool(parts.hostname) and not any(c.isspace() for c in self.url)
        except ValueError:
            known = False
        if not known or len(self.url) > 512:
            raise Invalid("bad_address", field="url")
        return {"url": self.url, "at": now.isoformat() if self.at is None else _instant("at", self.at, now, LATEST_UPDATE)}


def _instant(field: str, at: datetime, now: datetime, longest: timedelta) -> str:
    if at <= now:
        raise Invalid("time_is_past", field=field)
    if at > now + longest:
        raise Invalid("time_too_far", field=field, hours=longest // timedelta(hours=1))
    return at.isoformat()
