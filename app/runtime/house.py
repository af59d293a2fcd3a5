"""Which programs make up the house, and how each is started. The supervisor keeps them running; this page only lists them."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from app.db.embedded import EmbeddedPostgres, child_options
from app.places import OWNER_ROLE, redis_password
from app.runtime.child import Program
from app.runtime.redis_engine import EmbeddedRedis
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
WEB_WORKERS = 2
WEB_THREADS = 8
TASK_WORKERS = 2
#: nobody waits for these; they start once the others answer, and leave them the processor until then
LATE = frozenset({"beat", "stations"})


def embedded_postgres(settings: Settings, *, durable: bool = True) -> EmbeddedPostgres | None:
    """The PostgreSQL that ``up`` runs, unless the settings name another."""
    if not settings.embedded_postgres:
        return None
    return EmbeddedPostgres(settings.engine_dir, settings.run_dir, settings.role_password(OWNER_ROLE), durable=durable)


def embedded_redis(settings: Settings, *, durable: bool = True) -> EmbeddedRedis | None:
    """The Redis that ``up`` runs, unless the settings name another."""
    if not settings.embedded_redis:
        return None
    return EmbeddedRedis(settings.engine_dir, settings.run_dir, redis_password(settings.secret_key), durable=durable)


def engine_programs(settings: Settings, postgres: EmbeddedPostgres | None, redis: EmbeddedRedis | None) -> list[Program]:
    """The engines to run, prepared."""
    programs = []
    for name, engine in (("postgres", postgres), ("redis", redis)):
        if engine is not None:
            options = child_options(engine.account, engine.stop_signal)
            program = Program(name, engine.argv(), _environment(settings), options, stop_signal=engine.stop_signal, cwd=engine.data)
            programs.append(replace(program, patience_s=30, quiet=True))
    return programs


def app_programs(settings: Settings) -> list[Program]:
    """Everything that needs the engines, in the order of starting."""
    listed = [
        ("web", _gunicorn(settings)),
        ("stream", _uvicorn(settings)),
        ("ocpp", ["-m", "app.ocpp"]),
        ("tasks", _celery("worker", "--concurrency", str(TASK_WORKERS), "--without-gossip", "--without-mingle", "--without-heartbeat")),
        ("beat", _celery("beat", "--schedule", str(settings.run_dir / "beat"), "--pidfile", "")),
    ]
    if settings.demo:
        listed.append(("stations", ["-m", "app.demo.stations"]))
    # a part that is not built yet is left out rather than started again for ever
    return [_program(settings, name, argv) for name, argv in listed if name not in _BUILT_IN or _exists(_BUILT_IN[name])]


_BUILT_IN = {"web": "app.factory", "stream": "app.stream.main", "ocpp": "app.ocpp.__main__", "stations": "app.demo.stations"}


def once(settings: Settings, name: str, *arguments: str) -> Program:
    """A command of ours that runs to its end (migrate, demo)."""
    return _program(settings, name, ["-m", "app.cli", *arguments])


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _gunicorn(settings: Settings) -> list[str]:
    # loaded once before forking: no connection is opened at import, and a killed worker is back at once
    options = f"--preload --worker-class gthread --workers {WEB_WORKERS} --threads {WEB_THREADS} --no-control-socket --umask 0o077"
    limits = "--timeout 120 --graceful-timeout 3 --keep-alive 2 --limit-request-line 8190 --worker-tmp-dir"
    # a heartbeat file on a slow disk can stop a worker
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else str(settings.run_dir)  # noqa: S108
    return ["-m", "gunicorn", *options.split(), *limits.split(), memory, "--bind", f"unix:{settings.web_socket}", "wsgi:app"]


def _uvicorn(settings: Settings) -> list[str]:
    options = "--loop uvloop --no-access-log --no-server-header --no-date-header --no-proxy-headers --timeout-graceful-shutdown 3"
    address = ["--host", settings.host, "--port", str(settings.port), "--log-level", settings.log_level]
    return ["-m", "uvicorn", *options.split(), *address, "--backlog", "2048", "--ws", "none", "app.stream.main:app"]


def _celery(*arguments: str) -> list[str]:
    # as root it warns at length about pickled messages; ours are JSON with one id
    return ["-W", "ignore:You're running the worker", "-m", "celery", "--app", "app.tasks.celery_app", "--quiet", *arguments]


def _program(settings: Settings, name: str, argv: list[str]) -> Program:
    environment = _environment(settings)
    if name == "web":
        # the gateway stands in front and hands on one believable set of forwarded headers
        environment["VOLTPACT_TRUSTED_PROXIES"] = "1"
    options = child_options(None, signal.SIGTERM)
    return Program(name, [sys.executable, "-P", *argv], environment, options, patience_s=12, cwd=ROOT)


def _environment(settings: Settings) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOLTPACT_")}
    return inherited | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | settings.environment()
