"""``voltpact curve``: exchange prices from files, for jobs that fetch them every day; the same reader as the page."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from app.cli_work import operator_work
from app.demo.curve import demo_points
from app.domain.tariffs.curves import home_zone, markets
from app.domain.tariffs.curves_import import MINUTES, PER, CurveInput, CurveReport, check_curve, curve_lines, import_curve
from app.kernel.clock import system_clock
from app.kernel.errors import Invalid
from app.settings import from_environment
from app.text.messages import sentence

_SHOWN = 20
_APPLICATION = "voltpact curve"
_HOURS = 24


@click.group()
def curve() -> None:
    """Import and list exchange prices that tariffs follow."""


@curve.command(
    "import",
    epilog="""\b
Examples:
  ./voltpact curve import prices.csv --market DE-LU
  ./voltpact curve import prices.csv --market AT --per kwh --minutes 15 --check
  ./voltpact curve demo | ./voltpact curve import - --market "DE-LU demo" --per kwh

\b
The file has a line per hour or quarter hour, with comma or semicolon; "end" may be left out:
  start;price
  2026-10-14T17:00:00+02:00;81,20
  2026-10-14T18:00:00+02:00;-3,05
""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE|-")
@click.option("--market", required=True, help="Market area as tariffs name it, such as DE-LU.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--per", type=click.Choice(list(PER)), default="mwh", show_default=True, help="What a price is for.")
@click.option(
    "--minutes", type=click.Choice([str(each) for each in MINUTES]), default="60", show_default=True, help="Length of a line without end."
)
@click.option("--check", is_flag=True, help="Read the file and store nothing.")
@click.option("--operator", "operator_code", help="Code of the operator, if there are several.")
def import_(*, file: str, market: str, currency: str, per: str, minutes: str, check: bool, operator_code: str | None) -> None:
    """Store the prices of a CSV file; what was known of the same hours is replaced. A file with a bad line changes nothing."""
    try:
        with click.open_file(file, encoding="utf-8-sig") as lines:
            text = lines.read()
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8 text.") from error
    with operator_work(from_environment(), operator_code, _APPLICATION) as work:
        try:
            wanted = CurveInput(market=market, currency=currency.upper(), per=per, minutes=int(minutes), lines=curve_lines(text))
            report = check_curve(work, wanted) if check else import_curve(work, wanted)
        except Invalid as refusal:
            raise click.ClickException(f"{file}: {refusal.field}: {sentence(refusal)}") from refusal
        _refuse_bad_lines(file, report)
    span = f"{len(report.points)} price(s) of {market.strip()}, {_text(report.first)} to {_text(report.last)}"
    click.echo(f"{span}: {'readable, nothing stored' if check else 'stored'}")


def _refuse_bad_lines(name: str, report: CurveReport) -> None:
    for problem in report.problems[:_SHOWN]:
        click.echo(f"{name}:{problem.line}: {problem.refusal.field}: {sentence(problem.refusal)}", err=True)
    if report.problems:
        more = len(report.problems) - _SHOWN
        raise click.ClickException(f"nothing was stored{f' ({more} more)' if more > 0 else ''}.")


@curve.command("list", epilog="\b\nExample:\n  ./voltpact curve list")
@click.option("--operator", "operator_code", help="Code of the operator, if there are several.")
def list_(operator_code: str | None) -> None:
    """List market areas: currency, from when until when prices are known, how many."""
    with operator_work(from_environment(), operator_code, _APPLICATION) as work:
        rows = markets(work)
    for row in rows:
        click.echo(f"{row.market:20} {row.currency}  {_text(row.first)} to {_text(row.last)}  {row.points} price(s)")


@curve.command(
    epilog="""\b
Examples:
  ./voltpact curve demo > prices.csv
  ./voltpact curve demo --days 7 | ./voltpact curve import - --market "DE-LU demo" --per kwh
"""
)
@click.option("--days", type=click.IntRange(1, 366), default=2, show_default=True, help="So many days from the hour that runs now.")
@click.option("--operator", "operator_code", help="Code of the operator, if there are several.")
def demo(days: int, operator_code: str | None) -> None:
    """Print the demo's curve as a file for import, per kWh: cheap at noon, dear in the evening."""
    with operator_work(from_environment(), operator_code, _APPLICATION) as work:
        zone = home_zone(work)
    first = system_clock()
    click.echo("start,end,price")
    for start, price in demo_points(first, first + timedelta(hours=days * _HOURS), zone):
        click.echo(f"{start.isoformat()},{(start + timedelta(hours=1)).isoformat()},{price}")


def _text(at: datetime | None) -> str:
    return at.isoformat(" ", "minutes") if at else "-"
