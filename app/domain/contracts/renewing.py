"""Terms that come to an end: reminders 60 and 30 days before, and the renewal by as many months again as a version of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.domain.contracts.copying import COPIED
from app.domain.contracts.events import ContractRenewed, RenewalStopped
from app.domain.contracts.finding import about
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.queries import version_row
from app.domain.contracts.rows import ContractVersionRow
from app.domain.people.models import Partner
from app.domain.people.notices import Receiver, receivers
from app.kernel.errors import NotFound
from app.kernel.periods import Month, local_date
from app.work.unit import Work

#: days before the end on which the partner is reminded
REMINDERS = (60, 30)
#: partners in these states are not bound any longer by silence (settlement.md rule 26)
_UNBOUND = frozenset({"paused", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A version whose term ends, and somebody to tell."""

    version: ContractVersionRow
    partner_name: str
    partner_state: str
    to: Receiver

    def last_day(self) -> date:
        """The last day it binds, or the day after which it is renewed."""
        if self.version.last is None:
            raise ValueError("a version without an end does not end")
        return self.version.last.last


def renew_due(work: Work) -> int:
    """Renew every version that renews itself and has reached its last day; how many. Of a paused or closed partner it simply ends."""
    work.require(Permission.CONTRACT_EDIT)
    renewed = 0
    for version, contract, partner in _ending(work):
        last = _last(version)
        if not version.auto_renewal or local_date(work.now, contract.time_zone) < last.last:
            continue
        version.auto_renewal = False
        if partner.state in _UNBOUND:
            work.record(RenewalStopped(**about(version), code=contract.code, number=version.number, state=partner.state))
            continue
        _renew(work, version, contract, last)
        renewed += 1
    work.session.flush()
    return renewed


def _renew(work: Work, version: ContractVersion, contract: Contract, last: Month) -> None:
    months = version_row(version, contract).months
    highest = work.session.scalar(select(func.max(ContractVersion.number)).where(ContractVersion.contract_id == contract.id)) or 0
    following = ContractVersion(
        operator_id=version.operator_id,
        partner_id=version.partner_id,
        contract_id=contract.id,
        number=highest + 1,
        state="scheduled",
        first_month=last.plus(1).first,
        last_month=last.plus(months).first,
        created_at=work.now,
        activated_at=work.now,
        **{name: getattr(version, name) for name in COPIED} | {"auto_renewal": True},
    )
    work.session.add(following)
    work.session.flush()
    facts = {"first_month": following.first_month, "last_month": following.last_month}
    work.record(ContractRenewed(**about(following), code=contract.code, number=following.number, before={}, after=facts))


def remind_due(work: Work) -> int:
    """Want a mail for every term that ends within 60 or 30 days; each is written once, however often this runs. How many are due.

    Of one that was ended too: whoever had been told that it renews itself learns that it does not.
    """
    work.require(Permission.CONTRACT_EDIT)
    due = 0
    for version, contract, partner in _ending(work):
        left = (_last(version).last - local_date(work.now, contract.time_zone)).days
        days = min((threshold for threshold in REMINDERS if left <= threshold), default=None)
        if days is None or left < 0 or partner.state in _UNBOUND:
            continue
        key = f"contract-ends:{version.id}:{version.last_month}:{days}{':ended' if version.state == 'terminated' else ''}"
        work.later("contracts.remind", key=key, partner_id=partner.id, version_id=version.id, days=days)
        due += 1
    return due


def endings_of(work: Work, version_id: UUID) -> list[Ending]:
    """A version that ends, once for its administrative contact and for everybody who chose to be told. For the mails' job."""
    work.require(Permission.CONTRACT_VIEW)
    version = work.session.get(ContractVersion, version_id)
    if version is None:
        raise NotFound
    contract, partner = work.session.get_one(Contract, version.contract_id), work.session.get_one(Partner, version.partner_id)
    if version.last_month is None:
        return []
    row = version_row(version, contract)
    told = receivers(work, "contract_ends", [partner.id], [partner.id])[partner.id]
    return [Ending(version=row, partner_name=partner.name, partner_state=partner.state, to=to) for to in told]


def _last(version: ContractVersion) -> Month:
    if version.last_month is None:
        raise ValueError("only versions with a last month are asked for")
    return Month.of(version.last_month)


def _ending(work: Work) -> Iterator[tuple[ContractVersion, Contract, Partner]]:
    """Agreed versions with a last month that no later version follows, not yet over or renewing themselves; locked."""
    later = aliased(ContractVersion)
    followed = exists().where(
        later.contract_id == ContractVersion.contract_id, later.state != "draft", later.first_month > ContractVersion.first_month
    )
    month = work.now.date().replace(day=1)
    statement = (
        select(ContractVersion, Contract, Partner)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .join(Partner, Partner.id == ContractVersion.partner_id)
        .where(
            ContractVersion.operator_id == work.operator_id,
            ContractVersion.state.in_(("scheduled", "active", "terminated")),
            ContractVersion.last_month.is_not(None),
            ContractVersion.auto_renewal | (ContractVersion.last_month >= month),
            ~followed,
        )
        .order_by(ContractVersion.id)
        .with_for_update(of=ContractVersion)
    )
    yield from work.session.execute(statement).tuples().all()
