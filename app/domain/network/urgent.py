"""What service packages promise about faults: first at the desk, and answered within so many hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.access.permissions import Permission
from app.domain.network.models import Connector, Location, Station
from app.domain.network.queries import in_reach
from app.domain.network.standing import in_rare
from app.domain.people.features import PACKAGES
from app.domain.people.models import Partner
from app.domain.people.queries import within
from app.domain.people.service_packages import PackageRow, partners_having, service_packages
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class UrgentFault:
    """A charge point that is out of order. ``due_at``: until then it is to be answered; None: no time is promised."""

    label: str
    location_name: str
    partner_name: str
    package: str
    time_zone: str
    since: datetime
    due_at: datetime | None
    is_late: bool


def broken_since() -> Any:
    """When the first of the plugs broke that are broken now: over connectors in state ``Faulted`` of one charge point."""
    return func.coalesce(func.min(Connector.status_received_at), func.min(Connector.status_at))


def promised_hours(work: Work) -> dict[int, list[UUID]]:
    """Within how many hours faults are to be answered, and whose. Two statements."""
    packages = service_packages(work.session, work.operator_id)
    hours = {name: row.response_hours for name, row in packages.items() if row.response_hours is not None}
    found: dict[int, list[UUID]] = {}
    for partner_id, name in partners_having(work.session, work.operator_id, hours).items():
        found.setdefault(hours[name], []).append(partner_id)
    return found


def urgent_faults(work: Work) -> list[UrgentFault]:
    """Charge points out of order of partners whose package puts them first, the one due next on top. Three statements."""
    packages = service_packages(work.session, work.operator_id)
    having = partners_having(work.session, work.operator_id, [name for name, row in packages.items() if row.faults_first])
    return _faults(work, packages, having, Station.partner_id.in_(having))


def account_faults(work: Work, most: int) -> list[UrgentFault]:
    """The same in a partner account, whatever its package: the one due next on top, at most ``most``. Three statements."""
    packages, having = service_packages(work.session, work.operator_id), partners_having(work.session, work.operator_id, PACKAGES)
    return _faults(work, packages, having, *in_reach(work.actor, Permission.NETWORK_VIEW, Station))[:most]


def partner_faults(work: Work, partner_id: UUID) -> list[UrgentFault]:
    """The same of one partner, whatever its package. Three statements."""
    packages, having = service_packages(work.session, work.operator_id), partners_having(work.session, work.operator_id, PACKAGES)
    return _faults(work, packages, having, Station.partner_id == partner_id)


def _faults(work: Work, packages: dict[str, PackageRow], having: dict[UUID, str], *where: ColumnElement[bool]) -> list[UrgentFault]:
    since = broken_since()
    rows = work.session.execute(
        select(Station.label, Location.name, Location.time_zone, Partner.id, Partner.name, Partner.time_zone, since)
        .join(Partner, Partner.id == Station.partner_id)
        .join(Connector, Connector.station_id == Station.id)
        .outerjoin(Location, Location.id == Station.location_id)
        .where(*where, Station.retired_at.is_(None), in_rare(work, "Faulted"))
        .where(within(Station.partner_id, work.scope(Permission.NETWORK_VIEW)))
        .group_by(Station.label, Location.name, Location.time_zone, Partner.id, Partner.name, Partner.time_zone)
        .having(since.is_not(None))
    )
    found = []
    for label, site, site_zone, partner_id, partner, zone, began in rows:
        package = having.get(partner_id, PACKAGES[0])
        hours = packages[package].response_hours
        due = None if hours is None else began + timedelta(hours=hours)
        is_late = due is not None and due < work.now
        found.append(UrgentFault(label, site or "", partner, package, site_zone or zone, began, due, is_late))
    return sorted(found, key=lambda one: (one.due_at or datetime.max.replace(tzinfo=UTC), one.since, one.label))
