"""Charge points in a state that few are in, found by the indexes that hold only these; and whether many are in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, select

from app.access.actor import ALL
from app.access.permissions import Permission
from app.db.paging import AnySelect
from app.db.words import among
from app.domain.network.kept_models import RareState, connector_counts
from app.domain.network.models import Connector, Station, StationState
from app.domain.network.rows import SILENCE
from app.work.unit import Work

#: groups of states a list may be filtered by, in the order of the bar
STATE_GROUPS: dict[str, tuple[str, ...]] = {
    "free": ("Available",),
    "in_use": ("Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"),
    "faulted": ("Faulted",),
    "out_of_service": ("Unavailable", "Reserved"),
}
#: the groups of states of which ``RareState`` has the connectors
_RARE = ("faulted", "out_of_service")
#: how long the time may be in which ``StationState.heard_from`` says that something was heard
HEARD_WITHIN = timedelta(minutes=5)
#: so many charge points are found first; where more are in a state, a list is walked in its order and nobody counts
MOST = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Conditions over charge points beside those of their state; ``many``: so many are in it that nobody should count them."""

    conditions: tuple[ColumnElement[bool], ...] = ()
    many: bool = False


def silent(at: datetime) -> ColumnElement[bool]:
    """Of states of charge points: heard once, and nothing for 15 minutes. By an index."""
    return and_(StationState.heard_from <= at - SILENCE, StationState.last_message_at <= at - SILENCE)


def heard(at: datetime) -> ColumnElement[bool]:
    """Of states of charge points: a word within 15 minutes. By an index."""
    return and_(StationState.heard_from > at - SILENCE - HEARD_WITHIN, StationState.last_message_at > at - SILENCE)


def talks(at: datetime) -> ColumnElement[bool]:
    """The same of charge points found otherwise, most of which talk.

    What the planner knows of times is always older than these: by the plain comparison it expects none at all.
    """
    return func.coalesce(StationState.last_message_at > at - SILENCE, false())


def never_heard() -> ColumnElement[bool]:
    """Of states of charge points: not one message yet. By an index."""
    return StationState.heard_from.is_(None)


def sees_all(work: Work) -> bool:
    """Whether the actor sees the operator's whole network, and so what is kept about it; a part of it is looked at as it is."""
    return work.scope(Permission.NETWORK_VIEW) is ALL and work.actor.partners is ALL and work.actor.locations is None


def in_rare(work: Work, status: str) -> ColumnElement[bool]:
    """Of connectors: in this state, one of those that few have."""
    if not sees_all(work):
        return Connector.status == status
    found = select(RareState.connector_id).where(RareState.operator_id == work.operator_id, RareState.status == status)
    return and_(Connector.status == status, among(Connector.id, found))


def standing(work: Work, state: str) -> Standing:
    """What helps to find the charge points in a state that a list may be filtered by. One statement, none for other states."""
    if not sees_all(work):
        return Standing()
    if state in STATE_GROUPS and state not in _RARE:
        counted = func.sum(connector_counts.c.connectors)
        plugs = select(counted).where(
            connector_counts.c.operator_id == work.operator_id, connector_counts.c.status.in_(STATE_GROUPS[state])
        )
        return Standing(many=(work.session.scalar(plugs) or 0) > MOST)
    keys = _keys(work, state)
    if keys is None:
        return Standing()
    some = select(func.count()).select_from(keys.limit(MOST + 1).subquery())
    if (work.session.scalar(some) or 0) > MOST:
        return Standing(many=True)
    return Standing((among(Station.id, keys),))


def _keys(work: Work, state: str) -> AnySelect | None:
    mine = StationState.operator_id == work.operator_id
    if state == "offline":
        return select(StationState.station_id).where(mine, silent(work.now))
    if state == "new":
        return select(StationState.station_id).where(mine, never_heard())
    if state in _RARE:
        rare = select(RareState.station_id).distinct().where(RareState.operator_id == work.operator_id)
        return rare.where(RareState.status.in_(STATE_GROUPS[state]))
    return None
