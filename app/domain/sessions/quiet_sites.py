"""When a session last began at each site: kept once an hour, so that nobody has to look through all of them for those without one."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.access.permissions import Permission
from app.db.base import Base
from app.domain.network.models import Location, Station
from app.domain.network.queries import in_reach
from app.domain.sessions.models import ChargingSession
from app.work.unit import Work

#: a site without a session for so long is looked at
QUIET = timedelta(days=3)


class SiteUse(Base):
    """A site's last session. For the operator's staff only; a partner's few sites are looked at one by one."""

    __tablename__ = "site_use"
    __table_args__ = (Index("ix_site_use_last", "operator_id", "last_at"),)

    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id", ondelete="CASCADE"), primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    last_at: Mapped[datetime] = mapped_column(comment="the last start; of a site without sessions when it was entered")


#: sessions of the last days, as far as they say something new: one that comes late counts from its start too
_LATELY = text(
    """
    insert into site_use (location_id, operator_id, last_at)
    select s.location_id, s.operator_id, max(s.started_at) from charging_session s
    where s.operator_id = :operator and s.started_at >= :since and s.location_id is not null
    group by s.location_id, s.operator_id
    on conflict (location_id) do update set last_at = excluded.last_at where site_use.last_at < excluded.last_at
    """
)
_MISSING = text(
    "select exists (select from location l left join site_use u on u.location_id = l.id "
    "where l.operator_id = :operator and u.location_id is null)"
)
#: sites that were not known before, from all sessions there are
_FIRST = text(
    """
    insert into site_use (location_id, operator_id, last_at)
    select l.id, l.operator_id, coalesce(s.last_at, l.created_at)
    from location l
    left join (select location_id, max(started_at) as last_at from charging_session where operator_id = :operator group by 1) s
      on s.location_id = l.id
    where l.operator_id = :operator
    on conflict (location_id) do nothing
    """
)


def note_site_use(work: Work) -> None:
    """Keep when a session last began, for every site of the operator. Repeating it changes nothing."""
    asked = {"operator": work.operator_id, "since": work.now - QUIET}
    if work.session.scalar(_MISSING, asked):
        work.session.execute(_FIRST, asked)
    work.session.execute(_LATELY, asked)


def quiet_sites(work: Work, partner_id: UUID, most: int) -> list[tuple[str, str]]:
    """Code and name of a partner's sites where nothing began for some days, by name, at most ``most``. One statement."""
    since = work.now - QUIET
    settled = [Station.partner_id == partner_id, Station.retired_at.is_(None), Station.created_at < since]
    used = select(ChargingSession.location_id).where(
        ChargingSession.partner_id == partner_id, ChargingSession.started_at >= since, ChargingSession.location_id.is_not(None)
    )
    asked = select(Location.code, Location.name).where(
        Location.id.in_(select(Station.location_id).where(*settled, *in_reach(work.actor, Permission.SESSION_VIEW, Station))),
        Location.id.not_in(used),
    )
    return [(code, name) for code, name in work.session.execute(asked.order_by(func.lower(Location.name)).limit(most))]
