"""Locations, stations, EVSEs, connectors, their states, commands to them and the raw talk with them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, FetchedValue, ForeignKey, Index, Numeric, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Keyed, Owned, Pct

CONNECTOR_STATES = (
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEV",
    "SuspendedEVSE",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
)
COMMAND_STATES = ("queued", "sent", "accepted", "rejected", "no_answer", "not_sent")


class Location(Keyed, Owned, Base):
    """A site with an address, a time zone and a VAT rate."""

    __tablename__ = "location"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_location_list", "operator_id", "name", "id"),
        Index("ix_location_place", "operator_id", "latitude"),
    )

    code: Mapped[str]
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    region: Mapped[str] = mapped_column(
        default="", server_default="", comment="ISO 3166-2 without the country, such as BY: whose public holidays count"
    )
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    time_zone: Mapped[str]
    vat_pct: Mapped[Pct]
    public: Mapped[bool] = mapped_column(default=True)
    hours: Mapped[str] = mapped_column(default="24/7")
    help_phone: Mapped[str] = mapped_column(default="")
    max_w: Mapped[int | None]
    created_at: Mapped[datetime]
    directions: Mapped[str] = mapped_column(default="", server_default="", comment="how drivers and technicians find the charge points")
    photo: Mapped[str] = mapped_column(default="", server_default="", comment="changes with the photo; empty: none")
    duties: Mapped[dict[str, Any]] = mapped_column(
        default=dict,
        server_default=text("'{}'::jsonb"),
        comment="what (price, hours, parking …) -> who (operator, host, other) and contact",
    )


class Station(Keyed, Owned, Base):
    """A charge point: people know its label, OCPP its identity. ``partner_id`` is its holder today."""

    __tablename__ = "station"
    __table_args__ = (
        UniqueConstraint("label"),
        UniqueConstraint("identity"),
        CheckConstraint("security_profile in (1, 2)", "security_profile"),
        CheckConstraint("access in ('public', 'own', 'groups')", "access"),
        CheckConstraint("(access = 'groups') = (cardinality(access_groups) > 0)", "access_groups"),
        Index("ix_station_list", "operator_id", "label", "id"),
        Index("ix_station_location", "location_id"),
        Index("ix_station_retired", "operator_id", postgresql_where=text("retired_at is not null")),
        Index("ix_station_contracted", "operator_id", "contracted_until", postgresql_where=text("retired_at is null")),
    )

    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    label: Mapped[str]
    identity: Mapped[str] = mapped_column(comment="charge point id in the OCPP address")
    key_hash: Mapped[bytes] = mapped_column(comment="HMAC-SHA-256 of the Basic-auth password; station keys are random and long")
    old_key_hash: Mapped[bytes | None] = mapped_column(comment="accepted until the new one is first used (key rotation)")
    vendor: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    serial: Mapped[str] = mapped_column(default="")
    firmware: Mapped[str] = mapped_column(default="")
    protocol: Mapped[str | None] = mapped_column(comment="sub-protocol of the last connection")
    security_profile: Mapped[int] = mapped_column(
        SmallInteger, default=1, server_default="1", comment="1: password; 2: password and TLS. Raised by a person, never lowered"
    )
    tls_since: Mapped[datetime | None] = mapped_column(comment="first connection over TLS")
    ping_seconds: Mapped[int | None] = mapped_column(comment="websocket ping interval; null: the default; 0: never")
    flags: Mapped[list[str]] = mapped_column(default=list, comment="oddities for staff, such as invalid_boot")
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    card_terminal: Mapped[bool | None] = mapped_column(comment="null: nobody knows")
    access: Mapped[str] = mapped_column(
        default="public", server_default="public", comment="who may charge: everybody, its partner's own users, the users of groups"
    )
    access_groups: Mapped[list[UUID]] = mapped_column(default=list, server_default="{}")
    listed: Mapped[bool] = mapped_column(
        default=True, server_default=text("true"), comment="drivers who look for a free place nearby are shown it"
    )
    company_default: Mapped[bool] = mapped_column(
        default=True,
        server_default=text("true"),
        comment="a company's driver charges on its account without saying so; false: only who chose it",
    )
    # a trigger of the assignments keeps it
    contracted_until: Mapped[date | None] = mapped_column(
        server_default="0001-01-01", comment="when its last contract ends or ended, that day not included; null: no end"
    )


class StationState(Base):
    """The hot side of a station: one row, rewritten in batches by the OCPP worker."""

    __tablename__ = "station_state"
    __table_args__ = (Index("ix_station_state_heard", "operator_id", "heard_from"), {"postgresql_with": {"fillfactor": 50}})

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"), primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operator.id"))
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    connected: Mapped[bool] = mapped_column(default=False)
    connected_at: Mapped[datetime | None]
    disconnected_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]
    heard_from: Mapped[datetime | None] = mapped_column(
        Computed("date_bin('5 minutes', last_message_at, '2000-01-01 00:00:00+00')", persisted=True),
        comment="begin of the five minutes in which the last message came; in an index, unlike its time",
    )
    booted_at: Mapped[datetime | None]
    deaf_since: Mapped[datetime | None] = mapped_column(comment="it talks, but has left our calls without an answer since")
    worker: Mapped[str | None] = mapped_column(comment="the worker process that holds the socket")
    link: Mapped[UUID | None] = mapped_column(comment="the connection; a late close of an older one changes nothing")
    seq: Mapped[int] = mapped_column(default=0)


class Evse(Keyed, Owned, Base):
    """A place where one car charges at a time. Shown as ``NL-0417/2``."""

    __tablename__ = "evse"
    __table_args__ = (
        UniqueConstraint("station_id", "number"),
        UniqueConstraint("evse_uid"),
        UniqueConstraint("check_code"),
        CheckConstraint("current in ('AC', 'DC')", "current"),
        Index("ix_evse_last_tariff", "last_tariff_id", postgresql_where=text("last_tariff_id is not null")),
    )

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"))
    number: Mapped[int]
    evse_uid: Mapped[str] = mapped_column(comment="public id, such as DE*NLT*E0417*2")
    current: Mapped[str]
    max_w: Mapped[int]
    check_code: Mapped[str] = mapped_column(comment="printed on the label; /check/<code> says whether it is ours")
    clock_approved: Mapped[bool] = mapped_column(default=False, comment="time may be billed by its clock (Eichrecht)")
    country: Mapped[str] = mapped_column(FetchedValue(), comment="of its location, else of the operator; kept by the database")
    public: Mapped[bool] = mapped_column(FetchedValue(), comment="of its location; kept by the database")
    in_service: Mapped[bool] = mapped_column(FetchedValue(), comment="its charge point is not retired; kept by the database")
    last_tariff_id: Mapped[UUID | None] = mapped_column(
        FetchedValue(), comment="price sheet of its own that began last or begins last; kept by the database"
    )
    last_group_id: Mapped[UUID | None] = mapped_column(
        FetchedValue(), comment="tariff group of its own that began last or begins last; kept by the database"
    )


class Connector(Keyed, Owned, Base):
    """A plug and its state now. OCPP 1.6's connector n is EVSE n, connector 1."""

    __tablename__ = "connector"
    __table_args__ = (
        UniqueConstraint("evse_id", "number"),
        UniqueConstraint("station_id", "wire_number"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"))
    evse_id: Mapped[UUID] = mapped_column(ForeignKey("evse.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(default=1)
    wire_number: Mapped[int] = mapped_column(comment="OCPP 1.6 connectorId")
    plug: Mapped[str] = mapped_column(default="type2")
    status: Mapped[str | None] = mapped_column(comment="one of CONNECTOR_STATES; null: never reported")
    status_raw: Mapped[str | None]
    status_at: Mapped[datetime | None] = mapped_column(comment="by the station's clock; the newest wins")
    status_received_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    error_info: Mapped[str | None]
    session_id: Mapped[UUID | None] = mapped_column(comment="the session running here")
    power_w: Mapped[int | None]
    seq: Mapped[int] = mapped_column(default=0)


class StatusChange(Base):
    """History of connector states; a row per change only."""

    __tablename__ = "status_change"
    __table_args__ = (
        Index("ix_status_change_connector", "connector_id", "at"),
        Index("ix_status_change_at", "at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    station_id: Mapped[UUID]
    connector_id: Mapped[UUID]
    status: Mapped[str]
    error_code: Mapped[str | None]
    error_info: Mapped[str | None]
    at: Mapped[datetime]
    received_at: Mapped[datetime]


class UnknownStation(Base):
    """Somebody who knocked with an identity or key that is not ours. Listed for staff."""

    __tablename__ = "unknown_station"

    identity: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(comment="unknown_identity, wrong_key, no_protocol, plain_ws")
    address: Mapped[str]
    protocols: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class StationCommand(Keyed, Owned, Base):
    """A wish sent to a station; every state of it is kept and visible."""

    __tablename__ = "station_command"
    __table_args__ = (
        UniqueConstraint("one_time_key"),
        CheckConstraint("state in ('queued', 'sent', 'accepted', 'rejected', 'no_answer', 'not_sent')", "state"),
        Index("ix_station_command_open", "station_id", "created_at", postgresql_where=text("state in ('queued', 'sent')")),
        Index("ix_station_command_list", "station_id", "created_at"),
        Index(
            "ix_station_command_reserved",
            "station_id",
            postgresql_where=text("action in ('reserve', 'cancel_reservation') and state = 'accepted'"),
        ),
    )

    station_id: Mapped[UUID] = mapped_column(ForeignKey("station.id", ondelete="CASCADE"))
    evse_id: Mapped[UUID | None] = mapped_column(ForeignKey("evse.id"))
    session_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(comment="remote_start, remote_stop, unlock, reset_soft, reset_hard, trigger_status, …")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="queued")
    one_time_key: Mapped[str]
    requested_by: Mapped[UUID | None]
    requested_name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None] = mapped_column(comment="code of a refusal: offline, busy, time_out")


class MessageLog(Base):
    """Every raw frame, both ways. Partitioned by day of receipt; old partitions are dropped by the retention job."""

    __tablename__ = "message_log"
    __table_args__ = (
        Index("ix_message_log_station", "station_id", "received_at"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )

    received_at: Mapped[datetime] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    partner_id: Mapped[UUID | None]
    station_id: Mapped[UUID]
    direction: Mapped[str] = mapped_column(comment="in, out")
    action: Mapped[str | None]
    message_id: Mapped[str | None]
    frame: Mapped[str] = mapped_column(comment="as received; bytes that are no UTF-8 are escaped")
    outcome: Mapped[str] = mapped_column(comment="ok, lenient, malformed, unknown_action, late, error")
