"""Lines of a tariff group as values: who a driver is, whether a line fits, which lines nobody ever reaches.

The database picks the line of a start by the same rules (``cascade.PRICE``); a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

CHANNELS = ("adhoc", "app", "rfid", "roaming")
#: how a session or a card says its channel -> how prices say it; anything else is known to no line
_SPOKEN = {"adhoc": "adhoc", "app": "app", "internal": "rfid", "corporate": "rfid", "emsp": "roaming"}


class Who(NamedTuple):
    """A driver as prices see one. ``home_id``: the partner whose own user this is; ``provider``: the roaming partner.

    ``group_words``: codes and names of the groups, as the lines of a price sheet name them.
    """

    channel: str = "adhoc"
    home_id: UUID | None = None
    group_ids: tuple[UUID, ...] = ()
    plan: str | None = None
    provider: str | None = None
    group_words: tuple[str, ...] = ()


#: somebody without a card, at the label
ADHOC = Who()
#: a card nobody knows, or none yet: pays as everyone else
UNKNOWN = Who("unknown")


def who_of(channel: str | None, **more: Any) -> Who:
    """The driver of a session or card with that channel (adhoc, app, internal, corporate, emsp)."""
    return Who(_SPOKEN.get(channel or "", "unknown"), **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: conditions that must all hold, the price sheet, and why it differs from everyone else's."""

    tariff_id: UUID
    channels: tuple[str, ...] = ()
    own_users: bool = False
    user_group_id: UUID | None = None
    plan: str | None = None
    provider: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    reason: str = ""

    @property
    def conditions(self) -> dict[str, Any]:
        """The conditions given, by name."""
        every = {
            name: getattr(self, name) for name in ("channels", "own_users", "user_group_id", "plan", "provider", "first_day", "last_day")
        }
        return {name: value for name, value in every.items() if value}

    def misses(self, who: Who, holder_id: UUID | None, day: date) -> str | None:
        """The first condition a driver does not meet on a local day at an EVSE of that holder; None: the line fits."""
        failed = {
            "channels": bool(self.channels) and who.channel not in self.channels,
            "own_users": self.own_users and (holder_id is None or who.home_id != holder_id),
            "user_group_id": self.user_group_id is not None and self.user_group_id not in who.group_ids,
            "plan": self.plan is not None and self.plan != who.plan,
            "provider": self.provider is not None and self.provider != who.provider,
            "first_day": self.first_day is not None and day < self.first_day,
            "last_day": self.last_day is not None and day > self.last_day,
        }
        return next((name for name, missed in failed.items() if missed), None)

    def fits(self, who: Who, holder_id: UUID | None, day: date) -> bool:
        """Does the driver pay by this line, if no earlier one fits?"""
        return self.misses(who, holder_id, day) is None

    @property
    def meets_strangers(self) -> bool:
        """Could a driver without card or contract pay by this line? Such prices obey the rules for ad hoc charging."""
        if self.own_users or self.user_group_id or self.plan or self.provider:
            return False
        return not self.channels or "adhoc" in self.channels


class Dead(NamedTuple):
    """Why nobody reaches a line: ``covered`` by an earlier line (its number), ``over`` (its days have passed), ``nobody`` can fit."""

    why: str
    line: int | None = None


def first_fit(lines: Sequence[Line], who: Who, holder_id: UUID | None, day: date) -> int | None:
    """The number (from 1) of the line that counts; None: everyone else's."""
    return next((number for number, line in enumerate(lines, 1) if line.fits(who, holder_id, day)), None)


def covers(earlier: Line, later: Line) -> bool:
    """Does everybody who fits the later line fit the earlier one too?"""
    if earlier.channels and not set(_channels(later)) <= set(earlier.channels):
        return False
    if earlier.own_users and not later.own_users:
        return False
    for name in ("user_group_id", "plan", "provider"):
        wanted = getattr(earlier, name)
        if wanted is not None and wanted != getattr(later, name):
            return False
    starts = earlier.first_day is None or (later.first_day is not None and earlier.first_day <= later.first_day)
    ends = earlier.last_day is None or (later.last_day is not None and earlier.last_day >= later.last_day)
    return starts and ends


def dead_lines(lines: Sequence[Line], today: date) -> dict[int, Dead]:
    """The lines nobody reaches from today on, by number, each with the reason."""
    dead: dict[int, Dead] = {}
    for number, line in enumerate(lines, 1):
        if line.last_day is not None and line.last_day < today:
            dead[number] = Dead("over")
        elif line.provider is not None and line.channels and "roaming" not in line.channels:
            dead[number] = Dead("nobody")
        else:
            by = next((n for n, earlier in enumerate(lines[: number - 1], 1) if n not in dead and covers(earlier, line)), None)
            if by is not None:
                dead[number] = Dead("covered", by)
    return dead


def _channels(line: Line) -> tuple[str, ...]:
    """The channels of a line; a roaming partner's drivers come by roaming only, and no condition means all, known or not."""
    if line.channels:
        return line.channels
    return ("roaming",) if line.provider is not None else (*CHANNELS, "unknown")
