"""``voltpact curve``: the page's reader from a shell; a bad line changes nothing; the demo's curve is a file that it takes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from app.cli_curve import curve
from app.domain.tariffs.curve_models import DayAheadPrice
from tests.cast import World

Run = Callable[..., Result]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in world.settings.environment().items():
        monkeypatch.setenv(name, value)
    return lambda *arguments, sent=None: CliRunner().invoke(curve, [str(each) for each in arguments], input=sent)


def prices(world: World) -> list[tuple[str, Decimal]]:
    with world.owner() as session:
        found = session.execute(select(DayAheadPrice.market, DayAheadPrice.per_kwh).order_by(DayAheadPrice.starts_at))
        return [(market, price) for market, price in found]


def test_a_file_is_checked_then_stored_and_noted(run: Run, world: World, tmp_path: Path) -> None:
    """81.20 per MWh are 0.0812 per kWh; below zero is a price too."""
    file = tmp_path / "prices.csv"
    file.write_text("start;price\n2026-10-14T17:00:00+02:00;81,20\n2026-10-14T18:00:00+02:00;-3,05\n", encoding="utf-8")
    checked = run("import", file, "--market", "DE-LU", "--check")
    assert (checked.exit_code, "2 price(s) of DE-LU" in checked.output, prices(world)) == (0, True, []), checked.output
    done = run("import", file, "--market", "DE-LU")
    assert done.exit_code == 0, done.output
    assert prices(world) == [("DE-LU", Decimal("0.0812")), ("DE-LU", Decimal("-0.00305"))]
    assert run("list").output == "DE-LU                EUR  2026-10-14 15:00+00:00 to 2026-10-14 17:00+00:00  2 price(s)\n"
    with world.owner() as session:
        noted = session.execute(text("select actor_name, facts ->> 'points' from audit_entry where act = 'CurveImported'")).all()
    assert [tuple(each) for each in noted] == [("command line", "2")]


def test_bad_lines_are_named_and_nothing_is_stored(run: Run, world: World, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("start,price\n2026-10-14T17:00:00Z,10\n2026-10-14T18:00:00,10\n2026-10-14T19:00:00Z,much\n", encoding="utf-8")
    refused = run("import", file, "--market", "DE-LU")
    assert refused.exit_code == 1
    assert f"{file}:3: start: " in refused.output
    assert f"{file}:4: price: " in refused.output
    assert "nothing was stored." in refused.output
    for wrong, named in ((["--market", "x" * 21], "market: "), (["--market", "DE-LU", "--currency", "ZZZ"], "currency: ")):
        answer = run("import", file, *wrong)
        assert (answer.exit_code, named in answer.output) == (1, True), answer.output
    assert run("import", file, "--market", "DE-LU", "--operator", "NOBODY").exit_code == 1
    file.write_bytes(b"start,price\n\xff\xfe,1\n")
    assert "UTF-8" in run("import", file, "--market", "DE-LU").output
    assert prices(world) == []


def test_the_demos_curve_is_a_file_that_is_taken(run: Run, world: World) -> None:
    shown = run("demo", "--days", "1")
    assert (shown.exit_code, shown.output.splitlines()[0], len(shown.output.splitlines())) == (0, "start,end,price", 25), shown.output
    done = run("import", "-", "--market", "DE-LU demo", "--per", "kwh", sent=shown.output)
    assert done.exit_code == 0, done.output
    assert len(prices(world)) == 24
