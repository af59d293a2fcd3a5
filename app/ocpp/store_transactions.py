"""Connector states and OCPP 1.6 transactions of one batch: from the wire's words to rows of the rooms. Part of ``store``."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Cursor
from sqlalchemy.orm import Session

from app.domain.network import bulk_states
from app.domain.sessions import bulk as sessions
from app.domain.sessions import bulk_begin, bulk_forgotten, bulk_orphans, bulk_phases, bulk_progress, bulk_tokens
from app.domain.sessions.bulk import Found, ProgressRow, ReadingRow, StopRow
from app.domain.sessions.bulk_begin import Begun
from app.domain.sessions.bulk_known import BeginRow
from app.domain.sessions.bulk_orphans import LostStop, OrphanRow
from app.ocpp import replies
from app.ocpp.facts import Metered, Reading, Started, StatusSaid, Stopped
from app.ocpp.items import Effects, Item
from app.ocpp.reading import instant
from app.ocpp.stations import Outlet, Station
from app.ocpp.understand import object_of

#: states with a car that charges or could; 2.0.1 only knows Occupied
_TAKEN = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE", "Occupied"})


def reported(cur: Cursor[Any], _session: Session, items: Sequence[Item], effects: Effects) -> None:
    """Connector states, and what they mean for the sessions there."""
    told, phases = [], []
    for item in items:
        item.answer = replies.EMPTY
        fact = item.fact
        assert isinstance(fact, StatusSaid)  # noqa: S101 - the table of kinds says so
        outlet = item.station.outlet(fact.place)
        if outlet is None:
            if fact.place.connector or fact.place.evse:
                item.flag = item.flag or "unknown_connector"
            continue
        row = bulk_states.StatusRow(outlet.connector_id, fact.status, fact.raw, fact.error_code, fact.error_info, fact.at, item.received_at)
        told.append((item.station, row))
        effects.connectors.add(outlet.connector_id)
        if fact.status in bulk_phases.SAYS_PHASE and fact.place.evse is None:
            phases.append((outlet.connector_id, fact.status, fact.at))
    rows = [row for _, row in told]
    bulk_forgotten.take_again(cur, [(row.connector_id, row.at) for row in rows if row.status in _TAKEN])
    show_states(cur, told)
    bulk_forgotten.leave(cur, [(row.connector_id, row.at) for row in rows if row.status == "Available"])
    effects.sessions.update(bulk_phases.phases_of_states(cur, phases))


def show_states(cur: Cursor[Any], told: Sequence[tuple[Station, bulk_states.StatusRow]]) -> set[str]:
    """Write states of connectors; those that moved.

    One that comes late must not pass what was told since and not written because it was shown already.
    """
    before = [(row, station.unsaid.pop(row.connector_id, None)) for station, row in told]
    bulk_states.report_status(cur, [known for row, known in before if known is not None and known.at > row.at])
    return bulk_states.report_status(cur, [row for _, row in told])


def started(cur: Cursor[Any], session: Session, items: Sequence[Item], effects: Effects) -> None:
    """1.6 starts; the number that goes back is the same for every repeat."""
    rows = []
    for item in items:
        fact = item.fact
        assert isinstance(fact, Started)  # noqa: S101
        outlet = item.station.outlet(fact.place)
        rows.append(begin_row(item, outlet, fact.key, None, fact.token, fact.at, fact.meter_wh, None, None, fact.flags, fact.reservation))
    begun = bulk_begin.begin(cur, session, rows)
    for item, answer in zip(items, begun, strict=True):
        item.answer = replies.start(answer.number or 0, answer.standing)
    bulk_states.occupy(cur, opened(cur, rows, begun, effects))
    waiting = bulk_orphans.stops_waiting_for(cur, [each.session_id for each in begun if each.fresh])
    ends = []
    for late in waiting:
        meter = late.payload.get("meter_wh")
        at = instant(late.payload.get("at")) or late.received_at
        ends.append(StopRow(late.session_id, at, late.received_at, meter, late.payload.get("reason"), ("late",)))
    bulk_states.vacate(cur, ended(cur, ends, effects))


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
            readings += [reading_row(item, each, home.connector_id, home.session_id) for each in fact.readings]
            effects.sessions.add(home.session_id)
    for (item, fact), home_id in zip(lost, _lost_stops(cur, lost), strict=True):
        if home_id:
            ends.append(StopRow(home_id, fact.at, item.received_at, fact.meter_wh, fact.reason, (*fact.flags, "matched_stop", "review")))
        readings += [reading_row(item, each, None, home_id) for each in fact.readings]
    sessions.keep_readings(cur, readings)
    bulk_states.vacate(cur, ended(cur, ends, effects))


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
        rows.append(orphan_row(item, "stop", fact.said, reason, payload, f"{fact.said}|{fact.token}|{fact.meter_wh}|{fact.at}", home))
    bulk_orphans.keep_orphans(cur, rows)
    return homes


def metered(cur: Cursor[Any], _session: Session, items: Sequence[Item], effects: Effects) -> None:
    """Meter values: of the session named, else of the only one open at the connector, else without one (T41)."""
    facts = [(item, item.fact) for item in items if isinstance(item.fact, Metered)]
    named = [(i.station.id, f.number, row) for i, f in facts if f.number for row in progress_of("", f.readings)]
    found = bulk_progress.move_on_by_number(cur, named)
    rest = [(i, f) for i, f in facts if (i.station.id, f.number or 0) not in found]
    found |= sessions.by_number(cur, [(i.station.id, f.number) for i, f in rest if f.number])
    homes = _homes(cur, [(i, f) for i, f in rest if (i.station.id, f.number or 0) not in found])
    effects.sessions.update(bulk_forgotten.revive(cur, [each.session_id for each in found.values() if each.state == "stopped"]))
    progress = []
    for item, fact in rest:
        home = found.get((item.station.id, fact.number or 0)) or homes.get(item.station.id)
        if home:
            progress += progress_of(home.session_id, fact.readings)
    bulk_progress.move_on(cur, progress)
    readings = []
    powers: dict[str, int | None] = {}
    moment = time.monotonic()
    for item, fact in facts:
        item.answer = replies.EMPTY
        outlet = item.station.outlet(fact.place)
        home = found.get((item.station.id, fact.number or 0)) or homes.get(item.station.id)
        connector_id = outlet.connector_id if outlet else home.connector_id if home else None
        session_id = home.session_id if home else None
        if session_id:
            effects.moved_sessions.add(session_id)
        if home and home.priced:
            effects.metered.append(home.session_id)
        readings += [reading_row(item, each, connector_id, session_id) for each in fact.readings]
        if connector_id and item.station.shows_power(connector_id, moment):
            powers[connector_id] = next((each.power_w for each in reversed(fact.readings) if each.power_w is not None), None)
    sessions.keep_readings(cur, readings)
    bulk_states.show_power(cur, list(powers.items()))
    effects.moved_connectors.update(powers)


def _homes(cur: Cursor[Any], lost: Sequence[tuple[Item, Metered]]) -> dict[str, Found]:
    """Where meter values without a usable transaction belong, by station; those that named one are noted as orphans."""
    asked = {}
    for item, fact in lost:
        if fact.said or fact.place != (None, None):
            outlet = item.station.outlet(fact.place)
            asked[item.station.id] = (item.station.id, outlet.connector_id if outlet else None)
    here = sessions.open_at(cur, list(asked.values()))
    homes = {station_id: here[where] for station_id, where in asked.items() if where in here}
    orphans = []
    for item, fact in lost:
        if fact.number:
            home = homes.get(item.station.id)
            payload = {"raw": object_of(item.payload)}
            mark = f"meter|{fact.said}"
            orphans.append(orphan_row(item, "meter", fact.said, "unknown_transaction", payload, mark, home.session_id if home else None))
    bulk_orphans.keep_orphans(cur, orphans)
    return homes


def begin_row(
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
    reservation: int | None,
    progress: ProgressRow | None = None,
) -> BeginRow:
    """A transaction's beginning as the sessions room takes it."""
    connector_id, evse_id = outlet or (None, None)
    return BeginRow(
        item.station.id,
        connector_id,
        evse_id,
        key,
        ref,
        token,
        at,
        item.received_at,
        meter_wh,
        remote_start_id,
        charging_state,
        flags,
        reservation,
        progress,
    )


def opened(cur: Cursor[Any], rows: Sequence[BeginRow], begun: Sequence[Begun], effects: Effects) -> list[tuple[str, str]]:
    """(connector, session) that new sessions take; whoever was there before and never stopped is flagged."""
    fresh = [(row, each) for row, each in zip(rows, begun, strict=True) if each.fresh and row.connector_id]
    bulk_tokens.supersede(cur, [(each.session_id, row.station_id, row.connector_id or "") for row, each in fresh])
    effects.sessions.update(each.session_id for each in begun if each.fresh)
    effects.connectors.update(row.connector_id or "" for row, _ in fresh)
    return [(row.connector_id or "", each.session_id) for row, each in fresh]


def ended(cur: Cursor[Any], ends: Sequence[StopRow], effects: Effects) -> list[tuple[str, str]]:
    """Sessions end; (connector, session) that they leave."""
    once = {row.session_id: row for row in ends}
    done = sessions.stop(cur, list(once.values()))
    left = [(connector_id, session_id) for session_id, connector_id, _ in done if connector_id]
    effects.stopped += [session_id for session_id, _, priced in done if priced]
    effects.sessions.update(session_id for session_id, _, _ in done)
    effects.connectors.update(connector_id for connector_id, _ in left)
    return left


def progress_of(session_id: str, readings: Sequence[Reading]) -> list[ProgressRow]:
    """Readings summed up; none for none."""
    if not readings:
        return []
    ordered = sorted(readings, key=lambda each: each.at)
    registers = [each.energy_wh for each in ordered if each.energy_wh is not None]
    power = next((each.power_w for each in reversed(ordered) if each.power_w is not None), None)
    soc = next((each.soc_pct for each in reversed(ordered) if each.soc_pct is not None), None)
    first, last, high = (registers[0], registers[-1], max(registers)) if registers else (None, None, None)
    return [ProgressRow(session_id, ordered[-1].at, first, last, high, power, soc)]


def reading_row(item: Item, reading: Reading, connector_id: str | None, session_id: str | None) -> ReadingRow:
    """One reading as it is kept."""
    return ReadingRow(item.received_at, item.station.id, connector_id, session_id, *reading)


def orphan_row(item: Item, kind: str, ref: str, reason: str, payload: dict[str, Any], mark: str, session_id: str | None) -> OrphanRow:
    """A message that cannot be placed; ``mark`` is equal for repeats."""
    digest = hashlib.sha256(f"{item.station.id}|{kind}|{mark}".encode("utf-8", "replace")).hexdigest()
    return OrphanRow(item.station.id, kind, ref, reason, payload, digest, item.received_at, session_id)
