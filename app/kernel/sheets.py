"""Reading a CSV that somebody hands in: rows with the number of their line, and what is wrong with them, line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from app.kernel.errors import Invalid

MOST_LINES = 20_000
#: beyond these an instant is a slip, and its arithmetic would leave the calendar
_YEARS = (1970, 2999)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be taken; ``refusal`` names the column as its field."""

    line: int
    refusal: Invalid


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the number of its line in the file (the heads are line 1), and its cells by head."""

    number: int
    cells: dict[str, str]

    def text(self, name: str, default: str | None = None) -> str:
        """A cell; refuses ``missing`` where it is empty and there is no default."""
        found = self.cells.get(name, "").strip()
        # written by our own exports before what a spreadsheet would take for a formula
        found = found[1:] if found[:1] == "'" and found[1:2] in {"=", "+", "-", "@"} else found
        if found:
            return found
        if default is None:
            raise Invalid("missing", field=name)
        return default

    def number_of(self, name: str, default: str | None = None) -> Decimal:
        """A decimal number with a point or a comma; refuses ``not_a_number``."""
        typed = self.text(name, default)
        try:
            value = Decimal(typed.replace(",", ".") if typed.count(",") == 1 and "." not in typed else typed)
        except InvalidOperation as error:
            raise Invalid("not_a_number", field=name, value=typed[:20]) from error
        if not value.is_finite():
            raise Invalid("not_a_number", field=name, value=typed[:20])
        return value

    def instant(self, name: str) -> datetime:
        """An instant with its offset (``2026-10-14T08:00:00+02:00``); refuses ``bad_instant``."""
        typed = self.text(name)
        try:
            found = datetime.fromisoformat(typed)
        except ValueError as error:
            raise Invalid("bad_instant", field=name, value=typed[:40]) from error
        if found.tzinfo is None or not _YEARS[0] <= found.year <= _YEARS[1]:
            raise Invalid("bad_instant", field=name, value=typed[:40])
        return found

    def day(self, name: str) -> date:
        """A day (``2026-10-14``); refuses ``bad_date``."""
        typed = self.text(name)
        try:
            return date.fromisoformat(typed)
        except ValueError as error:
            raise Invalid("bad_date", field=name, value=typed[:20]) from error


def read_sheet(text: str, heads: Sequence[str], *, most: int = MOST_LINES, field: str = "text") -> list[Line]:
    """The rows of a CSV with comma or semicolon; refuses ``missing``, ``columns_missing`` and ``too_many_lines`` at ``field``."""
    text = text.removeprefix("\ufeff").strip()
    if not text:
        raise Invalid("missing", field=field)
    first = text.splitlines()[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        return _rows(reader, heads, most, field)
    except csv.Error as error:
        raise Invalid("bad_value", field=field, value="CSV") from error


def _rows(reader: Any, heads: Sequence[str], most: int, field: str) -> list[Line]:
    names = [name.strip().lower() for name in next(reader)]
    absent = [head for head in heads if head not in names]
    if absent:
        raise Invalid("columns_missing", field=field, columns=", ".join(absent))
    found: list[Line] = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            found.append(Line(reader.line_num, dict(zip(names, cells, strict=False))))
        if len(found) > most:
            raise Invalid("too_many_lines", field=field, most=most)
    if not found:
        raise Invalid("missing", field=field)
    return found


def read_lines(lines: Iterable[Line], read: Callable[[Line], T]) -> tuple[list[T], list[Problem]]:
    """Every line read, and the problems of those that cannot be."""
    good: list[T] = []
    bad: list[Problem] = []
    for line in lines:
        try:
            good.append(read(line))
        except Invalid as refusal:
            bad.append(Problem(line.number, refusal))
    return good, bad
