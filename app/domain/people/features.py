"""What a partner account may do by itself, and charging on its account: which version counts at an instant, checks, what a save changes.

Without any saved version a partner's people invite each other, statements are mailed, and prices follow the contract alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.domain.people.checks import one_of
from app.domain.people.feature_models import PartnerCorporate, PartnerFeatures
from app.domain.people.models import Partner
from app.kernel.errors import Invalid

PACKAGES = ("basic", "plus", "premium")
SWITCHES = (
    "create_users", "add_balance", "control_tariffs", "control_groups", "supplier_on_receipts", "fault_mail", "settlement_mail",
    "price_mail",
)  # fmt: skip
#: switches of a sub-operator's account: what it may do for the partners in its care
CARE = ("care_points", "care_prices")
#: prefixes of the operator's own papers
_TAKEN = ("RE", "KO", "ST", "GU", "IN")
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,7}")
_LARGEST_NUMBER = 999_999


@dataclass(frozen=True, slots=True)
class Features:
    """The switches; ``number`` 0: never saved."""

    create_users: bool = True
    add_balance: bool = False
    control_tariffs: bool = False
    control_groups: bool = False
    supplier_on_receipts: bool = False
    fault_mail: bool = False
    settlement_mail: bool = True
    price_mail: bool = True
    care_points: bool = True
    care_prices: bool = True
    package: str = "basic"
    receipt_prefix: str | None = None
    receipt_start: int | None = None
    number: int = 0
    valid_from: datetime | None = None
    created_name: str = ""


@dataclass(frozen=True, slots=True)
class Corporate:
    """Charging on the partner's account. Limits are gross minor units per calendar month of the partner; None: no limit."""

    enabled: bool = False
    monthly_limit_minor: int | None = None
    driver_limit_minor: int | None = None
    discount_pct: Decimal = Decimal(0)
    own_points_only: bool = True
    #: charge points that come to it are for its own drivers only, until somebody says otherwise
    private_points: bool = False
    number: int = 0
    valid_from: datetime | None = None
    created_name: str = ""


_FEATURE_NAMES = (*SWITCHES, *CARE, "package", "receipt_prefix", "receipt_start")
_CORPORATE_NAMES = ("enabled", "monthly_limit_minor", "driver_limit_minor", "discount_pct", "own_points_only", "private_points")
_ABOUT = ("number", "valid_from", "created_name")


def features_at(session: Session, partner_ids: Collection[UUID], at: datetime) -> dict[UUID, Features]:
    """For each partner with a saved version the one in force at the instant; no scope, one statement."""
    rows = session.scalars(
        select(PartnerFeatures)
        .distinct(PartnerFeatures.partner_id)
        .where(PartnerFeatures.partner_id.in_(partner_ids), PartnerFeatures.valid_from <= at)
        .order_by(PartnerFeatures.partner_id, PartnerFeatures.number.desc())
    )
    return {row.partner_id: _features(row) for row in rows if row.partner_id is not None}


def features_of_operator(session: Session, operator_id: UUID, at: datetime) -> dict[UUID, Features]:
    """The same for every partner of an operator that ever saved its switches."""
    ids = session.scalars(select(PartnerFeatures.partner_id).where(PartnerFeatures.operator_id == operator_id).distinct())
    return features_at(session, [key for key in ids if key is not None], at)


def corporate_at(session: Session, partner_id: UUID, at: datetime) -> Corporate:
    """Charging on the partner's account as it stood at the instant; no scope."""
    return corporates_at(session, [partner_id], at).get(partner_id, Corporate())


def corporates_at(session: Session, partner_ids: Collection[UUID], at: datetime) -> dict[UUID, Corporate]:
    """The same for each partner that ever saved it, in one statement."""
    rows = session.scalars(
        select(PartnerCorporate)
        .distinct(PartnerCorporate.partner_id)
        .where(PartnerCorporate.partner_id.in_(partner_ids), PartnerCorporate.valid_from <= at)
        .order_by(PartnerCorporate.partner_id, PartnerCorporate.number.desc())
    )
    names = (*_CORPORATE_NAMES, *_ABOUT)
    return {row.partner_id: Corporate(**{name: getattr(row, name) for name in names}) for row in rows if row.partner_id is not None}


def supplier_spans(session: Session, partner_ids: Collection[UUID]) -> dict[UUID, list[tuple[datetime, Features]]]:
    """By partner every saved version of the switches with its instant, newest first: who sells, and under which series. One statement."""
    rows = session.scalars(
        select(PartnerFeatures).where(PartnerFeatures.partner_id.in_(partner_ids)).order_by(PartnerFeatures.number.desc())
    )
    found: dict[UUID, list[tuple[datetime, Features]]] = {key: [] for key in partner_ids}
    for row in rows:
        if row.partner_id is not None:
            found[row.partner_id].append((row.valid_from, _features(row)))
    return found


def supplier_at(spans: Sequence[tuple[datetime, Features]], at: datetime | None) -> Features | None:
    """The switches under which the partner itself sells at the instant; None: the operator does, unless the contract says otherwise."""
    if at is None:
        return None
    found = next((features for since, features in spans if since <= at), None)
    return found if found is not None and found.supplier_on_receipts else None


def _features(row: PartnerFeatures) -> Features:
    return Features(**{name: getattr(row, name) for name in (*_FEATURE_NAMES, *_ABOUT)})


def checked_features(session: Session, partner: Partner, wanted: Features) -> Features:
    """The switches as they will be kept, or the first refusal: a supplier needs a VAT id and a series of numbers nobody else has."""
    one_of(wanted.package, PACKAGES, "package")
    prefix = (wanted.receipt_prefix or "").strip().upper() or None
    first = 1 if wanted.receipt_start is None else wanted.receipt_start
    kept = replace(wanted, receipt_prefix=prefix, receipt_start=first if prefix else None)
    if partner.kind != "sub_operator":
        kept = replace(kept, care_points=True, care_prices=True)
    if prefix is not None:
        _check_range(session, partner, kept)
    if kept.supplier_on_receipts:
        if prefix is None:
            raise Invalid("supplier_without_range", field="supplier_on_receipts")
        if partner.vat_id is None:
            raise Invalid("supplier_without_vat_id", field="supplier_on_receipts")
    return kept


def _check_range(session: Session, partner: Partner, wanted: Features) -> None:
    prefix = wanted.receipt_prefix or ""
    if not _PREFIX.fullmatch(prefix) or prefix in _TAKEN:
        raise Invalid("bad_prefix", field="receipt_prefix", value=prefix)
    if not 1 <= (wanted.receipt_start or 0) <= _LARGEST_NUMBER:
        raise Invalid("bad_first_number", field="receipt_start")
    others = exists().where(
        PartnerFeatures.operator_id == partner.operator_id,
        PartnerFeatures.partner_id != partner.id,
        PartnerFeatures.receipt_prefix == prefix,
    )
    if session.scalar(select(others)):
        raise Invalid("prefix_taken", field="receipt_prefix", value=prefix)
    used = session.execute(
        select(PartnerFeatures.receipt_prefix, PartnerFeatures.receipt_start)
        .where(PartnerFeatures.partner_id == partner.id, PartnerFeatures.supplier_on_receipts)
        .order_by(PartnerFeatures.number)
        .limit(1)
    ).one_or_none()
    if used is not None and (used[0], used[1]) != (prefix, wanted.receipt_start):
        raise Invalid("range_in_use", field="receipt_prefix", value=used[0])


def checked_corporate(wanted: Corporate) -> Corporate:
    """Charging on account as it will be kept; refuses a discount outside 0 to 100 and limits below zero."""
    if not 0 <= wanted.discount_pct <= 100:
        raise Invalid("bad_percentage", field="discount_pct")
    for name in ("monthly_limit_minor", "driver_limit_minor"):
        if (getattr(wanted, name) or 0) < 0:
            raise Invalid("bad_amount", field=name.removesuffix("_minor"))
    return wanted


def values_of(row: Features | Corporate) -> dict[str, Any]:
    """What a version says, without when and by whom."""
    names = _FEATURE_NAMES if isinstance(row, Features) else _CORPORATE_NAMES
    return {name: getattr(row, name) for name in names}


def last_number(session: Session, model: type[PartnerFeatures | PartnerCorporate], partner_id: UUID) -> int:
    """The number of the newest version; 0: none."""
    return session.scalar(select(func.max(model.number)).where(model.partner_id == partner_id)) or 0
