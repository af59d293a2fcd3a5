"""The photo of a site: drivers compare it with what is in front of them. One a site, made small, without what a camera writes."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.access.permissions import Permission
from app.db.base import Base
from app.domain.network.events import LocationEdited
from app.domain.network.listing import location_by_code
from app.domain.network.models import Location
from app.domain.people.uploads import photo
from app.kernel.errors import NotFound
from app.work.unit import Work


class LocationPhoto(Base):
    """The picture itself; ``Location.photo`` says that there is one. Whoever sees the site sees it."""

    __tablename__ = "location_photo"
    __table_args__ = (CheckConstraint("octet_length(body) between 1 and 4194304", "size"),)

    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id", ondelete="CASCADE"), primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    body: Mapped[bytes] = mapped_column(comment="JPEG")
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None]
    set_name: Mapped[str]


def photo_of(work: Work, location_id: UUID | None) -> bytes:
    """The JPEG of a site that was found before; ``NotFound`` without one."""
    found = work.session.get(LocationPhoto, location_id) if location_id else None
    if found is None:
        raise NotFound
    return found.body


def set_photo(work: Work, code: str, body: bytes) -> None:
    """Give a site its photo, in place of the one it had. Refuses at ``file`` what ``uploads.photo`` refuses."""
    site = _own(work, code)
    small = photo(body)
    kept = work.session.get(LocationPhoto, site.id) or LocationPhoto(location_id=site.id, operator_id=site.operator_id)
    kept.body, kept.set_at, kept.set_by, kept.set_name = small, work.now, work.actor.id, work.actor.name
    work.session.add(kept)
    _change(work, site, hashlib.sha256(small).hexdigest()[:16])


def remove_photo(work: Work, code: str) -> None:
    """Take a site's photo away; without one nothing changes."""
    site = _own(work, code)
    kept = work.session.get(LocationPhoto, site.id)
    if kept is not None:
        work.session.delete(kept)
        _change(work, site, "")


def _own(work: Work, code: str) -> Location:
    found = location_by_code(work, code)
    work.require(Permission.NETWORK_EDIT, partner_id=found.partner_id, location_id=found.location_id)
    return work.session.get_one(Location, found.location_id, with_for_update=True)


def _change(work: Work, site: Location, mark: str) -> None:
    before: dict[str, Any] = {"photo": site.photo}
    if mark == site.photo:
        return
    site.photo = mark
    work.session.flush()
    about: dict[str, Any] = {"operator_id": site.operator_id, "partner_id": site.partner_id, "subject": ("location", site.id)}
    work.record(LocationEdited(**about, code=site.code, before=before, after={"photo": mark}))
