"""The history of who may charge where."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class StationAccess(Keyed, Owned, Base):
    """Who may charge at a charge point and whether drivers are shown it, since an instant; what it was before. Never changed."""

    __tablename__ = "station_access"
    __table_args__ = (
        UniqueConstraint("change_id", "station_id"),
        Index("ix_station_access_station", "station_id", "set_at"),
    )

    change_id: Mapped[UUID] = mapped_column(comment="charge points changed by one act")
    undo_of: Mapped[UUID | None] = mapped_column(comment="the act that this one took back")
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    access: Mapped[str]
    access_groups: Mapped[list[UUID]]
    listed: Mapped[bool]
    company: Mapped[bool]
    before_access: Mapped[str]
    before_groups: Mapped[list[UUID]]
    before_listed: Mapped[bool]
    before_company: Mapped[bool]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None]
    set_name: Mapped[str]
