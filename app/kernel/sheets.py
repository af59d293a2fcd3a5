"""Reading a CSV that somebody hands in: rows with the number of their line, and what is wrong with them, line by line."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from app.kernel.errors import Invalid

MOST_LINES = 20_000
#: what spreadsheet programs put between cells
_MARKS = (",", ";", "\t")
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


def sheet_text(raw: bytes, field: str = "file") -> str:
    """The text of a file as programs write them: UTF-8, UTF-16 with its mark, else Windows-1252; refuses ``not_utf8``."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        known: tuple[str, ...] = ("utf-16",)
    else:
        known = ("utf-8-sig", "cp1252")
    for encoding in known:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("not_utf8", field=field)


def read_sheet(text: str, heads: Sequence[str], *, most: int = MOST_LINES, field: str = "text", only: Sequence[str] = ()) -> list[Line]:
    """The rows of a CSV with comma, semicolon or tab, whose head names ``heads`` and, if given, none but ``only``, each once.

    Refuses ``missing``, ``columns_missing`` (``bad_columns`` with ``only``), ``no_rows`` and ``too_many_lines`` at ``field``.
    """
    text = text.removeprefix("\ufeff").strip()
    if not text:
        raise Invalid("missing", field=field)
    first = text.splitlines()[0]
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=max(_MARKS, key=first.count))
    try:
        names = [name.strip().lower() for name in next(reader)]
        _check_heads([name for name in names if name], heads, only, field)
        return _rows(reader, names, most, field)
    except csv.Error as error:
        raise Invalid("bad_value", field=field, value="CSV") from error


def _check_heads(names: list[str], heads: Sequence[str], only: Sequence[str], field: str) -> None:
    absent = [head for head in heads if head not in names]
    if only and (absent or not set(names) <= set(only) or len(set(names)) < len(names)):
        raise Invalid("bad_columns", field=field, columns=", ".join(only))
    if absent:
        raise Invalid("columns_missing", field=field, columns=", ".join(absent))


def _rows(reader: Any, names: list[str], most: int, field: str) -> list[Line]:
    found: list[Line] = []
    begins = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            found.append(Line(begins, dict(zip(names, cells, strict=False))))
        begins = reader.line_num + 1
        if len(found) > most:
            raise Invalid("too_many_lines", field=field, most=most)
    if not found:
        raise Invalid("no_rows", field=field)
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
