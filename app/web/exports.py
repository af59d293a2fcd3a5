"""Lists as files to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

from app.text.sheet import csv_text


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A CSV file of that name with these columns."""
    return file_answer(name, csv_text(head, rows))


def file_answer(name: str, text: str) -> Response:
    """A CSV file of that name with this content."""
    answer = Response(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
