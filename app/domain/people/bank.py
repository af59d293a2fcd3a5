"""Whether money may flow to a partner: versions of its account, the waiting time, the second person, the self-billing agreement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.domain.people import checks
from app.domain.people.bank_models import BankAccount, SelfBillingAgreement
from app.domain.people.events import BankAccountDecided, BankAccountEntered, SelfBillingAgreed
from app.domain.people.general import find_partner
from app.domain.people.ibans import seal
from app.domain.people.models import Partner
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerRow
from app.domain.people.tax import TaxStep, on_day, tax_steps
from app.kernel.errors import Conflict, Invalid
from app.kernel.periods import local_date
from app.work.unit import Work

#: between the entry of an account and its verification
WAIT = timedelta(hours=72)
#: the agreement's text (templates/shared/people/self_billing.html) in force
AGREEMENT = "2026-10"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A version of the account; the number itself is never shown. ``mine``: entered by who looks."""

    number: int
    holder: str
    country: str
    last4: str
    bank: str
    state: str
    entered_at: datetime
    entered_name: str
    verify_after: datetime
    decided_at: datetime | None
    decided_name: str | None
    reason: str
    mine: bool

    @property
    def masked(self) -> str:
        """``DE** **** … 3000``."""
        return f"{self.country}** **** … {self.last4}"


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement to self-billing."""

    text_version: str
    text_hash: str
    agreed_at: datetime
    agreed_name: str
    for_whom: str


@dataclass(frozen=True, slots=True)
class BankPage:
    """Everything about whether money may flow. ``hindrance`` None: it may; else a code."""

    hindrance: str | None
    accounts: list[AccountRow]
    agreement: AgreementRow | None
    #: over time, oldest first
    taxes: list[TaxStep]
    #: the status of what is supplied today
    tax: TaxStep

    @property
    def current(self) -> AccountRow | None:
        """The version that counts."""
        return next((a for a in self.accounts if a.state != "replaced"), None)


def hindrances(session: Session, partner_ids: Collection[UUID], at: datetime) -> dict[UUID, str | None]:
    """Why no money may flow to each partner now: no_account, waiting, unverified, suspended, no_agreement; None: it may. Two statements.

    No scope. Whoever pays out asks this, and takes only accounts in state verified.
    """
    current = select(BankAccount).where(BankAccount.partner_id.in_(partner_ids), BankAccount.state != "replaced")
    accounts = {row.partner_id: row for row in session.scalars(current)}
    agreed = set(
        session.scalars(select(SelfBillingAgreement.partner_id).where(SelfBillingAgreement.partner_id.in_(partner_ids)).distinct())
    )
    return {key: _hindrance(accounts.get(key), key in agreed, at) for key in partner_ids}


def _hindrance(account: BankAccount | None, agreed: bool, at: datetime) -> str | None:  # noqa: FBT001 - one private use
    if account is None:
        return "no_account"
    if account.state == "suspended":
        return "suspended"
    if account.state == "pending":
        return "waiting" if at < account.verify_after else "unverified"
    return None if agreed else "no_agreement"


def bank_page(work: Work, code: str) -> tuple[PartnerRow, BankPage]:
    """A partner within sight and its accounts, newest first."""
    row = partner_by_code(work, code)
    work.require(Permission.BANK_VIEW, partner_id=row.id)
    found = work.session.scalars(select(BankAccount).where(BankAccount.partner_id == row.id).order_by(BankAccount.number.desc()))
    agreements = select(SelfBillingAgreement).where(SelfBillingAgreement.partner_id == row.id)
    agreed = work.session.scalars(agreements.order_by(SelfBillingAgreement.agreed_at.desc()).limit(1)).one_or_none()
    taxes = tax_steps(work.session, [row.id])[row.id]
    return row, BankPage(
        hindrance=hindrances(work.session, [row.id], work.now)[row.id],
        accounts=[_account_row(work, account) for account in found],
        agreement=None if agreed is None else _agreement(agreed),
        taxes=taxes,
        tax=on_day(taxes, local_date(work.now, row.time_zone)),
    )


def _agreement(a: SelfBillingAgreement) -> AgreementRow:
    return AgreementRow(a.text_version, a.text_hash, a.agreed_at, a.agreed_name, a.for_whom)


def _account_row(work: Work, a: BankAccount) -> AccountRow:
    names = ("number", "holder", "country", "last4", "bank", "state", "entered_at", "entered_name", "verify_after", "decided_at")
    values = {name: getattr(a, name) for name in names}
    return AccountRow(
        **values, decided_name=a.decided_name, reason=a.reason, mine=a.entered_by is not None and a.entered_by == work.actor.id
    )


def enter_account(work: Work, code: str, holder: str, iban: str, secret_key: str) -> None:
    """A new version of the account; it waits 72 hours and for a second person, and the old one no longer counts. Contacts are told."""
    partner = find_partner(work, code)
    work.require(Permission.BANK_EDIT, partner_id=partner.id)
    name, number = checks.text(holder, "holder", longest=70), seal(iban, secret_key)
    current = _current(work, partner.id)
    if current is not None and current.state != "suspended" and (current.iban_mark, current.holder) == (number.mark, name):
        raise Invalid("same_account", field="iban")
    last = work.session.scalar(
        select(BankAccount.number).where(BankAccount.partner_id == partner.id).order_by(BankAccount.number.desc()).limit(1)
    )
    if current is not None:
        current.state = "replaced"
        work.session.flush()
    made = BankAccount(
        operator_id=partner.operator_id, partner_id=partner.id, number=(last or 0) + 1, holder=name, iban_sealed=number.sealed,
        iban_mark=number.mark, country=number.country, last4=number.last4, bank=number.bank, state="pending", entered_at=work.now,
        entered_by=work.actor.id, entered_name=work.actor.name, verify_after=work.now + WAIT, reason="",
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    work.record(BankAccountEntered(**_about(partner), number=made.number, country=made.country, last4=made.last4))
    work.later("partners.bank_notice", key=f"bank notice:{made.id}", partner_id=partner.id, partner=partner.id, number=made.number)


def verify_account(work: Work, code: str, number: int) -> None:
    """The second person has checked the account; refuses one's own entry, before the waiting time is over, and another version."""
    partner = find_partner(work, code)
    work.require(Permission.BANK_VERIFY, partner_id=partner.id)
    account = _decidable(work, partner.id, number)
    if account.state != "pending":
        raise Conflict("account_changed")
    if account.entered_by is None or account.entered_by == work.actor.id or work.actor.id is None:
        raise Conflict("second_person_needed")
    if work.now < account.verify_after:
        raise Conflict("account_waits", until=account.verify_after.isoformat())
    _decide(work, partner, account, "verified", "")


def suspend_account(work: Work, code: str, number: int, reason: str) -> None:
    """No money flows to this account any more until another is entered; the reason is kept."""
    partner = find_partner(work, code)
    work.require(Permission.BANK_VERIFY, partner_id=partner.id)
    why = checks.text(reason, "reason", longest=500)
    account = _decidable(work, partner.id, number)
    if account.state not in {"pending", "verified"}:
        raise Conflict("account_changed")
    _decide(work, partner, account, "suspended", why)


def agree_self_billing(work: Work, code: str, *, name: str, text_hash: str) -> None:
    """Record the agreement to the text in force, in the partner's language: by the partner itself, or by staff for the person named."""
    partner = find_partner(work, code)
    work.require(Permission.BANK_EDIT, partner_id=partner.id)
    work.session.add(
        SelfBillingAgreement(
            operator_id=partner.operator_id, partner_id=partner.id, text_version=AGREEMENT, text_hash=text_hash, language=partner.language,
            agreed_at=work.now, agreed_by=work.actor.id, agreed_name=work.actor.name, for_whom=checks.text(name, "name"),
        )
    )  # fmt: skip
    work.session.flush()
    work.record(SelfBillingAgreed(**_about(partner), version=AGREEMENT, person=name.strip()))


def _current(work: Work, partner_id: UUID) -> BankAccount | None:
    return work.session.scalars(
        select(BankAccount).where(BankAccount.partner_id == partner_id, BankAccount.state != "replaced").with_for_update()
    ).one_or_none()


def _decidable(work: Work, partner_id: UUID, number: int) -> BankAccount:
    account = _current(work, partner_id)
    if account is None or account.number != number:
        raise Conflict("account_changed")
    return account


def _decide(work: Work, partner: Partner, account: BankAccount, state: str, reason: str) -> None:
    before, account.state = account.state, state
    account.decided_at, account.decided_by, account.decided_name, account.reason = work.now, work.actor.id, work.actor.name, reason
    work.session.flush()
    work.record(
        BankAccountDecided(**_about(partner), number=account.number, before={"state": before}, after={"state": state}, reason=reason)
    )


def _about(partner: Partner) -> dict[str, Any]:
    return {"operator_id": partner.operator_id, "partner_id": partner.id, "subject": ("partner", partner.id), "code": partner.code}
