"""OCPP 2.0.1 transactions of one batch: from the wire's words to rows of the rooms. Part of ``store``."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Cursor
from sqlalchemy.orm import Session

from app.domain.network import bulk_states
from app.domain.sessions import bulk as sessions
from app.domain.sessions import bulk_begin, bulk_forgotten, bulk_orphans, bulk_phases, bulk_progress, bulk_tokens
from app.domain.sessions.bulk import NO_PROGRESS, StopRow
from app.domain.sessions.bulk_known import BeginRow
from app.domain.sessions.bulk_progress import TellingRow
from app.ocpp import replies
from app.ocpp.facts import Reading, TransactionSaid
from app.ocpp.items import Effects, Item
from app.ocpp.stations import Station
from app.ocpp.store_transactions import begin_row, ended, opened, orphan_row, progress_of, reading_row, show_states
from app.ocpp.understand import object_of

#: what 2.0.1 says about the car, as a connector state
_SHOWN = {"EVConnected": "Preparing", "Idle": "Finishing"}


class Told(NamedTuple):
    """An event and its session. ``news``: what it says of the car is new; ``shown``: the state its connector shows, where that is known.

    ``unread``: its readings have not moved the session on, its end will.
    """

    item: Item
    fact: TransactionSaid
    session_id: str
    state: str
    connector_id: str | None = None
    fresh: bool = False
    priced: bool = False
    news: bool = True
    shown: str | None = None
    unread: bool = False


def said(cur: Cursor[Any], session: Session, items: Sequence[Item], effects: Effects) -> None:
    """2.0.1 transaction events. Whatever comes first begins the session (T55); what comes after the end reopens nothing (T53)."""
    facts = _with_ref(cur, items)
    running = _running(cur, facts) + _ending(cur, facts)
    _answer(cur, running)
    found = {each.item.station.id for each in running}
    others, comes = _sessions_of(cur, session, [each for each in facts if each[0].station.id not in found], effects)
    known = others + running
    readings = []
    for each in known:
        fact = each.fact
        outlet = each.item.station.outlet(fact.place)
        readings += [reading_row(each.item, reading, outlet.connector_id if outlet else None, each.session_id) for reading in fact.readings]
        (effects.sessions if fact.kind != "Updated" else effects.moved_sessions).add(each.session_id)
        if each.priced:
            effects.metered.append(each.session_id)
    sessions.keep_readings(cur, readings)
    changes = [
        (each.session_id, each.fact.charging_state, each.fact.at)
        for each in known
        if each.fact.charging_state and each.news and not each.fresh and each.fact.kind != "Ended"
    ]
    changed = set(bulk_phases.phases_of_sessions(cur, changes))
    effects.sessions |= changed
    goes = ended(cur, [_stop_row(each) for each in known if each.fact.kind == "Ended"], effects)
    _show_transactions(cur, known, changed, comes, goes, effects)


def _with_ref(cur: Cursor[Any], items: Sequence[Item]) -> list[tuple[Item, TransactionSaid]]:
    """Those that name a transaction; the others are kept as orphans and answered."""
    facts: list[tuple[Item, TransactionSaid]] = []
    for item in items:
        assert isinstance(item.fact, TransactionSaid)  # noqa: S101 - the table of kinds says so
        if item.fact.ref:
            facts.append((item, item.fact))
            continue
        digest = hashlib.sha256(item.frame.encode("utf-8", "replace")).hexdigest()
        row = orphan_row(item, "event", "", "unknown_transaction", {"raw": object_of(item.payload)}, digest, None)
        bulk_orphans.keep_orphans(cur, [row])
        item.answer = replies.EMPTY
    return facts


def _running(cur: Cursor[Any], facts: Sequence[tuple[Item, TransactionSaid]]) -> list[Told]:
    """What most events are: readings of a session that runs and whose driver is known. Moved on in one statement."""
    plain = [(item, fact) for item, fact in facts if fact.kind == "Updated" and fact.readings and fact.remote_start_id is None]
    rows = [
        TellingRow(item.station.id, fact.ref, fact.charging_state, fact.at, fact.token_given, row)
        for item, fact in plain
        for row in progress_of("", fact.readings)
    ]
    found = bulk_progress.move_on_by_ref(cur, rows)
    running = []
    for item, fact in plain:
        home = found.get((item.station.id, fact.ref))
        if home:
            running.append(
                Told(item, fact, home.session_id, home.state, home.connector_id, priced=home.priced, news=home.news, shown=home.shown)
            )
    return running


def _ending(cur: Cursor[Any], facts: Sequence[tuple[Item, TransactionSaid]]) -> list[Told]:
    """Ends, with their readings, of sessions that run and whose driver is known: nothing is written before they are stopped."""
    plain = [(item, fact) for item, fact in facts if fact.kind == "Ended" and fact.readings and fact.remote_start_id is None]
    found = sessions.running_by_ref(cur, [(item.station.id, fact.ref, fact.token_given) for item, fact in plain])
    return [
        Told(item, fact, home.session_id, home.state, home.connector_id, priced=home.priced, unread=True)
        for item, fact in plain
        if (home := found.get((item.station.id, fact.ref)))
    ]


def _answer(cur: Cursor[Any], running: Sequence[Told]) -> None:
    """With the standing of the token, where one was given."""
    asked = [each for each in running if each.fact.token_given]
    words = iter(bulk_tokens.standings(cur, [(each.item.station.id, each.fact.token) for each in asked]))
    for each in running:
        given = each.fact.token_given
        each.item.answer = replies.event(next(words) if given else None, token_given=given)


def _sessions_of(
    cur: Cursor[Any], session: Session, facts: Sequence[tuple[Item, TransactionSaid]], effects: Effects
) -> tuple[list[Told], list[tuple[str, str]]]:
    """The session of each event, begun if need be, and moved on; tokens that came later find their driver. Sets the answers.

    Beside them (connector, session) of those that begin.
    """
    rows = [_event_begin(item, fact) for item, fact in facts]
    begun = bulk_begin.begin(cur, session, rows)
    comes = opened(cur, rows, begun, effects)
    late = [(e.session_id, f) for (_, f), e in zip(facts, begun, strict=True) if f.token and e.nameless]
    adopted = bulk_tokens.adopt(cur, [(session_id, f.token, f.remote_start_id) for session_id, f in late])
    bulk_tokens.late_tokens(cur, session, [(session_id, f.token, f.reservation) for session_id, f in late if session_id not in adopted])
    known = []
    for (item, fact), each in zip(facts, begun, strict=True):
        wished = adopted.get(each.session_id)
        mine = each._replace(session_id=wished, standing="accepted") if wished else each
        item.answer = replies.event(mine.standing, token_given=fact.token_given)
        known.append(Told(item, fact, mine.session_id, mine.state, fresh=mine.fresh))
    again = [each.session_id for each in known if each.fact.kind == "Updated" and each.state == "stopped"]
    effects.sessions.update(bulk_forgotten.revive(cur, again))
    unread = [each for each, start in zip(known, begun, strict=True) if not start.read]
    bulk_progress.move_on(cur, [row for each in unread for row in progress_of(each.session_id, each.fact.readings)])
    homes = sessions.by_id(cur, [each.session_id for each in known])
    told = [
        each._replace(connector_id=homes[each.session_id].connector_id, priced=homes[each.session_id].priced)
        for each in known
        if each.session_id in homes
    ]
    return told, comes


def _power(fact: TransactionSaid) -> int | None:
    return next((reading.power_w for reading in reversed(fact.readings) if reading.power_w is not None), None)


def _show_transactions(
    cur: Cursor[Any], known: Sequence[Told], changed: set[str], comes: list[tuple[str, str]], goes: list[tuple[str, str]], effects: Effects
) -> None:
    """Power and state of the connectors, as the transaction tells them; what is shown already is not written again.

    And which session runs there, in the same update where a state is told; by itself where none is, or where it came late.
    """
    states: list[tuple[Station, bulk_states.StatusRow]] = []
    powers: list[tuple[str, int | None]] = []
    moment = time.monotonic()
    # whoever comes and goes in one message passes through both
    both = set(comes) & set(goes)
    coming, going = dict(set(comes) - both), dict(set(goes) - both)
    for each in known:
        fact, station, connector_id = each.fact, each.item.station, each.connector_id
        if connector_id is None or each.state not in ("charging", "requested", "starting"):
            continue
        if fact.kind != "Updated" or each.session_id in changed:
            effects.connectors.add(connector_id)
        state = "Finishing" if fact.kind == "Ended" else _SHOWN.get(fact.charging_state or "", fact.charging_state)
        if state:
            row = bulk_states.StatusRow(connector_id, state, fact.charging_state or fact.kind, None, None, fact.at, each.item.received_at)
        power = _power(fact)
        due = station.shows_power(connector_id, moment)
        if due:
            effects.moved_connectors.add(connector_id)
        if state and each.shown != state:
            comer, goer = coming.get(connector_id), going.get(connector_id)
            states.append((station, row._replace(power_w=power if due else None, comes=comer, goes=goer)))
            effects.connectors.add(connector_id)
            continue
        if state:
            station.unsaid[connector_id] = max(row, station.unsaid.get(connector_id, row), key=_by_clock)
        if due:
            powers.append((connector_id, power))
    moved = show_states(cur, states)
    powers += [(row.connector_id, row.power_w) for _, row in states if row.power_w is not None and row.connector_id not in moved]
    bulk_states.show_power(cur, powers)
    bulk_states.occupy(cur, [pair for pair in comes if pair in both or pair[0] not in moved])
    bulk_states.vacate(cur, [pair for pair in goes if pair in both or pair[0] not in moved])


def _by_clock(row: bulk_states.StatusRow) -> datetime:
    return row.at


def _stop_row(each: Told) -> StopRow:
    item, fact = each.item, each.fact
    progress = progress_of(each.session_id, fact.readings)[0] if each.unread else NO_PROGRESS
    register = _last_register(fact.readings)
    return StopRow(each.session_id, fact.at, item.received_at, register, fact.reason or "Local", _flags(fact), progress)


def _flags(fact: TransactionSaid) -> tuple[str, ...]:
    """What to note of an event: "offline" is normal."""
    return tuple(flag for flag in fact.flags if flag != "offline")


def _event_begin(item: Item, fact: TransactionSaid) -> BeginRow:
    registers = [reading.energy_wh for reading in fact.readings if reading.energy_wh is not None]
    flags = _flags(fact) if fact.kind == "Started" else (*_flags(fact), "no_start", "review")
    return begin_row(
        item,
        item.station.outlet(fact.place),
        f"ref {fact.ref}",
        fact.ref,
        fact.token,
        fact.at,
        registers[0] if registers else None,
        fact.remote_start_id,
        fact.charging_state,
        flags,
        fact.reservation,
        next(iter(progress_of("", fact.readings)), None),
    )


def _last_register(readings: Sequence[Reading]) -> int | None:
    registers = [each.energy_wh for each in sorted(readings, key=lambda each: each.at) if each.energy_wh is not None]
    return registers[-1] if registers else None
