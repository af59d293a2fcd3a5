"""The command line: every command loads, explains itself with examples, and fails in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app import cli
from app.runtime import doctor
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def leaves(command: click.Command, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    inner = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [leaf for name, found in inner if found is not None for leaf in leaves(found, (*path, name))]


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_shows_help_with_an_example(name: str) -> None:
    command = cli.voltpact.get_command(click.Context(cli.voltpact), name)
    assert command is not None
    for path in leaves(command, (name,)):
        shown = CliRunner().invoke(cli.voltpact, [*path, "--help"])
        assert shown.exit_code == 0, path
        # CliRunner writes the usage line without the name of the program, so a second one stands in an example
        assert f"./voltpact {' '.join(path)}" in shown.output.partition("\n")[2], f"{path} needs an example:\n{shown.output}"


def test_help_of_the_whole_loads_no_command() -> None:
    code = "import sys; from app.cli import voltpact; voltpact(['--help'], standalone_mode=False); sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode == 0


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOLTPACT_")}
    given = inherited | {"PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, "-P", "-m", "app.cli", *arguments]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=60)


def test_unknown_commands_and_wrong_settings_exit_with_2(tmp_path: Path) -> None:
    assert run("fly").returncode == 2
    refused = run("migrate", VOLTPACT_DATA_DIR=str(tmp_path), VOLTPACT_PORT="many")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "voltpact: VOLTPACT_PORT: 'many' is not a whole number from 1 to 65535.\n"


def test_the_doctor_names_what_is_wrong_and_what_to_do(tmp_path: Path, settings: Settings) -> None:
    ill = run("doctor", VOLTPACT_DATA_DIR=str(tmp_path), VOLTPACT_SMTP_URL="mail.example")
    assert ill.returncode == 1
    assert "settings" in ill.stdout
    assert "NOT OK  VOLTPACT_SMTP_URL: must start with smtp://" in ill.stdout
    well = {finding.part: finding for finding in doctor.running(settings)}
    assert well["database"].state == well["redis"].state == well["migrations"].state == "ok"
    assert well["ocpp worker"].state == "NOT OK"
    assert "no sign of life" in well["ocpp worker"].seen
    assert well["ocpp worker"].advice
