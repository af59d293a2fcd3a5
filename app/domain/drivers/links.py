"""Links by which a driver comes in: the company's invitation (30 days), a sign-in by mail (30 minutes), a debt (14 days); each works once.

There is no password: whoever reads the mails is the driver. Only the hash of a link's secret is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.access.actor import Actor, registered_driver
from app.domain.drivers.models import Driver, DriverLink
from app.kernel.errors import Conflict, NotFound
from app.kernel.tokens import new_token, token_hash
from app.work.unit import Work, enter_tenant

VALID = {"company": timedelta(days=30), "sign_in": timedelta(minutes=30), "pay": timedelta(days=14)}


@dataclass(frozen=True, slots=True)
class AtLink:
    """A link that still works, and whose it is."""

    link_id: UUID
    driver_id: UUID
    purpose: str


def fresh_link(work: Work, driver: Driver, purpose: str) -> str:
    """The secret of a new link; older ones for the same purpose end. Internal: the caller writes the mail."""
    older = update(DriverLink).where(DriverLink.driver_id == driver.id, DriverLink.purpose == purpose, DriverLink.used_at.is_(None))
    work.session.execute(older.values(used_at=work.now))
    token, hashed = new_token()
    work.session.add(
        DriverLink(
            operator_id=driver.operator_id, partner_id=driver.partner_id, driver_id=driver.id, token_hash=hashed, purpose=purpose,
            created_at=work.now, expires_at=work.now + VALID[purpose],
        )
    )  # fmt: skip
    work.session.flush()
    return token


def at_link(work: Work, token: str, *purposes: str, use: bool = False) -> AtLink:
    """Whose link it is; the work goes on as that driver's. ``use`` makes it the last time.

    ``link_over`` when used, replaced or too old; ``NotFound`` when made up or meant for something else.
    """
    door = work.session.execute(text("select * from door_driver_link(:hash)"), {"hash": token_hash(token)}).first()
    if door is None or door.purpose not in purposes:
        raise NotFound
    work.actor = registered_driver(door.operator_id, door.partner_id, door.driver_id, "driver")
    enter_tenant(work.session, work.actor)
    link = work.session.get_one(DriverLink, door.link_id, with_for_update=use or None, populate_existing=use)
    if link.used_at is not None or link.expires_at <= work.now:
        raise Conflict("link_over")
    if use:
        link.used_at = work.now
    return AtLink(link.id, link.driver_id, link.purpose)


def actor_of(session: Session, operator_id: UUID, partner_id: UUID, driver_id: UUID) -> Actor:
    """A signed-in driver as actor; the caller kept the keys from a link that worked."""
    name = session.scalar(select(Driver.name).where(Driver.id == driver_id)) or "driver"
    return registered_driver(operator_id, partner_id, driver_id, name)


def ask_sign_in(work: Work, email: str) -> None:
    """Somebody wants a link. A job does the rest, so known and unknown addresses get the same answer in the same time."""
    work.later("drivers.sign_in", email=email.strip().lower())


def drivers_of_mail(work: Work, email: str, write: Callable[[Driver], None]) -> int:
    """The job's part, as the house: call ``write`` for every account of that address. How many."""
    found = work.session.scalars(select(Driver).where(func.lower(Driver.email) == email, Driver.state == "active")).all()
    for driver in found:
        write(driver)
    return len(found)
