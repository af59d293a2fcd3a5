"""The live bus over one capped Redis stream. A message that cannot be sent is counted and dropped: the next page read repairs it.

The stream keeps the newest ``LENGTH`` messages, so that a browser that was away for a moment gets what it missed. Wishes for the OCPP
worker (topic ``COMMANDS_TOPIC``) are also announced on the channel ``COMMANDS_CHANNEL``; the worker's poll finds them without it too.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import orjson
import redis
import redis.asyncio
import redis.asyncio.retry
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.live.messages import COMMANDS_TOPIC, LiveMessage

STREAM = "voltpact:live"
LENGTH = 20_000
COMMANDS_CHANNEL = "voltpact:commands"
#: after a failure nothing is tried for so long: a request must not wait for a dead Redis again and again
PAUSE_S = 2.0

#: give up after a second; one retry, for a pooled connection that died with an earlier Redis
_TIMES: dict[str, Any] = {"socket_timeout": 1.0, "socket_connect_timeout": 0.5}

log = logging.getLogger(__name__)


def encode(message: LiveMessage) -> bytes:
    """The message as it lies in the stream's field ``m``."""
    return orjson.dumps({"n": message.name, "k": message.key, "t": message.topics, "f": message.facts})


def decode(raw: bytes) -> LiveMessage:
    """The message out of the stream; raises ``ValueError`` on anything else."""
    try:
        read = orjson.loads(raw)
        return LiveMessage(read["n"], read["k"], tuple(read["t"]), read["f"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError("not a live message") from error


class _Fuse:
    """Counts failures and says whether it is worth trying again."""

    def __init__(self) -> None:
        self.failures = 0
        self._closed_until = 0.0

    def blown(self, messages: int) -> bool:
        if time.monotonic() < self._closed_until:
            self.failures += messages
            return True
        return False

    def blow(self, messages: int, error: Exception) -> None:
        self.failures += messages
        self._closed_until = time.monotonic() + PAUSE_S
        log.warning("live bus: %s message(s) not sent (%s)", messages, type(error).__name__)


#: one command for a whole batch: the driver's work per command is what costs
_ADD_ALL = "for i = 2, #ARGV do redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'm', ARGV[i]) end"


def _fill(pipeline: Any, messages: Sequence[LiveMessage]) -> None:
    for message in messages:
        if COMMANDS_TOPIC in message.topics:
            pipeline.publish(COMMANDS_CHANNEL, orjson.dumps(message.facts))
    told = [encode(message) for message in messages if COMMANDS_TOPIC not in message.topics]
    if told:
        pipeline.eval(_ADD_ALL, 1, STREAM, LENGTH, *told)


class RedisBus:
    """Publishes one pipeline per call. Never raises; ``failures`` counts what was lost."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._fuse = _Fuse()

    @classmethod
    def connect(cls, url: str) -> RedisBus:
        """A bus with its own connections, which give up after a second."""
        return cls(redis.Redis.from_url(url, retry=Retry(NoBackoff(), 1), **_TIMES))

    @property
    def failures(self) -> int:
        """Messages that were not sent since the process started."""
        return self._fuse.failures

    def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Send all of them, in order, in one round trip."""
        if not messages or self._fuse.blown(len(messages)):
            return
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                _fill(pipeline, messages)
                pipeline.execute()
        except (redis.RedisError, OSError) as error:
            self._fuse.blow(len(messages), error)


class AsyncRedisBus:
    """The same for the OCPP worker's event loop."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._fuse = _Fuse()

    @classmethod
    def connect(cls, url: str) -> AsyncRedisBus:
        """A bus with its own connections, which give up after a second."""
        return cls(redis.asyncio.Redis.from_url(url, retry=redis.asyncio.retry.Retry(NoBackoff(), 1), **_TIMES))

    @property
    def failures(self) -> int:
        """Messages that were not sent since the process started."""
        return self._fuse.failures

    async def publish(self, messages: Sequence[LiveMessage]) -> None:
        """Send all of them, in order, in one round trip."""
        if not messages or self._fuse.blown(len(messages)):
            return
        try:
            async with self._client.pipeline(transaction=False) as pipeline:
                _fill(pipeline, messages)
                await pipeline.execute()
        except (redis.RedisError, OSError) as error:
            self._fuse.blow(len(messages), error)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()
