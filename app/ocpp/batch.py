"""Where facts of all stations meet: they gather for some milliseconds, are written in one transaction, and are answered after it.

A link handles one message at a time, so at most one of a station is under way; that keeps the order per station, and a slow database
slows the reading from sockets instead of filling the memory.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine

from app.ocpp.items import Effects, Item, Load, News
from app.ocpp.writer import Writer

log = logging.getLogger(__name__)

#: how long facts gather, and how many at most
GATHER_S: Final = 0.02
MOST: Final = 500


class Inbox:
    """Takes messages from links on the event loop, hands batches to the writer thread, tells the links when they are durable."""

    def __init__(
        self,
        engine: Engine,
        worker: str,
        heard: Callable[[Effects], None],
        back: Callable[[], None],
        *,
        gather_s: float = GATHER_S,
        most: int = MOST,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard = heard
        self._gather_s = gather_s
        self._most = most
        self._items: deque[Item] = deque()
        self._news: deque[News] = deque()
        self._some = threading.Event()
        self._closing = False
        self.writer = Writer(engine, worker, self._take, self._durable, self._on_loop(back))

    def _on_loop(self, call: Callable[[], None]) -> Callable[[], None]:
        """The same call, made from the writer's thread."""

        def later() -> None:
            self._loop.call_soon_threadsafe(call)

        return later

    def start(self) -> None:
        """Begin to write."""
        self.writer.start()

    def put(self, item: Item) -> None:
        """Store a message; its ``done`` is called when it is durable, with the ``answer`` set (None: it could not even be kept)."""
        self._items.append(item)
        if not self._some.is_set():
            self._some.set()

    def tell(self, news: News) -> None:
        """Something to store that nobody waits for."""
        self._news.append(news)
        if not self._some.is_set():
            self._some.set()

    async def close(self, patience_s: float) -> bool:
        """Write what is left, then end the thread; False if the database did not take it in time."""
        self._closing = True
        self._some.set()
        await asyncio.to_thread(self.writer.join, patience_s)
        return not self.writer.is_alive()

    def _take(self) -> Load | None:
        """The next batch (in the writer's thread): everything that came within the gathering time, one message per station."""
        while not (self._items or self._news):
            if self._closing:
                return None
            self._some.wait(1.0)
            self._some.clear()
        if len(self._items) < self._most and not self._closing:
            time.sleep(self._gather_s)
        items: list[Item] = []
        again: list[Item] = []
        stations = set()
        while self._items and len(items) < self._most:
            item = self._items.popleft()
            if item.station.id in stations:
                again.append(item)
            else:
                stations.add(item.station.id)
                items.append(item)
        self._items.extendleft(reversed(again))
        news = [self._news.popleft() for _ in range(min(len(self._news), self._most * 2))]
        return Load(items, news)

    def _durable(self, load: Load, effects: Effects) -> None:
        """After the commit, still in the writer's thread."""
        if load.items:
            self._loop.call_soon_threadsafe(self._wake, load)
        self._heard(effects)

    @staticmethod
    def _wake(load: Load) -> None:
        for item in load.items:
            try:
                item.done(item)
            except Exception:
                # the others wait for their answers
                log.exception("%s cannot be answered", item.station.identity)
