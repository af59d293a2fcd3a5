"""What happened to partners and people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PartnerCreated(Event):
    """A new partner, still a draft."""

    code: str
    partner_name: str
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PartnerEdited(Event):
    """General data changed; ``before`` and ``after`` hold what differs, ``version`` the number of this state."""

    code: str
    version: int
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CareBegan(Event):
    """A partner came into a sub-operator's care; it stands in the sub-operator's account, ``code`` and ``partner`` are the partner's."""

    code: str
    partner: str


@dataclass(frozen=True, kw_only=True)
class CareEnded(CareBegan):
    """A partner left a sub-operator's care."""


@dataclass(frozen=True, kw_only=True)
class PartnerStateChanged(Event):
    """Activated, paused, resumed or closed."""

    code: str
    partner_name: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ContactSaved(Event):
    """A contact was named or changed."""

    kind: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class MemberAdded(Event):
    """Somebody got a role in an account."""

    user_id: UUID
    person: str
    email: str
    role: str


@dataclass(frozen=True, kw_only=True)
class MemberEnded(Event):
    """Somebody lost the role in an account."""

    user_id: UUID
    person: str
    role: str


@dataclass(frozen=True, kw_only=True)
class MemberChanged(Event):
    """Somebody got another role in an account, or other limits."""

    user_id: UUID
    person: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class FactorsCleared(Event):
    """Somebody's lost second factor was taken away by another person."""

    user_id: UUID
    person: str
    email: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PersonInvited(Event):
    """Somebody was invited into an account; ``again``: the mail was written anew, the link before no longer works."""

    person: str
    email: str
    role: str
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class InvitationClosed(Event):
    """An invitation was accepted, declined or withdrawn (``how``)."""

    person: str
    email: str
    how: str


@dataclass(frozen=True, kw_only=True)
class AccessChanged(Event):
    """What a person may see has changed: their streams must be opened anew. Heard on the person's own topic."""

    audited: ClassVar[bool] = False
    live: ClassVar[bool] = True
    user_id: UUID


@dataclass(frozen=True, kw_only=True)
class FeaturesChanged(Event):
    """What the partner may do by itself was changed."""

    code: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ServicePackageSet(Event):
    """What a service package holds was said anew, for all who have it."""

    package: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CorporateBillingChanged(Event):
    """Charging on the partner's account was changed."""

    code: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class BankAccountEntered(Event):
    """A new version of the account where money goes; of the number only country and last four."""

    code: str
    number: int
    country: str
    last4: str


@dataclass(frozen=True, kw_only=True)
class BankAccountDecided(Event):
    """The account was verified by a second person, or suspended."""

    code: str
    number: int
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


@dataclass(frozen=True, kw_only=True)
class TaxStatusEntered(Event):
    """Another tax status of a partner from a day on; ``reason``: the paper that shows it."""

    code: str
    valid_from: date
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


@dataclass(frozen=True, kw_only=True)
class SelfBillingAgreed(Event):
    """The partner agreed that the operator writes the documents about its income."""

    code: str
    version: str
    person: str


@dataclass(frozen=True, kw_only=True)
class PaperUploaded(Event):
    """A paper of the relationship was uploaded; ``label`` is its name."""

    label: str
    file_name: str
    body_hash: str


@dataclass(frozen=True, kw_only=True)
class PaperReplaced(Event):
    """A paper got a new version; the old ones stay."""

    label: str
    number: int
    file_name: str
    body_hash: str


@dataclass(frozen=True, kw_only=True)
class PaperShown(Event):
    """A paper was published to the partner, or withdrawn."""

    label: str
    before: dict[str, Any]
    after: dict[str, Any]
