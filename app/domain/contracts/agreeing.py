"""From draft to agreed terms: asking, the second person where money changes, taking back what has not begun, the end of a contract."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from app.access.permissions import Permission
from app.db.constraints import refusing
from app.domain.contracts.drafts import first_allowed, money_terms, require_room, require_settleable, shown_terms
from app.domain.contracts.events import AgreementAsked, AgreementRefused, ContractEnded, VersionActivated, VersionTakenBack
from app.domain.contracts.finding import (
    about,
    about_draft,
    agreed_beside,
    draft_of,
    find_contract,
    newest_agreed,
    parent_version,
    partner_of,
    replaced_by,
    term_first,
    version_numbered,
    versions_in_care,
)
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.queries import version_row
from app.domain.contracts.rows import ContractVersionRow
from app.domain.people import checks
from app.domain.people.actions import record_state, tell_members
from app.kernel.errors import Conflict, Invalid, NotAllowed, Refusal
from app.kernel.periods import Month, local_month
from app.work.unit import Work


def ask_agreement(work: Work, code: str, version: int) -> ContractVersionRow:
    """Want the draft agreed from its first month. Where no money changes it binds at once; else it waits for a second person.

    Refuses a month that has begun (its sessions are priced), a month in a later version's term, a month that is issued, and terms that
    could not be settled.
    """
    contract = find_contract(work, code)
    work.require(Permission.CONTRACT_EDIT, partner_id=contract.partner_id)
    draft = draft_of(work, contract, version)
    replaced = _checked(work, contract, draft)
    if replaced is not None and money_terms(replaced) == money_terms(draft):
        return _bind(work, contract, draft, replaced)
    draft.asked_at, draft.asked_by, draft.asked_name = work.now, work.actor.id, work.actor.name
    work.session.flush()
    work.record(AgreementAsked(**about_draft(draft), code=contract.code, number=draft.number))
    return version_row(draft, contract)


def approve(work: Work, code: str, version: int) -> ContractVersionRow:
    """Agree as the second person: somebody who neither typed these money terms nor asked for them. ``same_person`` otherwise."""
    contract = find_contract(work, code)
    _require_second(work, contract.partner_id)
    draft = draft_of(work, contract, version)
    if draft.asked_at is None:
        raise Conflict("not_asked")
    if work.actor.id is None or work.actor.id in {draft.asked_by, *draft.authors}:
        raise Conflict("contract_same_person", name=draft.asked_name)
    replaced = _checked(work, contract, draft)
    draft.approved_by, draft.approved_name = work.actor.id, work.actor.name
    return _bind(work, contract, draft, replaced)


def send_back(work: Work, code: str, version: int, reason: str) -> ContractVersionRow:
    """Not agreed: the draft goes back to its author with a reason. Whoever asked may also withdraw the wish."""
    contract = find_contract(work, code)
    _require_second(work, contract.partner_id)
    draft = draft_of(work, contract, version)
    if draft.asked_at is None:
        raise Conflict("not_asked")
    why = checks.text(reason, "reason", longest=500)
    unask(draft)
    work.session.flush()
    work.record(AgreementRefused(**about_draft(draft), code=contract.code, number=draft.number, reason=why))
    return version_row(draft, contract)


def take_back(work: Work, code: str, number: int, reason: str) -> ContractVersionRow:
    """Make a scheduled version a draft again; the one before has its months back, up to a later version's first.

    Refused once it binds, beside another draft, and where a version agreed after it stands between it and the one it cut.
    """
    contract = find_contract(work, code)
    work.require(Permission.CONTRACT_EDIT, partner_id=contract.partner_id)
    version = version_numbered(work, contract, number)
    agreed = version is not None and version.state not in {"draft", "expired"}
    if version is None or not agreed or Month.of(version.first_month) <= local_month(work.now, contract.time_zone):
        raise Conflict("not_scheduled")
    why = checks.text(reason, "reason", longest=500)
    row = about(version)
    other = Conflict("draft_exists", number="")
    with refusing(work.session, _issued("first_month") | {"uq_contract_version_draft": other}):
        _restore(work, version)
        version.state, version.activated_at, version.cut = "draft", None, None
        version.approved_by = version.approved_name = None
        unask(version)
    work.record(VersionTakenBack(**row, code=contract.code, number=number, reason=why))
    tell_members(work, partner_of(work, contract).id)
    return version_row(version, contract)


def unask(draft: ContractVersion) -> None:
    """internal: what was asked for is no longer what the draft says."""
    draft.asked_at = draft.asked_by = draft.asked_name = None


def _require_second(work: Work, partner_id: UUID | None) -> None:
    if not work.can(Permission.CONTRACT_EDIT, partner_id=partner_id):
        work.require(Permission.CONTRACT_APPROVE, partner_id=partner_id)
    if work.actor.id is None:
        raise NotAllowed


def _checked(work: Work, contract: Contract, draft: ContractVersion) -> ContractVersion | None:
    """The version that the draft replaces, if any; refuses what nobody may agree on."""
    now, first = local_month(work.now, contract.time_zone), Month.of(draft.first_month)
    replaced = replaced_by(work, draft)
    binding = replaced is not None and version_row(replaced, contract).covers(now)
    earliest = first_allowed(now, replaces=binding)
    if first < earliest:
        raise Invalid("month_begun", field="first_month", earliest=earliest)
    row = version_row(draft, contract)
    if draft.kind == "payment_facilitation" and not row.leaves_all:
        raise Invalid("facilitation_share", field="ac_pct")
    require_settleable(row, parent_version(work, contract, draft.first_month))
    for name, below in versions_in_care(work, draft):
        require_room(below, row, Invalid("share_below_partner", field="ac_pct", partner=name))
    return replaced


def _bind(work: Work, contract: Contract, draft: ContractVersion, replaced: ContractVersion | None) -> ContractVersionRow:
    """The draft binds from its first month; the version before ends with the month before."""
    now, first = local_month(work.now, contract.time_zone), Month.of(draft.first_month)
    before = {} if replaced is None else shown_terms(replaced)
    with refusing(work.session, _issued("first_month")):
        if replaced is not None and version_row(replaced, contract).covers(first):
            draft.term_first = term_first(work, draft)
            last = None if replaced.last_month is None else str(replaced.last_month)
            draft.cut = {"id": str(replaced.id), "last_month": last, "auto_renewal": replaced.auto_renewal}
            replaced.last_month, replaced.auto_renewal = first.plus(-1).first, False
        draft.state, draft.activated_at = ("active" if first <= now else "scheduled"), work.now
    partner = partner_of(work, contract)
    if partner.state == "draft":
        record_state(work, partner, "active", contract.code)
    facts: dict[str, Any] = {"before": before, "after": shown_terms(draft), "asked": draft.asked_name}
    work.record(VersionActivated(**about(draft), code=contract.code, number=draft.number, **facts))
    tell_members(work, partner.id)
    return version_row(draft, contract)


def _restore(work: Work, version: ContractVersion) -> None:
    """The version before has the months that were cut off, as far as the one after leaves room; the draft has its own end again."""
    before, after = agreed_beside(work, version)
    cut = version.cut
    if cut is not None and before is not None and str(before.id) != cut["id"]:
        raise Conflict("version_between", number=before.number)
    if after is not None and after.cut is not None and after.cut["id"] == str(version.id):
        _give_back(version, after.cut, None)
        after.cut = None
    if cut is not None and before is not None:
        _give_back(before, cut, after)


def _give_back(version: ContractVersion, cut: dict[str, Any], after: ContractVersion | None) -> None:
    """What a version had before it was cut, as far as the next one leaves room, which then is what cuts it."""
    last = None if cut["last_month"] is None else date.fromisoformat(cut["last_month"])
    if after is not None and (last is None or cut["auto_renewal"] or last >= after.first_month):
        after.cut = cut
        version.last_month, version.auto_renewal = Month.of(after.first_month).plus(-1).first, False
    else:
        version.last_month, version.auto_renewal = last, cut["auto_renewal"]


def end_contract(work: Work, code: str, last_month: Month, reason: str) -> ContractVersionRow:
    """Let the contract end with a month, this one or later; it binds until then."""
    contract = find_contract(work, code)
    work.require(Permission.CONTRACT_EDIT, partner_id=contract.partner_id)
    now = local_month(work.now, contract.time_zone)
    version = newest_agreed(work, contract)
    row = None if version is None else version_row(version, contract)
    if version is None or row is None or not row.covers(max(now, row.first)):
        raise Conflict("nothing_binds")
    if last_month < now:
        raise Invalid("month_begun", field="last_month", earliest=now)
    if last_month < row.first:
        raise Invalid("version_coming", field="last_month", number=row.number, month=row.first)
    why = checks.text(reason, "reason", longest=500)
    before = {"last_month": version.last_month, "auto_renewal": version.auto_renewal}
    with refusing(work.session, _issued("last_month")):
        version.last_month, version.auto_renewal, version.state = last_month.first, False, "terminated"
    after = {"last_month": version.last_month, "auto_renewal": False}
    work.record(ContractEnded(**about(version), code=contract.code, number=version.number, reason=why, before=before, after=after))
    return version_row(version, contract)


def _issued(field: str) -> dict[str, Refusal]:
    """An issued statement keeps its months as they are (the database checks)."""
    return {"month_issued": Invalid("month_kept", field=field)}


__all__ = ["approve", "ask_agreement", "end_contract", "send_back", "take_back", "unask"]
