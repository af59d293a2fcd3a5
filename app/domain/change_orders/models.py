"""Change orders as partners wrote them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned


class ChangeOrder(Keyed, Owned, Base):
    """What somebody of a partner wants changed; what was written stays (the programs may not update it), how it goes is added."""

    __tablename__ = "change_order"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("asked_by", "key"),
        CheckConstraint("topic in ('prices', 'access', 'technical', 'contract', 'bank', 'data')", "topic"),
        CheckConstraint(
            "state in ('received', 'checked', 'question', 'waiting', 'scheduled', 'done', 'undone', 'refused')",
            "state",
        ),
        CheckConstraint("(state = 'question') = (asked_back_at is not null)", "asked_back"),
        CheckConstraint("(state in ('done', 'undone', 'refused')) = (decided_at is not null)", "decided"),
        CheckConstraint("state <> 'refused' or note <> ''", "reason"),
        Index("ix_change_order_list", "operator_id", "asked_at", "id"),
    )

    code: Mapped[str]
    topic: Mapped[str]
    thing: Mapped[str] = mapped_column(comment="what it is about, in the partner's words, such as a label; empty: the account")
    present: Mapped[str] = mapped_column(comment="how it is now")
    wanted: Mapped[str]
    wanted_on: Mapped[date | None] = mapped_column(comment="from when; null: as soon as possible")
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None]
    asked_name: Mapped[str]
    state: Mapped[str]
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[UUID | None]
    taken_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_name: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="", comment="what was done, or why not; the partner reads it")
    key: Mapped[str | None] = mapped_column(comment="one time key of the form: the same key is the same wish")
    asked_back_at: Mapped[datetime | None] = mapped_column(comment="since when it waits for the partner's answer")
    waited_s: Mapped[int] = mapped_column(default=0, comment="seconds that it waited for answers, without the present one")


class ChangeOrderMessage(Base):
    """A question of the operator about an order, or the partner's answer; never changed."""

    __tablename__ = "change_order_message"
    __table_args__ = (CheckConstraint("kind in ('question', 'answer')", "kind"), CheckConstraint("body <> ''", "body"))

    order_id: Mapped[UUID] = mapped_column(ForeignKey("change_order.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(comment="question: the operator's; answer: the partner's")
    said_at: Mapped[datetime]
    said_by: Mapped[UUID | None]
    said_name: Mapped[str]
    body: Mapped[str]


class ChangeOrderFile(Base):
    """A file that came with an order, kept once and never changed."""

    __tablename__ = "change_order_file"
    __table_args__ = (
        CheckConstraint("octet_length(body) = body_size and body_size between 1 and 10485760", "size"),
        ForeignKeyConstraint(["order_id", "message"], ["change_order_message.order_id", "change_order_message.number"]),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("change_order.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    file_name: Mapped[str]
    media_type: Mapped[str]
    body: Mapped[bytes]
    body_size: Mapped[int]
    body_hash: Mapped[str]
    message: Mapped[int | None] = mapped_column(comment="number of the answer that it came with; null: with the order")
