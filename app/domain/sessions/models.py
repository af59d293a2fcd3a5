"""Charging sessions, their phases and readings, frozen price lines, and transaction messages nobody could place."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, FetchedValue, ForeignKey, Index, Integer, Numeric, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Currency, Keyed, Owned, Pct, Price

#: OCPP 1.6 transaction numbers: positive 32-bit, never reused, scattered per station by the worker's check of the station
TRANSACTION_NUMBERS = Sequence("transaction_number", data_type=Integer, start=100_000, metadata=Base.metadata)

STATES = ("requested", "starting", "charging", "stopped", "rated", "failed")


def _unique(name: str, *columns: str) -> Index:
    """Unique where the last column says anything."""
    return Index(name, *columns, unique=True, postgresql_where=text(f"{columns[-1]} is not null"))


class ChargingSession(Keyed, Owned, Base):
    """One charge, from the wish to the frozen amount.

    requested (driver pays) -> starting (command sent) -> charging -> stopped (durable end) -> rated (priced, posted); or failed.
    """

    __tablename__ = "charging_session"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("station_id", "start_key"),
        # those that have none need no entry
        _unique("uq_charging_session_number", "station_id", "transaction_number"),
        _unique("uq_charging_session_ref", "station_id", "transaction_ref"),
        _unique("uq_charging_session_secret", "secret_hash"),
        CheckConstraint("state in ('requested', 'starting', 'charging', 'stopped', 'rated', 'failed')", "state"),
        CheckConstraint("energy_wh >= 0", "energy"),
        CheckConstraint("paid_with in ('balance')", "paid_with"),
        CheckConstraint("num_nulls(reservation_id, reserved_from, reserved_until) in (0, 3)", "reservation"),
        CheckConstraint("state <> 'rated' or (gross_minor is not null and gross_minor = net_minor + vat_minor)", "rated"),
        Index("ix_charging_session_list", "operator_id", "started_at", "id"),
        Index("ix_charging_session_partner", "partner_id", "started_at", "id"),
        # sums of days and months; nothing in it changes while a car charges
        Index(
            "ix_charging_session_ended",
            "operator_id",
            "ended_at",
            postgresql_include=["state", "currency", "net_minor", "gross_minor", "partner_id", "location_id"],
            postgresql_where=text("ended_at is not null"),
        ),
        Index("ix_charging_session_partner_ended", "partner_id", "ended_at", postgresql_where=text("ended_at is not null")),
        Index("ix_charging_session_label", "station_label"),
        Index("uq_charging_session_reservation", "reservation_id", unique=True, postgresql_where=text("reservation_id is not null")),
        Index("ix_charging_session_evse", "evse_id", "started_at"),
        Index("ix_charging_session_open", "station_id", postgresql_where=text("state in ('requested', 'starting', 'charging')")),
        Index(
            "ix_charging_session_awaited",
            "operator_id",
            "started_at",
            "id",
            postgresql_include=["partner_id", "location_id"],
            postgresql_where=text("state = 'rated' and collected_at is null and gross_minor > 0"),
        ),
        Index("ix_charging_session_unrated", "ended_at", postgresql_where=text("state = 'stopped'")),
        Index(
            "ix_charging_session_owed",
            "operator_id",
            "rated_at",
            postgresql_where=text("state = 'rated' and payment_id is not null and collected_at is null"),
        ),
        Index("ix_charging_session_driver", "driver_id", "started_at", postgresql_where=text("driver_id is not null")),
        Index("ix_charging_session_parent", "parent_version_id", "ended_at", postgresql_where=text("parent_version_id is not null")),
        Index("ix_charging_session_payer", "payer_id", "ended_at", postgresql_where=text("payer_id is not null")),
        {"postgresql_with": {"fillfactor": 50}},
    )

    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    code: Mapped[str]
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id"))
    evse_id: Mapped[UUID | None] = mapped_column(ForeignKey("evse.id"))
    connector_id: Mapped[UUID | None] = mapped_column(ForeignKey("connector.id"))
    # a trigger fills both: the charge point is out of sight for whoever held it before
    station_label: Mapped[str] = mapped_column(
        server_default="", comment="of the charge point when it was written, kept for whoever held it then"
    )
    evse_number: Mapped[int | None] = mapped_column(server_default=FetchedValue(), comment="of the EVSE, kept like the label")
    channel: Mapped[str] = mapped_column(comment="adhoc, internal, emsp, corporate")
    driver_id: Mapped[UUID | None]
    payer_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"), comment="the partner on whose account the driver charged")
    id_token: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    # the wire
    transaction_number: Mapped[int | None] = mapped_column(comment="OCPP 1.6")
    transaction_ref: Mapped[str | None] = mapped_column(comment="OCPP 2.0.1 transactionId")
    start_key: Mapped[str | None] = mapped_column(comment="what makes a repeated start the same start (T38)")
    remote_start_id: Mapped[int | None]
    # reserved time that is billed with it
    reservation_id: Mapped[UUID | None] = mapped_column(comment="the command its charge point accepted; billed with this session alone")
    reserved_from: Mapped[datetime | None]
    reserved_until: Mapped[datetime | None] = mapped_column(comment="the start, or when the reservation ran out before")
    # who, as prices and contracts name people
    provider: Mapped[str | None] = mapped_column(comment="roaming partner of the card at the start")
    user_groups: Mapped[list[str]] = mapped_column(default=list, comment="codes and names of the groups the card was in at the start")
    # time and energy
    requested_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None] = mapped_column(comment="by the station's clock")
    start_received_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_received_at: Mapped[datetime | None]
    meter_start_wh: Mapped[int | None] = mapped_column(BigInteger)
    meter_last_wh: Mapped[int | None] = mapped_column(BigInteger)
    meter_stop_wh: Mapped[int | None] = mapped_column(BigInteger)
    energy_wh: Mapped[int] = mapped_column(BigInteger, default=0)
    power_w: Mapped[int | None]
    soc_pct: Mapped[int | None]
    charging_state: Mapped[str | None] = mapped_column(comment="Charging, SuspendedEV, SuspendedEVSE, EVConnected, Idle")
    last_reading_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]
    # frozen terms and amounts
    time_zone: Mapped[str]
    currency: Mapped[Currency]
    vat_pct: Mapped[Pct]
    evse_current: Mapped[str] = mapped_column(default="AC")
    tariff_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("tariff_version.id"))
    tariff: Mapped[dict[str, Any] | None] = mapped_column(comment="the terms fixed at the start, as app.money reads them")
    contract_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("contract_version.id"))
    parent_version_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("contract_version.id"),
        comment="the sub-operator's contract version above the partner's, fixed at the start; null: the operator is the only level above",
    )
    running_gross_minor: Mapped[int | None] = mapped_column(BigInteger)
    net_minor: Mapped[int | None] = mapped_column(BigInteger)
    vat_minor: Mapped[int | None] = mapped_column(BigInteger)
    gross_minor: Mapped[int | None] = mapped_column(BigInteger)
    partner_minor: Mapped[int | None] = mapped_column(BigInteger, comment="the partner's part of net at rating; null without contract")
    priced: Mapped[dict[str, Any] | None] = mapped_column(comment="the whole answer of app.money, with inputs and reasons")
    electricity: Mapped[list[Any] | None] = mapped_column(
        comment="slices {kwh, rate_net}, frozen with the share; null: not needed, or not known yet"
    )
    rated_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    payment_id: Mapped[UUID | None]
    paid_with: Mapped[str | None] = mapped_column(
        comment="balance: wholly paid from a driver's balance, so the operator sells; null: card or invoice"
    )
    secret_hash: Mapped[bytes | None] = mapped_column(comment="SHA-256 of the secret in /s/<secret>")
    language: Mapped[str] = mapped_column(default="en")
    email: Mapped[str | None] = mapped_column(comment="where the ad hoc driver wants the link and the receipt")
    hold_minor: Mapped[int | None] = mapped_column(BigInteger)
    failure: Mapped[str | None]
    flags: Mapped[list[str]] = mapped_column(default=list, comment="held, late, meter_back, unknown_tag, review …")
    seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class SessionPhase(Base):
    """From this instant on the car charges, or only stands there. The input of time and idle prices."""

    __tablename__ = "session_phase"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("charging_session.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    charging: Mapped[bool]
    state: Mapped[str]
    energy_wh: Mapped[int] = mapped_column(BigInteger, comment="delivered in the session up to here")


class MeterReading(Base):
    """A sample of a meter. Partitioned by month of receipt; no page reads it but the power curve of one session."""

    __tablename__ = "meter_reading"
    __table_args__ = (
        Index("ix_meter_reading_session", "session_id", "at"),
        Index("ix_meter_reading_received", "received_at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )

    received_at: Mapped[datetime] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    station_id: Mapped[UUID]
    connector_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    at: Mapped[datetime]
    energy_wh: Mapped[int | None] = mapped_column(BigInteger, comment="register")
    power_w: Mapped[int | None]
    soc_pct: Mapped[int | None]
    context: Mapped[str | None]
    signed: Mapped[str | None] = mapped_column(comment="signed record, byte for byte")


class SessionLine(Base):
    """A frozen price line, with what made it."""

    __tablename__ = "session_line"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("charging_session.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    dimension: Mapped[str] = mapped_column(comment="FLAT, ENERGY, TIME, PARKING_TIME, RESERVATION_TIME, ADJUSTMENT")
    quantity: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    unit: Mapped[str] = mapped_column(comment="UN/ECE: KWH, MIN, HUR, C62")
    unit_price: Mapped[Price]
    vat_pct: Mapped[Pct | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger, comment="in the tariff's price basis")
    exact: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    element: Mapped[int | None] = mapped_column(comment="index of the tariff element that priced it")
    reason: Mapped[str] = mapped_column(default="")


class OrphanMessage(Keyed, Owned, Base):
    """A transaction message that could be read but not placed. Kept, answered, shown to staff, matched when possible."""

    __tablename__ = "orphan_message"
    __table_args__ = (Index("ix_orphan_message_open", "station_id", postgresql_where=text("session_id is null")),)

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(comment="stop, meter, event")
    transaction_ref: Mapped[str | None]
    reason: Mapped[str] = mapped_column(comment="unknown_transaction, foreign_transaction, ambiguous")
    payload: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(unique=True, comment="a repeat of the same message is stored once")
    received_at: Mapped[datetime]
    session_id: Mapped[UUID | None]


class IdToken(Keyed, Owned, Base):
    """A charging card or other token that may start sessions."""

    __tablename__ = "id_token"
    __table_args__ = (Index("uq_id_token_value", "operator_id", "value", unique=True),)

    value: Mapped[str] = mapped_column(comment="upper case, trimmed of blanks and control characters")
    label: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="accepted", comment="accepted, blocked, expired")
    channel: Mapped[str] = mapped_column(default="internal")
    plan: Mapped[str | None] = mapped_column(comment="the subscription its driver has")
    provider: Mapped[str | None] = mapped_column(comment="the roaming partner it belongs to, such as DE*8AA")
    driver_id: Mapped[UUID | None] = mapped_column(ForeignKey("driver.id"), index=True)
    expires_at: Mapped[datetime | None]
    limits: Mapped[dict[str, Any] | None] = mapped_column(
        comment="energy_kwh, minutes, cost: where a session with this card is stopped; null: none"
    )
    created_at: Mapped[datetime]
