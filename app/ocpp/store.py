"""One batch of facts, written inside one transaction; sets the answers of its items. Order: links, frames, transactions, states.

At most one item per station, so no fact depends on another of the same batch. Everything here can be repeated with the same batch
(the frames excepted: the writer knows whether they are in).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from psycopg import Cursor
from sqlalchemy.orm import Session

from app.domain.network import bulk, bulk_commands, bulk_roster
from app.domain.sessions.bulk_orphans import OrphanRow, keep_orphans
from app.domain.sessions.bulk_tokens import standings
from app.ocpp import replies
from app.ocpp.facts import Booted, ConfigTold, Heard, Metered, Note, Started, StatusSaid, Stopped, TokenAsked, TransactionSaid
from app.ocpp.items import Deafness, Effects, FrameSeen, Item, KeyUsed, LinkDown, LinkUp, Load, News, Outcome
from app.ocpp.store_events import said
from app.ocpp.store_transactions import metered, reported, started, stopped
from app.ocpp.understand import object_of

#: answers worth a line in the log; the others hold nothing but the time, or nothing
_TELLING = frozenset({"Authorize", "BootNotification", "DataTransfer", "StartTransaction", "StopTransaction", "TransactionEvent"})
#: the time of the last message is written at most so often per station
SEEN_EVERY_S = 5.0


def write(cur: Cursor[Any], session: Session, load: Load, moment: float, *, frames: bool = True) -> Effects:
    """Apply a batch. ``moment`` is a monotonic time in seconds; ``frames`` False: the raw frames are in already."""
    effects = Effects()
    _news(cur, load.news, effects, frames=frames)
    kinds: dict[type, list[Item]] = defaultdict(list)
    for item in load.items:
        kinds[type(item.fact)].append(item)
    for kind, items in kinds.items():
        _APPLY[kind](cur, session, items, effects)
    if frames:
        bulk.keep_frames(cur, [item.row() for item in load.items] + [_reply_row(item) for item in load.items if _telling(item)])
    _seen(cur, load.items, moment)
    flags = {(item.station.id, item.flag) for item in load.items if item.flag}
    bulk.flag_stations(cur, flags)
    return effects


def keep_only(cur: Cursor[Any], item: Item) -> None:
    """The last resort for a message that the database refuses: keep it, answer it, let a person look (T26)."""
    bulk.keep_frames(cur, [item.row()._replace(outcome="error")])
    if isinstance(item.fact, Started | Stopped | Metered | TransactionSaid):
        digest = hashlib.sha256(item.frame.encode("utf-8", "replace")).hexdigest()
        payload = {"raw": orjson.loads(orjson.dumps(object_of(item.payload)).replace(b"\\u0000", b""))}
        kind = type(item.fact).__name__.lower()
        row = OrphanRow(item.station.id, kind, "", "failed", payload, f"{item.station.id} {digest}", item.received_at, None)
        keep_orphans(cur, [row])
    if isinstance(item.fact, Started):
        cur.execute("select nextval('transaction_number')")
        item.answer = replies.start(int(cur.fetchone()[0]), "accepted")  # type: ignore[index]
    elif isinstance(item.fact, Booted):
        item.answer = replies.boot(item.received_at)
    elif isinstance(item.fact, TokenAsked):
        item.answer = replies.authorize(item.protocol, None)
    elif item.answer is None:
        item.answer = replies.heartbeat(item.received_at) if isinstance(item.fact, Heard) else replies.EMPTY


def _telling(item: Item) -> bool:
    return item.action in _TELLING and item.answer is not None and item.answer != replies.EMPTY


def _reply_row(item: Item) -> bulk.FrameRow:
    text = f'[3,"{item.message_id}",{(item.answer or b"").decode()}]'
    return bulk.FrameRow(item.received_at, item.station.id, "out", item.action, item.message_id, text, "ok")


def _seen(cur: Cursor[Any], items: Sequence[Item], moment: float) -> None:
    due = [item for item in items if moment - item.station.seen_written >= SEEN_EVERY_S]
    bulk.note_seen(cur, [(item.station.id, item.received_at) for item in due])
    for item in due:
        item.station.seen_written = moment


def _news(cur: Cursor[Any], news: Sequence[News], effects: Effects, *, frames: bool) -> None:
    ups = {each.row.station_id: each.row for each in news if isinstance(each, LinkUp)}
    downs = {each.row.link: each.row for each in news if isinstance(each, LinkDown)}
    bulk.link_up(cur, list(ups.values()))
    # of a station that came and went in one batch the last word counts; link_down compares the link
    bulk.link_down(cur, list(downs.values()))
    deaf = [each.row for each in news if isinstance(each, Deafness)]
    bulk_roster.note_deaf(cur, deaf)
    effects.stations.update(row.station_id for row in deaf)
    effects.stations.update(ups, (row.station_id for row in downs.values()))
    bulk_roster.rotate_keys(cur, [each.station_id for each in news if isinstance(each, KeyUsed)])
    if frames:
        bulk.keep_frames(cur, [each.row for each in news if isinstance(each, FrameSeen)])
    outcomes = {each.row.command_id: each.row for each in news if isinstance(each, Outcome)}
    effects.commands.update(bulk_commands.settle(cur, list(outcomes.values())))


def _notes(_cur: Cursor[Any], _session: Session, items: Sequence[Item], _effects: Effects) -> None:
    for item in items:
        item.answer = replies.fixed(item.protocol, item.action or "")


def _heartbeats(_cur: Cursor[Any], _session: Session, items: Sequence[Item], _effects: Effects) -> None:
    for item in items:
        item.answer = replies.heartbeat(item.received_at)


def _boots(cur: Cursor[Any], _session: Session, items: Sequence[Item], effects: Effects) -> None:
    said_by = [(item, item.fact) for item in items if isinstance(item.fact, Booted)]
    rows = [bulk.BootRow(item.station.id, boot.vendor, boot.model, boot.serial, boot.firmware, item.received_at) for item, boot in said_by]
    bulk.booted(cur, rows)
    for item in items:
        effects.stations.add(item.station.id)
        item.answer = replies.boot(item.received_at)


def _tokens(cur: Cursor[Any], _session: Session, items: Sequence[Item], _effects: Effects) -> None:
    words = standings(cur, [(item.station.id, item.fact.token) for item in items])  # type: ignore[union-attr]
    for item, word in zip(items, words, strict=True):
        item.answer = replies.authorize(item.protocol, word)


def _reports(cur: Cursor[Any], _session: Session, items: Sequence[Item], effects: Effects) -> None:
    rows = [bulk_commands.ReportRow(item.station.id, *item.fact) for item in items if isinstance(item.fact, ConfigTold)]
    effects.commands.update(bulk_commands.keep_reports(cur, rows))
    for item in items:
        item.answer = replies.EMPTY


_APPLY: dict[type, Callable[[Cursor[Any], Session, Sequence[Item], Effects], None]] = {
    Note: _notes,
    ConfigTold: _reports,
    Heard: _heartbeats,
    Booted: _boots,
    TokenAsked: _tokens,
    StatusSaid: reported,
    Started: started,
    Stopped: stopped,
    Metered: metered,
    TransactionSaid: said,
}
