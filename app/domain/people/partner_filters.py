"""What a list of partners is narrowed to beyond its own columns: money, service package, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false
from sqlalchemy.orm import aliased

from app.domain.people.bank_models import BankAccount, SelfBillingAgreement
from app.domain.people.feature_models import PartnerFeatures
from app.domain.people.features import PACKAGES
from app.domain.people.models import Contact, Membership, Partner
from app.domain.people.rows import LEADING_ROLES, PartnerFilter


def narrowed_by(wanted: PartnerFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    """A condition on ``Partner`` for each of these words that the filter has."""
    if wanted.money:
        yield _money(wanted.money, now)
    if wanted.package:
        yield has_package(wanted.package)
    if wanted.missing:
        yield _missing(wanted.missing)


def _money(answer: str, now: datetime) -> ColumnElement[bool]:
    """Whose account money may flow to, whose not, and whose can be verified now (``bank.hindrances`` says the same of each)."""
    account = exists().where(BankAccount.partner_id == Partner.id)
    if answer == "check":
        return account.where(BankAccount.state == "pending", BankAccount.verify_after <= now)
    agreed = exists().where(SelfBillingAgreement.partner_id == Partner.id)
    may = and_(account.where(BankAccount.state == "verified"), agreed)
    return may if answer == "yes" else ~may


def has_package(name: str) -> ColumnElement[bool]:
    """Whose newest switches say this package; who never saved any has the first one."""
    if name not in PACKAGES:
        return false()
    newer = aliased(PartnerFeatures)
    followed = exists().where(newer.partner_id == PartnerFeatures.partner_id, newer.number > PartnerFeatures.number)
    counts = exists().where(PartnerFeatures.partner_id == Partner.id, ~followed)
    if name == PACKAGES[0]:
        return ~counts.where(PartnerFeatures.package != name)
    return counts.where(PartnerFeatures.package == name)


def _missing(name: str) -> ColumnElement[bool]:
    """Who has no contact of that kind, or nobody who leads the account (``owner``)."""
    if name == "owner":
        leads = exists().where(
            Membership.partner_id == Partner.id, Membership.ended_at.is_(None), Membership.role.in_(LEADING_ROLES.values())
        )
        return ~leads
    return ~exists().where(Contact.partner_id == Partner.id, Contact.kind == name)
