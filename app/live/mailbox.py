"""What waits for one open stream: the newest piece per subject, at most so many. A slow browser costs bounded memory, never a delay."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

LIMIT = 200


def newer(one: str, other: str) -> bool:
    """Whether a stream id (``1730000000000-3``) is later than another."""
    return _order(one) > _order(other)


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)


@dataclass(slots=True)
class Mailbox:
    """Pieces of HTML by subject, named events by name. Too many at once become one wish to read the page's regions anew."""

    limit: int = LIMIT
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False
    #: the browser is told not to come back
    farewell: bool = False
    _pieces: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _signals: set[str] = field(default_factory=set)
    _last_id: str = "0-0"
    _resync: bool = False

    def put(self, subject: str, entry_id: str, piece: bytes) -> None:
        """Keep this piece unless a newer one about the same subject waits already."""
        waiting = self._pieces.get(subject)
        if waiting is not None and newer(waiting[0], entry_id):
            return
        if waiting is None and len(self._pieces) >= self.limit:
            self.resync(entry_id)
            return
        if not self._resync:
            self._pieces[subject] = (entry_id, piece)
        self._seen(entry_id)

    def signal(self, name: str, entry_id: str) -> None:
        """Keep a named event; twice is once."""
        self._signals.add(name)
        self._seen(entry_id)

    def resync(self, entry_id: str) -> None:
        """Forget what waits; the page shall read its regions anew."""
        self._pieces.clear()
        self._resync = True
        self._seen(entry_id)

    def end(self, *, farewell: bool = False) -> None:
        """The stream is over after what waits; with ``farewell`` for good."""
        self.ended = True
        self.farewell = self.farewell or farewell
        self.ready.set()

    def __len__(self) -> int:
        return len(self._pieces)

    def drain(self) -> bytes:
        """Everything that waits, as server-sent events; empty afterwards."""
        self.ready.clear()
        parts: list[bytes] = []
        pieces = [piece for _, piece in self._pieces.values()]
        # table rows are only read as such when nothing else stands beside them
        kinds = ([p for p in pieces if not p.startswith(b"<tr")], [p for p in pieces if p.startswith(b"<tr")])
        parts += [b"data: " + b"".join(alike) + b"\n\n" for alike in kinds if alike]
        if self._resync:
            parts.append(b"event: resync\ndata: 1\n\n")
        parts += [f"event: {name}\ndata: 1\n\n".encode() for name in sorted(self._signals)]
        if self.farewell:
            parts.append(b"event: bye\ndata: 1\n\n")
        self._pieces.clear()
        self._signals.clear()
        self._resync = False
        # the id comes last: only what was handed over whole counts as seen
        return b"".join(parts) + f"id: {self._last_id}\n\n".encode() if parts else b""

    def _seen(self, entry_id: str) -> None:
        if newer(entry_id, self._last_id):
            self._last_id = entry_id
        self.ready.set()
