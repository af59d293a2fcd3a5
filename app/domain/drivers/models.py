"""Drivers of a partner, what was added to their balance, and lists of them on their way in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned


class Driver(Keyed, Owned, Base):
    """Somebody who charges with cards of a partner: employee, tenant, fleet."""

    __tablename__ = "driver"
    __table_args__ = (
        CheckConstraint("state in ('active', 'blocked')", "state"),
        CheckConstraint("company_state in ('invited', 'accepted', 'declined', 'left')", "company_state"),
        CheckConstraint("coalesce(limit_minor, 0) >= 0", "limit"),
        Index("uq_driver_email", "partner_id", text("lower(email)"), unique=True),
        Index("ix_driver_list", "partner_id", "name", "id"),
        Index("ix_driver_operator", "operator_id", "name", "id"),
        Index("ix_driver_email", text("lower(email)")),
    )

    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    language: Mapped[str]
    state: Mapped[str]
    corporate: Mapped[bool]
    limit_minor: Mapped[int | None] = mapped_column(
        BigInteger, comment="own limit of charging on the partner's account, gross per month; null: the account's"
    )
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_group.id"))
    created_at: Mapped[datetime]
    created_name: Mapped[str]
    company_state: Mapped[str | None] = mapped_column(
        comment="what the driver said to charging on the partner's account; null: not offered"
    )
    company_at: Mapped[datetime | None]
    company_choice: Mapped[bool] = mapped_column(
        default=False,
        server_default=text("false"),
        comment="charges on the company's account also where a charge point does not by itself",
    )
    erased_at: Mapped[datetime | None] = mapped_column(comment="name, address, phone and card numbers are gone; sums stay for the books")


class DriverLink(Keyed, Owned, Base):
    """A link by which a driver comes in, once: the company's invitation, a sign-in by mail, or a debt to pay."""

    __tablename__ = "driver_link"
    __table_args__ = (CheckConstraint("purpose in ('company', 'sign_in', 'pay')", "purpose"),)

    driver_id: Mapped[UUID] = mapped_column(ForeignKey("driver.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True, comment="SHA-256 of the secret in the link")
    purpose: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DriverTopUp(Keyed, Owned, Base):
    """Money added to a driver's balance with a reason; above a limit a second person decides. The books hold the balance itself."""

    __tablename__ = "driver_top_up"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'done', 'refused', 'reversed')", "state"),
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("(state = 'reversed') = (reversed_at is not null)", "reversed"),
        CheckConstraint("state <> 'done' or decided_by is null or decided_by is distinct from asked_by", "two"),
        Index("ix_driver_top_up_waiting", "operator_id", "asked_at", postgresql_where=text("state = 'waiting'")),
    )

    driver_id: Mapped[UUID] = mapped_column(ForeignKey("driver.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    reason: Mapped[str]
    state: Mapped[str]
    borne_by_partner: Mapped[bool] = mapped_column(comment="charged with the month's statement; else the operator's goodwill")
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID | None]
    asked_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_name: Mapped[str | None]
    reversed_at: Mapped[datetime | None]
    reversed_by: Mapped[UUID | None]
    reversed_name: Mapped[str | None]
    reversed_reason: Mapped[str | None]


class DriverCharge(Owned, Base):
    """Who paid what of a driver's session, gross, decided when its amount became final. Neither place nor time: the partner reads it."""

    __tablename__ = "driver_charge"
    __table_args__ = (
        CheckConstraint(
            "gross_minor = company_minor + balance_minor + own_minor and least(company_minor, balance_minor, own_minor) >= 0", "parts"
        ),
        Index("ix_driver_charge_driver", "driver_id", "month"),
        Index("ix_driver_charge_account", "partner_id", "month"),
        Index("ix_driver_charge_own", "driver_id", postgresql_where=text("own_minor > 0")),
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("charging_session.id"), primary_key=True)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    driver_id: Mapped[UUID] = mapped_column(ForeignKey("driver.id"))
    month: Mapped[date] = mapped_column(comment="of the end, by the partner's zone; neither place nor time is kept for the partner")
    currency: Mapped[Currency]
    on_account: Mapped[bool] = mapped_column(comment="began on the partner's account")
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    company_minor: Mapped[int] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    own_minor: Mapped[int] = mapped_column(BigInteger)


class DriverChargePaid(Owned, Base):
    """The own part of a charge was paid by card: once, whole, as it stood then."""

    __tablename__ = "driver_charge_paid"
    __table_args__ = (CheckConstraint("minor > 0", "minor"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey("driver_charge.session_id"), primary_key=True)
    driver_id: Mapped[UUID] = mapped_column(ForeignKey("driver.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"), index=True)
    minor: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime]


class DriverChargeRefund(Owned, Base):
    """To whom a refund of a driver's charge went back; the parts add up to it."""

    __tablename__ = "driver_charge_refund"
    __table_args__ = (CheckConstraint("least(company_minor, balance_minor, own_minor) >= 0", "parts"),)

    refund_id: Mapped[UUID] = mapped_column(ForeignKey("session_refund.id"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("driver_charge.session_id"), index=True)
    driver_id: Mapped[UUID] = mapped_column(ForeignKey("driver.id"))
    company_minor: Mapped[int] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    own_minor: Mapped[int] = mapped_column(BigInteger, comment="to the card, or taken off what the driver still owed")


class DriverImport(Keyed, Owned, Base):
    """A list of drivers as it was uploaded, and what became of its rows."""

    __tablename__ = "driver_import"
    __table_args__ = (CheckConstraint("state in ('waiting', 'done', 'refused')", "state"),)

    file_name: Mapped[str]
    body: Mapped[str]
    whole: Mapped[bool] = mapped_column(comment="all rows or none")
    state: Mapped[str]
    rows: Mapped[int]
    taken: Mapped[int]
    problems: Mapped[list[Any]] = mapped_column(comment="per bad row: row, field, code, value")
    created_at: Mapped[datetime]
    created_name: Mapped[str]
    finished_at: Mapped[datetime | None]
