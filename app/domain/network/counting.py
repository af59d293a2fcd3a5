"""Connectors counted by state, now: the database keeps counts of their last words; silence and retirement are looked up.

So a count costs what silent and retired charge points cost, or those that are heard, whichever are few. Where both are many, the tables
are passed over once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, case, func, literal, or_, select, text, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access.actor import ALL
from app.access.permissions import Permission
from app.db.paging import AnySelect
from app.domain.network.kept_models import connector_counts
from app.domain.network.listing import shown_status
from app.domain.network.models import Connector, Station, StationState
from app.domain.network.queries import in_reach
from app.domain.network.rows import NEW, OFFLINE
from app.domain.network.standing import heard, never_heard, sees_all, silent
from app.domain.people.queries import within
from app.work.unit import Work

#: so many charge points are looked up one by one; where more are silent and more are heard, the tables are read whole
FEW = 5_000
_RETIRED, _NEVER, _SILENT, _HEARD = "retired", "never", "silent", "heard"


def state_counts(work: Work, partner_id: UUID | None = None) -> dict[str, int]:
    """How many connectors are in which state now, of all the actor may see (or of one partner account). Seven statements at most."""
    whole = partner_id is None and sees_all(work)
    mine = _mine(work, partner_id)
    said = _kept(work) if whole else _words(work.session, *mine)
    if (quiet := _keys(work, _QUIET if whole else None, partner_id)) is not None:
        counts = _moved(said, {kind: _words_of(work, mine, keys) for kind, keys in quiet.items()})
    elif whole and (loud := _keys(work, _LOUD, None)) is not None:
        counts = _rest_silent(said, {kind: _words_of(work, mine, keys) for kind, keys in loud.items()})
    else:
        counts = Counter(_whole(work, mine))
    return {status: count for status, count in counts.items() if count}


def gather(work: Work) -> None:
    """Make the kept counts of the operator few rows again; each change of a state adds two."""
    work.session.execute(select(func.voltpact_gather_connectors(work.operator_id)))


def _mine(work: Work, partner_id: UUID | None) -> list[ColumnElement[bool]]:
    mine = [Connector.operator_id == work.operator_id]
    reach = work.scope(Permission.NETWORK_VIEW)
    if reach is not ALL:
        mine.append(within(Connector.partner_id, reach))
    if work.actor.locations is not None:
        mine.append(Connector.station_id.in_(select(Station.id).where(Station.location_id.in_(work.actor.locations))))
    if partner_id is not None:
        mine.append(Connector.partner_id == partner_id)
    return mine


def _kept(work: Work) -> Counter[str]:
    kept = connector_counts.c
    asked = select(kept.status, func.sum(kept.connectors)).where(kept.operator_id == work.operator_id).group_by(kept.status)
    return Counter({status or NEW: int(plugs) for status, plugs in work.session.execute(asked)})


def _words(session: Session, *which: ColumnElement[bool]) -> Counter[str]:
    """Connectors by their last word."""
    asked = select(Connector.status, func.count()).where(*which).group_by(Connector.status)
    return Counter({status or NEW: plugs for status, plugs in session.execute(asked)})


def _words_of(work: Work, mine: list[ColumnElement[bool]], keys: Collection[UUID]) -> Counter[str]:
    return _words(work.session, *mine, Connector.station_id == any_(literal(list(keys), ARRAY(Uuid)))) if keys else Counter()


def _moved(said: Counter[str], of: dict[str, Counter[str]]) -> Counter[str]:
    """What is shown where these are silent, retired or new, and all others are heard."""
    counts = said.copy()
    for words in of.values():
        counts.subtract(words)
    counts[OFFLINE] += of[_SILENT].total() + of[_NEVER].total() - of[_NEVER][NEW]
    counts[NEW] += of[_NEVER][NEW]
    return counts


def _rest_silent(said: Counter[str], of: dict[str, Counter[str]]) -> Counter[str]:
    """What is shown where these are heard, retired or new, and all others are silent."""
    counts = of[_HEARD].copy()
    counts[OFFLINE] += said.total() - sum(words.total() for words in of.values()) + of[_NEVER].total() - of[_NEVER][NEW]
    counts[NEW] += of[_NEVER][NEW]
    return counts


#: kinds of charge points that are looked for where most are heard, and where most are silent
_QUIET, _LOUD = (_RETIRED, _NEVER, _SILENT), (_RETIRED, _NEVER, _HEARD)


def _keys(work: Work, kinds: tuple[str, ...] | None, partner_id: UUID | None) -> dict[str, set[UUID]] | None:
    """Charge points of the operator by kind; without ``kinds`` the quiet ones among the actor's own. None where they are not few."""
    asked = _quiet(work, partner_id) if kinds is None else _of_operator(work, kinds)
    found: dict[str, set[UUID]] = {kind: set() for kind in kinds or _QUIET}
    rows = work.session.execute(asked.limit(FEW + 1)).tuples().all()
    for kind, key in rows:
        found[kind].add(key)
    for kind in found.keys() - {_RETIRED}:
        found[kind] -= found[_RETIRED]
    return found if len(rows) <= FEW else None


def _of_operator(work: Work, kinds: tuple[str, ...]) -> AnySelect:
    key, mine = StationState.station_id, StationState.operator_id == work.operator_id
    of = {
        _RETIRED: select(literal(_RETIRED), Station.id).where(Station.operator_id == work.operator_id, Station.retired_at.is_not(None)),
        _NEVER: select(literal(_NEVER), key).where(mine, never_heard()),
        _SILENT: select(literal(_SILENT), key).where(mine, silent(work.now)),
        _HEARD: select(literal(_HEARD), key).where(mine, heard(work.now)),
    }
    all_of_them = union_all(*(of[kind] for kind in kinds)).subquery()
    return select(*all_of_them.c)


def _quiet(work: Work, partner_id: UUID | None) -> AnySelect:
    own = in_reach(work.actor, Permission.NETWORK_VIEW, Station)
    if partner_id is not None:
        own.append(Station.partner_id == partner_id)
    kind = case((Station.retired_at.is_not(None), _RETIRED), (never_heard(), _NEVER), else_=_SILENT)
    asked = select(kind, Station.id).join(StationState, StationState.station_id == Station.id)
    return asked.where(*own, or_(never_heard(), silent(work.now), Station.retired_at.is_not(None)))


def _whole(work: Work, mine: list[ColumnElement[bool]]) -> dict[str, int]:
    """All connectors by what is shown, from the tables."""
    status = shown_status(work.now).label("status")
    asked = (
        select(status, func.count())
        .select_from(Connector)
        .join(Station, Station.id == Connector.station_id)
        .join(StationState, StationState.station_id == Station.id)
        .where(*mine, Station.retired_at.is_(None))
        .group_by(status)
    )
    with _tables_whole(work.session):
        return dict(work.session.execute(asked).tuples().all())


@contextmanager
def _tables_whole(session: Session) -> Iterator[None]:
    """Row-level security makes the planner expect a fraction of the rows there are, so that it would look up each by its key."""
    switch = text("select set_config('enable_nestloop', :value, true)")
    session.execute(switch, {"value": "off"})
    yield
    session.execute(switch, {"value": "on"})
