"""One link to one station: takes a frame, has it stored, answers, takes the next. Our own calls go out beside it and their answers come
back through it, so nothing ever waits for a station inside the handling of its message (T22).

There is no task per message: the frame comes from the connection's callback, the answer goes out in the callback of the batch.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import orjson
import psycopg

from app.domain.network.bulk import FrameRow
from app.domain.network.bulk_roster import DeafRow
from app.kernel.clock import Clock
from app.ocpp import codec
from app.ocpp.batch import Inbox
from app.ocpp.codec import Call, Failure, Malformed, Result
from app.ocpp.connection import StationConnection
from app.ocpp.facts import Note, StatusSaid
from app.ocpp.items import Deafness, FrameSeen, Item
from app.ocpp.schemas import Schemas
from app.ocpp.stations import Station, Stations
from app.ocpp.understand import MALFORMED, refuse, understand

log = logging.getLogger(__name__)

_NOTE: Final = Note()
TOO_BIG: Final = 1009
_OURS: Final = 1011
#: so many frames wait in memory; then the socket is not read until few are left
_MANY: Final = 16
_FEW: Final = 4


@dataclass(frozen=True)
class Desk:
    """What every link needs, once for the worker. ``answered`` takes answers to calls of ours that no link waits for any more."""

    inbox: Inbox
    schemas: Schemas
    stations: Stations
    clock: Clock
    answered: Callable[[Station, str, Result | Failure, datetime], bool]


class Link:
    """A connected station. ``id`` is what the database compares, so that the late end of an old link changes nothing (T01)."""

    def __init__(self, desk: Desk, station: Station, connection: StationConnection, protocol: str, *, secure: bool = False) -> None:
        self.desk = desk
        self.station = station
        self.connection = connection
        self.protocol = protocol
        self.id = str(uuid4())
        self.since = desk.clock()
        self.pinged_at: float | None = None
        #: calls of ours under way: message id -> (action, where the answer goes)
        self.calls: dict[str, tuple[str, asyncio.Future[Result | Failure | None]]] = {}
        self.secure = secure
        #: one frame is under way; the others wait here
        self._busy = False
        self._waiting: deque[bytes] = deque()
        self._held = False
        self._all_done = asyncio.Event()
        self._aside: asyncio.Task[None] | None = None
        self._requests = 0
        #: when the first of the calls was made that have got no answer since; and whether that was told (T09)
        self._unanswered_since: datetime | None = None
        self._deaf = False

    async def serve(self) -> None:
        """Until the connection has ended, and what came before its end is stored."""
        self.connection.listen(self._hear)
        await self.connection.wait_closed()
        while self._busy or self._waiting:
            self._all_done.clear()
            await self._all_done.wait()
        if self.connection.end == TOO_BIG:
            log.warning("%s sent a frame above the limit; closed with 1009", self.station.identity)
            self._note(b"", "error", action="frame above 1 MiB")

    def _hear(self, data: bytes) -> None:
        if not self._busy:
            self._take(data)
            return
        self._waiting.append(data)
        if len(self._waiting) >= _MANY and not self._held:
            self._held = True
            self.connection.hold(back=True)

    def _go_on(self) -> None:
        """The frame under way is done: the next."""
        self._busy = False
        while self._waiting and not self._busy:
            self._take(self._waiting.popleft())
        if self._held and len(self._waiting) <= _FEW:
            self._held = False
            self.connection.hold(back=False)
        if not self._busy:
            self._all_done.set()

    def _take(self, data: bytes) -> None:
        try:
            frame = codec.decode(data)
            received_at = self.desk.clock()
            if type(frame) is Call:
                self._request(frame, data, received_at)
            elif isinstance(frame, Result | Failure):
                self._response(frame, data, received_at)
            elif isinstance(frame, Malformed):
                self._malformed(frame, data, received_at)
        except Exception:
            log.exception("a frame of %s cannot be handled", self.station.identity)
            self._waiting.clear()
            self.connection.give_up(_OURS, "internal error")

    def _judge_hearing(self) -> None:
        """It says something: if a call is long without an answer, it does not hear; a person should know, a new link helps (T09)."""
        if self._unanswered_since is not None and not self._deaf:
            self._deaf = True
            log.warning("%s talks but answers no call", self.station.identity)
            self.desk.inbox.tell(Deafness(DeafRow(self.station.id, self.id, self._unanswered_since)))

    def _request(self, call: Call, data: bytes, received_at: datetime) -> None:
        self._requests += 1
        self._judge_hearing()
        said = understand(self.desk.schemas, self.protocol, call, received_at)
        fact = said.fact
        item = Item(
            self.station,
            self.protocol,
            received_at,
            action=_storable(call.action, 100),
            message_id=_storable(call.id, 255),
            frame=codec.as_text(data),
            fact=fact,
            outcome=said.outcome,
            payload=call.payload,
            flag=said.flag,
            reply_id=call.reply_id,
            refusal=None if said.refusal is None else codec.error(call.reply_id, said.refusal),
            done=self._answer,
        )
        self._busy = True
        if isinstance(fact, StatusSaid) and self.station.outlet(fact.place) is None and (fact.place.connector or fact.place.evse):
            self._apart(self._put_refreshed(item))
        else:
            self.desk.inbox.put(item)

    async def _put_refreshed(self, item: Item) -> None:
        """About an outlet that is not known: perhaps it was added a moment ago (T35)."""
        try:
            with contextlib.suppress(psycopg.Error):
                await self.desk.stations.refresh(self.station.id)
        finally:
            self.desk.inbox.put(item)

    def _malformed(self, bad: Malformed, data: bytes, received_at: datetime) -> None:
        item = Item(
            self.station,
            self.protocol,
            received_at,
            action=bad.kind,
            message_id=None,
            frame=codec.as_text(data),
            fact=_NOTE,
            outcome=MALFORMED,
            refusal=refuse(self.protocol, bad),
            done=self._answer,
        )
        # only now: a link that is busy for nothing would never hear again
        self._busy = True
        self.desk.inbox.put(item)

    def _answer(self, item: Item) -> None:
        """It is durable: answer, then the next. A station that reads slowly is waited for."""
        if item.refusal is not None:
            self.connection.say(item.refusal)
        elif item.reply_id is not None and item.answer is not None:
            self.connection.say(codec.result(item.reply_id, item.answer))
        if self.connection.paused:
            self._apart(self._go_on_later())
        else:
            self._go_on()

    async def _go_on_later(self) -> None:
        try:
            await self.connection.drain()
        except OSError:
            log.debug("%s went while it was waited for", self.station.identity)
        self._go_on()

    def _apart(self, work: Coroutine[Any, Any, None]) -> None:
        """What takes a task after all; one at a time, since one frame is under way at a time."""
        self._aside = asyncio.ensure_future(work)

    def _response(self, answer: Result | Failure, data: bytes, received_at: datetime) -> None:
        """The answer to a call of ours; one that nobody waits for is noted and otherwise ignored (T19)."""
        self._unanswered_since = None
        if self._deaf:
            self._deaf = False
            self.desk.inbox.tell(Deafness(DeafRow(self.station.id, self.id, None)))
        waiting = self.calls.pop(answer.id, None)
        if waiting is None:
            known = self.desk.answered(self.station, self.protocol, answer, received_at)
            self._note(data, "late" if known else "unasked", action=None, message_id=answer.id, at=received_at)
            return
        action, future = waiting
        fits = isinstance(answer, Failure) or self.desk.schemas.answer_fits(self.protocol, action, answer.payload)
        self._note(data, "ok" if fits else "lenient", action=action, message_id=answer.id, at=received_at)
        if not future.done():
            future.set_result(answer)

    async def call(self, message_id: str, action: str, payload: dict[str, Any], patience_s: float) -> Result | Failure | None:
        """Ask the station; None if it does not answer in time or the link ends. The caller asks one thing at a time (T68)."""
        future: asyncio.Future[Result | Failure | None] = asyncio.get_running_loop().create_future()
        self.calls[message_id] = (action, future)
        frame = codec.call(message_id, action, payload)
        asked_at, before = self.desk.clock(), self._requests
        self._note(frame, "ok", action=action, message_id=message_id, direction="out")
        try:
            if not self.connection.say(frame):
                return None
            async with asyncio.timeout(patience_s):
                return await future
        except TimeoutError:
            self._unanswered_since = self._unanswered_since or asked_at
            if self._requests > before:
                self._judge_hearing()
            return None
        finally:
            self.calls.pop(message_id, None)

    def _note(
        self,
        data: bytes,
        outcome: str,
        *,
        action: str | None,
        message_id: str | None = None,
        at: datetime | None = None,
        direction: str = "in",
    ) -> None:
        row = FrameRow(
            at or self.desk.clock(),
            self.station.id,
            direction,
            action,
            _storable(message_id, 255) if message_id else None,
            codec.as_text(data),
            outcome,
        )
        self.desk.inbox.tell(FrameSeen(row))

    def give_up_calls(self) -> None:
        """The link is gone: whoever waits for an answer learns it at once (T03)."""
        for _, future in self.calls.values():
            if not future.done():
                future.set_result(None)


def _storable(text: str, longest: int) -> str:
    """Text the database can keep in a column."""
    cut = text[:longest]
    return cut.replace("\x00", "") if "\x00" in cut else cut


def payload_of(answer: Result | Failure) -> dict[str, Any]:
    """A station's answer as a storable document."""
    if isinstance(answer, Failure):
        said: Any = {"errorCode": answer.code, "errorDescription": answer.description, "errorDetails": answer.details}
    else:
        said = answer.payload if isinstance(answer.payload, dict) else {"payload": answer.payload}
    cleaned: dict[str, Any] = orjson.loads(orjson.dumps(said).replace(b"\\u0000", b""))
    return cleaned
