"""What happened to contracts and to who holds which charge point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ContractCreated(Event):
    """A new contract with a first draft."""

    code: str
    contract: str
    number: int


@dataclass(frozen=True, kw_only=True)
class DraftOpened(Event):
    """A new version as a draft, copied from the newest one."""

    code: str
    number: int


@dataclass(frozen=True, kw_only=True)
class DraftEdited(Event):
    """Terms of a draft changed; ``before`` and ``after`` hold what differs."""

    code: str
    number: int
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DraftDiscarded(Event):
    """A draft was thrown away; ``before`` holds its terms."""

    code: str
    number: int
    before: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AgreementAsked(Event):
    """A draft that changes money waits for a second person."""

    code: str
    number: int


@dataclass(frozen=True, kw_only=True)
class AgreementRefused(Event):
    """A draft was sent back, or its author withdrew the wish."""

    code: str
    number: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class VersionTakenBack(Event):
    """A scheduled version is a draft again."""

    code: str
    number: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class VersionActivated(Event):
    """Terms bind from their first month. ``before``: the version they replace (empty: none), ``after``: they themselves.

    ``asked``: who wanted it, where a second person agreed.
    """

    code: str
    number: int
    asked: str | None = None
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ContractRenewed(Event):
    """A contract went on by itself, with a version of its own."""

    code: str
    number: int
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RenewalStopped(Event):
    """A contract was not renewed, since its partner is paused or closed."""

    code: str
    number: int
    state: str


@dataclass(frozen=True, kw_only=True)
class ContractAccepted(Event):
    """The partner said yes to a version; ``content_hash`` is the fingerprint of the paper."""

    code: str
    number: int
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class ContractEnded(Event):
    """The contract ends with a month."""

    code: str
    number: int
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StationAssigned(Event):
    """A charge point is under a contract from a day on."""

    code: str
    label: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, kw_only=True)
class AssignmentEnded(Event):
    """A charge point leaves a contract on a day, or never comes to it (``valid_until`` None)."""

    code: str
    label: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, kw_only=True)
class StationHeld(Event):
    """A charge point has another holder now (None: nobody)."""

    station_id: UUID
    label: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class HandoverAsked(Event):
    """Charge points are to go to another partner on a day; a second person decides."""

    code: str
    receiver: str
    labels: list[str]
    day: date


@dataclass(frozen=True, kw_only=True)
class HandoverDecided(Event):
    """A handover was agreed to or refused."""

    code: str
    day: date
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PreviewStarted(Event):
    """Staff began to see the portal as somebody with the role (or that person) sees it, until that instant at the latest.

    ``label``: of the EVSE that was seen as a driver; empty otherwise. ``seen_at``: as of then; None: as of now.
    """

    role: str
    person: str
    label: str = ""
    seen_at: datetime | None
    until: datetime


@dataclass(frozen=True, kw_only=True)
class PreviewEnded(Event):
    """And ended it."""

    role: str
    person: str
    label: str = ""
