"""What people have typed into long forms and not yet sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned

_ONE = ("user_id", "operator_id", "partner_id", "form", "subject_id")


class FormDraft(Keyed, Owned, Base):
    """One per person, form and thing (null: a new one); its writer's alone."""

    __tablename__ = "form_draft"
    __table_args__ = (Index("uq_form_draft", *_ONE, unique=True, postgresql_nulls_not_distinct=True),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    form: Mapped[str] = mapped_column(comment="which form: tariff, contract.fees …")
    subject_id: Mapped[UUID | None] = mapped_column(comment="what the form changes")
    typed: Mapped[list[Any]] = mapped_column(comment="(field, value) pairs of the form, right or wrong")
    saved_at: Mapped[datetime]
