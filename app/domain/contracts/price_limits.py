"""The highest prices a partner may set: agreed in its contract versions, read by the tariff editor and by every publication.

Stored on the version as ``price_limits``: kind (one of ``values.LIMITED``) -> decimal string, gross, in the contract's currency. A kind
that is missing has no limit.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.queries import in_force
from app.domain.contracts.values import LIMITED, PriceLimits


def price_limits(session: Session, partner_id: UUID | None, on: date, currency: str = "EUR") -> PriceLimits:
    """The tightest limits of a partner's contracts in force on a day, in a currency; none for the operator's own prices. One statement."""
    if partner_id is None:
        return PriceLimits(currency)
    agreed = session.scalars(
        select(ContractVersion.price_limits)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.partner_id == partner_id, Contract.currency == currency, in_force(on.replace(day=1)))
    ).all()
    least = {kind: min((Decimal(str(each[kind])) for each in agreed if kind in each), default=None) for kind in LIMITED}
    return PriceLimits(currency, **least)
