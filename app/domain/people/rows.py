"""What pages read about partners, contacts, people and history: plain frozen rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

KINDS = ("host", "company", "sub_operator")
STATES = ("draft", "active", "paused", "closed")
CONTACTS = ("administrative", "technical", "billing")
#: what a contact may order changes about
ORDERS = ("prices", "access", "bank", "contract", "technical")
LANGUAGES = ("en", "de", "fr")
#: kind of partner -> the role of who leads its account
LEADING_ROLES = {"host": "owner", "company": "owner", "sub_operator": "sub_operator"}


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner. ``staff_notes`` is empty for everybody but the operator's staff."""

    id: UUID
    operator_id: UUID
    code: str
    kind: str
    state: str
    name: str
    legal_name: str
    register_no: str | None
    vat_id: str | None
    street: str
    postcode: str
    city: str
    country: str
    language: str
    time_zone: str
    currency: str
    external_id: str | None
    parent_id: UUID | None
    parent_code: str | None
    parent_name: str | None
    staff_notes: str
    version: int
    created_at: datetime

    @property
    def address(self) -> str:
        """One line."""
        return f"{self.street}, {self.postcode} {self.city}, {self.country}"


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact; ``confirmed_at`` None: nobody has said yet that the address is right, ``asked``: a mail asks."""

    id: UUID
    kind: str
    person: str
    email: str
    phone: str
    language: str
    hours: str
    orders: tuple[str, ...]
    confirmed_at: datetime | None
    asked: bool


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody with a role in a partner account."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    role: str
    location_ids: tuple[UUID, ...] | None
    networks: tuple[str, ...] | None
    since: datetime
    last_sign_in_at: datetime | None
    can_sign_in: bool
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Somebody invited into an account who has not answered yet."""

    id: UUID
    name: str
    email: str
    role: str
    language: str
    location_ids: tuple[UUID, ...] | None
    networks: tuple[str, ...] | None
    invited_by_name: str
    created_at: datetime
    expires_at: datetime
    is_expired: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a change, as the log keeps it."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One entry of the log about a partner: what was done, by whom and for whom, which fields."""

    id: UUID
    at: datetime
    act: str
    actor_name: str
    actor_kind: str
    on_behalf_of: str | None
    #: how it came: page, api, job, station, driver, link
    way: str
    facts: dict[str, Any]
    changes: tuple[Change, ...]

    @property
    def seen_at(self) -> datetime | None:
        """The instant that a preview showed, if it was a past one."""
        said = self.facts.get("seen_at")
        return datetime.fromisoformat(said) if said else None


@dataclass(frozen=True, slots=True)
class PartnerInput:
    """General data of a partner, as typed. ``parent_code`` names a sub-operator."""

    name: str
    legal_name: str
    street: str
    postcode: str
    city: str
    country: str
    kind: str = "host"
    register_no: str = ""
    vat_id: str = ""
    language: str = "en"
    time_zone: str = "Europe/Berlin"
    currency: str = "EUR"
    external_id: str = ""
    parent_code: str = ""
    staff_notes: str = ""
    #: e-mail of who of the staff looks after it
    manager: str = ""


@dataclass(frozen=True, slots=True)
class ContactInput:
    """A contact, as typed."""

    person: str
    email: str
    phone: str = ""
    language: str = "en"
    hours: str = ""
    orders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitsInput:
    """A role as typed, and where it counts: ``location_ids`` empty: everywhere; ``networks``: addresses (CIDR), one a line, empty: any."""

    role: str
    location_ids: tuple[UUID, ...] = ()
    networks: str = ""


@dataclass(frozen=True, slots=True)
class InviteInput:
    """Somebody to be invited into an account, as typed."""

    name: str
    email: str
    limits: LimitsInput
    language: str = "en"


@dataclass(frozen=True, slots=True)
class PartnerFilter:
    """What a list of partners is narrowed to; empty: no limit. ``text`` finds names, codes, towns and external ids."""

    text: str = ""
    state: str = ""
    kind: str = ""
    parent_code: str = ""
    country: str = ""
    #: can receive money: ``yes``, ``no``, or ``check``: its account waits for a second person
    money: str = ""
    #: service package (``features.PACKAGES``)
    package: str = ""
    #: a contact of this kind, or ``owner``: nobody who leads the account
    missing: str = ""
    #: account manager: ``mine``, or ``none``
    manager: str = ""
    #: its contract ends within so many days (``30``, ``60``, ``90``), or ``none``: no contract binds today or later
    contract_end: str = ""
