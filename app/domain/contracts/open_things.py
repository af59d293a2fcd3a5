"""What keeps a partner from being closed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, text

from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.rows import OpenThing
from app.domain.ledger.models import Account, Posting
from app.domain.network.models import Connector, Evse, Station
from app.domain.people.models import Partner
from app.work.unit import Work


def open_things(work: Work, partner_id: UUID) -> list[OpenThing]:
    """Running sessions (by EVSE), charge points, binding contracts, draft statements, partners in its care, what the books say is owed."""
    running = (
        select(Station.label, Evse.number)
        .join(Evse, Evse.station_id == Station.id)
        .join(Connector, Connector.evse_id == Evse.id)
        .where(Station.partner_id == partner_id, Connector.session_id.is_not(None))
        .order_by(Station.label, Evse.number)
    )
    points = select(Station.label).where(Station.partner_id == partner_id, Station.retired_at.is_(None)).order_by(Station.label)
    month = work.now.date().replace(day=1)
    binding = (
        select(Contract.code)
        .join(ContractVersion, ContractVersion.contract_id == Contract.id)
        .where(Contract.partner_id == partner_id, ContractVersion.state != "draft")
        .where(ContractVersion.auto_renewal | ContractVersion.last_month.is_(None) | (ContractVersion.last_month >= month))
        .distinct()
    )
    children = select(Partner.code).where(Partner.parent_id == partner_id, Partner.state != "closed").order_by(Partner.code)
    found = [OpenThing("session", f"{label}/{number}") for label, number in work.session.execute(running)]
    found += [OpenThing("charge_point", label) for label in work.session.scalars(points)]
    found += [OpenThing("contract", code) for code in work.session.scalars(binding)]
    # statements are of a room above, so they are asked by name
    drafts = text("select code from statement where partner_id = :partner and state = 'draft' order by month, code")
    found += [OpenThing("statement", code) for code in work.session.scalars(drafts, {"partner": partner_id})]
    found += [OpenThing("partner", code) for code in work.session.scalars(children)]
    return found + _balances(work, partner_id)


def _balances(work: Work, partner_id: UUID) -> list[OpenThing]:
    """Open balances of the partner's own accounts, one per account; what we owe is positive."""
    owed = -func.sum(Posting.amount_minor)
    statement = (
        select(Account.code, Account.currency, owed)
        .join(Posting, Posting.account_id == Account.id)
        .where(Account.operator_id == work.operator_id, Account.code == f"partner_payable:{partner_id}")
        .group_by(Account.code, Account.currency)
        .having(func.sum(Posting.amount_minor) != 0)
    )
    return [OpenThing("balance", "", int(amount), currency) for _, currency, amount in work.session.execute(statement)]
