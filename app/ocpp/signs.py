"""The worker's talk with Redis: its sign of life, and nudges from others. Nothing here is needed to answer a station."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

import redis.asyncio
from redis.exceptions import RedisError

from app.live.redis_bus import COMMANDS_CHANNEL

log = logging.getLogger(__name__)

ALIVE_KEY: Final = "voltpact:alive:ocpp"
ALIVE_EVERY_S: Final = 5.0
ALIVE_FOR_S: Final = 15
#: announces the id of a charge point whose key, outlets or holder changed
STATIONS_CHANNEL: Final = "voltpact:stations"
_AGAIN_S: Final = 1.0


class Signs:
    """``commands`` is called when one waits, ``station`` with the id of a station that changed."""

    def __init__(self, url: str, commands: Callable[[], None], station: Callable[[str], None]) -> None:
        self._url = url
        self._commands = commands
        self._station = station
        self._closing = False

    def close(self) -> None:
        """Let ``run`` end with its next cancellation, which a driver in the middle of a failure may swallow."""
        self._closing = True

    async def run(self) -> None:
        """Until closed, whatever Redis does."""
        while not self._closing:
            client = redis.asyncio.Redis.from_url(self._url, socket_connect_timeout=1.0)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._live(client))
                    group.create_task(self._listen(client))
            except* (RedisError, OSError) as errors:
                log.warning("redis is out of reach (%s)", type(errors.exceptions[0]).__name__)
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await client.aclose()
            if not self._closing:
                await asyncio.sleep(_AGAIN_S)

    async def _live(self, client: Any) -> None:
        while True:
            await client.set(ALIVE_KEY, "1", ex=ALIVE_FOR_S)
            await asyncio.sleep(ALIVE_EVERY_S)

    async def _listen(self, client: Any) -> None:
        async with client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(COMMANDS_CHANNEL, STATIONS_CHANNEL)
            # what was announced while nobody listened lies in the table
            self._commands()
            async for message in channel.listen():
                if message["channel"] == COMMANDS_CHANNEL.encode():
                    self._commands()
                else:
                    self._station(bytes(message["data"]).decode("ascii", "replace"))
