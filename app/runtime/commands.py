"""The commands ``up``, ``migrate`` and ``lock``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from app.settings import Settings, from_environment

ROOT = Path(__file__).resolve().parents[2]


@click.command(
    epilog="""\b
Examples:
  ./voltpact up
  ./voltpact up --port 8080 --ocpp-port 9090 --data /srv/voltpact
  VOLTPACT_DATABASE_URL=postgresql://me:pw@db/voltpact ./voltpact up --no-demo
"""
)
@click.option("--data", "data", type=click.Path(path_type=Path, file_okay=False), help="Data folder (VOLTPACT_DATA_DIR).")
@click.option("--host", help="Address to listen on (VOLTPACT_HOST); default 127.0.0.1.")
@click.option("--port", type=int, help="Port of the pages (VOLTPACT_PORT); default 8000.")
@click.option("--ocpp-port", type=int, help="Port for charge points (VOLTPACT_OCPP_PORT); default 9000.")
@click.option("--no-demo", is_flag=True, help="No demo network, no demo sign-ins, no simulated stations.")
def up(data: Path | None, host: str | None, port: int | None, ocpp_port: int | None, *, no_demo: bool) -> None:
    """Start everything and keep it running until Ctrl-C.

    Starts PostgreSQL and Redis unless VOLTPACT_DATABASE_URL and VOLTPACT_REDIS_URL name others, migrates, then starts the pages, the
    event stream, the OCPP worker, the task worker, its clock and the demo stations. What ends is started again.
    """
    from app.runtime.supervisor import Supervisor, run_until_told

    chosen = {"DATA_DIR": data and str(data.absolute()), "HOST": host, "PORT": port, "OCPP_PORT": ocpp_port}
    environ = dict(os.environ) | {f"VOLTPACT_{name}": str(value) for name, value in chosen.items() if value is not None}
    if no_demo:
        environ["VOLTPACT_DEMO"] = "no"
    elif not environ.get("VOLTPACT_DEMO"):
        environ["VOLTPACT_DEMO"] = "yes"
    settings = Settings.read(environ)
    run_until_told(lambda: Supervisor(settings))


@click.command(
    epilog="""\b
Examples:
  ./voltpact migrate
  ./voltpact migrate --to 0011
"""
)
@click.option("--to", "revision", default="head", show_default=True, help="Number of the migration to stop at.")
@click.option("--quiet", is_flag=True, help="Say something only if something was done.")
def migrate(revision: str, *, quiet: bool) -> None:
    """Bring the database up to the newest migration, and make the roles the programs sign in as."""
    from app.db.migrate import current_and_head, require_usable, upgrade

    settings = from_environment()
    require_usable(settings.database_url)
    before = current_and_head(settings)[0]
    upgrade(settings, revision)
    after = current_and_head(settings)[0]
    if after != before:
        click.echo(f"database migrated from {before or 'empty'} to {after}")
    elif not quiet:
        click.echo(f"database is at {after}; nothing to do")


@click.command(
    epilog="""\b
Example:
  ./voltpact lock                   after changing requirements.in or requirements-dev.in
"""
)
def lock() -> None:
    """Write requirements.lock and requirements-dev.lock anew, with hashes, naming no registry."""
    # the developers' file holds everything of the other, so that one installation fits both
    runtime = ["requirements.in"]
    options = "--quiet --universal --python-version 3.11 --generate-hashes"
    nameless = "--no-emit-index-url --no-emit-find-links --no-annotate --no-header"
    for target, sources in (("requirements.lock", runtime), ("requirements-dev.lock", [*runtime, "requirements-dev.in"])):
        uv = str(Path(sys.executable).with_name("uv"))
        command = [uv, "pip", "compile", *options.split(), *nameless.split(), "--output-file", target, *sources]
        if target != "requirements.lock":
            command += ["--constraints", "requirements.lock"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            raise click.ClickException(f"{target} could not be written; uv says why above.")
        click.echo(f"{target} written")
