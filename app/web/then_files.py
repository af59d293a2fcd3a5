"""The time machine's table as a file, for who has to prove what was set: CSV or JSON, the same lines as the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask import Response

from app.text.words import gettext as _
from app.web.exports import csv_answer
from app.web.then_rows import Shown

FILES = frozenset({"csv", "json"})
_FIELDS = ("group", "line", "at", "value", "since", "until", "by", "differs")


def then_file(kind: str, name: str, key: str, instants: Sequence[datetime], shown: Shown) -> Response:
    """All lines at all instants; times with their offset, days as days, an open end empty. The file is called by the ``key``, as a name
    may hold what no header can."""
    rows = list(_rows(instants, shown))
    file = f"{key.replace('/', '-')}-{instants[0]:%Y%m%dT%H%MZ}.{kind}"
    if kind == "csv":
        head = [_("Group"), _("What"), _("At"), _("Value"), _("Since"), _("Until"), _("By"), _("Differs")]
        return csv_answer(file, head, rows)
    body = {"what": name, "lines": [dict(zip(_FIELDS, row, strict=True)) for row in rows]}
    answer = Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _rows(instants: Sequence[datetime], shown: Shown) -> Iterator[list[Any]]:
    for group in shown.groups:
        for line in group.lines:
            for at, cell in zip(instants, line.cells, strict=True):
                times = [_plain(cell.since), _plain(cell.until)]
                yield [str(group.word), str(line.word), at.isoformat(), str(cell.text), *times, cell.by or "", line.differs]


def _plain(when: datetime | date | None) -> str:
    return when.isoformat() if when is not None else ""
