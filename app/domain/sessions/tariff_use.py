"""What sessions say about a price sheet: how many run under it now, and what a session that happened would cost under other terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.network.models import Location
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import session_id_by_code
from app.domain.sessions.rating import price_of, usage_of
from app.domain.tariffs.curves import Site
from app.domain.tariffs.judging import plain_terms
from app.domain.tariffs.models import TariffVersion
from app.kernel.errors import Invalid, NotFound
from app.money.priced import PricedSession
from app.money.terms import Tariff
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A session that happened, priced under other terms. ``before_minor``: what it cost, gross; None if it is not rated."""

    code: str
    started_at: datetime
    time_zone: str
    energy_wh: int
    before_minor: int | None
    priced: PricedSession


def running_with(work: Work, tariff_id: UUID) -> int:
    """How many sessions of the actor's reach run under any version of a price sheet. One statement."""
    versions = select(TariffVersion.id).where(TariffVersion.tariff_id == tariff_id)
    running = ChargingSession.state.in_(("requested", "starting", "charging"))
    return work.session.scalar(select(func.count()).where(ChargingSession.tariff_version_id.in_(versions), running)) or 0


def what_if(work: Work, typed: str, tariff: Tariff) -> WhatIf:
    """A past session of the actor's reach under these terms, with its real use. ``NotFound`` out of sight, ``Invalid`` at ``session`` if it
    has not ended, cannot be priced, or is in another currency."""
    row = work.session.get_one(ChargingSession, session_id_by_code(work, typed))
    if not work.can(Permission.SESSION_AMOUNTS, partner_id=row.partner_id, location_id=row.location_id):
        raise NotFound
    if row.ended_at is None or row.started_at is None:
        raise Invalid("session_running", field="session")
    if row.currency != tariff.currency:
        raise Invalid("other_currency", field="session", currency=tariff.currency)
    place = work.session.get(Location, row.location_id) if row.location_id else None
    site = Site(row.operator_id, row.time_zone, place.country if place else "", place.region if place else "")
    plain = plain_terms(work, tariff, row.reserved_from or row.started_at, site)
    priced = price_of(plain, usage_of(work.session, row, plain, row.ended_at))
    return WhatIf(row.code, row.started_at, row.time_zone, row.energy_wh, row.gross_minor, priced)
