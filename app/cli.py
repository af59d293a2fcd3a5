"""The command line: names, options and examples. Each command's work lies elsewhere and is loaded only when it runs."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from app.places import InstallationError

#: name -> where the command object lies, and its line in the list (so that --help loads nothing)
COMMANDS = {
    "up": ("app.runtime.commands:up", "Start everything and keep it running."),
    "test": ("app.runtime.test_command:test", "Check and test the whole house on throw-away engines."),
    "migrate": ("app.runtime.commands:migrate", "Bring the database up to the newest migration."),
    "demo": ("app.runtime.demo_command:demo", "Fill an empty database with the demo network, or a large one."),
    "station": ("app.ocpp.cli:station", "Register and list charge points."),
    "people": ("app.cli_people:people", "Help people who cannot sign in."),
    "curve": ("app.cli_curve:curve", "Import and list exchange prices that tariffs follow."),
    "price": ("app.cli_price:price", "Price sessions from JSON lines."),
    "settle": ("app.cli_settle:settle", "Settle months from JSON lines."),
    "doctor": ("app.runtime.doctor:doctor", "Check every part and say what to do."),
    "bench": ("app.cli:bench", "Measure speed, as ratios to a yardstick in the same run."),
    "lock": ("app.runtime.commands:lock", "Write the lock files anew from requirements*.in."),
}
BENCHES = {
    "ocpp": ("app.bench.ocpp:ocpp", "CPU per OCPP message against a bare websocket server."),
    "live": ("app.bench.live:live", "Status message to changed row in N open dashboards."),
    "price": ("app.cli_price:bench_price", "Sessions priced per second."),
    "pages": ("app.bench.pages:pages", "Server time and SQL statements of every page."),
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is asked for."""

    def __init__(self, places: Mapping[str, tuple[str, str]], **attrs: Any) -> None:
        super().__init__(**attrs)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click hands it over
        """All names, in the order of the table."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - Click hands it over
        """Load one command; a part that is not built yet says so."""
        if cmd_name not in self._places:
            return None
        module, _, name = self._places[cmd_name][0].partition(":")
        try:
            found: click.Command = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            if error.name is not None and (module == error.name or module.startswith(error.name + ".")):
                raise click.ClickException(f"{cmd_name} is not built yet.") from None
            raise
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - Click hands it over
        """The list of commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._places.items()])


EXAMPLES = """\b
Examples:
  ./voltpact up                     start everything, with the demo network
  ./voltpact test                   the whole suite
  ./voltpact doctor                 what is missing or broken?
  ./voltpact COMMAND --help         options and examples of one command
"""


@click.group(
    cls=LazyGroup,
    places=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=f"Contracts, prices, sessions and settlements of a charging network.\n\n{EXAMPLES}",
)
def voltpact() -> None:
    """All commands."""


@click.group(
    cls=LazyGroup,
    places=BENCHES,
    help=f"{COMMANDS['bench'][1]}\n\n\b\nExamples:\n  ./voltpact bench price\n  ./voltpact bench pages\n  ./voltpact bench ocpp --help",
)
def bench() -> None:
    """Measurements."""


def main() -> None:
    """Run; an expected failure is one sentence on standard error and exit code 2."""
    try:
        voltpact(prog_name="./voltpact", standalone_mode=False)
    except InstallationError as error:
        click.echo(f"voltpact: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code if error.exit_code != 1 else 2)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # the reader of a pipe went away; say nothing more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
