"""The contract as a paper, and the partner's yes to it: who, when, and exactly what was on the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.domain.contracts.events import ContractAccepted
from app.domain.contracts.finding import about
from app.domain.contracts.holdings import assignments
from app.domain.contracts.models import Contract, ContractAcceptance, ContractVersion
from app.domain.contracts.queries import contract_by_code, version_row
from app.domain.contracts.rows import AssignmentRow, ContractRow, ContractVersionRow
from app.domain.people.models import Operator, Partner
from app.kernel.errors import Conflict, NotFound
from app.kernel.periods import local_date
from app.money.canonical import canonical_json, digest
from app.work.unit import Work

#: what stands on the paper of a version's row; keys, states and who asked are no terms
_TERMS = (
    "contract_code", "contract_name", "number", "first_month", "last_month", "auto_renewal", "ac_pct", "dc_pct", "exclude_connection_fee",
    "deduct_electricity", "reimburse_electricity", "terms", "permissions", "currency", "time_zone", "kind", "minimum_payout_minor",
    "carry_months", "electricity_price", "electricity_vat_pct", "reimbursement_fee",
)  # fmt: skip
_DECIMALS = ("ac_pct", "dc_pct", "electricity_price", "electricity_vat_pct", "reimbursement_fee")
_DAYS = ("first_month", "last_month")
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPaper:
    """What a contract says on paper, JSON-ready, and its fingerprint; ``accepted_at`` None: not accepted yet."""

    code: str
    number: int
    language: str
    content: dict[str, Any]
    content_hash: str
    accepted_at: datetime | None = None
    accepted_name: str | None = None
    dated_at: datetime


def contract_paper(work: Work, code: str, number: int) -> ContractPaper:
    """The paper of a version: as accepted, or as it would be now. ``NotFound`` for a foreign contract or, to a partner, a draft."""
    row = contract_by_code(work, code)
    version = row.numbered(number)
    if version is None:
        raise NotFound
    return paper_of(work, row, version)


def paper_of(work: Work, row: ContractRow, version: ContractVersionRow, points: Sequence[AssignmentRow] | None = None) -> ContractPaper:
    """The same of a version already read; ``points``: the contract's charge points, where they are at hand."""
    statement = (
        select(ContractAcceptance).where(ContractAcceptance.version_id == version.id).order_by(ContractAcceptance.accepted_at.desc())
    )
    accepted = work.session.scalars(statement.limit(1)).one_or_none()
    if accepted is not None and _agrees(accepted.content["version"], _frozen(version)):
        return ContractPaper(
            code=row.code,
            number=version.number,
            language=accepted.language,
            content=accepted.content,
            content_hash=accepted.content_hash,
            accepted_at=accepted.accepted_at,
            accepted_name=accepted.accepted_name,
            dated_at=accepted.accepted_at,
        )
    partner = work.session.get_one(Partner, row.partner_id)
    held = assignments(work, contract_id=row.id, right=Permission.CONTRACT_VIEW) if points is None else points
    content = _content(work, row, version, partner, held)
    return ContractPaper(
        code=row.code,
        number=version.number,
        language=partner.language,
        content=content,
        content_hash=digest(canonical_json(content)),
        dated_at=version.activated_at or version.created_at,
    )


def unaccepted(work: Work, partner_id: UUID) -> list[tuple[str, str, int]]:
    """Code and name of the partner's contracts and their versions in force or to come that nobody accepted as they are. One statement."""
    work.require(Permission.CONTRACT_VIEW, partner_id=partner_id)
    newest = (
        select(ContractAcceptance.content)
        .where(ContractAcceptance.version_id == ContractVersion.id)
        .order_by(ContractAcceptance.accepted_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = work.session.execute(
        select(ContractVersion, Contract, newest)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.partner_id == partner_id, ContractVersion.state != "draft")
        .order_by(Contract.code, ContractVersion.number)
    )
    rows = [(version_row(version, contract), content) for version, contract, content in found]
    return [
        (row.contract_code, row.contract_name, row.number)
        for row, content in rows
        if _can_be_accepted(work, row) and not (content is not None and _agrees(content["version"], _frozen(row)))
    ]


def _can_be_accepted(work: Work, version: ContractVersionRow) -> bool:
    return version.state_on(local_date(work.now, version.time_zone)) in {"active", "scheduled"}


def accept(work: Work, code: str, number: int, shown_hash: str) -> ContractPaper:
    """Say yes to a version that is agreed and not over. A second press finds the first; a paper that changed meanwhile is refused."""
    row = contract_by_code(work, code)
    work.require(Permission.CONTRACT_ACCEPT, partner_id=row.partner_id)
    version = row.numbered(number)
    if version is None:
        raise NotFound
    if not _can_be_accepted(work, version):
        raise Conflict("nothing_to_accept")
    paper = paper_of(work, row, version)
    if paper.accepted_at is not None:
        return paper
    if paper.content_hash != shown_hash or work.actor.id is None:
        raise Conflict("paper_changed")
    stored = work.session.get_one(ContractVersion, version.id)
    work.session.add(
        ContractAcceptance(
            operator_id=stored.operator_id,
            partner_id=stored.partner_id,
            version_id=version.id,
            accepted_at=work.now,
            accepted_by=work.actor.id,
            accepted_name=work.actor.name,
            language=paper.language,
            content=paper.content,
            content_hash=paper.content_hash,
        )
    )
    work.session.flush()
    work.record(ContractAccepted(**about(stored), code=row.code, number=version.number, content_hash=paper.content_hash))
    return paper_of(work, row, version)


def _content(
    work: Work, row: ContractRow, version: ContractVersionRow, partner: Partner, points: Sequence[AssignmentRow]
) -> dict[str, Any]:
    operator = work.session.get_one(Operator, row.operator_id)
    held = [a for a in points if a.stands != "ended"]
    address = ("street", "postcode", "city", "country", "vat_id")
    return {
        "seller": {"name": operator.legal_name, "brand": operator.name, "vat_id": operator.vat_id, **operator.address},
        "partner": {name: getattr(partner, name) for name in address} | {"name": partner.legal_name, "code": partner.code},
        "version": _frozen(version),
        "points": [{"label": a.station_label, "location": a.location_name, "from": str(a.valid_from)} for a in held],
    }


def _frozen(version: ContractVersionRow) -> dict[str, Any]:
    """The terms of a version as JSON: decimals and days as text."""
    found = {name: getattr(version, name) for name in _TERMS}
    days = {name: None if found[name] is None else str(found[name]) for name in _DAYS}
    exact = {name: None if found[name] is None else f"{found[name].normalize():f}" for name in _DECIMALS}
    # papers accepted before these could be agreed on do not name them
    later: dict[str, Any] = {"price_limits": dict(sorted(version.price_limits.items()))} if version.price_limits else {}
    later |= {"term_first": str(version.term_first)} if version.term_first else {}
    return found | days | exact | {"permissions": list(version.permissions)} | later


def thawed(content: dict[str, Any], dated_at: datetime) -> ContractVersionRow:
    """The version that a paper speaks of, to be shown in the words of the pages."""
    kept = dict(content["version"])
    days = {name: None if kept.get(name) is None else date.fromisoformat(kept[name]) for name in (*_DAYS, "term_first")}
    exact = {name: None if kept[name] is None else Decimal(kept[name]) for name in _DECIMALS}
    keys = {field.name: _NOBODY for field in fields(ContractVersionRow) if field.name in {"id", "contract_id", "operator_id", "partner_id"}}
    rest = {"state": "active", "version": 0, "created_at": dated_at, "activated_at": dated_at}
    return ContractVersionRow(**kept | days | exact | keys | rest | {"permissions": tuple(kept["permissions"])})


def _agrees(accepted: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether the terms are those accepted; that a contract ends earlier, or was renewed, changes nothing of the yes."""
    moving = {"last_month", "auto_renewal", "contract_name"}
    if {k: v for k, v in accepted.items() if k not in moving} != {k: v for k, v in now.items() if k not in moving}:
        return False
    longer = accepted["last_month"] is not None and (now["last_month"] is None or now["last_month"] > accepted["last_month"])
    return not longer and accepted["auto_renewal"] >= now["auto_renewal"]
