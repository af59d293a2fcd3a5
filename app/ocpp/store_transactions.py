"""Transactions and connector states of one batch: from the wire's words to rows of the rooms. Part of ``store``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Cursor
from sqlalchemy.orm import Session

from app.domain.network import bulk
from app.domain.sessions import bulk as sessions
from app.domain.sessions import bulk_begin, bulk_orphans, bulk_tokens
from app.domain.sessions.bulk import ProgressRow, ReadingRow, StopRow
from app.domain.sessions.bulk_begin import BeginRow, Begun
from app.domain.sessions.bulk_orphans import LostStop, OrphanRow
from app.ocpp import replies
from app.ocpp.facts import Metered, Reading, Started, StatusSaid, Stopped, TransactionSaid
from app.ocpp.items import Effects, Item
from app.ocpp.reading import instant
from app.ocpp.stations import Outlet
from app.ocpp.understand import object_of

#: what 2.0.1 says about the car, as a connector state
_SHOWN = {"EVConnected": "Preparing", "Idle": "Finishing"}


def reported(cur: Cursor[Any], _session: Session, items: Sequence[Item], effects: Effects) -> None:
    """Connector states, and what they mean for the sessions there."""
    rows, phases = [], []
    for item in items:
        item.answer = replies.EMPTY
        fact = item.fact
        assert isinstance(fact, StatusSaid)  # noqa: S101 - the table of kinds says so
        outlet = item.station.outlet(fact.place)
        if outlet is None:
            if fact.place.connector or fact.place.evse:
                item.flag = item.flag or "unknown_connector"
            continue
        rows.append(
            bulk.StatusRow(outlet.connector_id, fact.status, fact.raw, fact.error_code, fact.error_info, fact.at, item.received_at)
        )
        effects.connectors.add(outlet.connector_id)
        if fact.status and fact.place.evse is None:
            phases.append((outlet.connector_id, fact.status, fact.at))
    bulk.report_status(cur, rows)
    effects.sessions.update(sessions.phases_of_states(cur, phases))


def started(cur: Cursor[Any], session: Session, items: Sequence[Item], effects: Effects) -> None:
    """1.6 starts; the number that goes back is the same for every repeat."""
    rows = []
    for item in items:
        fact = item.fact
        assert isinstance(fact, Started)  # noqa: S101
        outlet = item.station.outlet(fact.place)
        rows.append(_begin_row(item, outlet, fact.key, None, fact.token, fact.at, fact.meter_wh, None, None, fact.flags))
    begun = bulk_begin.begin(cur, session, rows)
    for item, answer in zip(items, begun, strict=True):
        item.answer = replies.start(answer.number or 0, answer.standing)
    _opened(cur, rows, begun, effects)
    waiting = bulk_orphans.stops_waiting_for(cur, [each.session_id for each in begun if each.fresh])
    ends = []
    for late in waiting:
        meter = late.payload.get("meter_wh")
        at = instant(late.payload.get("at")) or late.received_at
        ends.append(StopRow(late.session_id, at, late.received_at, meter, late.payload.get("reason"), ("late",)))
    _ended(cur, ends, effects)


def stopped(cur: Cursor[Any], _session: Session, items: Sequence[Item], effects: Effects) -> None:
    """1.6 stops: of the session named; of the one that must be meant; or kept as an orphan. Always answered."""
    facts = [(item, item.fact) for item in items if isinstance(item.fact, Stopped)]
    found = sessions.by_number(cur, [(item.station.id, fact.number) for item, fact in facts if fact.number])
    lost = [(item, fact) for item, fact in facts if (item.station.id, fact.number or 0) not in found]
    ends, readings = [], []
    for item, fact in facts:
        item.answer = replies.EMPTY
        home = found.get((item.station.id, fact.number or 0))
        if home:
            ends.append(StopRow(home.session_id, fact.at, item.received_at, fact.meter_wh, fact.reason, fact.flags))
            readings += [_reading(item, each, home.connector_id, home.session_id) for each in fact.readings]
            effects.sessions.add(home.session_id)
    for (item, fact), home_id in zip(lost, _lost_stops(cur, lost), strict=True):
        if home_id:
            ends.append(StopRow(home_id, fact.at, item.received_at, fact.meter_wh, fact.reason, (*fact.flags, "matched_stop", "review")))
        readings += [_reading(item, each, None, home_id) for each in fact.readings]
    sessions.keep_readings(cur, readings)
    _ended(cur, ends, effects)


def _lost_stops(cur: Cursor[Any], lost: Sequence[tuple[Item, Stopped]]) -> list[str | None]:
    if not lost:
        return []
    foreign = bulk_orphans.given_elsewhere(cur, [fact.number for _, fact in lost if fact.number])
    asked = [LostStop(item.station.id, fact.number, fact.token, fact.at, fact.meter_wh) for item, fact in lost]
    homes = bulk_orphans.homes_of(cur, asked)
    homes = [None if row.number in foreign else home for row, home in zip(asked, homes, strict=True)]
    rows = []
    for (item, fact), home in zip(lost, homes, strict=True):
        payload = {
            "raw": object_of(item.payload),
            "token": fact.token,
            "at": fact.at.isoformat(),
            "meter_wh": fact.meter_wh,
            "reason": fact.reason,
        }
        reason = "foreign_transaction" if fact.number in foreign else "unknown_transaction"
        rows.append(_orphan(item, "stop", fact.said, reason, payload, f"{fact.said}|{fact.token}|{fact.meter_wh}|{fact.at}", home))
    bulk_orphans.keep_orphans(cur, rows)
    return homes


def metered(cur: Cursor[Any], _session: Session, items: Sequence[Item], effects: Effects) -> None:
    """Meter values: of the session named, else of the only one open at the connector, else without one (T41)."""
    facts = [(item, item.fact) for item in items if isinstance(item.fact, Metered)]
    found = sessions.by_number(cur, [(item.station.id, fact.number) for item, fact in facts if fact.number])
    asked = []
    for item, fact in facts:
        item.answer = replies.EMPTY
        if (item.station.id, fact.number or 0) not in found and (fact.said or fact.place != (None, None)):
            outlet = item.station.outlet(fact.place)
            asked.append((item.station.id, outlet.connector_id if outlet else None))
    here = sessions.open_at(cur, asked)
    progress, readings, orphans = [], [], []
    powers: dict[str, int | None] = {}
    for item, fact in facts:
        outlet = item.station.outlet(fact.place)
        connector_id = outlet.connector_id if outlet else None
        home = found.get((item.station.id, fact.number or 0)) or here.get((item.station.id, connector_id))
        if home:
            progress += _progress(home.session_id, fact.readings)
            connector_id = connector_id or home.connector_id
            effects.sessions.add(home.session_id)
            effects.metered.append(home.session_id)
        if fact.number and (item.station.id, fact.number) not in found:
            payload = {"raw": object_of(item.payload)}
            home_id = home.session_id if home else None
            orphans.append(_orphan(item, "meter", fact.said, "unknown_transaction", payload, f"meter|{fact.said}", home_id))
        readings += [_reading(item, each, connector_id, home.session_id if home else None) for each in fact.readings]
        if connector_id:
            powers[connector_id] = next((each.power_w for each in reversed(fact.readings) if each.power_w is not None), None)
    sessions.move_on(cur, progress)
    sessions.keep_readings(cur, readings)
    bulk_orphans.keep_orphans(cur, orphans)
    bulk.show_power(cur, list(powers.items()))
    effects.connectors.update(powers)


def said(cur: Cursor[Any], session: Session, items: Sequence[Item], effects: Effects) -> None:
    """2.0.1 transaction events. Whatever comes first begins the session (T55); what comes after the end reopens nothing (T53)."""
    facts: list[tuple[Item, TransactionSaid]] = []
    for item in items:
        assert isinstance(item.fact, TransactionSaid)  # noqa: S101
        if item.fact.ref:
            facts.append((item, item.fact))
            continue
        digest = hashlib.sha256(item.frame.encode("utf-8", "replace")).hexdigest()
        row = _orphan(item, "event", "", "unknown_transaction", {"raw": object_of(item.payload)}, digest, None)
        bulk_orphans.keep_orphans(cur, [row])
        item.answer = replies.EMPTY
    rows = [_event_begin(item, fact) for item, fact in facts]
    begun = bulk_begin.begin(cur, session, rows)
    for (item, fact), answer in zip(facts, begun, strict=True):
        item.answer = replies.event(answer.standing, token_given=fact.token_given)
    _opened(cur, rows, begun, effects)
    known = [(item, fact, each) for (item, fact), each in zip(facts, begun, strict=True)]
    bulk_tokens.late_tokens(cur, [(e.session_id, f.token) for _, f, e in known if f.token and not e.fresh and f.kind != "Ended"])
    sessions.move_on(cur, [row for _, fact, each in known for row in _progress(each.session_id, fact.readings)])
    readings = []
    for item, fact, each in known:
        outlet = item.station.outlet(fact.place)
        readings += [_reading(item, reading, outlet.connector_id if outlet else None, each.session_id) for reading in fact.readings]
        effects.sessions.add(each.session_id)
        effects.metered.append(each.session_id)
    sessions.keep_readings(cur, readings)
    changes = [(e.session_id, f.charging_state, f.at) for _, f, e in known if f.charging_state and not e.fresh and f.kind != "Ended"]
    sessions.phases_of_sessions(cur, changes)
    _show_transactions(cur, known, effects)
    ends = [
        StopRow(each.session_id, fact.at, item.received_at, _last_register(fact.readings), fact.reason or "Local", _flags(fact))
        for item, fact, each in known
        if fact.kind == "Ended"
    ]
    _ended(cur, ends, effects)


def _show_transactions(cur: Cursor[Any], known: Sequence[tuple[Item, TransactionSaid, Begun]], effects: Effects) -> None:
    """Power and state of the connectors, as the transaction tells them."""
    states, powers = [], []
    homes = sessions.connectors_of(cur, [each.session_id for _, _, each in known])
    for item, fact, each in known:
        connector_id = homes.get(each.session_id)
        if connector_id is None or each.state not in ("charging", "requested", "starting"):
            continue
        effects.connectors.add(connector_id)
        state = "Finishing" if fact.kind == "Ended" else _SHOWN.get(fact.charging_state or "", fact.charging_state)
        if state:
            states.append(bulk.StatusRow(connector_id, state, fact.charging_state or fact.kind, None, None, fact.at, item.received_at))
        power = next((reading.power_w for reading in reversed(fact.readings) if reading.power_w is not None), None)
        if power is not None:
            powers.append((connector_id, power))
    bulk.report_status(cur, states)
    bulk.show_power(cur, powers)


def _flags(fact: TransactionSaid) -> tuple[str, ...]:
    """What to note of an event: "offline" is normal."""
    return tuple(flag for flag in fact.flags if flag != "offline")


def _event_begin(item: Item, fact: TransactionSaid) -> BeginRow:
    registers = [reading.energy_wh for reading in fact.readings if reading.energy_wh is not None]
    flags = _flags(fact) if fact.kind == "Started" else (*_flags(fact), "no_start", "review")
    return _begin_row(
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
    )


def _begin_row(
    item: Item,
    outlet: Outlet | None,
    key: str,
    ref: str | None,
    token: str,
    at: datetime,
    meter_wh: int | None,
    remote_start_id: int | None,
    charging_state: str | None,
    flags: tuple[str, ...],
) -> BeginRow:
    connector_id, evse_id = outlet or (None, None)
    return BeginRow(
        item.station.id, connector_id, evse_id, key, ref, token, at, item.received_at, meter_wh, remote_start_id, charging_state, flags
    )


def _opened(cur: Cursor[Any], rows: Sequence[BeginRow], begun: Sequence[Begun], effects: Effects) -> None:
    """New sessions take their connectors; whoever was there before and never stopped is flagged."""
    fresh = [(row, each) for row, each in zip(rows, begun, strict=True) if each.fresh and row.connector_id]
    bulk.occupy(cur, [(row.connector_id or "", each.session_id) for row, each in fresh])
    bulk_tokens.supersede(cur, [(each.session_id, row.station_id, row.connector_id or "") for row, each in fresh])
    effects.sessions.update(each.session_id for each in begun)
    effects.connectors.update(row.connector_id or "" for row, _ in fresh)


def _ended(cur: Cursor[Any], ends: Sequence[StopRow], effects: Effects) -> None:
    once = {row.session_id: row for row in ends}
    done = sessions.stop(cur, list(once.values()))
    left = [(connector_id, session_id) for session_id, connector_id in done if connector_id]
    bulk.vacate(cur, left)
    effects.stopped += [session_id for session_id, _ in done]
    effects.sessions.update(session_id for session_id, _ in done)
    effects.connectors.update(connector_id for connector_id, _ in left)


def _progress(session_id: str, readings: Sequence[Reading]) -> list[ProgressRow]:
    if not readings:
        return []
    ordered = sorted(readings, key=lambda each: each.at)
    registers = [each.energy_wh for each in ordered if each.energy_wh is not None]
    power = next((each.power_w for each in reversed(ordered) if each.power_w is not None), None)
    soc = next((each.soc_pct for each in reversed(ordered) if each.soc_pct is not None), None)
    first, last, high = (registers[0], registers[-1], max(registers)) if registers else (None, None, None)
    return [ProgressRow(session_id, ordered[-1].at, first, last, high, power, soc)]


def _last_register(readings: Sequence[Reading]) -> int | None:
    registers = [each.energy_wh for each in sorted(readings, key=lambda each: each.at) if each.energy_wh is not None]
    return registers[-1] if registers else None


def _reading(item: Item, reading: Reading, connector_id: str | None, session_id: str | None) -> ReadingRow:
    return ReadingRow(item.received_at, item.station.id, connector_id, session_id, *reading)


def _orphan(
    item: Item, kind: str, ref: str, reason: str, payload: dict[str, Any], mark: str, session_id: str | None
) -> OrphanRow:
    digest = hashlib.sha256(f"{item.station.id}|{kind}|{mark}".encode("utf-8", "replace")).hexdigest()
    return OrphanRow(item.station.id, kind, ref, reason, payload, digest, item.received_at, session_id)
