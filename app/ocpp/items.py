"""What travels from a link to the batch and back: one message, understood, with room for its answer; and news without an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from app.domain.network.bulk import FrameRow, GoneRow, LinkRow
from app.domain.network.bulk_commands import OutcomeRow
from app.domain.network.bulk_roster import DeafRow
from app.ocpp.facts import Fact
from app.ocpp.stations import Station


class Item:
    """A request of a station. The batch sets ``answer`` (the payload as JSON) and calls ``done`` in the event loop once it is durable.

    ``reply_id`` is the id to answer with (None: not at all), ``refusal`` a whole frame to be sent instead of the answer.
    """

    __slots__ = (
        "action", "answer", "done", "fact", "flag", "frame", "message_id", "outcome", "payload", "protocol", "received_at", "refusal",
        "reply_id", "station",
    )  # fmt: skip

    def __init__(
        self,
        station: Station,
        protocol: str,
        received_at: datetime,
        *,
        action: str | None,
        message_id: str | None,
        frame: str,
        fact: Fact,
        outcome: str,
        payload: Any = None,
        flag: str | None = None,
        reply_id: bytes | None = None,
        refusal: bytes | None = None,
        done: Callable[[Item], None],
    ) -> None:
        self.station = station
        self.protocol = protocol
        self.received_at = received_at
        self.action = action
        self.message_id = message_id
        self.frame = frame
        self.fact = fact
        self.outcome = outcome
        self.payload = payload
        self.flag = flag
        self.reply_id = reply_id
        self.refusal = refusal
        self.done = done
        self.answer: bytes | None = None

    def row(self) -> FrameRow:
        """The raw frame for the log."""
        return FrameRow(self.received_at, self.station.id, "in", self.action, self.message_id, self.frame, self.outcome)


class LinkUp(NamedTuple):
    """A station connected."""

    row: LinkRow


class LinkDown(NamedTuple):
    """A connection ended."""

    row: GoneRow


class FrameSeen(NamedTuple):
    """A raw frame that needs no answer: our calls, answers to them, close reasons."""

    row: FrameRow


class Outcome(NamedTuple):
    """What became of a command."""

    row: OutcomeRow


class Deafness(NamedTuple):
    """A station talks but does not answer, or answers again."""

    row: DeafRow


class KeyUsed(NamedTuple):
    """The newer key of a station was used."""

    station_id: str


News = LinkUp | LinkDown | Deafness | FrameSeen | Outcome | KeyUsed


@dataclass
class Effects:
    """What a batch changed, for those who act after the commit. Ids as text.

    ``moved`` are connectors and sessions whose readings moved on: told now and then. The others changed their state: told at once.
    """

    connectors: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    stations: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    moved_connectors: set[str] = field(default_factory=set)
    moved_sessions: set[str] = field(default_factory=set)
    stopped: list[str] = field(default_factory=list)
    metered: list[str] = field(default_factory=list)


class Load(NamedTuple):
    """What goes into one transaction."""

    items: Sequence[Item]
    news: Sequence[News]
