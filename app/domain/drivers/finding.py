"""A driver to be changed: found within reach and locked, and whom its events are about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.drivers.models import Driver
from app.kernel.errors import NotFound
from app.kernel.ids import read_code
from app.work.unit import Work


def found_driver(work: Work, partner_id: UUID, code: str) -> Driver:
    """That driver of that partner, locked; ``NotFound`` for any other, and for one that was erased."""
    statement = select(Driver).where(
        Driver.partner_id == partner_id, Driver.code == (read_code("D", code) or ""), Driver.erased_at.is_(None)
    )
    driver = work.session.scalars(statement.with_for_update()).one_or_none()
    if driver is None or partner_id not in work.scope(Permission.DRIVER_VIEW):
        raise NotFound
    return driver


def about(driver: Driver) -> dict[str, Any]:
    """What every event about a driver says."""
    owned = {"operator_id": driver.operator_id, "partner_id": driver.partner_id, "subject": ("driver", driver.id)}
    return owned | {"code": driver.code, "person": driver.name}
