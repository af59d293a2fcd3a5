"""The commands ``station add``, ``station import`` and ``station list``."""

from __future__ import annotations

import csv
from pathlib import Path

import click
from sqlalchemy import func, select

from app.cli_work import operator_work, work_room
from app.domain.network.bulk_register import NewStation, register_many, taken
from app.domain.network.keys import new_station_key
from app.domain.network.labels import IDENTITY
from app.domain.network.models import Evse, Location, Station, StationState
from app.settings import from_environment
from app.work.unit import Work

MOST_EVSES = 16
_SHORT_PASSWORD = 16


@click.group()
def station() -> None:
    """Register and list charge points."""


@station.command(
    epilog="""\b
Examples:
  ./voltpact station add NL-0600
  ./voltpact station add HARBOUR-7 --evses 2 --current DC --kw 150
  ./voltpact station add NL-0601 --location L-4KX9A7 --password 7f3a90c2d1e4b5a6
"""
)
@click.argument("identity")
@click.option("--password", help="Basic-auth password; a long random one is made and shown if none is given.")
@click.option("--evses", type=click.IntRange(1, MOST_EVSES), default=1, show_default=True, help="How many cars charge at once.")
@click.option("--current", type=click.Choice(["AC", "DC"]), default="AC", show_default=True)
@click.option("--kw", type=click.IntRange(1, 2000), default=22, show_default=True, help="Power of each EVSE.")
@click.option("--location", "location_code", help="Code of the site it stands at.")
@click.option("--operator", "operator_code", help="Code of the operator, if there are several.")
def add(
    identity: str, password: str | None, evses: int, current: str, kw: int, location_code: str | None, operator_code: str | None
) -> None:
    """Register one charge point, which may connect at once."""
    settings = from_environment()
    _check_identity(identity, "IDENTITY")
    wanted = NewStation(identity, password or new_station_key(), evses, current, kw * 1000)
    with operator_work(settings, operator_code, "voltpact station") as work:
        if taken(work.session, [identity]):
            raise click.ClickException(f"{identity} is registered already.")
        (label,) = register_many(work, [wanted], secret_key=settings.secret_key, location=_location(work, location_code))
    click.echo(f"{label} is registered; it connects to {settings.ocpp_public_url}/{identity}")
    if password is None:
        click.echo(f"password (shown only now): {wanted.password}")


@station.command(
    "import",
    epilog="""\b
Examples:
  ./voltpact station import stations.csv
  ./voltpact station import stations.csv --operator NLT --location L-4KX9A7

\b
The file has a line per charge point: id,password and, if wanted, the number of EVSEs:
  id,password,evses
  NL-0600,7f3a90c2d1e4b5a6,2
  NL-0601,91b4c6d8e0f2a3b5
""",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--location", "location_code", help="Code of the site they stand at.")
@click.option("--operator", "operator_code", help="Code of the operator, if there are several.")
def import_(file: Path, location_code: str | None, operator_code: str | None) -> None:
    """Register the charge points of a CSV file; all of them, or none if a line cannot be used.

    A line that is registered already is an error, so that a wrong file changes nothing.
    """
    settings = from_environment()
    try:
        rows, problems = _read(file)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8 text.") from error
    except csv.Error as error:
        raise click.ClickException(f"{file} is no CSV file ({error}).") from error
    with operator_work(settings, operator_code, "voltpact station") as work:
        site = _location(work, location_code)
        known = taken(work.session, [one.identity for _, one in rows])
        problems += [(line, f"{one.identity} is registered already") for line, one in rows if one.identity in known]
        if problems:
            for line, text in sorted(problems)[:20]:
                click.echo(f"{file}:{line}: {text}", err=True)
            more = f" ({len(problems) - 20} more)" if len(problems) > 20 else ""
            raise click.ClickException(f"nothing was registered{more}.")
        labels = register_many(work, [one for _, one in rows], secret_key=settings.secret_key, location=site)
    click.echo(f"{len(labels)} charge point(s) registered")
    if any(len(one.password) < _SHORT_PASSWORD for _, one in rows):
        click.echo("some passwords are shorter than 16 characters; make them longer before the charge points face the internet", err=True)


@station.command(
    "list",
    epilog="""\b
Examples:
  ./voltpact station list
  ./voltpact station list --connected
""",
)
@click.option("--connected", is_flag=True, help="Only those with a connection now.")
def list_(*, connected: bool) -> None:
    """List charge points: label, identity, EVSEs, protocol, connection, last message."""
    evses = select(func.count()).where(Evse.station_id == Station.id).scalar_subquery()
    asked = select(Station, StationState, evses).join(StationState, StationState.station_id == Station.id, isouter=True)
    if connected:
        asked = asked.where(StationState.connected)
    with work_room(from_environment(), "voltpact station") as room, room.sessions() as session:
        for place, state, count in session.execute(asked.where(Station.retired_at.is_(None)).order_by(Station.label)):
            contact = "connected" if state and state.connected else "not connected"
            last = state.last_message_at.isoformat(" ", "seconds") if state and state.last_message_at else "never"
            click.echo(f"{place.label:20} {place.identity:24} {count} EVSE  {place.protocol or '-':9}  {contact:13}  {last}")


def _location(work: Work, code: str | None) -> Location | None:
    if code is None:
        return None
    found = work.session.scalar(select(Location).where(Location.code == code.upper(), Location.operator_id == work.operator_id))
    if found is None:
        raise click.ClickException(f"there is no site {code}.")
    return found


def _check_identity(identity: str, where: str) -> None:
    if not IDENTITY.fullmatch(identity):
        raise click.ClickException(f"{where}: {identity!r} is no charge point identity (up to 48 letters, digits and * _ . : | @ + = -).")


def _read(file: Path) -> tuple[list[tuple[int, NewStation]], list[tuple[int, str]]]:
    """Line number and charge point of each line, and what is wrong with which line."""
    rows: list[tuple[int, NewStation]] = []
    problems: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    with click.open_file(str(file), encoding="utf-8-sig") as lines:
        for cells in (reader := csv.reader(lines)):
            line = reader.line_num
            cells = [cell.strip() for cell in cells]  # noqa: PLW2901 - the same cells, trimmed
            if not any(cells) or cells[0].startswith("#") or (not rows and cells[0].lower() == "id"):
                continue
            problem = _problem(cells, seen)
            if problem:
                problems.append((line, problem))
                continue
            seen[cells[0]] = line
            rows.append((line, NewStation(cells[0], cells[1], int(cells[2]) if len(cells) > 2 and cells[2] else 1)))
    return rows, problems


def _problem(cells: list[str], seen: dict[str, int]) -> str | None:
    if len(cells) < 2 or not cells[1]:
        return "a line is: id,password"
    if not IDENTITY.fullmatch(cells[0]):
        return f"{cells[0]!r} is no charge point identity"
    if cells[0] in seen:
        return f"{cells[0]} stands in line {seen[cells[0]]} already"
    if len(cells) > 2 and cells[2] and not (cells[2].isdigit() and 1 <= int(cells[2]) <= MOST_EVSES):
        return f"{cells[2]!r} is no number of EVSEs from 1 to {MOST_EVSES}"
    return None
