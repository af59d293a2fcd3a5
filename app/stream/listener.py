"""One reader of the bus per process: Redis stream in, hub on. Survives a Redis that goes away and comes back, even an emptied one."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import redis
import redis.asyncio

from app.kernel.clock import Clock
from app.live.mailbox import newer
from app.live.messages import LiveMessage
from app.live.redis_bus import STREAM, decode
from app.live.secrets import ACCESS_SECONDS, access_key
from app.stream.hub import Hub

log = logging.getLogger(__name__)

BLOCK_MS = 5_000
BATCH = 500
#: a browser that missed more than so many messages reads its page anew instead
REPLAY = 2_000
_ID = re.compile(r"\d{1,15}-\d{1,12}")


class Listener:
    """Reads from the newest message on; after a break every page is asked to read anew."""

    def __init__(self, client: Any, hub: Hub, clock: Clock) -> None:
        self._client = client
        self._hub = hub
        self._clock = clock
        self._at: str | None = None
        self.connected = False

    async def run(self) -> None:
        """Listen until cancelled."""
        pause = 0.2
        while True:
            try:
                if self._at is None:
                    await self._begin()
                await self._read()
                pause = 0.2
            except (redis.RedisError, OSError) as error:
                if self.connected:
                    log.warning("live bus lost (%s)", type(error).__name__)
                self.connected, self._at = False, None
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def missed(self, last_seen: str) -> list[tuple[str, LiveMessage]] | None:
        """What came after an id, oldest first; None when that is too much or no longer known."""
        if not _ID.fullmatch(last_seen) or newer(last_seen, self._hub.last_id):
            return None
        try:
            oldest = await self._client.xrange(STREAM, count=1)
            if not oldest or newer(oldest[0][0].decode(), last_seen):
                return None if last_seen != self._hub.last_id else []
            entries = await self._client.xrange(STREAM, min=f"({last_seen}", count=REPLAY + 1)
        except (redis.RedisError, OSError):
            return None
        return None if len(entries) > REPLAY else _decoded(entries)

    async def _begin(self) -> None:
        """Take up at the newest message. What was said in between nobody heard, so pages read anew."""
        newest = await self._client.xrevrange(STREAM, count=1)
        self._at = newest[0][0].decode() if newest else "0-0"
        again = self._hub.last_id not in {"0-0", self._at}
        self._hub.last_id = self._at
        self.connected = True
        if again:
            self._hub.resync()

    async def _read(self) -> None:
        answer = await self._client.xread({STREAM: self._at or "0-0"}, count=BATCH, block=BLOCK_MS)
        for _, entries in answer or ():
            for entry_id, message in _decoded(entries):
                if message.name == "AccessChanged":
                    await self._note_access(message)
                self._hub.offer(entry_id, message)
            self._at = entries[-1][0].decode()

    async def _note_access(self, message: LiveMessage) -> None:
        """Streams of these people open again only after a page has read their new rights."""
        for topic in message.topics:
            kind, _, user_id = topic.partition(":")
            if kind == "user":
                await self._client.set(access_key(user_id), self._clock().isoformat(), ex=ACCESS_SECONDS)


def _decoded(entries: list[tuple[bytes, dict[bytes, bytes]]]) -> list[tuple[str, LiveMessage]]:
    found: list[tuple[str, LiveMessage]] = []
    for entry_id, fields in entries:
        try:
            found.append((entry_id.decode(), decode(fields.get(b"m", b""))))
        except ValueError:
            log.warning("entry %s of the live bus is no message", entry_id)
    return found


def listening_client(url: str) -> Any:
    """A Redis client whose reads may wait as long as the listener blocks."""
    return redis.asyncio.Redis.from_url(url, socket_timeout=BLOCK_MS / 1000 + 5, socket_connect_timeout=2)
