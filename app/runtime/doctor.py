"""The command ``doctor``: every part of an installation, whether it is well, and what to do if not."""

from __future__ import annotations

import ctypes.util
import importlib.metadata
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from app.db.embedded import LEAST_FREE_MB
from app.places import InstallationError
from app.runtime.health import CHECKS, trouble_with
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
_WELL, _BAD, _NOTE = "ok", "NOT OK", "note"


class Finding(NamedTuple):
    """One line of the report. ``advice`` says what to do."""

    part: str
    state: str
    seen: str
    advice: str = ""


@click.command(
    epilog="""\b
Examples:
  ./voltpact doctor
  VOLTPACT_DATA_DIR=/srv/voltpact ./voltpact doctor
"""
)
def doctor() -> None:
    """Check every part and say what to do. Exit code 1 if something is not well."""
    findings = list(examine())
    width = max(len(finding.part) for finding in findings)
    for finding in findings:
        click.echo(f"{finding.part:<{width}}  {finding.state:<6}  {finding.seen}")
        if finding.advice:
            click.echo(f"{'':<{width}}          -> {finding.advice}")
    if any(finding.state == _BAD for finding in findings):
        sys.exit(1)


def examine() -> Iterator[Finding]:
    """Findings, from the ground up."""
    yield Finding("python", _WELL, f"{sys.version.split()[0]} in {sys.prefix}")
    yield _packages()
    yield from _libraries()
    yield _browser_files()
    yield Finding("browser for tests", *_browser())
    try:
        settings = Settings.read(os.environ)
    except InstallationError as error:
        yield Finding("settings", _BAD, str(error), "correct the setting and run doctor again")
        return
    yield Finding("settings", _WELL, f"data in {settings.data_dir}, pages at {settings.public_url}")
    yield _disk(settings)
    yield Finding("mail", *(_smtp(settings)))
    yield from running(settings)


def _packages() -> Finding:
    wanted = dict(re.findall(r"^([a-z0-9_.-]+)==([^\s;\\]+) (?:\\|;)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    markers = set(re.findall(r"^([a-z0-9_.-]+)==[^\s;]+ ;", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    wrong = [name for name, version in wanted.items() if name not in markers and _installed(name) != version]
    if wrong:
        return Finding("packages", _BAD, f"{len(wrong)} differ from requirements.lock: {', '.join(wrong[:5])}", "run ./voltpact up")
    return Finding("packages", _WELL, f"{len(wanted)} as in requirements.lock")


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _libraries() -> Iterator[Finding]:
    needed = {"pango-1.0": "libpango-1.0-0", "pangoft2-1.0": "libpangoft2-1.0-0", "harfbuzz-subset": "libharfbuzz-subset0"}
    missing = [package for library, package in needed.items() if ctypes.util.find_library(library) is None]
    if missing:
        yield Finding("PDF libraries", _BAD, f"missing: {' '.join(missing)}", f"sudo apt-get install -y {' '.join(missing)}")
    else:
        yield Finding("PDF libraries", _WELL, "Pango and HarfBuzz are there")


def _browser_files() -> Finding:
    if (ROOT / "static" / "vendor" / "icons.svg").is_file():
        return Finding("browser files", _WELL, "static/vendor is filled")
    return Finding("browser files", _BAD, "static/vendor is empty", "run ./voltpact up (it needs npm once)")


def _browser() -> tuple[str, str, str]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return _WELL, found, ""
    return _NOTE, "no Chromium", "only ./voltpact test needs it: sudo apt-get install -y chromium"


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free // 2**20
    if free < LEAST_FREE_MB:
        return Finding("disk", _BAD, f"{free} MB free at {settings.data_dir}", f"make room: at least {LEAST_FREE_MB} MB are needed")
    return Finding("disk", _WELL, f"{free} MB free")


def _smtp(settings: Settings) -> tuple[str, str, str]:
    if settings.smtp_url is None:
        return _NOTE, "no mail server; mails stay in the outbox page", "set VOLTPACT_SMTP_URL to send them"
    return _WELL, "a mail server is set", ""


def running(settings: Settings) -> Iterator[Finding]:
    """Findings about what should be running."""
    advice: dict[str, str] = {
        "database": "start ./voltpact up" if settings.embedded_postgres else "check VOLTPACT_DATABASE_URL and the server",
        "redis": "start ./voltpact up" if settings.embedded_redis else "check VOLTPACT_REDIS_URL and the server",
    }
    for name, check in CHECKS.items():
        trouble = trouble_with(check, settings)
        if trouble is None:
            yield Finding(name, _WELL, "answers")
            if name == "database":
                yield _migrations(settings)
        else:
            yield Finding(name, _BAD, trouble, advice.get(name, f"is ./voltpact up running? its log is {settings.data_dir}/logs"))
    yield _listening("pages", settings.host, settings.port)
    yield _listening("stations", settings.ocpp_host, settings.ocpp_port)


def _migrations(settings: Settings) -> Finding:
    from app.db.migrate import current_and_head

    return _tried("migrations", lambda: _compared(*current_and_head(settings)))


def _compared(current: str | None, head: str | None) -> Finding:
    if current == head:
        return Finding("migrations", _WELL, f"at {current}, the newest")
    return Finding("migrations", _BAD, f"at {current or 'nothing'}, newest is {head}", "run ./voltpact migrate")


def _tried(part: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - a doctor reports whatever it meets
        return Finding(part, _BAD, str(error).strip().splitlines()[0], "see above")


def _listening(part: str, host: str, port: int) -> Finding:
    dialled = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    try:
        socket.create_connection((dialled, port), timeout=2).close()
    except OSError as error:
        return Finding(part, _BAD, f"nothing listens on {host}:{port} ({error.strerror or error})", "start ./voltpact up")
    return Finding(part, _WELL, f"listening on {host}:{port}")
