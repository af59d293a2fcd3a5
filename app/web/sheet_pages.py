"""What pages show of a CSV that was handed in: the text itself, typed or as a file, and what is wrong with which line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from wtforms import FileField, TextAreaField

from app.kernel.errors import Invalid
from app.kernel.sheets import Problem, sheet_text
from app.text.messages import sentence
from app.text.words import lazy as _l
from app.web.forms import BaseForm, optional

_MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class LineProblem:
    """A line, its column, and the sentence."""

    line: int
    column: str
    text: str


class SheetForm(BaseForm):
    """A CSV, typed or chosen as a file; the file wins. ``sheet`` is its text."""

    file = FileField(_l("CSV file"), [optional()])
    text = TextAreaField(_l("Or its text"), [optional()])

    def sheet(self) -> str:
        """The text; a file is put into the field, so that the second step has it too. Refuses what is no text."""
        given = request.files.get("file")
        body = given.read() if given and given.filename else b""
        if len(body) > _MOST_BYTES:
            raise Invalid("file_too_large", field="file", most=_MOST_BYTES // 1_000_000)
        if body:
            self.text.data = sheet_text(body)
        return self.text.data or ""


def told(problems: Iterable[Problem]) -> list[LineProblem]:
    """Problems in the language spoken."""
    return [LineProblem(each.line, each.refusal.field or "", sentence(each.refusal)) for each in problems]
