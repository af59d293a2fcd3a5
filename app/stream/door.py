"""Who may open a stream: the browser's own session in Redis, a page of ours as the place it comes from, a session's secret for drivers.

No database: the web process leaves in the session what each account may hear (``session["live"]``), and the driver's page leaves the
session's id under the hash of its secret.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import redis
from starlette.requests import Request

from app.kernel.clock import Clock
from app.live.messages import session_topic
from app.live.secrets import access_key, secret_key_of
from app.stream.hub import Client
from app.stream.view import driver_view, portal_view, read_entry

log = logging.getLogger(__name__)

COOKIE = "voltpact_session"
PREFIX = "voltpact:session:"
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{20,128}")


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """The stream is not opened; the status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class Door:
    """Checks at the opening of a stream, and again while it is open."""

    #: an asyncio Redis client
    client: Any
    clock: Clock
    public_url: str

    def check_origin(self, request: Request) -> None:
        """Refuse a stream asked for by a page that is not ours."""
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        if site not in {None, "same-origin", "none"}:
            raise Refused(403)
        if origin is not None and urlsplit(origin).netloc not in {urlsplit(self.public_url).netloc, request.headers.get("host")}:
            raise Refused(403)

    async def portal(self, request: Request, key: str) -> Client:
        """A client for the account of that key; 401 for nobody, 403 for an account that is not theirs or whose rights are being changed."""
        session_id = request.cookies.get(COOKIE, "")
        found = await self._session(session_id)
        user_id = found.get("_user_id")
        if not user_id:
            raise Refused(401)
        entry = read_entry((found.get("live") or {}).get(key))
        if entry is None or self._over(entry.until) or await self._changed_since(str(user_id), entry.at.isoformat()):
            raise Refused(403)
        return Client(portal_view(key, entry, request.query_params), user_id=str(user_id), session_key=session_id, until=entry.until)

    def _over(self, until: datetime | None) -> bool:
        return until is not None and self.clock() >= until

    async def driver(self, request: Request, secret: str) -> Client:
        """A client for the one session behind a secret; 404 if no page of it was opened lately."""
        raw = await self._get(secret_key_of(secret))
        try:
            session_id = UUID(raw.decode()) if raw else None
        except ValueError:
            session_id = None
        if session_id is None:
            raise Refused(404)
        return Client(driver_view(session_topic(session_id), request.query_params.get("lang", "en")))

    async def gone(self, clients: Iterable[Client]) -> list[Client]:
        """Those whose browser session or preview has ended, or changed hands, since the stream was opened."""
        asked = [c for c in clients if c.session_key]
        if not asked:
            return []
        raw = await self.client.mget([f"{PREFIX}{c.session_key}" for c in asked])
        return [c for c, value in zip(asked, raw, strict=True) if self._over(c.until) or str(_read(value).get("_user_id")) != c.user_id]

    async def _session(self, session_id: str) -> dict[str, Any]:
        if not _SESSION_ID.fullmatch(session_id):
            raise Refused(401)
        return _read(await self._get(f"{PREFIX}{session_id}"))

    async def _changed_since(self, user_id: str, at: str) -> bool:
        """Whether the person's rights changed after the web process last noted them."""
        changed = await self._get(access_key(user_id))
        return changed is not None and changed.decode() >= at

    async def _get(self, key: str) -> bytes | None:
        try:
            found: bytes | None = await self.client.get(key)
        except (redis.RedisError, OSError) as error:
            log.warning("a stream was not opened: %s", type(error).__name__)
            raise Refused(503) from error
        return found


def _read(raw: bytes | None) -> dict[str, Any]:
    try:
        found = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
