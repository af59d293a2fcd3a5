"""The kinds of need that charge points and sites bring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Date, Text, and_, cast, exists, false, func, literal, null, or_, select

from app.access.permissions import Permission
from app.db.paging import AnySelect
from app.domain.network.models import Connector, Location, Station, StationState, UnknownStation
from app.domain.network.queries import in_reach
from app.domain.network.rows import SILENCE
from app.domain.network.standing import in_rare, silent
from app.domain.network.urgent import broken_since, promised_hours
from app.domain.sessions.models import OrphanMessage
from app.domain.sessions.quiet_sites import QUIET, SiteUse
from app.domain.today.rows import MOST
from app.work.unit import Work

#: a charge point that has not knocked for so long has given up
_KNOCKED = timedelta(days=1)


def line(key: Any, name: Any, since: Any, *, code: Any = None, detail: Any = None, due: Any = None) -> list[Any]:
    """The columns of a ``NeedItem``."""
    return [
        cast(key, Text).label("key"),
        name.label("name"),
        (literal("") if detail is None else func.coalesce(detail, "")).label("detail"),
        (cast(key, Text) if code is None else code).label("code"),
        since.label("since"),
        (cast(null(), Date) if due is None else due).label("due"),
    ]


def _point(since: Any) -> list[Any]:
    return line(Station.id, Station.label, since, code=Station.label, detail=Location.name)


def faulted(work: Work, whose: AnySelect | None = None) -> AnySelect:
    """Charge points with a plug that reports a fault, as far as they are heard. Chosen from the plugs alone before anything is joined;
    ``whose``: of these partners."""
    began = func.min(func.coalesce(Connector.status_received_at, Connector.status_at)).label("began")
    broken = and_(Connector.operator_id == work.operator_id, in_rare(work, "Faulted"))
    of = [] if whose is None else [Connector.partner_id.in_(whose)]
    chosen = select(Connector.station_id, began).where(broken, *of).group_by(Connector.station_id)
    first = chosen.order_by(began).limit(MOST * 5).subquery()
    asked = (
        select(*_point(func.coalesce(first.c.began, Station.created_at)))
        .join(first, first.c.station_id == Station.id)
        .join(StationState, StationState.station_id == Station.id)
        .outerjoin(Location, Location.id == Station.location_id)
    )
    heard = and_(StationState.last_message_at > work.now - SILENCE, Station.retired_at.is_(None))
    return asked.where(heard, *in_reach(work.actor, Permission.NETWORK_VIEW, Station)).order_by(first.c.began)


def late(work: Work) -> AnySelect:
    """Charge points out of order for longer than the service package of their partner promises."""
    since, promised = broken_since(), promised_hours(work)
    over = [and_(Station.partner_id.in_(ids), since < work.now - timedelta(hours=hours)) for hours, ids in promised.items()]
    asked = (
        select(*_point(since))
        .join(Connector, Connector.station_id == Station.id)
        .outerjoin(Location, Location.id == Station.location_id)
        .where(Station.partner_id.in_([key for ids in promised.values() for key in ids]))
        .where(in_rare(work, "Faulted"), Station.retired_at.is_(None), *in_reach(work.actor, Permission.NETWORK_VIEW, Station))
    )
    return asked.group_by(Station.id, Location.name).having(or_(false(), *over)).order_by(since)


def offline(work: Work, whose: AnySelect | None = None) -> AnySelect:
    """Charge points that were heard once and have said nothing for 15 minutes; ``whose``: of these partners.

    Chosen from their states alone before anything is joined, as all may be silent at once.
    """
    gone = select(Station.id).where(Station.operator_id == work.operator_id, Station.retired_at.is_not(None))
    quiet = and_(StationState.operator_id == work.operator_id, silent(work.now))
    of = [] if whose is None else [StationState.partner_id.in_(whose)]
    chosen = select(StationState.station_id, StationState.last_message_at).where(quiet, StationState.station_id.not_in(gone), *of)
    longest = chosen.order_by(StationState.last_message_at).limit(MOST * 5).subquery()
    asked = select(*_point(longest.c.last_message_at)).join(longest, longest.c.station_id == Station.id)
    asked = asked.outerjoin(Location, Location.id == Station.location_id)
    return asked.where(*in_reach(work.actor, Permission.NETWORK_VIEW, Station)).order_by(longest.c.last_message_at)


def orphans(work: Work) -> AnySelect:
    """Charge points that sent messages which fit no session."""
    since = func.min(OrphanMessage.received_at)
    asked = select(*_point(since)).join(OrphanMessage, OrphanMessage.station_id == Station.id)
    asked = asked.outerjoin(Location, Location.id == Station.location_id).where(OrphanMessage.session_id.is_(None))
    return asked.where(*in_reach(work.actor, Permission.MESSAGES_VIEW, Station)).group_by(Station.id, Location.name).order_by(since)


def unassigned(work: Work) -> AnySelect:
    """Charge points under no contract, now or later."""
    asked = select(*_point(Station.created_at)).outerjoin(Location, Location.id == Station.location_id)
    bare = and_(Station.retired_at.is_(None), Station.contracted_until <= work.now.date())
    return asked.where(bare, *in_reach(work.actor, Permission.NETWORK_ASSIGN, Station)).order_by(Station.contracted_until)


def knocking(work: Work) -> AnySelect:
    """Unknown charge points that try to connect."""
    unknown = UnknownStation
    shown = line(unknown.identity, unknown.identity, unknown.first_at, detail=unknown.address)
    return select(*shown).where(unknown.last_at >= work.now - _KNOCKED).order_by(unknown.first_at)


def quiet(work: Work) -> AnySelect:
    """Sites whose charge points have been up since before, and where nothing began for some days."""
    since = work.now - QUIET
    settled = exists().where(Station.location_id == Location.id, Station.retired_at.is_(None), Station.created_at < since)
    shown = line(Location.id, Location.name, SiteUse.last_at, code=Location.code, detail=Location.city)
    asked = select(*shown).join(SiteUse, SiteUse.location_id == Location.id)
    long_ago = and_(SiteUse.operator_id == work.operator_id, SiteUse.last_at < since)
    return asked.where(long_ago, settled, *in_reach(work.actor, Permission.SESSION_VIEW, Location)).order_by(SiteUse.last_at)
