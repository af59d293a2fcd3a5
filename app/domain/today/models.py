"""What somebody of the staff said about a thing that needs a person: I have it, or not before that day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class TodayMark(Keyed, Owned, Base):
    """One per thing and operator. What was said before the present need began counts no more: it was about an earlier one."""

    __tablename__ = "today_mark"
    __table_args__ = (
        UniqueConstraint("operator_id", "kind", "subject"),
        CheckConstraint("num_nonnulls(taken_by, taken_at, taken_name) in (0, 3)", "taken"),
        CheckConstraint("num_nonnulls(snoozed_until, snoozed_at, snoozed_name) in (0, 3)", "snoozed"),
        CheckConstraint("snoozed_until is null or reason <> ''", "reason"),
    )

    kind: Mapped[str] = mapped_column(comment="of need, such as faulted")
    subject: Mapped[str] = mapped_column(comment="key of the thing, as the list of that kind has it")
    name: Mapped[str] = mapped_column(comment="what people call it, as it was when the mark was made")
    taken_by: Mapped[UUID | None]
    taken_at: Mapped[datetime | None]
    taken_name: Mapped[str | None]
    snoozed_until: Mapped[datetime | None] = mapped_column(comment="from then on it is shown again")
    snoozed_at: Mapped[datetime | None]
    snoozed_name: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="", comment="why not before that day")
