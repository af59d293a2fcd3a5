"""The transport: a websockets connection that knows when it last heard anything, and whether pings are answered.

The only module besides ``server`` that knows the websockets library; another transport would be tried here.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import OPEN

#: close code: come back, it is nothing with you
SERVICE_RESTART: Final = 1012


class StationConnection(ServerConnection):
    """A server connection with two clocks (of the event loop): any byte, and the last pong (T02, T07)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard_at = self.loop.time()
        self.pong_at = 0.0
        #: what the handshake found out: a station
        self.admitted: Any = None

    def data_received(self, data: bytes) -> None:
        """Note the time, then go on as usual."""
        self.heard_at = self.loop.time()
        super().data_received(data)

    def acknowledge_pings(self, data: bytes) -> None:
        """A pong came."""
        self.pong_at = self.heard_at
        super().acknowledge_pings(data)

    def ping_now(self) -> None:
        """Send a ping without waiting for anything."""
        if self.protocol.state is OPEN:
            self.protocol.send_ping(b"voltpact")
            self.send_data()

    async def receive(self) -> bytes | None:
        """The next message as bytes; None when the connection has ended."""
        try:
            return await self.recv(decode=False)
        except ConnectionClosed:
            return None

    async def say(self, frame: bytes) -> bool:
        """Send a text message; False if the connection has ended.

        Written straight into the protocol, as the library's own broadcast does: a frame of ours is never fragmented, and the waiting
        for a slow reader is the same.
        """
        if self.protocol.state is not OPEN:
            return False
        self.protocol.send_text(frame)
        try:
            self.send_data()
        except OSError:
            return False
        if self.paused:
            await self.drain()
        return True

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
