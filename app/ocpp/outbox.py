"""Commands to stations: taken from the table by the worker that holds the link, one at a time per station, every outcome stored.

A nudge makes it quick; the look into the table every second makes it sure. The command's id is the message id on the wire, so an answer
that comes late, even after a restart of ours, still finds its command (T20).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.domain.network import bulk_commands
from app.domain.network.bulk_commands import PATIENCE, OutcomeRow, Wish
from app.kernel.clock import Clock
from app.ocpp import profiles
from app.ocpp.batch import Inbox
from app.ocpp.calls import Outgoing, outgoing, verdict
from app.ocpp.codec import Failure, Result
from app.ocpp.connection import SERVICE_RESTART
from app.ocpp.items import Effects, Outcome
from app.ocpp.links import Link, payload_of
from app.ocpp.stations import Station

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
_GIVE_UP_S: Final = 2.0
#: a talk of several calls ends so long before the wish's own patience
_SPARE_S: Final = 2.0


class Outbox:
    """``links`` are the stations held here, by station id; ``heard`` learns which commands changed."""

    def __init__(
        self, engine: Engine, worker: str, clock: Clock, inbox: Inbox, links: Mapping[str, Link], heard: Callable[[Effects], None]
    ) -> None:
        self._engine = engine
        self._worker = worker
        self._clock = clock
        self._inbox = inbox
        self._links = links
        self._heard = heard
        self._nudged = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._gave_up_at = 0.0

    def nudge(self) -> None:
        """Look into the table now."""
        self._nudged.set()

    async def run(self) -> None:
        """For ever: look, send, wait for a nudge or a second."""
        while True:
            try:
                wishes = await asyncio.to_thread(self._look)
            except (psycopg.Error, DBAPIError) as error:
                log.warning("commands cannot be read now (%s)", type(error).__name__)
                await asyncio.sleep(LOOK_S)
                continue
            for wish in wishes:
                task = asyncio.create_task(self._send(wish))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._nudged.wait()
            except TimeoutError:
                pass
            self._nudged.clear()

    def late(self, station: Station, _protocol: str, answer: Result | Failure, at: datetime) -> bool:
        """An answer that no link waits for: stored if its id is a command's of this station; whether it may be one."""
        try:
            command_id = str(UUID(answer.id))
        except ValueError:
            return False
        state, reason = verdict(answer)
        self._inbox.tell(Outcome(OutcomeRow(command_id, station.id, state, payload_of(answer), reason, at)))
        return True

    def _look(self) -> list[Wish]:
        """In a thread: claim what may go out; now and then give up what cannot."""
        now = self._clock()
        effects = Effects()
        with self._engine.begin() as connection:
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cur:
                if time.monotonic() - self._gave_up_at > _GIVE_UP_S:
                    effects.commands.update(bulk_commands.give_up(cur, now))
                    self._gave_up_at = time.monotonic()
                wishes = bulk_commands.claim(cur, self._worker, now)
        effects.commands.update(wish.command_id for wish in wishes)
        if effects.commands:
            self._heard(effects)
        return wishes

    async def _send(self, wish: Wish) -> None:
        state, answer, reason = await self._ask(wish)
        self._inbox.tell(Outcome(OutcomeRow(wish.command_id, wish.station_id, state, answer, reason, self._clock())))
        self.nudge()

    async def _ask(self, wish: Wish) -> tuple[str, dict[str, Any] | None, str | None]:
        link = self._links.get(wish.station_id)
        if link is None:
            return "not_sent", None, "offline"
        if wish.action == "reconnect":
            return self._hang_up(link)
        if wish.action == "set_profile":
            state, told, reason = await self._limit(link, wish)
        else:
            call = profiles.single_call(link.protocol, wish) or outgoing(link.protocol, wish)
            if isinstance(call, str):
                return "rejected", None, call
            answer = await link.call(wish.command_id, call.action, call.payload, PATIENCE.total_seconds())
            if answer is not None:
                state, reason = verdict(answer, call.action)
                return state, payload_of(answer), reason
            state, told, reason = "no_answer", None, "time_out"
        gone = state == "no_answer" and self._links.get(wish.station_id) is not link
        return state, told, "offline" if gone else reason

    async def _limit(self, link: Link, wish: Wish) -> profiles.Settled:
        deadline = asyncio.get_running_loop().time() + PATIENCE.total_seconds() - _SPARE_S

        async def ask(call: Outgoing, message_id: str) -> Result | Failure | None:
            left = deadline - asyncio.get_running_loop().time()
            return await link.call(message_id or str(uuid4()), call.action, call.payload, left) if left > 0 else None

        return await profiles.set_profile(ask, link.protocol, wish, self._clock())

    def _hang_up(self, link: Link) -> profiles.Settled:
        """End the link; charge points dial again by themselves (T09)."""
        task = asyncio.create_task(link.connection.leave(SERVICE_RESTART, "please connect again"))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return "accepted", None, None
