"""The transport: a websockets connection that knows when it last heard anything, and whether pings are answered.

The only module besides ``server`` that knows the websockets library; another transport would be tried here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import DATA_OPCODES, CloseCode, Frame, apply_mask
from websockets.protocol import OPEN, Event

#: close code: come back, it is nothing with you
SERVICE_RESTART: Final = 1012
#: a message in more parts is refused
_MOST_PARTS: Final = 4096
#: first byte of a text message in one frame; mask bit; "the length follows in two bytes" (RFC 6455, 5.2)
_WHOLE_TEXT: Final = 0x81
_MASKED: Final = 0x80
_LONG: Final = 126


class StationConnection(ServerConnection):
    """A server connection with two clocks (of the event loop): any byte, and the last pong (T02, T07).

    Messages are handed to a listener as they come in, whole, without a queue and a task in between.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard_at = self.loop.time()
        self.pong_at = 0.0
        #: what the handshake found out: a station
        self.admitted: Any = None
        self._parts: list[bytes] = []
        #: what was said before anybody listened
        self._early: deque[bytes] = deque()
        self._hear: Callable[[bytes], None] = self._early.append

    def data_received(self, data: bytes) -> None:
        """Note the time, then go on as usual; one short message by itself, which is nearly all there is, need not be parsed at length."""
        self.heard_at = self.loop.time()
        message = self._only_message(data)
        if message is None:
            super().data_received(data)
        else:
            self._hear(message)

    def _only_message(self, data: bytes) -> bytes | None:
        """The message, if these bytes are exactly one masked text frame under 64 KiB and nothing is half read (RFC 6455, 5.2).

        Anything else is for the library's parser, which also says what is wrong with it.
        """
        protocol = self.protocol
        if (
            len(data) < 6
            or data[0] != _WHOLE_TEXT
            or protocol.state is not OPEN
            or protocol.current_size is not None
            or protocol.reader.buffer
        ):
            return None
        length, key = data[1] - _MASKED, 2
        if length == _LONG:
            length, key = int.from_bytes(data[2:4], "big"), 4
        elif not 0 <= length < _LONG:
            return None
        start = key + 4
        return apply_mask(data[start:], data[key:start]) if len(data) == start + length else None

    def acknowledge_pings(self, data: bytes) -> None:
        """A pong came."""
        self.pong_at = self.heard_at
        super().acknowledge_pings(data)

    def ping_now(self) -> None:
        """Send a ping without waiting for anything."""
        if self.protocol.state is OPEN:
            self.protocol.send_ping(b"voltpact")
            self.send_data()

    def process_event(self, event: Event) -> None:
        """Hand on whole messages; everything else is the library's."""
        if type(event) is not Frame or event.opcode not in DATA_OPCODES:
            super().process_event(event)
        elif event.fin and not self._parts:
            self._hear(bytes(event.data))
        else:
            self._parts.append(bytes(event.data))
            if event.fin:
                whole = b"".join(self._parts)
                self._parts.clear()
                self._hear(whole)
            elif len(self._parts) > _MOST_PARTS:
                self._parts.clear()
                self.give_up(CloseCode.MESSAGE_TOO_BIG, "too many fragments")

    def listen(self, hear: Callable[[bytes], None]) -> None:
        """From now on ``hear`` takes every message, in the event loop; it must not raise. First those that came before."""
        self._hear = hear
        while self._early:
            hear(self._early.popleft())

    def hold(self, *, back: bool) -> None:
        """Stop reading from the socket, or go on: the other side is faster than we are."""
        with contextlib.suppress(RuntimeError):
            (self.transport.pause_reading if back else self.transport.resume_reading)()

    def say(self, frame: bytes) -> bool:
        """Send a text message; False if the connection has ended. ``paused`` tells afterwards that the other side reads slowly.

        Written straight to the socket as one frame: the library has nothing half sent, since it flushes what it writes at once.
        """
        if self.protocol.state is not OPEN:
            return False
        length = len(frame)
        if length < _LONG:
            head = bytes((_WHOLE_TEXT, length))
        else:
            short = length < 1 << 16
            head = bytes((_WHOLE_TEXT, _LONG if short else _LONG + 1)) + length.to_bytes(2 if short else 8, "big")
        try:
            self.transport.write(head + frame)
        except (OSError, RuntimeError):
            return False
        return True

    def give_up(self, code: int, reason: str) -> None:
        """Fail the connection, as the protocol wants it done."""
        self.protocol.fail(code, reason)
        with contextlib.suppress(OSError):
            self.send_data()

    @property
    def end(self) -> int | None:
        """The close code we sent, if any: 1009 tells that a frame was too large (T17)."""
        return self.protocol.close_sent.code if self.protocol.close_sent else None

    def cut(self) -> None:
        """End it without a goodbye: nobody is there."""
        self.transport.abort()

    async def leave(self, code: int, reason: str) -> None:
        """End it politely; cut it if the other side does not answer."""
        with contextlib.suppress(ConnectionClosed, asyncio.CancelledError):
            await self.close(code, reason)
