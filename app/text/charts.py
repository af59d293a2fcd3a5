"""Charts drawn on the server, one function per question, for portal and PDF alike.

Each takes plain values and gives a ``Picture``: ``.html(id, as_table=_("As table"))`` for a page, ``.svg(id)`` for a document. The title is
the answer in words; the zero line is always there; series have a colour and a dash, and are named at their end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from app.kernel.periods import Month, day_start, zone
from app.text import format as fmt
from app.text.drawing import AXIS, ROLE_FILLS, SERIES, WIDTH, Picture, at, ticks
from app.text.states import state
from app.text.words import gettext as _

Write = Callable[[Decimal], str]


@dataclass(frozen=True)
class Line:
    """A series over the days of a month: its name, and a value per day (None: not known yet)."""

    name: str
    values: Sequence[Decimal | int | None]
    is_forecast: bool = False


@dataclass(frozen=True)
class Bar:
    """A bar: name, size, and how the size is written."""

    name: str
    value: Decimal | int
    text: str


@dataclass(frozen=True)
class Stretch:
    """[start, end) in one state of ``app.text.states``."""

    start: datetime
    end: datetime
    state: str


@dataclass(frozen=True)
class Reading:
    """Power and energy so far at an instant."""

    at: datetime
    power_w: int
    energy_wh: int


def month_lines(title: str, month: Month, lines: Sequence[Line], write: Write, *, desc: str = "") -> Picture:
    """How the month is going: cumulated lines by day, the first one strong with its area, a forecast dashed."""
    picture = Picture(title, 220, desc)
    marks = ticks(max((Decimal(v) for line in lines for v in line.values if v is not None), default=Decimal(0)))
    left, right, top, bottom = _room(marks, write), WIDTH - _broad(*(one.name for one in lines)), 12, 190
    _scale(picture, marks, write, (left, right, top, bottom))
    for day in (1, 8, 15, 22, 29):
        if day <= month.days:
            x = at(day - 1, month.days - 1, right - left)
            picture.text(
                _plus(x, left), bottom + 18, fmt.short_day(date(month.year, month.month, day)), anchor="middle" if day > 1 else "start"
            )
    taken: list[Decimal] = []
    for number, line in enumerate(lines):
        points = [
            (_plus(at(n, month.days - 1, right - left), left), _minus(bottom, at(v, marks[-1], bottom - top)))
            for n, v in enumerate(line.values[: month.days])
            if v is not None
        ]
        picture.path(points, number, area_to=bottom if number == 0 else None, dashed=line.is_forecast)
        if points:
            y = _free(Decimal(points[-1][1]), taken)
            picture.text(_plus(points[-1][0], 6), f"{y + 4:f}", line.name, strong=number == 0)
    picture.head = [_("Day"), *(line.name for line in lines)]
    picture.rows = [
        [fmt.day(date(month.year, month.month, n + 1)), *(_cell(line.values, n, write) for line in lines)]
        for n in range(month.days)
        if any(n < len(line.values) and line.values[n] is not None for line in lines)
    ]
    return picture


def bars(title: str, items: Sequence[Bar], *, head: tuple[str, str], desc: str = "", longest: int = 12) -> Picture:
    """Who has how much: bars from the largest down, each with its value; the rest is summed up in the table only."""
    ordered = sorted(items, key=lambda b: (-b.value, b.name))
    shown = ordered[:longest]
    picture = Picture(title, 8 + 26 * max(1, len(shown)), desc)
    left, right = 168, WIDTH - _broad(*(b.text for b in shown))
    highest = max((Decimal(b.value) for b in shown), default=Decimal(1))
    for number, bar in enumerate(shown):
        y = 4 + number * 26
        width = at(max(Decimal(bar.value), Decimal(0)), highest or 1, right - left)
        picture.text(left - 8, y + 16, _short(bar.name, 22), anchor="end")
        picture.box(left, y + 3, width, 18, css="f1", colour=SERIES[0], said=f"{bar.name}: {bar.text}")
        picture.text(_plus(width, left + 6), y + 16, bar.text, strong=True)
    picture.line(left, 0, left, picture.height, css="c-axis", colour=AXIS)
    picture.head, picture.rows = head, [[b.name, b.text] for b in ordered]
    return picture


def day_strip(title: str, day: date, zone_name: str, lanes: Sequence[tuple[str, Sequence[Stretch]]], *, desc: str = "") -> Picture:
    """What happened in a day: one lane per connector, coloured by state, on the clock of the site (23 or 25 hours too)."""
    start, end = day_start(day, zone_name), day_start(day + timedelta(days=1), zone_name)
    picture = Picture(title, 30 + 26 * max(1, len(lanes)), desc)
    left, right = 96, WIDTH - 12
    length = int((end - start).total_seconds())
    for hour in range(0, length // 3600 + 1, 6):
        x = _plus(at(hour * 3600, length, right - left), left)
        picture.line(x, 0, x, picture.height - 22)
        instant = (start + timedelta(hours=hour)).astimezone(zone(zone_name))
        picture.text(x, picture.height - 6, instant.strftime("%H:%M"), anchor="middle" if 0 < hour < 24 else "end" if hour else "start")
    for number, (name, stretches) in enumerate(lanes):
        y = 4 + number * 26
        picture.text(left - 8, y + 14, _short(name, 14), anchor="end")
        for one in stretches:
            _stretch(picture, one, (start, end, zone_name), (left, right, y))
            picture.rows.append([name, *_row(one, zone_name)])
    picture.head = [_("Connector"), _("From"), _("Until"), _("State")]
    return picture


def power_curve(title: str, readings: Sequence[Reading], zone_name: str, bands: Sequence[Stretch] = (), *, desc: str = "") -> Picture:
    """How a charge ran: power in kW, below it the energy so far in kWh, at the foot the states."""
    picture = Picture(title, 250, desc)
    if not readings:
        return picture
    left, right = 64, WIDTH - 12
    start, end = readings[0].at, max(readings[-1].at, readings[0].at + timedelta(minutes=1))
    length = int((end - start).total_seconds())

    def x_of(instant: datetime) -> str:
        return _plus(at(int((instant - start).total_seconds()), length, right - left), left)

    for upper, lower, values, write in (
        (10, 120, [(r.at, r.power_w) for r in readings], fmt.kw),
        (144, 204, [(r.at, r.energy_wh) for r in readings], fmt.kwh),
    ):
        marks = ticks(max((v for _at, v in values), default=0), 3 if upper == 10 else 2)
        _scale(picture, marks, partial(_thousandths, write, _places(marks)), (left, right, upper, lower))
        points = [(x_of(i), _minus(lower, at(v, marks[-1], lower - upper))) for i, v in values]
        picture.path(points, 0 if upper == 10 else 2, area_to=lower)
    for one in bands:
        _stretch(picture, one, (start, end, zone_name), (left, right, 212))
    for instant, anchor in ((start, "start"), (end, "end")):
        picture.text(x_of(instant), 246, fmt.clock_time(instant, zone_name), anchor=anchor)
    picture.head = [_("Time"), _("Power"), _("Energy")]
    picture.rows = [[fmt.clock_time(r.at, zone_name, seconds=True), fmt.kw(r.power_w), fmt.kwh(r.energy_wh)] for r in readings]
    return picture


def price_steps(title: str, hours: Sequence[tuple[int, Decimal]], write: Write, *, desc: str = "") -> Picture:
    """What it costs when: a step line over one day; each entry is the minute from which a price holds."""
    picture = Picture(title, 180, desc)
    marks = ticks(max((p for _m, p in hours), default=Decimal(0)), 3)
    left, right, top, bottom = _room(marks, write), WIDTH - 12, 12, 150
    _scale(picture, marks, write, (left, right, top, bottom))
    points: list[tuple[str, str]] = []
    ends = [minute for minute, _p in hours[1:]] + [1440]
    for (minute, amount), until in zip(hours, ends, strict=True):
        y = _minus(bottom, at(amount, marks[-1], bottom - top))
        points += [(_plus(at(minute, 1440, right - left), left), y), (_plus(at(until, 1440, right - left), left), y)]
        picture.rows.append([_clock(minute), _clock(until), write(amount)])
    picture.path(points, 0, area_to=bottom)
    for hour in (0, 6, 12, 18, 24):
        picture.text(
            _plus(at(hour, 24, right - left), left),
            bottom + 18,
            f"{hour:02d}:00",
            anchor="start" if hour == 0 else "end" if hour == 24 else "middle",
        )
    picture.head = [_("From"), _("Until"), _("Price")]
    return picture


def site_load(title: str, start: datetime, zone_name: str, watts: Sequence[int], limit_w: int | None, *, desc: str = "") -> Picture:
    """Does the load stay below the limit? Mean power of each quarter of an hour from ``start`` on as an area, the limit dashed."""
    picture = Picture(title, 220, desc)
    marks = ticks(max([*watts, limit_w or 0]), 4)
    left, right, top, bottom = _room(marks, lambda v: fmt.kw(int(v), 0)), WIDTH - 12, 12, 190
    _scale(picture, marks, lambda v: fmt.kw(int(v), 0), (left, right, top, bottom))
    count = len(watts)
    for step in range(0, count + 1, 16):
        instant = start + timedelta(minutes=15 * step)
        x = _plus(at(step, count, right - left), left)
        picture.text(
            x, bottom + 18, fmt.clock_time(instant, zone_name), anchor="start" if not step else "end" if step == count else "middle"
        )
    points: list[tuple[str, str]] = []
    for number, value in enumerate(watts):
        y = _minus(bottom, at(value, marks[-1], bottom - top))
        points += [(_plus(at(edge, count, right - left), left), y) for edge in (number, number + 1)]
        instant = start + timedelta(minutes=15 * number)
        if value or number == count - 1:
            picture.rows.append([fmt.moment(instant, zone_name), fmt.kw(value), fmt.kw(limit_w, 0) if limit_w else "–"])
    picture.path(points, 0, area_to=bottom)
    if limit_w:
        y = _minus(bottom, at(limit_w, marks[-1], bottom - top))
        picture.path([(str(left), y), (str(right), y)], 1, dashed=True)
        picture.text(right, f"{Decimal(y) - 4:f}", _("Connection limit"), anchor="end", strong=True)
    picture.head = [_("From"), _("Power"), _("Connection limit")]
    return picture


def _broad(*words: str) -> int:
    """Room for the longest of some words of 12 pixels, semi-bold, and its distance."""
    return 14 + max((len(w) for w in words), default=0) * 15 // 2


def _room(marks: Sequence[Decimal], write: Write) -> int:
    return _broad(*(write(mark) for mark in marks))


def _scale(picture: Picture, marks: Sequence[Decimal], write: Write, frame: tuple[int, int, int, int]) -> None:
    left, right, top, bottom = frame
    for mark in marks:
        y = _minus(bottom, at(mark, marks[-1], bottom - top))
        picture.line(left, y, right, y, css="c-axis" if mark == 0 else "c-grid", **({"colour": AXIS} if mark == 0 else {}))
        picture.text(left - 8, f"{Decimal(y) + 4:f}", write(mark), anchor="end")


def _places(marks: Sequence[Decimal]) -> int:
    """Decimals that tell marks in thousandths of a unit apart: 0 for 1,000 and 2,000, 1 for 500, 2 for 20."""
    return next((n for n in range(3) if all(mark % 10 ** (3 - n) == 0 for mark in marks)), 3)


def _thousandths(write: Callable[[int, int], str], places: int, value: Decimal) -> str:
    return write(int(value), places)


def _stretch(picture: Picture, one: Stretch, span: tuple[datetime, datetime, str], place: tuple[int, int, int]) -> None:
    start, end, zone_name = span
    left, right, y = place
    first, last = max(one.start, start), min(one.end, end)
    if last <= first:
        return
    length = int((end - start).total_seconds())
    x = at(int((first - start).total_seconds()), length, right - left)
    width = Decimal(at(int((last - start).total_seconds()), length, right - left)) - Decimal(x)
    shown = state(one.state)
    said = f"{shown.word}, {fmt.clock_time(one.start, zone_name)}–{fmt.clock_time(one.end, zone_name)}"
    picture.box(_plus(x, left), y, f"{max(width, Decimal('0.5')):f}", 18, css=f"r-{shown.role}", colour=ROLE_FILLS[shown.role], said=said)


def _row(one: Stretch, zone_name: str) -> list[str]:
    return [fmt.clock_time(one.start, zone_name), fmt.clock_time(one.end, zone_name), str(state(one.state).word)]


def _free(y: Decimal, taken: list[Decimal]) -> Decimal:
    """A height for a name at a line's end that does not lie on another name."""
    while any(abs(y - other) < 13 for other in taken):
        y += 13 if y < 100 else -13
    taken.append(y)
    return y


def _cell(values: Sequence[Decimal | int | None], n: int, write: Write) -> str:
    value = values[n] if n < len(values) else None
    return "–" if value is None else write(Decimal(value))


def _plus(tenths: str, offset: int) -> str:
    return f"{Decimal(tenths) + offset:f}"


def _minus(offset: int, tenths: str) -> str:
    return f"{offset - Decimal(tenths):f}"


def _short(name: str, longest: int) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


__all__ = ["Bar", "Line", "Reading", "Stretch", "bars", "day_strip", "month_lines", "power_curve", "price_steps"]
