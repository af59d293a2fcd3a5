"""``voltpact settle``: partners' months from JSON lines, or from a file of worked cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import click

from app.kernel.errors import Invalid
from app.money.settle_json import parse, settle_line, settle_value

EXAMPLES = """\b
Examples:
  ./voltpact settle months.jsonl             one input a line, one answer a line
  ./voltpact settle - < months.jsonl         the same from standard input
  ./voltpact settle tests/vectors/settlement.json
"""


def answers(file: TextIO) -> Iterator[str]:
    """An answer for each line that is not blank; or for a document of several lines: one input, or {"vectors": [{"input": …}]}."""
    first = next((line for line in file if line.strip()), "")
    found = _document(first)
    if found is None:
        rest = file.read()
        found = _document(first + rest)
        lines = [line for line in (first + rest).split("\n") if line.strip()]
        yield from (settle_line(line) for line in lines) if found is None else found
        return
    yield from found
    yield from (settle_line(line) for line in file if line.strip())


def _document(text: str) -> list[str] | None:
    """The answers to a whole JSON document, None if the text is none."""
    try:
        value = parse(text)
    except Invalid:
        return None
    if isinstance(value, dict) and isinstance(value.get("vectors"), list):
        return [settle_value(case.get("input") if isinstance(case, dict) else case) for case in value["vectors"]]
    return [settle_value(value)]


@click.command(help=f"Settle months from JSON lines: each an input, each answered by one line.\n\n{EXAMPLES}")
@click.argument("file", type=click.File("r", encoding="utf-8-sig"), metavar="FILE|-")
def settle(file: TextIO) -> None:
    """Print one answer for each input; a case that cannot be settled answers {"error": {"at", "code"}} and the next goes on."""
    try:
        for answer in answers(file):
            click.echo(answer)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is not UTF-8 text.") from error
