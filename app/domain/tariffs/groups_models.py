"""Tariff groups: ordered lines of who pays by which price sheet, dated versions of them, and where they count."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned

#: where a group can be attached, from the nearest to the farthest; the first one that says something counts
LEVELS = ("evse", "station", "location", "partner", "operator")


class TariffGroup(Keyed, Owned, Base):
    """A named set of lines. ``partner_id`` null: the operator's."""

    __tablename__ = "tariff_group"
    __table_args__ = (UniqueConstraint("code"), Index("ix_tariff_group_list", "operator_id", "name", "id"))

    code: Mapped[str]
    name: Mapped[str]
    currency: Mapped[Currency]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class TariffGroupDraft(Owned, Base):
    """Lines as somebody is changing them; nobody pays by them. ``revision`` grows with each change."""

    __tablename__ = "tariff_group_draft"

    group_id: Mapped[UUID] = mapped_column(ForeignKey("tariff_group.id"), primary_key=True)
    rest_tariff_id: Mapped[UUID] = mapped_column(ForeignKey("tariff.id"))
    lines: Mapped[list[Any]]
    revision: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_name: Mapped[str]


class TariffGroupVersion(Keyed, Owned, Base):
    """Lines from an instant on, never edited; its end is the next version's start."""

    __tablename__ = "tariff_group_version"
    __table_args__ = (
        UniqueConstraint("group_id", "valid_from"),
        UniqueConstraint("group_id", "number"),
        Index("ix_tariff_group_version_rest", "rest_tariff_id"),
    )

    group_id: Mapped[UUID] = mapped_column(ForeignKey("tariff_group.id"))
    number: Mapped[int]
    valid_from: Mapped[datetime]
    rest_tariff_id: Mapped[UUID] = mapped_column(
        ForeignKey("tariff.id"), comment="the fixed last line, everyone else: a group without it cannot be stored"
    )
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]


class TariffGroupLine(Base):
    """One line of a version: all conditions that are given must hold; the first line that fits counts."""

    __tablename__ = "tariff_group_line"
    __table_args__ = (
        CheckConstraint("channels <@ array['adhoc', 'app', 'rfid', 'roaming']", "channels"),
        CheckConstraint("last_day is null or first_day is null or last_day >= first_day", "days"),
        CheckConstraint(
            "channels <> '{}' or own_users or num_nonnulls(user_group_id, plan, provider, first_day, last_day) > 0", "condition"
        ),
        Index("ix_tariff_group_line_tariff", "tariff_id"),
    )

    version_id: Mapped[UUID] = mapped_column(ForeignKey("tariff_group_version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    tariff_id: Mapped[UUID] = mapped_column(ForeignKey("tariff.id"))
    channels: Mapped[list[str]]
    own_users: Mapped[bool]
    user_group_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_group.id"))
    plan: Mapped[str | None]
    provider: Mapped[str | None]
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    reason: Mapped[str]


class GroupAssignment(Keyed, Owned, Base):
    """From an instant on this charge point, location, partner or operator has this group (null: none of its own any more).

    EVSEs keep theirs in ``tariff_assignment``. A location's choice with a partner counts for that partner's EVSEs there only.
    """

    __tablename__ = "group_assignment"
    __table_args__ = (
        UniqueConstraint("level", "place_id", "valid_from", name="uq_group_assignment_place"),
        CheckConstraint("level in ('station', 'location', 'partner', 'operator')", "level"),
        CheckConstraint(
            "(level <> 'partner' or partner_id = place_id) and (level <> 'operator' or (operator_id = place_id and partner_id is null))",
            "owner",
        ),
        Index("ix_group_assignment_group", "group_id"),
    )

    level: Mapped[str]
    place_id: Mapped[UUID]
    station_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("station.id", ondelete="CASCADE"), Computed("case when level = 'station' then place_id end", persisted=True)
    )
    location_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), Computed("case when level = 'location' then place_id end", persisted=True)
    )
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("tariff_group.id"))
    valid_from: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    created_name: Mapped[str]
