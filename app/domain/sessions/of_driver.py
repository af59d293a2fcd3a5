"""A registered driver's own sessions, wherever they took place: the list, and one with its price lines and who paid what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.db.paging import AnySelect, Page, take_page
from app.domain.drivers.models import Driver, DriverCharge, DriverChargePaid
from app.domain.network.models import Location
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.queries import lines_of
from app.domain.sessions.rows import LineRow
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.work.unit import Work

_SHOWN = ("charging", "stopped", "rated")


@dataclass(frozen=True, slots=True)
class OwnSessionRow:
    """One charge of a driver; amounts in minor units, gross; the parts are None until the amount is final.

    ``paid_at``: when the own part was paid by card.
    """

    session_id: UUID
    code: str
    started_at: datetime
    ended_at: datetime | None
    place: str
    label: str
    energy_wh: int
    gross_minor: int | None
    company_minor: int | None
    balance_minor: int | None
    own_minor: int | None
    paid_at: datetime | None
    net_minor: int | None
    vat_minor: int | None
    currency: str
    time_zone: str
    state: str
    is_held: bool


def own_sessions(work: Work, driver_id: UUID, *, cursor: str | None = None) -> Page[OwnSessionRow]:
    """The driver's charges, newest first. Two statements."""
    _require_own(work, driver_id)
    order = (ChargingSession.started_at, ChargingSession.id)
    statement = _asked(driver_id).where(ChargingSession.started_at.is_not(None))
    page = take_page(
        work.session,
        statement,
        order,
        lambda r: (r.ChargingSession.started_at, r.ChargingSession.id),
        cursor=cursor,
        limit=20,
        descending=True,
    )
    return Page([_row(found) for found in page.rows], page.before, page.after, page.total)


def own_session(work: Work, driver_id: UUID, code: str) -> tuple[OwnSessionRow, tuple[LineRow, ...]]:
    """One of them with its price lines; ``NotFound`` for anybody else's."""
    _require_own(work, driver_id)
    found = work.session.execute(_asked(driver_id).where(ChargingSession.code == (read_code("S", code) or ""))).one_or_none()
    if found is None:
        raise NotFound
    return _row(found), lines_of(work.session, found.ChargingSession.id)


def _asked(driver_id: UUID) -> AnySelect:
    return (
        select(ChargingSession, DriverCharge, Location.name.label("place"), DriverChargePaid.paid_at)
        .outerjoin(DriverCharge, DriverCharge.session_id == ChargingSession.id)
        .outerjoin(DriverChargePaid, DriverChargePaid.session_id == ChargingSession.id)
        .outerjoin(Location, Location.id == ChargingSession.location_id)
        .where(ChargingSession.driver_id == driver_id, ChargingSession.state.in_(_SHOWN))
    )


def _row(found: Any) -> OwnSessionRow:
    s, paid = found.ChargingSession, found.DriverCharge
    label = s.station_label if s.evse_number is None else f"{s.station_label}/{s.evse_number}"
    return OwnSessionRow(
        session_id=s.id, code=s.code, started_at=s.started_at, ended_at=s.ended_at, place=found.place or "", label=label,
        energy_wh=s.energy_wh, gross_minor=s.gross_minor, company_minor=paid and paid.company_minor,
        balance_minor=paid and paid.balance_minor, own_minor=paid and paid.own_minor, paid_at=found.paid_at,
        net_minor=s.net_minor, vat_minor=s.vat_minor,
        currency=s.currency, time_zone=s.time_zone, state=s.state, is_held="held" in s.flags,
    )  # fmt: skip


def _require_own(work: Work, driver_id: UUID) -> None:
    driver = work.session.get(Driver, driver_id)
    if driver is None or work.actor.id != driver.id:
        raise NotFound
    work.require(Permission.DRIVER_OWN, partner_id=driver.partner_id)
