"""Changes to contracts and to who holds which charge point: find, require, decide, change, record."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.db.constraints import refusing
from app.domain.contracts.agreeing import unask
from app.domain.contracts.copying import COPIED, terms_like
from app.domain.contracts.drafts import checked_part, money_terms, shown_terms
from app.domain.contracts.events import AssignmentEnded, ContractCreated, DraftDiscarded, DraftEdited, DraftOpened, StationAssigned
from app.domain.contracts.finding import (
    about,
    about_draft,
    any_draft,
    assigned_already,
    draft_of,
    find_assignment,
    find_contract,
    find_station,
    has_terms,
    newest_agreed,
    newest_of,
    term_first,
)
from app.domain.contracts.holders import record_new_holders
from app.domain.contracts.models import Assignment, Contract, ContractVersion
from app.domain.contracts.open_things import open_things
from app.domain.contracts.overriding import with_groups
from app.domain.contracts.parts import AssignmentInput, ContractInput, DraftPart, OverridesPart, TermPart
from app.domain.contracts.queries import contract_by_code, version_row
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.contracts.values import override_of
from app.domain.people import checks
from app.domain.people.actions import record_state, tell_members
from app.domain.people.general import find_partner
from app.kernel.errors import Conflict, Invalid, Refusal
from app.kernel.ids import new_code
from app.kernel.periods import Month, local_date, local_month
from app.work.unit import Work

#: the plainest terms to start a draft from
_HALF = {"ac_pct": Decimal(50), "dc_pct": Decimal(50)}


def create_contract(work: Work, partner_code: str, wanted: ContractInput) -> ContractRow:
    """A contract with its first draft, perhaps with another one's terms; nobody is bound before it is activated."""
    partner = find_partner(work, partner_code)
    work.require(Permission.CONTRACT_EDIT, partner_id=partner.id)
    if partner.state == "closed":
        raise Conflict("partner_closed")
    owned = {"operator_id": partner.operator_id, "partner_id": partner.id}
    currency = checks.currency(wanted.currency or partner.currency)
    terms = terms_like(work, wanted.copy_of, partner.id, currency) if wanted.copy_of.strip() else _HALF
    contract = Contract(
        **owned,
        code=new_code("C"),
        name=checks.text(wanted.name, "name", longest=120),
        currency=currency,
        time_zone=partner.time_zone,
        created_at=work.now,
    )
    work.session.add(contract)
    work.session.flush()
    draft = ContractVersion(
        **owned,
        **terms,
        contract_id=contract.id,
        number=1,
        first_month=wanted.first_month.first,
        created_at=work.now,
        created_by=work.actor.id,
        authors=[work.actor.id] if work.actor.id else [],
    )
    work.session.add(draft)
    work.session.flush()
    work.record(ContractCreated(**about_draft(contract), code=contract.code, contract=contract.name, number=1))
    return contract_by_code(work, contract.code)


def new_version(work: Work, code: str) -> ContractVersionRow:
    """A draft copied from the version agreed last, from the month after the newest one's first that is still free."""
    contract = find_contract(work, code)
    work.require(Permission.CONTRACT_EDIT, partner_id=contract.partner_id)
    newest = newest_of(work, contract)
    open_draft = any_draft(work, contract)
    if open_draft is not None:
        raise Conflict("draft_exists", number=open_draft.number)
    latest = newest_agreed(work, contract) or newest
    first = max(Month.of(latest.first_month).plus(1), local_month(work.now, contract.time_zone).plus(1))
    last = latest.last_month if latest.last_month is not None and latest.last_month >= first.first else None
    copied = {name: getattr(latest, name) for name in COPIED} | {"auto_renewal": latest.auto_renewal and last is not None}
    draft = ContractVersion(
        operator_id=contract.operator_id,
        partner_id=contract.partner_id,
        contract_id=contract.id,
        number=newest.number + 1,
        first_month=first.first,
        last_month=last,
        created_at=work.now,
        created_by=work.actor.id,
        **copied,
    )
    draft.term_first = term_first(work, draft)
    work.session.add(draft)
    work.session.flush()
    work.record(DraftOpened(**about_draft(draft), code=contract.code, number=draft.number))
    return version_row(draft, contract)


def edit_draft(work: Work, code: str, part: DraftPart, version: int) -> ContractVersionRow:
    """Set one part of the draft's terms; ``version`` is the state the form showed. Changed meanwhile: ``Conflict``.

    Whoever changes terms of money cannot be their second person; what was asked for agreement is asked for no longer.
    """
    contract = find_contract(work, code)
    work.require(Permission.CONTRACT_EDIT, partner_id=contract.partner_id)
    draft = draft_of(work, contract, version)
    before, money = shown_terms(draft) | _shown(contract), money_terms(draft)
    currency = (part.currency if isinstance(part, TermPart) else "") or contract.currency
    if isinstance(part, OverridesPart):
        part = with_groups(work, part, contract.partner_id, tuple(map(override_of, draft.terms.get("overrides", ()))))
    columns = checked_part(part, dict(draft.terms), currency)
    if isinstance(part, TermPart):
        _edit_contract(work, contract, part)
    for name, value in columns.items():
        setattr(draft, name, value)
    draft.term_first = term_first(work, draft)
    after = shown_terms(draft) | _shown(contract)
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if changed:
        unask(draft)
        if money != money_terms(draft) and work.actor.id is not None:
            draft.authors = list({*draft.authors, work.actor.id})
        facts: dict[str, Any] = {
            "before": {name: before.get(name) for name in changed},
            "after": {name: after.get(name) for name in changed},
        }
        work.record(DraftEdited(**about_draft(draft), code=contract.code, number=draft.number, **facts))
    work.session.flush()
    return version_row(draft, contract)


def _shown(contract: Contract) -> dict[str, Any]:
    return {"name": contract.name, "currency": contract.currency}


def _edit_contract(work: Work, contract: Contract, part: TermPart) -> None:
    """What belongs to the contract, not to a version: its name; its currency until something is agreed."""
    name = checks.text(part.name, "name", longest=120)
    currency = checks.currency(part.currency or contract.currency)
    if currency != contract.currency and newest_agreed(work, contract) is not None:
        raise Invalid("kept_once_agreed", field="currency")
    contract.name, contract.currency = name, currency


def discard_draft(work: Work, code: str, version: int) -> bool:
    """Throw the draft away; with its only draft the contract goes too. Whether the contract is still there."""
    contract = find_contract(work, code)
    work.require(Permission.CONTRACT_EDIT, partner_id=contract.partner_id)
    draft = draft_of(work, contract, version)
    work.record(DraftDiscarded(**about_draft(draft), code=contract.code, number=draft.number, before=shown_terms(draft)))
    work.session.delete(draft)
    work.session.flush()
    left = work.session.scalar(select(func.count()).where(ContractVersion.contract_id == contract.id)) or 0
    if not left:
        work.session.delete(contract)
        work.session.flush()
    return left > 0


def assign_station(work: Work, code: str, wanted: AssignmentInput) -> UUID:
    """Put a charge point under a contract from a local day, today or later; from that day its sessions count for the partner."""
    contract = find_contract(work, code)
    work.require(Permission.NETWORK_ASSIGN, partner_id=contract.partner_id)
    station = find_station(work, wanted.label)
    today = local_date(work.now, contract.time_zone)
    _require_from(wanted.valid_from, today, "valid_from")
    if wanted.valid_until is not None and wanted.valid_until <= wanted.valid_from:
        raise Invalid("ends_before_start", field="valid_until")
    if not has_terms(work, contract, Month.of(wanted.valid_from)):
        raise Invalid("no_terms_then", field="valid_from", month=Month.of(wanted.valid_from))
    other = assigned_already(work, station, wanted.valid_from, wanted.valid_until)
    taken = Conflict("already_assigned", label=station.label, contract=other)
    if other is not None:
        raise taken
    assignment = Assignment(
        operator_id=contract.operator_id,
        partner_id=contract.partner_id,
        station_id=station.id,
        contract_id=contract.id,
        valid_from=wanted.valid_from,
        valid_until=wanted.valid_until,
        created_at=work.now,
    )
    with refusing(work.session, {"assignment_alone": taken, "uq_assignment_open": taken} | _issued("valid_from")):
        work.session.add(assignment)
    facts: dict[str, Any] = {"label": station.label, "valid_from": wanted.valid_from, "valid_until": wanted.valid_until}
    work.record(StationAssigned(**about(assignment), code=contract.code, **facts))
    record_new_holders(work, [station.id])
    return assignment.id


def end_assignment(work: Work, assignment_id: UUID, valid_until: date) -> None:
    """Let a charge point leave its contract on a local day, tomorrow or later (excluded); one that is only planned is taken back."""
    assignment, contract, station = find_assignment(work, assignment_id)
    work.require(Permission.NETWORK_ASSIGN, partner_id=assignment.partner_id)
    today = local_date(work.now, contract.time_zone)
    if assignment.valid_until is not None and assignment.valid_until <= today:
        raise Conflict("ended_already", day=assignment.valid_until)
    facts: dict[str, Any] = {"code": contract.code, "label": station.label, "valid_from": assignment.valid_from}
    described = about(assignment)
    if assignment.valid_from > today and valid_until <= assignment.valid_from:
        with refusing(work.session, _issued("valid_until")):
            work.session.delete(assignment)
        work.record(AssignmentEnded(**described, **facts, valid_until=None))
        return
    _require_from(valid_until, today + timedelta(days=1), "valid_until")
    with refusing(work.session, _issued("valid_until")):
        assignment.valid_until = valid_until
    work.record(AssignmentEnded(**described, **facts, valid_until=valid_until))


def close_partner(work: Work, code: str, reason: str) -> None:
    """Close a partner for good. While anything is open: ``partner_open`` with the list of it."""
    partner = find_partner(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    if partner.state == "closed":
        raise Conflict("state_changed", state="closed")
    why = checks.text(reason, "reason", longest=500)
    still = open_things(work, partner.id)
    if still:
        raise Conflict("partner_open", open=still)
    record_state(work, partner, "closed", why)
    tell_members(work, partner.id)


def turn_day(work: Work) -> int:
    """Let every charge point that changes hands with the day belong to its new holder; how many did. For the schedule."""
    work.require(Permission.NETWORK_ASSIGN)
    return record_new_holders(work)


def _require_from(day: date, earliest: date, field: str) -> None:
    if day < earliest:
        raise Invalid("day_passed", field=field, earliest=earliest)


def _issued(field: str) -> dict[str, Refusal]:
    """An issued statement keeps its months as they are (the database checks)."""
    return {"month_issued": Invalid("month_kept", field=field)}


__all__ = [
    "assign_station", "close_partner", "create_contract", "discard_draft", "edit_draft", "end_assignment", "new_version", "turn_day",
]  # fmt: skip
