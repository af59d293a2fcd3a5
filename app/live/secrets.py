"""Where web and stream meet in Redis without a database: the session behind a driver's secret, and when somebody's rights changed."""

from __future__ import annotations

import hashlib
import logging
from uuid import UUID

import redis

#: a driver's page that was loaded keeps its stream possible for so long
SECRET_SECONDS = 24 * 3600
#: longer than any sign-in lasts
ACCESS_SECONDS = 31 * 24 * 3600

log = logging.getLogger(__name__)


def secret_key_of(secret: str) -> str:
    """The Redis key for the secret in ``/s/<secret>``; the secret itself is written nowhere."""
    return f"voltpact:secret:{hashlib.sha256(secret.encode()).hexdigest()}"


def access_key(user_id: UUID | str) -> str:
    """The Redis key that holds when this person's rights last changed."""
    return f"voltpact:access:{user_id}"


def open_to_stream(client: redis.Redis, secret: str, session_id: UUID) -> None:
    """Called when the driver's page loads: the stream knows from now on whose secret this is. Without Redis the page is only not live."""
    try:
        client.set(secret_key_of(secret), str(session_id), ex=SECRET_SECONDS)
    except (redis.RedisError, OSError) as error:
        log.warning("no live updates for a driver's page (%s)", type(error).__name__)
