"""The highest prices a partner may set: agreed in its contract versions, read by the tariff editor and by every publication.

Stored on the version as ``price_limits``: kind (one of ``values.LIMITED``) -> decimal string, gross, in the contract's currency. A kind
that is missing has no limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
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
    return limits_of(session, [partner_id], on).get((partner_id, currency), PriceLimits(currency))


def limits_of(session: Session, partner_ids: Collection[UUID], on: date) -> dict[tuple[UUID, str], PriceLimits]:
    """The same for many partners, by partner and currency; one without a contract in force is left out. One statement."""
    rows = session.execute(
        select(Contract.partner_id, Contract.currency, ContractVersion.price_limits)
        .join(ContractVersion, Contract.id == ContractVersion.contract_id)
        .where(Contract.partner_id.in_(partner_ids), in_force(on.replace(day=1)))
    )
    agreed: dict[tuple[UUID, str], list[dict[str, str]]] = defaultdict(list)
    for partner_id, currency, limits in rows.tuples():
        if partner_id is not None:
            agreed[partner_id, currency].append(limits)
    return {key: _tightest(key[1], found) for key, found in agreed.items()}


def _tightest(currency: str, agreed: list[dict[str, str]]) -> PriceLimits:
    least = {kind: min((Decimal(each[kind]) for each in agreed if kind in each), default=None) for kind in LIMITED}
    return PriceLimits(currency, **least)
