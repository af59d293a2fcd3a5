"""The declarative base of all models and the two mixins nearly all of them use."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, MetaData, Numeric, String, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.kernel.ids import uuid7

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Minor = Annotated[int, mapped_column(BigInteger)]
Currency = Annotated[str, mapped_column(String(3))]
Pct = Annotated[Decimal, mapped_column(Numeric(5, 2))]
Price = Annotated[Decimal, mapped_column(Numeric(14, 6))]


class Base(DeclarativeBase):
    """Declarative base; instants are timestamptz, strings are text, dictionaries JSONB."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        date: Date,
        str: Text,
        bytes: BYTEA,
        UUID: Uuid(),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        list[UUID]: ARRAY(Uuid()),
    }


class Keyed:
    """A time-ordered UUID key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


class Owned:
    """Belongs to an operator and, where set, to one of its partners. Row-level security reads these two columns."""

    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), index=True)
