"""What is kept beside the states: how many connectors have which, and how far faults were told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned

#: connectors by state (null: never reported), to be summed: the database adds rows at each change, ``counting.gather`` makes them few
connector_counts = Table(
    "connector_count",
    Base.metadata,
    Column("operator_id", Uuid, nullable=False),
    Column("status", Text, comment="null: never reported"),
    Column("connectors", Integer, nullable=False),
    comment="connectors by state, kept by the database; to be summed, each change adds rows until they are gathered",
)


class RareState(Base):
    """A connector in a state that few have; kept by the database, so that changes between usual states touch no index."""

    __tablename__ = "connector_rare"
    __table_args__ = (
        Index("ix_connector_rare_operator", "operator_id", "status"),
        {"comment": "connectors in a state that few have, kept by the database"},
    )

    connector_id: Mapped[UUID] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    station_id: Mapped[UUID]
    status: Mapped[str]


class FaultNotice(Keyed, Owned, Base):
    """How far a partner's technical contact was told of faults."""

    __tablename__ = "fault_notice"
    __table_args__ = (UniqueConstraint("partner_id"),)

    told_until: Mapped[datetime] = mapped_column(comment="states received up to here are mailed, or were not wanted")
