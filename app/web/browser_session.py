"""Browser sessions kept on the server, in Redis, as JSON. The cookie holds nothing but a random id.

The stream process reads the same entries (``voltpact:session:<id>``) and needs from them: ``_user_id``, ``audiences`` =
``{"cpo": operator id or None, "partners": {code: partner id}}``, ``language``. Written here and in ``app.web.signin`` only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import redis
from flask import Flask, current_app, session
from flask_session import Session as ServerSession
from flask_session.base import Serializer

from app.settings import Settings

COOKIE = "voltpact_session"
PREFIX = "voltpact:session:"
#: seen_at is only written anew after so long, so that reading pages does not write to Redis each time
_SEEN_STEP = timedelta(seconds=60)


class _Json(Serializer):
    """JSON and nothing else; what cannot be read is an empty session, never an object of the sender's choice."""

    def encode(self, session: Any) -> bytes:
        return orjson.dumps(dict(session))

    def decode(self, serialized_data: bytes) -> dict[str, Any]:
        try:
            found = orjson.loads(serialized_data)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


def install(app: Flask, settings: Settings, client: redis.Redis) -> None:
    """Keep sessions in Redis until their absolute limit."""
    app.config.update(
        SESSION_TYPE="redis",
        SESSION_REDIS=client,
        SESSION_KEY_PREFIX=PREFIX,
        SESSION_SERIALIZATION_FORMAT="json",
        SESSION_PERMANENT=False,
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_ID_LENGTH=32,
        PERMANENT_SESSION_LIFETIME=settings.session_absolute,
    )
    ServerSession(app)
    app.session_interface.serializer = _Json()  # type: ignore[attr-defined]


def renew() -> None:
    """Give the browser a new session id, keeping what is in it (sign-in, change of rights)."""
    session["renewed"] = True  # an empty session would keep its id
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]
    del session["renewed"]


def start(now: datetime) -> None:
    """Begin counting the limits of a sign-in."""
    session["started_at"] = session["seen_at"] = now.isoformat()


def limits(settings: Settings) -> tuple[timedelta, timedelta]:
    """How long the present sign-in may rest, and last at all."""
    return (settings.session_idle_strict if session.get("strict") else settings.session_idle), settings.session_absolute


def is_over(now: datetime, idle: timedelta, absolute: timedelta) -> bool:
    """Has the sign-in been idle, or lasted, too long?"""
    return time_left(now, idle, absolute) == timedelta()


def time_left(now: datetime, idle: timedelta, absolute: timedelta) -> timedelta:
    """How long the sign-in still lasts if nothing more is done."""
    started, seen = _instant("started_at"), _instant("seen_at")
    if started is None or seen is None:
        return timedelta()
    return max(timedelta(), min(seen + idle, started + absolute) - now)


def note_activity(now: datetime) -> bool:
    """Remember that the person did something, at most once a minute; whether it was written."""
    seen = _instant("seen_at")
    if seen is not None and now - seen <= _SEEN_STEP:
        return False
    session["seen_at"] = now.isoformat()
    return True


def _instant(name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(session[name])
    except (KeyError, TypeError, ValueError):
        return None
