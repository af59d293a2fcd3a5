"""Which mails people want."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed


class MailWish(Keyed, Base):
    """How a person wants to be told of one kind of event, in all own accounts; without a row not at all, unless as a contact."""

    __tablename__ = "mail_wish"
    __table_args__ = (UniqueConstraint("user_id", "event"), CheckConstraint("way in ('now', 'daily')", "way"))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    event: Mapped[str]
    way: Mapped[str]
