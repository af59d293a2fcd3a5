"""What it costs when: a week by the hour for one kind of price, as a picture whose table says the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.money.coverage import Hours, week
from app.money.sheet import Line
from app.money.terms import MINUTES_A_DAY, Dimension
from app.text.drawing import WIDTH, Picture, at
from app.text.tariff_words import KINDS, day_name, price_words
from app.text.words import gettext as _

_LEFT, _ROW, _TOP = 44, 24, 18
#: fills for five different prices; a sheet with more begins again, the words in the cells tell them apart
_TINTS = ("#cfe3f1", "#f3dcc4", "#cfe8df", "#e8d9e7", "#dcdcdc")
_FREE = "#ffffff"


def price_grid(lines: Sequence[Line], dimension: Dimension, currency: str) -> Picture | None:
    """The week of one kind of price, Monday first; None if the tariff has no such price. Amounts by energy, time or power are not shown:
    the first price that fits by the clock stands for its hours. ``lines`` are those that one driver may meet."""
    spans = week(lines, dimension)
    if all(place is None for _, place in spans):
        return None
    used = list(dict.fromkeys(place for _, place in spans if place is not None))
    picture = Picture(_title(lines, used, dimension, currency), _TOP + 7 * _ROW + 4)
    picture.head = [_("Day"), _("From"), _("Until"), _("Price")]
    for hour in range(0, 25, 6):
        anchor = "start" if hour == 0 else "end" if hour == 24 else "middle"
        picture.text(_x(hour * 60), 12, f"{hour:02d}", anchor=anchor)
    for day in range(7):
        picture.text(_LEFT - 8, _TOP + day * _ROW + 16, day_name(day), anchor="end")
    for hours, place in spans:
        words = _("free here") if place is None else price_words(lines[place], currency)
        _cell(picture, hours, words, None if place is None else used.index(place))
        picture.rows.append([day_name(hours[0]), _clock(hours[1]), _clock(hours[2]), words])
    return picture


def _title(lines: Sequence[Line], used: Sequence[int], dimension: Dimension, currency: str) -> str:
    kind = str(KINDS[dimension])
    prices = list(dict.fromkeys(price_words(lines[place], currency) for place in used))
    if len(prices) == 1:
        return _("%(kind)s by the hour: %(price)s", kind=kind, price=prices[0])
    return _("%(kind)s by the hour: %(count)s prices", kind=kind, count=len(prices))


def _cell(picture: Picture, hours: Hours, words: str, tint: int | None) -> None:
    day, start, end = hours
    x, y = _x(start), _TOP + day * _ROW
    width = Decimal(_x(end)) - Decimal(x)
    css = "grid-free" if tint is None else f"grid-{tint % 5 + 1}"
    colour = _FREE if tint is None else _TINTS[tint % 5]
    said = f"{day_name(day)} {_clock(start)}–{_clock(end)}: {words}"
    picture.box(x, y + 1, f"{max(width - 1, Decimal(1)):f}", _ROW - 2, css=css, colour=colour, said=said)
    short = words if len(words) * 6 < width else words.split(" ", 1)[0]
    if len(short) * 7 < width:
        picture.text(f"{Decimal(x) + 5:f}", y + 16, short, strong=True, size=11)


def _x(minute: int) -> str:
    return f"{Decimal(at(minute, MINUTES_A_DAY, WIDTH - _LEFT - 8)) + _LEFT:f}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
