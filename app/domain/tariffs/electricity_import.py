"""Electricity rates from and to CSV: one line per price window, lines of one place and day are one version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.access.permissions import Permission
from app.db.paging import every
from app.domain.tariffs.electricity import rates
from app.domain.tariffs.electricity_actions import add_rate_version, create_rate
from app.domain.tariffs.electricity_rows import RateInput, RateRow, RateVersionInput
from app.kernel.errors import Invalid
from app.kernel.sheets import Line, Problem, read_lines, read_sheet
from app.money.electricity import Window
from app.work.unit import Work

HEADS = ("place", "name", "first_day", "vat_pct", "days", "start", "end", "first", "last", "price_with_vat", "price_net")
_NEEDED = ("place", "first_day", "vat_pct", "price_with_vat")
_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class _Read:
    line: int
    place: str
    name: str
    first_day: date
    vat_pct: Decimal
    window: Window


@dataclass(frozen=True, slots=True)
class RatesReport:
    """What a file would do or did: versions of how many places, and lines that cannot be taken."""

    places: int
    versions: int
    problems: tuple[Problem, ...]


def exported(work: Work) -> Iterator[list[object]]:
    """Every version of every rate, windows in order; the net price is for reading only."""
    for row in every(lambda cursor: rates(work, cursor=cursor, limit=500)):
        yield from _lines(row)


def _lines(row: RateRow) -> Iterator[list[object]]:
    for version in reversed(row.versions):
        for window in version.windows:
            when = [days_text(window.weekdays), _clock(window.start_minute), _clock(window.end_minute), window.first, window.last]
            yield [row.place, row.name, version.first_day, f"{version.vat_pct:f}", *when, f"{window.gross:f}", f"{version.net(window):f}"]


def import_rates(work: Work, text: str, *, store: bool) -> RatesReport:
    """Check a file, and store it if nothing is wrong and ``store``; a file with a bad line changes nothing.

    Places without a rate get one, others new prices. Refuses what concerns the whole file; ``problems`` are by line.
    """
    work.require(Permission.CONTRACT_EDIT)
    found, problems = read_lines(read_sheet(text, _NEEDED, most=_MOST), _read)
    versions: dict[tuple[str, date], list[_Read]] = {}
    for each in found:
        versions.setdefault((each.place.upper(), each.first_day), []).append(each)
    known = {row.place: row for row in _every(work)}
    # a savepoint, so that a file with a problem leaves no trace
    with work.session.begin_nested() as trial:
        for (place, first_day), lines in sorted(versions.items()):
            try:
                _store(work, known.get(place), place, first_day, lines)
            except Invalid as refusal:
                problems.append(Problem(_line_of(lines, refusal), refusal))
        if problems or not store:
            trial.rollback()
    return RatesReport(len({place for place, _ in versions}), len(versions), tuple(sorted(problems, key=lambda each: each.line)))


def _every(work: Work) -> Iterator[RateRow]:
    page = rates(work, limit=500)
    yield from page.rows
    while page.after is not None:
        page = rates(work, cursor=page.after, limit=500)
        yield from page.rows


def _read(line: Line) -> _Read:
    if line.number_of("price_with_vat") < 0:
        raise Invalid("negative_number", field="price_with_vat")
    window = Window(
        gross=line.number_of("price_with_vat"),
        weekdays=_weekdays(line.text("days", "")),
        start_minute=_minute(line, "start"),
        end_minute=_minute(line, "end"),
        first=line.day("first") if line.text("first", "") else None,
        last=line.day("last") if line.text("last", "") else None,
    )
    place = line.text("place")
    return _Read(line.number, place, line.text("name", place), line.day("first_day"), line.number_of("vat_pct"), window)


def _store(work: Work, known: RateRow | None, place: str, first_day: date, lines: list[_Read]) -> None:
    """One version of one place; the first of a place that has none makes its rate."""
    if len({each.vat_pct for each in lines}) > 1:
        raise Invalid("several_vat_rates", field="vat_pct")
    prices = RateVersionInput(first_day=first_day, vat_pct=lines[0].vat_pct, windows=tuple(each.window for each in lines))
    if known is None:
        known = next((row for row in _every(work) if row.place == place), None)
    if known is None:
        create_rate(work, RateInput(place=place, name=lines[0].name, prices=prices))
    elif not any(each.first_day == first_day and each.windows == list(prices.windows) for each in known.versions):
        add_rate_version(work, known.code, prices)


def _line_of(lines: list[_Read], refusal: Invalid) -> int:
    """The line a refusal is about: that of its window, else the first."""
    found = re.match(r"windows\[(\d+)\]", refusal.field or "")
    return lines[int(found[1])].line if found and int(found[1]) < len(lines) else lines[0].line


def days_text(days: frozenset[int]) -> str:
    """Weekdays as a cell: ``mo tu``; empty for all."""
    return " ".join(_DAYS[day] for day in sorted(days))


def _weekdays(typed: str) -> frozenset[int]:
    words = typed.lower().replace(",", " ").split()
    for word in words:
        if word not in _DAYS:
            raise Invalid("unknown_choice", field="days", value=word[:20])
    return frozenset(_DAYS.index(word) for word in words)


def _clock(minute: int | None) -> str | None:
    return None if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def _minute(line: Line, name: str) -> int | None:
    typed = line.text(name, "")
    if not typed:
        return None
    found = _CLOCK.fullmatch(typed)
    if not found or (typed > "24:00"):
        raise Invalid("bad_clock", field=name)
    return (60 * int(found[1]) + int(found[2])) % 1440
