"""Groups of people that a price can name (employees, residents, fleet …) and the charging cards in them, dated.

A card is a member from ``since`` until ``until`` (null: until further notice). ``partner_id`` null: a group of the operator's own.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class UserGroup(Keyed, Owned, Base):
    """A named group of people."""

    __tablename__ = "user_group"
    __table_args__ = (UniqueConstraint("code"), Index("ix_user_group_list", "operator_id", "name", "id"))

    code: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class UserGroupToken(Owned, Base):
    """A card in a group, from an instant until another."""

    __tablename__ = "user_group_token"
    __table_args__ = (CheckConstraint("until is null or until >= since", "span"), Index("ix_user_group_token_token", "token_id"))

    group_id: Mapped[UUID] = mapped_column(ForeignKey("user_group.id"), primary_key=True)
    token_id: Mapped[UUID] = mapped_column(ForeignKey("id_token.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]
