"""The highest prices a partner may set: agreed in its contract versions, read by the tariff editor and by every publication.

Stored on the version as ``price_limits``: kind -> decimal string, gross, in the contract's currency. Kinds: ``energy`` (per kWh), ``time``
and ``idle`` (per minute), ``start_fee`` (per session). A kind that is missing has no limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.queries import in_force

KINDS = ("energy", "time", "idle", "start_fee")


@dataclass(frozen=True, slots=True)
class PriceLimits:
    """Gross prices in units of ``currency`` per kWh, per minute and per session; None: no limit agreed."""

    currency: str = "EUR"
    energy: Decimal | None = None
    time: Decimal | None = None
    idle: Decimal | None = None
    start_fee: Decimal | None = None

    def most(self, kind: str) -> Decimal | None:
        """The limit of one of KINDS."""
        found: Decimal | None = getattr(self, kind)
        return found


def price_limits(session: Session, partner_id: UUID | None, on: date, currency: str = "EUR") -> PriceLimits:
    """The tightest limits of a partner's contracts in force on a day, in a currency; none for the operator's own prices. One statement."""
    if partner_id is None:
        return PriceLimits(currency)
    agreed = session.scalars(
        select(ContractVersion.price_limits)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.partner_id == partner_id, Contract.currency == currency, in_force(on.replace(day=1)))
    ).all()
    least = {kind: min((Decimal(str(each[kind])) for each in agreed if kind in each), default=None) for kind in KINDS}
    return PriceLimits(currency, **least)
