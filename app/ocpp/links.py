"""One link to one station: reads a frame, has it stored, answers, reads the next. Our own calls go out beside it and their answers come
back through it, so nothing ever waits for a station inside the handling of its message (T22)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import orjson

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
        self._requests = 0
        #: when the first of the calls was made that have got no answer since; and whether that was told (T09)
        self._unanswered_since: datetime | None = None
        self._deaf = False

    async def serve(self) -> None:
        """Until the connection ends."""
        while (data := await self.connection.receive()) is not None:
            await self._take(data)
        if self.connection.end == TOO_BIG:
            log.warning("%s sent a frame above the limit; closed with 1009", self.station.identity)
            self._note(b"", "error", action="frame above 1 MiB")

    async def _take(self, data: bytes) -> None:
        frame = codec.decode(data)
        received_at = self.desk.clock()
        if type(frame) is Call:
            await self._request(frame, data, received_at)
        elif isinstance(frame, Result | Failure):
            self._response(frame, data, received_at)
        elif isinstance(frame, Malformed):
            await self._malformed(frame, data, received_at)

    def _judge_hearing(self) -> None:
        """It says something: if a call is long without an answer, it does not hear; a person should know, a new link helps (T09)."""
        if self._unanswered_since is not None and not self._deaf:
            self._deaf = True
            log.warning("%s talks but answers no call", self.station.identity)
            self.desk.inbox.tell(Deafness(DeafRow(self.station.id, self.id, self._unanswered_since)))

    async def _request(self, call: Call, data: bytes, received_at: datetime) -> None:
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
        )
        if isinstance(fact, StatusSaid) and self.station.outlet(fact.place) is None and (fact.place.connector or fact.place.evse):
            # perhaps it was added a moment ago (T35)
            await self.desk.stations.refresh(self.station.id)
        await self.desk.inbox.put(item)
        if said.refusal is not None:
            await self.connection.say(codec.error(call.reply_id, said.refusal))
        elif item.answer is not None:
            await self.connection.say(codec.result(call.reply_id, item.answer))

    async def _malformed(self, bad: Malformed, data: bytes, received_at: datetime) -> None:
        item = Item(
            self.station,
            self.protocol,
            received_at,
            action=bad.kind,
            message_id=None,
            frame=codec.as_text(data),
            fact=_NOTE,
            outcome=MALFORMED,
        )
        await self.desk.inbox.put(item)
        answer = refuse(self.protocol, bad)
        if answer is not None:
            await self.connection.say(answer)

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
            if not await self.connection.say(frame):
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
