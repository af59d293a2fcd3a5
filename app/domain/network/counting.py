"""Connectors counted by state, now.

A network that fell silent as a whole, as with the OCPP workers down, costs a pass over its tables and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, func, literal, or_, select, text, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access.actor import ALL
from app.access.permissions import Permission
from app.db.paging import AnySelect
from app.domain.network.listing import shown_status
from app.domain.network.models import Connector, Station, StationState
from app.domain.network.queries import in_reach
from app.domain.network.rows import NEW, SILENCE
from app.domain.people.queries import within
from app.work.unit import Work

#: so many charge points are looked up one by one; where more are silent, the tables are read whole
FEW = 1000


def state_counts(work: Work, partner_id: UUID | None = None) -> dict[str, int]:
    """How many connectors are in which state now, of all the actor may see (or of one partner account). Three statements.

    All are counted by their last word; those of silent or retired charge points, which are few as a rule, are then moved.
    """
    mine = [Connector.operator_id == work.operator_id]
    reach = work.scope(Permission.NETWORK_VIEW)
    if reach is not ALL:
        mine.append(within(Connector.partner_id, reach))
    if work.actor.locations is not None:
        mine.append(Connector.station_id.in_(select(Station.id).where(Station.location_id.in_(work.actor.locations))))
    if partner_id is not None:
        mine.append(Connector.partner_id == partner_id)
    said = select(func.coalesce(Connector.status, NEW), func.count()).where(*mine).group_by(Connector.status)
    counts = dict(work.session.execute(said).tuples().all())
    for was, status, retired, plugs in _moved(work, mine, partner_id):
        counts[was] = counts.get(was, 0) - plugs
        if not retired:
            counts[status] = counts.get(status, 0) + plugs
    return {status: count for status, count in counts.items() if count}


def _moved(work: Work, mine: list[ColumnElement[bool]], partner_id: UUID | None) -> list[tuple[str, str, bool, int]]:
    """Connectors that do not count by their last word: that word, what is shown instead, whether they are gone for good, how many."""
    quiet = list(work.session.scalars(_quiet(work, partner_id).limit(FEW + 1)))
    if not quiet:
        return []
    was, status = func.coalesce(Connector.status, NEW).label("was"), shown_status(work.now).label("status")
    retired = Station.retired_at.is_not(None).label("retired")
    asked = (
        select(was, status, retired, func.count())
        .select_from(Connector)
        .join(Station, Station.id == Connector.station_id)
        .join(StationState, StationState.station_id == Station.id)
        .where(*mine)
        .group_by(was, status, retired)
    )
    if len(quiet) <= FEW:
        return list(work.session.execute(asked.where(Connector.station_id == any_(literal(quiet, ARRAY(Uuid))))).tuples())
    with _tables_whole(work.session):
        return list(work.session.execute(asked.where(or_(_silent(work), Station.retired_at.is_not(None)))).tuples())


def _silent(work: Work) -> ColumnElement[bool]:
    return or_(StationState.last_message_at.is_(None), StationState.last_message_at <= work.now - SILENCE)


def _quiet(work: Work, partner_id: UUID | None) -> AnySelect:
    """Keys of silent and retired charge points; who sees a part of the network finds them among its own."""
    if partner_id is None and work.scope(Permission.NETWORK_VIEW) is ALL and work.actor.locations is None:
        silent = select(StationState.station_id).where(StationState.operator_id == work.operator_id, _silent(work))
        retired = select(Station.id).where(Station.operator_id == work.operator_id, Station.retired_at.is_not(None))
        return select(union_all(silent, retired).subquery().c.station_id)
    own = in_reach(work.actor, Permission.NETWORK_VIEW, Station)
    if partner_id is not None:
        own.append(Station.partner_id == partner_id)
    asked = select(Station.id).join(StationState, StationState.station_id == Station.id)
    return asked.where(*own, or_(_silent(work), Station.retired_at.is_not(None)))


@contextmanager
def _tables_whole(session: Session) -> Iterator[None]:
    """Row-level security makes the planner expect a fraction of the rows there are, so that it would look up each by its key."""
    switch = text("select set_config('enable_nestloop', :value, true)")
    session.execute(switch, {"value": "off"})
    yield
    session.execute(switch, {"value": "on"})
