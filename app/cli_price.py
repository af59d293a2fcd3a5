"""``voltpact price`` and ``voltpact bench price``: the tariff engine from the command line. Needs no database.

Exit code of ``price``: 0, or 1 if a vectors file expected something else.
"""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import click

from app.money.compile import Compiled
from app.money.price_json import price_case, price_line, read
from app.money.pricing import compile_tariff, price_total
from app.money.pricing import price as price_session
from app.money.terms_json import parse_tariff
from app.money.usage import Session, parse_session

_ROOT = Path(__file__).parent.parent
_REFERENCE = _ROOT / "tests" / "money" / "reference_pricing.py"
_VECTORS = _ROOT / "tests" / "vectors" / "tariffs.json"
_SECONDS = 1.0


@click.command()
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"))
@click.option("--full", is_flag=True, help="Add price lines, VAT groups and the trace.")
@click.pass_context
def price(context: click.Context, file: TextIO, *, full: bool) -> None:
    """Price FILE (- for standard input): one JSON object with tariff and session in a line, one JSON answer in a line.

    An object with "vectors" is priced case by case and compared with what it expects.

    \b
    Examples:
      ./voltpact price sessions.jsonl
      ./voltpact price - < sessions.jsonl
      ./voltpact price tests/vectors/tariffs.json
    """
    wrong = total = 0
    for text, case in _cases(file):
        if not isinstance(case, dict):
            click.echo(price_line(text, full=full))
            continue
        click.echo(json.dumps(price_case(case, full=full)))
        if "expected" in case:
            total += 1
            if not agrees(price_case(case), case["expected"]):
                wrong += 1
                click.echo(f"differs: {case.get('name', '?')}", err=True)
    if total:
        click.echo(f"{total - wrong} of {total} as expected", err=True)
    context.exit(1 if wrong else 0)


def agrees(answer: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether an answer is the expected one; of a refusal only the word counts."""
    return bool(answer.get("error") == expected["error"] if "error" in expected else answer == expected)


def _cases(file: TextIO) -> Iterator[tuple[str, object]]:
    """(text, case): line by line as they come, or the cases of one object that spans all lines; a case is None if it is no JSON."""
    first = next((line for line in file if line.strip()), "")
    whole = _read(first)
    if whole is None and first:
        first += file.read()
        whole = _read(first)
        if whole is None:
            for line in first.splitlines():
                if line.strip():
                    yield line, _read(line)
            return
    if isinstance(whole, dict) and isinstance(whole.get("vectors"), list):
        yield from ((json.dumps(None), case) for case in whole["vectors"])
    elif first:
        yield first, whole
    for line in file:
        if line.strip():
            yield line, _read(line)


def _read(text: str) -> object:
    try:
        return read(text)
    except ValueError:
        return None


@click.command("price")
@click.option("--seconds", default=_SECONDS, show_default=True, help="How long each of the figures is measured.")
@click.option("--file", "path", type=click.Path(exists=True, path_type=Path), default=_VECTORS, help="A vectors file.")
def bench_price(seconds: float, path: Path) -> None:
    """Sessions per second on one core over the vectors, beside the plain reference in the same run.

    \b
    Example:
      ./voltpact bench price --seconds 3
    """
    cases = [case for case in _vectors(path) if "error" not in case["expected"]]
    ready = [(compile_tariff(parse_tariff(case["tariff"])), parse_session(case["session"])) for case in cases]
    lines = [json.dumps(case, default=str) for case in cases]
    figures = {
        "full result": _speed(lambda: _full(ready), len(ready), seconds),
        "totals only": _speed(lambda: _totals(ready), len(ready), seconds),
        "JSON line in, JSON line out": _speed(lambda: [price_line(line) for line in lines], len(lines), seconds),
    }
    reference = _reference()
    if reference is not None:
        figures["naive reference (exact rationals)"] = _speed(
            lambda: [reference(case["tariff"], case["session"]) for case in cases], len(cases), seconds
        )
    naive = figures.get("naive reference (exact rationals)")
    click.echo(f"{len(cases)} sessions, one core, best of 3 × {seconds:g} s of processor time")
    for name, figure in figures.items():
        ratio = f"   {figure / naive:8.1f} × the reference" if naive else ""
        click.echo(f"{name:36} {figure:12,.0f} sessions/s{ratio}")


def _vectors(path: Path) -> list[dict[str, Any]]:
    found = read(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise click.ClickException(f"{path} has no vectors")
    return list(found["vectors"])


def _full(ready: list[tuple[Compiled, Session]]) -> None:
    for compiled, session in ready:
        price_session(compiled, session)


def _totals(ready: list[tuple[Compiled, Session]]) -> None:
    for compiled, session in ready:
        price_total(compiled, session)


def _speed(run: Callable[[], object], sessions: int, seconds: float) -> float:
    """Sessions per second of processor time, the best of three; other programs on the machine do not count."""
    best = 0.0
    for _ in range(3):
        rounds, start = 0, time.process_time()
        while (lasted := time.process_time() - start) < seconds:
            run()
            rounds += 1
        best = max(best, rounds * sessions / lasted)
    return best


def _reference() -> Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] | None:
    """The slow implementation of the tests, if they are at hand."""
    spec = importlib.util.spec_from_file_location("reference_pricing", _REFERENCE) if _REFERENCE.exists() else None
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] = module.reference
    return found
