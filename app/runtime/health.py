"""Is every part of the house answering? One list of checks for ``/healthz``, for ``up`` (which waits for it) and for ``doctor``."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import NamedTuple

import psycopg
import redis

from app.places import libpq_url
from app.settings import Settings

#: keys that the workers renew every few seconds and that vanish 15 seconds after the last time
ALIVE_SECONDS = 15
OCPP_ALIVE = "voltpact:alive:ocpp"
TASKS_ALIVE = "voltpact:alive:tasks"
_PATIENCE_S = 2
Check = Callable[[Settings], None]
#: our own address: never by way of a proxy that the environment names
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Part(NamedTuple):
    """One part of the house, and whether it answers."""

    name: str
    ok: bool


def check_all(settings: Settings) -> list[Part]:
    """Every part, in the order in which they need each other. Takes at most a few seconds; never raises."""
    # what was seen instead names addresses and users; only ``doctor`` shows it
    return [Part("web", ok=True), *(Part(name, trouble_with(check, settings) is None) for name, check in CHECKS.items())]


def as_json(parts: list[Part]) -> tuple[dict[str, object], int]:
    """Body and status of ``/healthz``: names and yes or no, since anybody may read it."""
    ok = all(part.ok for part in parts)
    return {"ok": ok, "parts": [{"name": part.name, "ok": part.ok} for part in parts]}, 200 if ok else 503


def trouble_with(check: Check, settings: Settings) -> str | None:
    """None if the part answers, else what was seen instead, in full."""
    try:
        check(settings)
    except (OSError, psycopg.Error, redis.RedisError, _SilentError) as error:
        return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
    return None


class _SilentError(Exception):
    """A part gave no sign of life."""


def _database(settings: Settings) -> None:
    with psycopg.connect(libpq_url(settings.web_database_url), connect_timeout=_PATIENCE_S) as connection:
        connection.execute("select 1")


def _redis(settings: Settings) -> None:
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)
    try:
        client.ping()
    finally:
        client.close()


def _stream(settings: Settings) -> None:
    url = f"{settings.stream_url}/live/healthz"
    try:
        with DIRECT.open(url, timeout=_PATIENCE_S) as answer:
            answer.read(100)
    except urllib.error.HTTPError as error:
        raise _SilentError(f"{url} answered {error.code}") from None


def _alive(settings: Settings, key: str) -> None:
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)
    try:
        if not client.exists(key):
            raise _SilentError(f"no sign of life for {ALIVE_SECONDS} seconds")
    finally:
        client.close()


CHECKS: dict[str, Check] = {
    "database": _database,
    "redis": _redis,
    "stream": _stream,
    "ocpp worker": lambda settings: _alive(settings, OCPP_ALIVE),
    "task worker": lambda settings: _alive(settings, TASKS_ALIVE),
}
