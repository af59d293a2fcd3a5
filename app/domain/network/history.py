"""What was: the strip of a day, the log of commands, raw frames, and who knocked in vain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from app.access.permissions import Permission
from app.db.paging import PAGE, Page, take_page
from app.domain.network.models import MessageLog, Station, StationCommand, UnknownStation
from app.domain.network.queries import command_row, command_select, in_reach
from app.domain.network.rows import NEW, OFFLINE, CommandRow, ConnectorRow, FrameRow, KnockRow, StateSpan, StationRow, Strip
from app.work.unit import Work

STRIP = timedelta(hours=24)
NEAR = timedelta(minutes=30)

_CHANGES = text(
    """
    select c.id as connector_id, h.status, h.at from unnest(cast(:ids as uuid[])) as c(id)
      cross join lateral (
        select s.status, s.at from status_change s where s.connector_id = c.id and s.at > :since and s.at <= :until
        union all
        (select s.status, s.at from status_change s where s.connector_id = c.id and s.at <= :since order by s.at desc limit 1)
      ) h
    order by h.at
    """
)
_STATES = text(
    """
    select c.id as connector_id, h.status, h.at,
           (select min(n.at) from status_change n where n.connector_id = c.id and n.at > :at and n.status <> h.status) as until
    from unnest(cast(:ids as uuid[])) as c(id)
      cross join lateral (
        select s.status, s.at from status_change s where s.connector_id = c.id and s.at <= :at order by s.at desc limit 1
      ) h
    """
)


def strips(work: Work, connectors: Sequence[ConnectorRow], span: tuple[datetime, datetime] | None = None) -> list[Strip]:
    """A span (the last 24 hours) of connectors found before, one statement; from the last word of a silent one to now: offline."""
    start, end = span or (work.now - STRIP, work.now)
    end = min(end, work.now)
    if not connectors or end <= start:
        return []
    changes: dict[UUID, list[tuple[str, datetime]]] = {c.connector_id: [] for c in connectors}
    values = {"ids": list(changes), "since": start, "until": end}
    for found in work.session.execute(_CHANGES, values):
        changes[found.connector_id].append((found.status, max(found.at, start)))
    return [Strip(c.slug, c.evse_label, start, end, tuple(_spans(c, changes[c.connector_id], (start, end), work.now))) for c in connectors]


def _spans(plug: ConnectorRow, changes: list[tuple[str, datetime]], span: tuple[datetime, datetime], now: datetime) -> list[StateSpan]:
    """Spans without gaps; equal neighbours become one."""
    start, end = span
    points = changes if changes and changes[0][1] <= start else [(NEW, start), *changes]
    if plug.status == OFFLINE and plug.last_message_at is not None and end == now:
        cut = max(plug.last_message_at, start)
        points = [(status, at) for status, at in points if at < cut or at == start] + [(OFFLINE, cut)]
    spans: list[StateSpan] = []
    for (status, at), following in zip(points, [*(at for _, at in points[1:]), end], strict=True):
        if spans and spans[-1].status == status:
            spans[-1] = StateSpan(status, spans[-1].start, following)
        elif following > at:
            spans.append(StateSpan(status, at, following))
    return spans


def states_at(work: Work, connectors: Sequence[ConnectorRow], at: datetime) -> dict[UUID, tuple[str, datetime, datetime | None]]:
    """What connectors found before last said up to an instant, since and until when; silent ones are left out. One statement."""
    values = {"ids": [c.connector_id for c in connectors], "at": at}
    return {row.connector_id: (row.status, row.at, row.until) for row in work.session.execute(_STATES, values)} if connectors else {}


def commands_near(work: Work, station: StationRow, at: datetime) -> list[CommandRow]:
    """Commands to a charge point found before, half an hour before and after an instant, oldest first. One statement."""
    near = StationCommand.created_at.between(at - NEAR, at + NEAR)
    reach = in_reach(work.actor, Permission.NETWORK_VIEW, Station)
    asked = command_select().where(StationCommand.station_id == station.station_id, near, *reach).order_by(StationCommand.created_at)
    return [command_row(found) for found in work.session.execute(asked.limit(PAGE))]


def commands(work: Work, station: StationRow, cursor: str | None = None, limit: int = PAGE) -> Page[CommandRow]:
    """The log of commands of a charge point, newest first."""
    asked = command_select().where(StationCommand.station_id == station.station_id, *in_reach(work.actor, Permission.NETWORK_VIEW, Station))
    order = [StationCommand.created_at, StationCommand.id]
    page = take_page(
        work.session,
        asked,
        order,
        lambda r: [r.StationCommand.created_at.isoformat(), r.StationCommand.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([command_row(found) for found in page.rows], page.before, page.after, page.total)


def frames(work: Work, station: StationRow, *, action: str = "", cursor: str | None = None, limit: int = PAGE) -> Page[FrameRow]:
    """The raw talk with a charge point, newest first. Needs the right to read it."""
    work.require(Permission.MESSAGES_VIEW, partner_id=station.partner_id, location_id=station.location_id)
    asked = select(MessageLog).where(MessageLog.station_id == station.station_id)
    if action:
        asked = asked.where(MessageLog.action == action)
    order = [MessageLog.received_at, MessageLog.id]
    page = take_page(
        work.session,
        asked,
        order,
        lambda r: [r.MessageLog.received_at.isoformat(), r.MessageLog.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([_frame(found.MessageLog) for found in page.rows], page.before, page.after, page.total)


def _frame(log: MessageLog) -> FrameRow:
    return FrameRow(log.id, log.received_at, log.direction, log.action, log.message_id, log.frame, log.outcome)


def knocks(work: Work, limit: int = PAGE) -> list[KnockRow]:
    """Who tried to connect and is not ours, the latest first. Staff with charge of the network only."""
    work.require(Permission.NETWORK_EDIT)
    asked = select(UnknownStation).order_by(UnknownStation.last_at.desc()).limit(limit)
    return [KnockRow(k.identity, k.reason, k.address, k.protocols, k.tries, k.first_at, k.last_at) for k in work.session.scalars(asked)]
