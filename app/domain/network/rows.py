"""What pages, stream and desk read about the network: plain frozen rows. Live ones travel as facts of a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.network.schedules import Schedule, schedule_of
from app.live.facts import Facts

#: after so long without a word a charge point counts as offline; its states are only "last known"
SILENCE = timedelta(minutes=15)
#: a connector's words beyond CONNECTOR_STATES
OFFLINE = "Offline"
NEW = "New"


def evse_label(station_label: str, number: int) -> str:
    """``NL-0417/2``, as people say it."""
    return f"{station_label}/{number}"


#: from so many watts on a public EVSE needs a card terminal
TERMINAL_W = 50_000


@dataclass(frozen=True, slots=True)
class ConnectorRow(Facts):
    """One plug and what goes on there. ``status`` is a protocol state, ``Offline`` (no contact for 15 minutes) or ``New`` (never)."""

    connector_id: UUID
    evse_id: UUID
    station_id: UUID
    operator_id: UUID
    partner_id: UUID | None
    location_id: UUID | None
    station_label: str
    evse_number: int
    evse_label: str
    slug: str
    evse_uid: str
    current: str
    max_w: int
    plug: str
    status: str
    status_at: datetime | None
    error_code: str | None
    error_info: str | None
    power_w: int | None
    session_code: str | None
    session_energy_wh: int | None
    session_started_at: datetime | None
    session_gross_minor: int | None
    currency: str
    time_zone: str
    station_connected: bool
    last_message_at: datetime | None
    seq: int


@dataclass(frozen=True, slots=True)
class StationRow(Facts):
    """A charge point: who, where, and whether it talks to us."""

    station_id: UUID
    operator_id: UUID
    partner_id: UUID | None
    location_id: UUID | None
    label: str
    identity: str
    vendor: str
    model: str
    serial: str
    firmware: str
    protocol: str | None
    connected: bool
    connected_at: datetime | None
    disconnected_at: datetime | None
    last_message_at: datetime | None
    booted_at: datetime | None
    silent: bool
    location_code: str | None
    location_name: str | None
    partner_code: str | None
    partner_name: str | None
    time_zone: str
    retired_at: datetime | None
    flags: tuple[str, ...]
    seq: int
    #: 1: password; 2: password, and TLS only
    security_profile: int = 1
    tls_since: datetime | None = None
    #: it talks, but has answered no command since
    deaf_since: datetime | None = None
    #: None: nobody knows
    card_terminal: bool | None = None
    #: who may charge: ``public``, ``own`` (its partner's users), ``groups``
    access: str = "public"
    #: shown to drivers who look for a free place nearby
    listed: bool = True
    access_groups: tuple[UUID, ...] = ()
    #: a company's driver charges on its account without saying so
    company_default: bool = True

    @property
    def contact(self) -> str:
        """``new`` (never called), ``connected``, ``lost`` (less than 15 minutes ago) or ``offline``."""
        if self.last_message_at is None:
            return "new"
        if self.silent:
            return "offline"
        return "connected" if self.connected else "lost"


@dataclass(frozen=True, slots=True)
class CommandRow(Facts):
    """A wish sent to a charge point and what became of it."""

    command_id: UUID
    station_id: UUID
    operator_id: UUID
    partner_id: UUID | None
    location_id: UUID | None
    station_label: str
    evse_number: int | None
    session_id: UUID | None
    action: str
    params: dict[str, Any]
    state: str
    reason: str | None
    requested_name: str
    created_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    time_zone: str
    #: what the charge point answered, where a page shows it
    told: dict[str, Any] | None = None

    @property
    def until(self) -> datetime | None:
        """Until, or from, when the wish counts."""
        said = self.params.get("until") or self.params.get("at")
        return datetime.fromisoformat(said) if isinstance(said, str) else None

    @property
    def limit(self) -> Decimal | None:
        """The limit that was wished for, in ``params["unit"]``."""
        said = self.params.get("limit")
        return Decimal(said) if isinstance(said, str) else None

    @property
    def schedule(self) -> Schedule | None:
        """What the charge point says it will allow."""
        return schedule_of(self.told or {})

    @property
    def answer_ms(self) -> int | None:
        """Milliseconds from sending to the answer."""
        if self.sent_at is None or self.answered_at is None:
            return None
        return round((self.answered_at - self.sent_at) / timedelta(milliseconds=1))

    @property
    def evse_label(self) -> str:
        """What it was for: the EVSE, or the whole charge point."""
        return evse_label(self.station_label, self.evse_number) if self.evse_number else self.station_label


@dataclass(frozen=True, slots=True)
class LocationRow:
    """A site."""

    location_id: UUID
    operator_id: UUID
    partner_id: UUID | None
    code: str
    name: str
    street: str
    postcode: str
    city: str
    country: str
    region: str
    latitude: Decimal | None
    longitude: Decimal | None
    time_zone: str
    vat_pct: Decimal
    public: bool
    hours: str
    help_phone: str
    max_w: int | None
    partner_code: str | None
    partner_name: str | None
    stations: int = 0
    power_w: int = 0
    states: dict[str, int] = field(default_factory=dict)
    directions: str = ""
    #: changes with the photo; empty: none
    photo: str = ""
    #: as ``LocationInput`` has them
    duties: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """One line."""
        return f"{self.street}, {self.postcode} {self.city}, {self.country}"


@dataclass(frozen=True, slots=True)
class EvseRow:
    """A place where one car charges at a time."""

    evse_id: UUID
    station_id: UUID
    number: int
    evse_uid: str
    current: str
    max_w: int
    check_code: str
    #: time may be billed by its clock
    clock_approved: bool = False
    #: of its location
    public: bool = True

    @property
    def needs_terminal(self) -> bool:
        """Whether the law asks for a card terminal here (AFIR Art. 5(1), of charge points put up since 13 April 2024)."""
        return self.public and self.max_w >= TERMINAL_W


@dataclass(frozen=True, slots=True)
class StateSpan:
    """A connector's state between two instants of the strip of a day."""

    status: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Strip:
    """The last hours of one connector; spans follow each other without a gap."""

    slug: str
    evse_label: str
    start: datetime
    end: datetime
    spans: tuple[StateSpan, ...]


@dataclass(frozen=True, slots=True)
class KnockRow:
    """Somebody who tried to connect with an identity or key that is not ours."""

    identity: str
    reason: str
    address: str
    protocols: str
    tries: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One raw frame of the talk with a charge point."""

    frame_id: UUID
    received_at: datetime
    direction: str
    action: str | None
    message_id: str | None
    frame: str
    outcome: str
