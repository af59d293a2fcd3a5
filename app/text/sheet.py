"""Lists as CSV: comma, point decimals, ISO instants with offset, stable English heads; cells that look like formulas are made harmless."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

#: beginnings that spreadsheet programs take for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: lines of a part
_PART = 500


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The whole file; the mark at its beginning tells spreadsheet programs that it is UTF-8."""
    return "".join(csv_parts(head, rows))


def csv_parts(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The same in parts of some hundred lines, of which only one is in memory."""
    yield "\ufeff"
    lines = chain([head], rows)
    while some := list(islice(lines, _PART)):
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in some)
        yield out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
