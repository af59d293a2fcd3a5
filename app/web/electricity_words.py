"""Words of the windows in which an electricity rate counts, for forms and pages of both portals."""

from __future__ import annotations

from app.text.words import gettext as _
from app.text.words import lazy as _l

#: words of weekday sets -> the days, Monday first
DAYS: dict[str, frozenset[int]] = {
    "": frozenset(),
    "0-4": frozenset(range(5)),
    "5-6": frozenset({5, 6}),
    **{str(day): frozenset({day}) for day in range(7)},
}
_NAMES = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))


def days_word(days: frozenset[int]) -> str:
    """A set of weekdays in words."""
    known = {frozenset(): _("Every day"), DAYS["0-4"]: _("Monday to Friday"), DAYS["5-6"]: _("Saturday and Sunday")}
    return known.get(days) or ", ".join(str(_NAMES[day]) for day in sorted(days))


def clock(minute: int | None) -> str:
    """Minutes of the day as ``22:00``."""
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
