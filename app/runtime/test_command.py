"""The command ``test``: what the whole house must pass, in one go, in the same way here and in CI."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
#: pytest processes: one more than the cores of the machines that run this, since journeys wait for browsers half of the time
PROCESSES = "3"


def checks() -> list[tuple[str, list[str]]]:
    """Name and command of every static check, quick ones first."""
    tools = Path(sys.executable).parent
    return [
        ("ruff", [str(tools / "ruff"), "check", "--quiet", "."]),
        ("import contracts", [str(tools / "lint-imports"), "--no-logo"]),
        ("templates", [str(tools / "djlint"), "--quiet", "--lint", "--allow-empty-input", "templates"]),
        ("types", [str(tools / "mypy")]),
    ]


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  ./voltpact test                           static checks, then all tests
  ./voltpact test tests/money -k rounding   only these tests, no static checks
""",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Check and test the whole house on throw-away engines; with arguments (for pytest), run only those tests."""
    # settings of the person at the keyboard must not reach the tests
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOLTPACT_")}
    environment["PYTHONPATH"] = str(ROOT)
    tests = [sys.executable, "-m", "pytest", *(arguments or ("-q", "-n", PROCESSES, "--dist", "loadscope"))]
    steps = [("tests", tests)] if arguments else [*checks(), ("tests", tests)]
    failed = [name for name, command in steps if not _passes(name, command, environment, announced=len(steps) > 1)]
    if failed:
        click.echo(f"failed: {', '.join(failed)}", err=True)
        sys.exit(1)


def _passes(name: str, command: list[str], environment: dict[str, str], *, announced: bool) -> bool:
    begun = time.monotonic()
    if announced:
        click.echo(f"== {name}")
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if announced:
        click.echo(f"== {name}: {'passed' if code == 0 else f'FAILED (exit code {code})'} after {time.monotonic() - begun:.0f} s")
    return code == 0
