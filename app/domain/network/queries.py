"""Connectors, charge points, EVSEs and commands as rows: one object, or the parts of objects a page already may show."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.access.actor import ALL, Actor
from app.access.gate import scope
from app.access.permissions import Permission
from app.domain.network.commands import TOLD
from app.domain.network.models import Evse, Location, Station, StationCommand, StationState
from app.domain.network.rows import NEW, OFFLINE, SILENCE, CommandRow, ConnectorRow, EvseRow, StationRow, evse_label
from app.domain.people.models import Operator, Partner
from app.kernel.errors import NotFound
from app.work.unit import Work

_CONNECTORS = """
    select c.id, c.evse_id, c.station_id, c.operator_id, c.partner_id, s.location_id, s.label, e.number, c.number as plug_number,
      e.evse_uid, e.current, e.max_w, c.plug, c.status, c.status_at, c.error_code, c.error_info, c.power_w, r.code as session_code,
      r.energy_wh, r.started_at, coalesce(r.gross_minor, r.running_gross_minor) as gross_minor,
      coalesce(r.currency, o.currency) as currency, coalesce(l.time_zone, o.time_zone) as time_zone,
      coalesce(t.connected, false) as connected, t.last_message_at, c.seq
    from connector c
      join evse e on e.id = c.evse_id
      join station s on s.id = c.station_id
      join operator o on o.id = c.operator_id
      left join station_state t on t.station_id = c.station_id
      left join location l on l.id = s.location_id
      left join charging_session r on r.id = c.session_id
    where {} = any (:ids)
    order by s.label, e.number, c.number
    """
_BY_CONNECTOR = text(_CONNECTORS.format("c.id"))
_BY_STATION = text(_CONNECTORS.format("c.station_id"))


def in_reach(actor: Actor, permission: Permission, model: Any) -> list[ColumnElement[bool]]:
    """Conditions that leave of an owned table what the actor holds the right for; RLS stands behind them."""
    reach = scope(actor, permission)
    conditions: list[ColumnElement[bool]] = [model.operator_id == actor.operator_id]
    if reach is not ALL:
        conditions.append(model.partner_id.in_(reach) if reach else false())
    if actor.locations is not None:
        site: InstrumentedAttribute[Any] = model.id if model is Location else model.location_id
        conditions.append(site.in_(actor.locations))
    return conditions


def connector_rows(session: Session, ids: Collection[UUID], *, at: datetime | None = None) -> list[ConnectorRow]:
    """The rows of these connectors in one statement, in the order of their labels. No scope: pages ask only for ids they may show.

    With ``at`` a charge point silent since 15 minutes shows as offline; without it (the bus, right after a message) never.
    """
    if not ids:
        return []
    return [_connector(row, at) for row in session.execute(_BY_CONNECTOR, {"ids": list(ids)}).mappings()]


def connectors_of(session: Session, station_ids: Collection[UUID], *, at: datetime | None = None) -> dict[UUID, list[ConnectorRow]]:
    """Every connector of these charge points, by charge point, in one statement. No scope, as ``connector_rows``."""
    found: dict[UUID, list[ConnectorRow]] = {station_id: [] for station_id in station_ids}
    if found:
        for row in session.execute(_BY_STATION, {"ids": list(found)}).mappings():
            found[row["station_id"]].append(_connector(row, at))
    return found


def _connector(row: Any, at: datetime | None) -> ConnectorRow:
    last = row["last_message_at"]
    status = row["status"] or NEW
    if last is None and row["status"] is None:
        status = NEW
    elif at is not None and (last is None or last <= at - SILENCE):
        status = OFFLINE
    extra = f"-{row['plug_number']}" if row["plug_number"] > 1 else ""
    return ConnectorRow(
        connector_id=row["id"],
        evse_id=row["evse_id"],
        station_id=row["station_id"],
        operator_id=row["operator_id"],
        partner_id=row["partner_id"],
        location_id=row["location_id"],
        station_label=row["label"],
        evse_number=row["number"],
        evse_label=evse_label(row["label"], row["number"]),
        slug=f"{row['label']}-{row['number']}{extra}",
        evse_uid=row["evse_uid"],
        current=row["current"],
        max_w=row["max_w"],
        plug=row["plug"],
        status=status,
        status_at=row["status_at"],
        error_code=row["error_code"],
        error_info=row["error_info"],
        power_w=row["power_w"],
        session_code=row["session_code"],
        session_energy_wh=row["energy_wh"],
        session_started_at=row["started_at"],
        session_gross_minor=row["gross_minor"],
        currency=row["currency"],
        time_zone=row["time_zone"],
        station_connected=row["connected"],
        last_message_at=last,
        seq=row["seq"],
    )


def station_select() -> Any:
    """Charge points with their contact, site and partner; the caller adds scope and order."""
    return (
        select(
            Station,
            StationState,
            Location.code.label("location_code"),
            Location.name.label("location_name"),
            Partner.code.label("partner_code"),
            Partner.name.label("partner_name"),
            func.coalesce(Location.time_zone, Operator.time_zone).label("time_zone"),
        )
        .join(Operator, Operator.id == Station.operator_id)
        .outerjoin(StationState, StationState.station_id == Station.id)
        .outerjoin(Location, Location.id == Station.location_id)
        .outerjoin(Partner, Partner.id == Station.partner_id)
    )


def station_row(found: Any, at: datetime | None) -> StationRow:
    """The row of one line of ``station_select``."""
    station, state = found.Station, found.StationState
    last = state.last_message_at if state else None
    return StationRow(
        station_id=station.id,
        operator_id=station.operator_id,
        partner_id=station.partner_id,
        location_id=station.location_id,
        label=station.label,
        identity=station.identity,
        vendor=station.vendor,
        model=station.model,
        serial=station.serial,
        firmware=station.firmware,
        protocol=station.protocol,
        connected=bool(state and state.connected),
        connected_at=state.connected_at if state else None,
        disconnected_at=state.disconnected_at if state else None,
        last_message_at=last,
        booted_at=state.booted_at if state else None,
        silent=last is not None and at is not None and last <= at - SILENCE,
        location_code=found.location_code,
        location_name=found.location_name,
        partner_code=found.partner_code,
        partner_name=found.partner_name,
        time_zone=found.time_zone,
        retired_at=station.retired_at,
        flags=tuple(station.flags),
        seq=state.seq if state else 0,
        security_profile=station.security_profile,
        tls_since=station.tls_since,
        card_terminal=station.card_terminal,
        deaf_since=state.deaf_since if state and state.connected else None,
        access=station.access,
        listed=station.listed,
        access_groups=tuple(station.access_groups),
        company_default=station.company_default,
    )


def station_rows(session: Session, ids: Collection[UUID], *, at: datetime | None = None) -> list[StationRow]:
    """The rows of these charge points in one statement, by label. No scope, as ``connector_rows``."""
    if not ids:
        return []
    asked = station_select().where(Station.id.in_(ids)).order_by(Station.label)
    return [station_row(found, at) for found in session.execute(asked)]


def station_by_label(work: Work, label: str) -> StationRow:
    """The charge point of that label, retired ones too; ``NotFound`` if unknown or foreign."""
    asked = station_select().where(Station.label == label.upper(), *in_reach(work.actor, Permission.NETWORK_VIEW, Station))
    found = work.session.execute(asked).one_or_none()
    if found is None:
        raise NotFound
    return station_row(found, work.now)


def evses_of(work: Work, station: StationRow) -> list[EvseRow]:
    """The EVSEs of a charge point that was found before."""
    asked = select(Evse).where(Evse.station_id == station.station_id).order_by(Evse.number)
    found = work.session.scalars(asked)
    return [EvseRow(e.id, e.station_id, e.number, e.evse_uid, e.current, e.max_w, e.check_code, e.clock_approved, e.public) for e in found]


def evse_at_door(session: Session, label: str, number: int) -> tuple[UUID, UUID | None, UUID, UUID] | None:
    """Operator, partner, charge point and EVSE behind a printed label, before any tenant is known."""
    found = session.execute(text("select * from door_evse(:label, :number)"), {"label": label, "number": number}).one_or_none()
    return None if found is None else (found.operator_id, found.partner_id, found.station_id, found.evse_id)


def command_select() -> Any:
    """Commands with what their log line shows; the caller adds scope and order."""
    return (
        select(
            StationCommand,
            Station.label.label("station_label"),
            Station.location_id.label("location_id"),
            Evse.number.label("evse_number"),
            func.coalesce(Location.time_zone, Operator.time_zone).label("time_zone"),
        )
        .join(Station, Station.id == StationCommand.station_id)
        .join(Operator, Operator.id == StationCommand.operator_id)
        .outerjoin(Evse, Evse.id == StationCommand.evse_id)
        .outerjoin(Location, Location.id == Station.location_id)
    )


def command_row(found: Any) -> CommandRow:
    """The row of one line of ``command_select``."""
    wish = found.StationCommand
    return CommandRow(
        command_id=wish.id,
        station_id=wish.station_id,
        operator_id=wish.operator_id,
        partner_id=wish.partner_id,
        location_id=found.location_id,
        station_label=found.station_label,
        evse_number=found.evse_number,
        session_id=wish.session_id,
        action=wish.action,
        params=wish.params,
        state=wish.state,
        reason=wish.reason,
        requested_name=wish.requested_name,
        created_at=wish.created_at,
        sent_at=wish.sent_at,
        answered_at=wish.answered_at,
        time_zone=found.time_zone,
        told=wish.answer if wish.action in TOLD else None,
    )


def command_rows(session: Session, ids: Collection[UUID]) -> list[CommandRow]:
    """The rows of these commands in one statement. No scope, as ``connector_rows``."""
    asked = command_select().where(StationCommand.id.in_(ids)).order_by(StationCommand.created_at)
    return [command_row(found) for found in session.execute(asked)] if ids else []
