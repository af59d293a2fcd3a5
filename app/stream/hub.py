"""Who listens to what: groups of equal views, their mailboxes, and the beat at which gathered messages go out.

Messages of the last moment are gathered per subject, rendered once per group and handed to every mailbox of it. Single-threaded: all of
it runs on the process's event loop.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.live.fragments import SIGNALS
from app.live.mailbox import Mailbox
from app.live.messages import LiveMessage
from app.stream.render import Renderer
from app.stream.view import View

#: at most one batch in so long; the first after a quiet time leaves almost at once
BEAT_S = 0.25
FIRST_S = 0.02
#: a region reads itself anew at most so often
SIGNAL_S = 2.0
#: messages after which streams of a person end: (event name, is it for good)
ENDING = {"AccessChanged": False, "SignedOut": True}


@dataclass(eq=False)
class Client:
    """One open stream."""

    view: View
    user_id: str | None = None
    session_key: str | None = None
    #: heard no longer from then on (a preview)
    until: datetime | None = None
    mailbox: Mailbox = field(default_factory=Mailbox)


@dataclass(eq=False)
class _Group:
    view: View
    clients: set[Client] = field(default_factory=set)
    pending: dict[str, tuple[str, LiveMessage]] = field(default_factory=dict)
    signals: dict[str, str] = field(default_factory=dict)
    signalled: dict[str, float] = field(default_factory=dict)


class Hub:
    """All open streams of this process."""

    def __init__(self, renderer: Renderer, *, beat_s: float = BEAT_S, signal_s: float = SIGNAL_S) -> None:
        self.renderer = renderer
        self.last_id = "0-0"
        self.heard = 0
        self._beat_s = beat_s
        self._signal_s = signal_s
        self._groups: dict[View, _Group] = {}
        self._by_topic: defaultdict[str, set[_Group]] = defaultdict(set)
        self._by_user: defaultdict[str, set[Client]] = defaultdict(set)
        self._flushing: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0

    @property
    def clients(self) -> list[Client]:
        """Everybody who listens now."""
        return [client for group in self._groups.values() for client in group.clients]

    def join(self, client: Client) -> None:
        """From now on the client hears what its view may hear."""
        group = self._groups.get(client.view)
        if group is None:
            group = self._groups[client.view] = _Group(client.view)
            for topic in client.view.topics:
                self._by_topic[topic].add(group)
        group.clients.add(client)
        if client.user_id:
            self._by_user[client.user_id].add(client)

    def leave(self, client: Client) -> None:
        """The client is gone; twice does nothing."""
        group = self._groups.get(client.view)
        if group is not None:
            group.clients.discard(client)
            if not group.clients:
                del self._groups[client.view]
                for topic in client.view.topics:
                    _drop(self._by_topic, topic, group)
        if client.user_id:
            _drop(self._by_user, client.user_id, client)

    def offer(self, entry_id: str, message: LiveMessage) -> None:
        """A message came over the bus: keep it for every group that may hear it."""
        self.last_id = entry_id
        self.heard += 1
        if message.name in ENDING:
            self._end(message)
            return
        for group in {group for topic in message.topics for group in self._by_topic.get(topic, ())}:
            if group.view.may_hear(message):
                group.pending.pop(message.key, None)
                group.pending[message.key] = (entry_id, message)
                self._note_signal(group, entry_id, message)
        self._plan()

    def catch_up(self, client: Client, missed: Iterable[tuple[str, LiveMessage]]) -> None:
        """Hand one client what it missed, the newest per subject."""
        newest: dict[str, tuple[str, LiveMessage]] = {}
        for entry_id, message in missed:
            if client.view.topics.intersection(message.topics) and client.view.may_hear(message):
                newest[message.key] = (entry_id, message)
        for entry_id, message in newest.values():
            for kind, piece in self.renderer.pieces(entry_id, message, client.view):
                client.mailbox.put(f"{kind} {message.key}", entry_id, piece)
            if name := _signal_of(message, client.view):
                client.mailbox.signal(name, entry_id)

    def resync(self) -> None:
        """Something may have been lost: every page reads its regions anew."""
        for group in self._groups.values():
            group.pending.clear()
            for client in group.clients:
                client.mailbox.resync(self.last_id)

    def _end(self, message: LiveMessage) -> None:
        """End the streams of the person named; a sign-out with a session named ends that one only."""
        only = message.facts.get("session")
        users = {topic.partition(":")[2] for topic in message.topics if topic.startswith("user:")}
        for client in [c for user in users for c in self._by_user.get(user, ())]:
            if only is None or client.session_key == only:
                client.mailbox.end(farewell=ENDING[message.name])

    def _note_signal(self, group: _Group, entry_id: str, message: LiveMessage) -> None:
        if name := _signal_of(message, group.view):
            group.signals[name] = entry_id

    def _plan(self) -> None:
        """Flush soon: almost at once after a quiet time, else at the next beat."""
        if self._flushing is not None or not any(g.pending or g.signals for g in self._groups.values()):
            return
        loop = asyncio.get_running_loop()
        wait = max(FIRST_S, self._flushed_at + self._beat_s - loop.time())
        self._flushing = loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        now = asyncio.get_running_loop().time()
        self._flushing, self._flushed_at = None, now
        for group in self._groups.values():
            for key, (entry_id, message) in group.pending.items():
                for kind, piece in self.renderer.pieces(entry_id, message, group.view):
                    for client in group.clients:
                        client.mailbox.put(f"{kind} {key}", entry_id, piece)
            group.pending.clear()
            self._send_signals(group, now)
        self._plan()

    def _send_signals(self, group: _Group, now: float) -> None:
        due = [name for name in group.signals if now - group.signalled.get(name, -1e9) >= self._signal_s]
        for name in due:
            entry_id = group.signals.pop(name)
            group.signalled[name] = now
            for client in group.clients:
                client.mailbox.signal(name, entry_id)


def _signal_of(message: LiveMessage, view: View) -> str:
    """The named event that a message is for this view, empty for none."""
    name, right = SIGNALS.get(message.name, ("", ""))
    return name if name and right in view.rights else ""


def _drop(index: dict[str, set[Any]], key: str, member: Any) -> None:
    """Take a member out of an index, and the key with its last one."""
    members = index.get(key)
    if members is not None:
        members.discard(member)
        if not members:
            del index[key]
